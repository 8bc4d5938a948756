"""Renders the methods of the client and of its raw twin."""

from collections.abc import Sequence
from textwrap import indent

from graphql import GraphQLInputField, get_named_type, is_input_object_type

from ._names import constant_name, python_name, snake
from ._operation_module import CompiledOperation
from ._spec import PAGE_ARGUMENTS, Argument, OperationSpec, Shape
from ._types import loose_annotation

CLIENT_HEAD = '''
class {name}(OperationsBase):
    """{doc}"""
'''

_PAGING_DOC = """\
page_size: How many nodes to fetch at a time, 1 to 100. Default: 100.
limit: The most nodes to yield. Default: all of them.
after: Start behind this cursor.
before: Start before this cursor; needs `backward`.
backward: Walk from the end of the list to its start."""


def client_class(name: str, doc: str, operations: Sequence[CompiledOperation], *, raw: bool) -> str:
    """The source of a class with a method for each operation."""
    methods = [_method(operation, raw=raw) for operation in operations]
    return CLIENT_HEAD.format(name=name, doc=doc) + "\n".join(methods)


def _method(operation: CompiledOperation, *, raw: bool) -> str:
    spec = operation.spec
    paged = spec.shape is Shape.NODES and not raw
    arguments = _arguments(spec, paged=paged)
    signature = ", ".join(["self", *_parameters(spec, arguments, paged=paged)])
    executor, value = _call(spec, arguments, paged=paged, raw=raw)
    returned = operation.payload_annotation if raw else operation.value_annotation
    lines = [
        f"{'def' if paged else 'async def'} {snake(spec.name)}({signature}) -> {returned}:",
        indent(_docstring(spec, arguments, paged=paged, raw=raw), "    "),
        f"    from .operations.{snake(spec.name)} import {constant_name(spec.name)}",
        "",
        f"    return {'' if paged else 'await '}self._executor.{executor}({value})",
        "",
    ]
    return indent("\n".join(lines), "    ")


def _arguments(spec: OperationSpec, *, paged: bool) -> list[Argument]:
    if spec.input_type is not None:
        members = [_member(wire, field) for wire, field in spec.input_type.fields.items()]
    else:
        members = [
            variable
            for variable in spec.variables
            if not (paged and variable.wire in PAGE_ARGUMENTS)
        ]
    return sorted(members, key=lambda argument: not argument.required)


def _member(wire: str, field: GraphQLInputField) -> Argument:
    return Argument(
        wire=wire,
        python=python_name(wire),
        type=field.type,
        description=field.description or "",
        deprecation=field.deprecation_reason,
    )


def _parameters(spec: OperationSpec, arguments: Sequence[Argument], *, paged: bool) -> list[str]:
    required = [argument for argument in arguments if argument.required]
    # A lone required argument that is a plain value may be given by position.
    lone = len(required) == 1 and not is_input_object_type(get_named_type(required[0].type))
    parameters = [f"{a.python}: {loose_annotation(a.type)}" for a in required]
    parameters.insert(1 if lone else 0, "*")
    for argument in arguments[len(required) :]:
        annotation = loose_annotation(argument.type)
        # In a query null means the same as nothing; in a mutation it may clear.
        default = "= None" if spec.kind == "query" else "| Unset = UNSET"
        parameters.append(f"{argument.python}: {annotation} {default}")
    if paged:
        parameters += [
            "page_size: int | None = None",
            "limit: int | None = None",
            "after: str | None = None",
            "before: str | None = None",
            "backward: bool = False",
        ]
    return [*parameters, "options: RequestOptions | None = None"]


def _call(
    spec: OperationSpec, arguments: Sequence[Argument], *, paged: bool, raw: bool
) -> tuple[str, str]:
    members = ", ".join(f"{argument.wire!r}: {argument.python}" for argument in arguments)
    variables = f"{{{members}}}"
    if any(not argument.required for argument in arguments):
        variables = f"given({variables})"
    if spec.input_type is not None:
        variables = f"{{'input': {variables}}}"
    constant = constant_name(spec.name)
    if paged:
        paging = "Paging(page_size, limit, after, before, backward)"
        return "paginate", f"{constant}, {variables}, {paging}, options"
    return ("execute_raw" if raw else "execute"), f"{constant}, {variables}, options"


def _docstring(
    spec: OperationSpec, arguments: Sequence[Argument], *, paged: bool, raw: bool
) -> str:
    sections = [spec.notes.text]
    described = [
        f"{argument.python}: {_one_line(argument.description)}"
        + (f" Deprecated: {argument.deprecation}" if argument.deprecation else "")
        for argument in arguments
    ]
    if paged:
        described.append(_PAGING_DOC)
    described.append("options: What this call does differently, like `{'timeout': 5.0}`.")
    sections.append("Args:\n" + indent("\n".join(described), "    "))
    if spec.notes.permission:
        sections.append(f"Permission: {spec.notes.permission}.")
    repeat = "is safe" if spec.notes.repeatable else "is not safe: it may act twice"
    sections.append(f"Repeating this call {repeat}.")
    refusal = " or PlainMutationError" if spec.kind == "mutation" and not raw else ""
    untouched = " A refusal is not raised but stands in `error`." if raw else ""
    sections.append(
        f"Raises PlainInputError before anything is sent, another PlainError{refusal} after."
        + (untouched if spec.kind == "mutation" else "")
    )
    text = "\n\n".join(section for section in sections if section)
    return '"""' + text.replace("\\", "\\\\").replace('"""', "'''") + '\n"""'


def _one_line(text: str) -> str:
    return " ".join(text.split())
