"""Renders the methods of the client and of its raw twin."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import indent

from graphql import GraphQLInputField, get_named_type, is_input_object_type

from ._names import constant_name, mapping_stem, python_name, snake
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

_OPTIONS = "options: RequestOptions | None = None"

_PAGING = ("page_size", "limit", "after", "before", "backward")


def client_class(name: str, doc: str, operations: Sequence[CompiledOperation], *, raw: bool) -> str:
    """The source of a class with a method for each operation."""
    methods = [_method(operation, raw=raw) for operation in operations]
    return CLIENT_HEAD.format(name=name, doc=doc) + "\n".join(methods)


@dataclass(frozen=True)
class _Method:
    """A method about to be rendered."""

    operation: CompiledOperation
    raw: bool
    arguments: list[Argument]

    @property
    def spec(self) -> OperationSpec:
        return self.operation.spec

    @property
    def paged(self) -> bool:
        return self.spec.shape is Shape.NODES and not self.raw

    @property
    def returned(self) -> str:
        return self.operation.payload_annotation if self.raw else self.operation.value_annotation

    def head(self, parameters: Sequence[str]) -> str:
        """The line that begins the method."""
        kind = "def" if self.paged else "async def"
        signature = ", ".join(["self", *parameters])
        return f"{kind} {snake(self.spec.name)}({signature}) -> {self.returned}:"


def _method(operation: CompiledOperation, *, raw: bool) -> str:
    method = _Method(operation, raw, _arguments(operation.spec, raw=raw))
    spec = operation.spec
    executor, value = _call(method)
    overloads = _overloads(method)
    lines = [
        *overloads,
        *([f"@deprecated({spec.deprecation!r})"] if spec.deprecation else []),
        method.head(_parameters(method, method.arguments, loose=bool(overloads))),
        indent(_docstring(method), "    "),
        f"    from .operations.{snake(spec.name)} import {constant_name(spec.name)}",
        "",
        f"    return {'' if method.paged else 'await '}self._executor.{executor}({value})",
        "",
    ]
    return indent("\n".join(lines), "    ")


def _overloads(method: _Method) -> list[str]:
    """The ways to call a mutation: by its input's members, or with the whole input.

    Members that are deprecated are in a way of their own, which editors strike through.
    """
    spec = method.spec
    if spec.input_type is None:
        return []
    current = [a for a in method.arguments if a.required or not a.deprecation]
    ways: list[tuple[str | None, list[str]]] = [(None, _parameters(method, current))]
    old = [a for a in method.arguments if a.deprecation and not a.required]
    if old:
        reasons = "; ".join(f"{a.python}: {_one_line(a.deprecation or '')}" for a in old)
        ways.append((reasons, _parameters(method, method.arguments)))
    whole = f"input: {mapping_stem(spec.input_type.name)}Like"
    ways.append((None, ["*", whole, _OPTIONS]))
    lines: list[str] = []
    for reason, parameters in ways:
        lines.append("@overload")
        if reason:
            lines.append(f"@deprecated({reason!r})")
        lines.append(f"{method.head(parameters)} ...")
    return lines


def _arguments(spec: OperationSpec, *, raw: bool) -> list[Argument]:
    taken = {"self", "options"}
    if spec.input_type is not None:
        members = [_member(wire, field) for wire, field in spec.input_type.fields.items()]
        taken.add("input")
    elif spec.shape is Shape.NODES and not raw:
        members = [v for v in spec.variables if v.wire not in PAGE_ARGUMENTS]
        taken.update(_PAGING)
    else:
        members = list(spec.variables)
    members = [_renamed(member, taken) for member in members]
    return sorted(members, key=lambda argument: not argument.required)


def _member(wire: str, field: GraphQLInputField) -> Argument:
    return Argument(
        wire=wire,
        python=python_name(wire),
        type=field.type,
        description=field.description or "",
        deprecation=field.deprecation_reason,
    )


def _renamed(argument: Argument, taken: set[str]) -> Argument:
    """With an underscore where the method has a parameter of that name anyway."""
    if argument.python not in taken:
        return argument
    return replace(argument, python=f"{argument.python}_")


def _parameters(
    method: _Method, arguments: Sequence[Argument], *, loose: bool = False
) -> list[str]:
    """The parameters; loose where the ways to call are told by overloads."""
    required = [argument for argument in arguments if argument.required]
    # A lone required argument that is a plain value may be given by position.
    lone = len(required) == 1 and not is_input_object_type(get_named_type(required[0].type))
    unset = " | Unset = UNSET" if loose else ""
    parameters = [f"{a.python}: {loose_annotation(a.type)}{unset}" for a in required]
    parameters.insert(1 if lone else 0, "*")
    for argument in arguments[len(required) :]:
        annotation = loose_annotation(argument.type)
        # In a query null means the same as nothing; in a mutation it may clear.
        default = "= None" if method.spec.kind == "query" else "| Unset = UNSET"
        parameters.append(f"{argument.python}: {annotation} {default}")
    if loose:
        assert method.spec.input_type is not None
        stem = mapping_stem(method.spec.input_type.name)
        parameters.append(f"input: {stem}Like | Unset = UNSET")
    if method.paged:
        parameters += [
            "page_size: int | None = None",
            "limit: int | None = None",
            "after: str | None = None",
            "before: str | None = None",
            "backward: bool = False",
        ]
    return [*parameters, _OPTIONS]


def _call(method: _Method) -> tuple[str, str]:
    """The executor's method, and what it is given."""
    spec = method.spec
    members = ", ".join(f"{argument.wire!r}: {argument.python}" for argument in method.arguments)
    variables = f"{{{members}}}"
    if spec.input_type is not None:
        variables = f"whole_input(input, {variables})"
    elif spec.kind == "mutation" and any(not argument.required for argument in method.arguments):
        variables = f"given({variables})"
    constant = constant_name(spec.name)
    if method.paged:
        paging = "Paging(page_size, limit, after, before, backward)"
        return "paginate", f"{constant}, {variables}, {paging}, options"
    return ("execute_raw" if method.raw else "execute"), f"{constant}, {variables}, options"


def _docstring(method: _Method) -> str:
    spec, raw = method.spec, method.raw
    sections = [spec.notes.text or f"The {spec.kind} `{spec.name}`."]
    if spec.deprecation:
        sections.append(f"Deprecated: {_one_line(spec.deprecation)}")
    described = [
        f"{argument.python}: {_one_line(argument.description)}"
        + (f" Deprecated: {argument.deprecation}" if argument.deprecation else "")
        for argument in method.arguments
    ]
    if spec.input_type is not None:
        described.append("input: All of these as one input, instead of them.")
    if method.paged:
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
