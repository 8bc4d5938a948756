"""Renders the methods of the client and of its raw twin."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import indent

from graphql import GraphQLInputField, get_named_type, is_input_object_type

from ..read.names import mapping_stem, python_name
from ..read.spec import Argument, OperationSpec, Shape
from .operation_module import CompiledOperation
from .types import loose_annotation

CLIENT_HEAD = '''
class {name}(OperationsBase):
    """{doc}"""
'''

_PAGING_DOC = """\
page_size: How many nodes to fetch at a time, 1 to 100. Default: 100.
limit: The most nodes to yield. Default: all of them."""
_AFTER_DOC = "after: Start after this cursor."
_BEFORE_DOC = {
    True: "before: Start before this cursor; needs `backward`.\n"
    "backward: Walk from the end of the list to its start.",
    False: "before: Start before this cursor; the list is walked from its end to its start.",
}
"""By whether it can be walked forward, too."""

_OPTIONS = "options: RequestOptions | None = None"


class Form(enum.Enum):
    """The forms in which every operation is a method."""

    UNWRAPPED = "unwraps its response"
    RAW = "returns the payload untouched"
    WITH_INPUT = "takes the whole input, and unwraps the response"


def client_class(name: str, doc: str, operations: Sequence[CompiledOperation], form: Form) -> str:
    """The source of a class with a method for each operation that has the form."""
    if form is Form.WITH_INPUT:
        methods = [_with_input(o) for o in operations if o.spec.input_type is not None]
    else:
        methods = [_method(operation, raw=form is Form.RAW) for operation in operations]
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
        return f"{kind} {self.spec.method}({signature}) -> {self.returned}:"


def _method(operation: CompiledOperation, *, raw: bool) -> str:
    method = _Method(operation, raw, _arguments(operation.spec, raw=raw))
    spec = operation.spec
    executor, value = _call(method)
    lines = [
        *([f"@deprecated({spec.deprecation!r})"] if spec.deprecation else []),
        method.head(_parameters(method, method.arguments)),
        indent(_docstring(method), "    "),
        f"    from ...operations.{spec.method} import {spec.constant}",
        "",
        f"    return {'' if method.paged else 'await '}self._executor.{executor}({value})",
        "",
    ]
    return indent("\n".join(lines), "    ")


def _with_input(operation: CompiledOperation) -> str:
    """The method of a mutation that takes its input whole."""
    spec = operation.spec
    assert spec.input_type is not None
    method = _Method(operation, False, [])
    stem = mapping_stem(spec.input_type.name)
    constant = spec.constant
    text = f"{spec.notes.text}\n\nLike the client's `{spec.method}`, with everything in one input."
    lines = [
        *([f"@deprecated({spec.deprecation!r})"] if spec.deprecation else []),
        method.head([f"input: {stem}Like", "*", _OPTIONS]),
        indent(_quoted(text), "    "),
        f"    from ...operations.{spec.method} import {constant}",
        "",
        f"    return await self._executor.execute({constant}, {{'input': input}}, options)",
        "",
    ]
    return indent("\n".join(lines), "    ")


def _arguments(spec: OperationSpec, *, raw: bool) -> list[Argument]:
    taken = {"self", "options", "given", "Paging", "UNSET", spec.constant}
    if spec.input_type is not None:
        members = [_member(wire, field) for wire, field in spec.input_type.fields.items()]
    elif spec.shape is Shape.NODES and not raw:
        assert spec.listing is not None
        members = [v for v in spec.variables if v.wire not in spec.listing.arguments]
        taken.update(parameter.partition(":")[0] for parameter in _paging(spec))
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


def _parameters(method: _Method, arguments: Sequence[Argument]) -> list[str]:
    required = [argument for argument in arguments if argument.required]
    # A lone required argument that is a plain value may be given by position.
    lone = len(required) == 1 and not is_input_object_type(get_named_type(required[0].type))
    owner = "" if method.spec.input_type is None else method.spec.input_type.name
    parameters = [
        f"{a.python}: {loose_annotation(a.type, owner=owner, wire=a.wire)}" for a in required
    ]
    parameters.insert(1 if lone else 0, "*")
    for argument in arguments[len(required) :]:
        annotation = loose_annotation(argument.type, owner=owner, wire=argument.wire)
        if argument.has_default and not argument.nullable and method.spec.kind == "query":
            annotation += " | None"
        # In a query null means the same as nothing; in a mutation it may clear.
        default = "= None" if method.spec.kind == "query" else "| Unset = UNSET"
        parameters.append(f"{argument.python}: {annotation} {default}")
    if method.paged:
        parameters += _paging(method.spec)
    return [*parameters, _OPTIONS]


def _paging(spec: OperationSpec) -> list[str]:
    """The parameters with which a list is walked: those of the ways in which it can be."""
    assert spec.listing is not None
    forward, backward = spec.listing.forward, spec.listing.backward
    return [
        "page_size: int | None = None",
        "limit: int | None = None",
        *(["after: str | None = None"] if forward else []),
        *(["before: str | None = None"] if backward else []),
        *(["backward: bool = False"] if forward and backward else []),
    ]


def _call(method: _Method) -> tuple[str, str]:
    """The executor's method, and what it is given."""
    spec = method.spec
    members = ", ".join(f"{argument.wire!r}: {argument.python}" for argument in method.arguments)
    variables = f"{{{members}}}"
    if spec.kind == "mutation" and any(not argument.required for argument in method.arguments):
        variables = f"given({variables})"
    if spec.input_type is not None:
        variables = f"{{'input': {variables}}}"
    constant = spec.constant
    if method.paged:
        assert spec.listing is not None
        if not spec.listing.backward:
            paging = "Paging(page_size, limit, after)"
        elif not spec.listing.forward:
            paging = "Paging(page_size, limit, None, before, True)"
        else:
            paging = "Paging(page_size, limit, after, before, backward)"
        return "paginate", f"{constant}, {variables}, {paging}, options"
    return ("execute_raw" if method.raw else "execute"), f"{constant}, {variables}, options"


def _docstring(method: _Method) -> str:
    spec = method.spec
    sections = [spec.notes.text or f"The {spec.kind} `{spec.name}`."]
    if spec.deprecation:
        sections.append(f"Deprecated: {_one_line(spec.deprecation)}")
    if method.raw:
        # The arguments and the rest are told once, where most people look.
        how = "with the payload untouched"
        refusal = ": a refusal is left in its `error`" if spec.kind == "mutation" else ""
        sections.append(f"Like the client's `{spec.method}`, {how}{refusal}.")
        return _quoted("\n\n".join(sections))
    described = [
        f"{argument.python}: {_one_line(argument.description)}"
        + (f" Deprecated: {argument.deprecation}" if argument.deprecation else "")
        for argument in method.arguments
    ]
    if method.paged:
        assert spec.listing is not None
        described.append(_PAGING_DOC)
        if spec.listing.forward:
            described.append(_AFTER_DOC)
        if spec.listing.backward:
            described.append(_BEFORE_DOC[spec.listing.forward])
    described.append("options: What this call does differently, like `{'timeout': 5.0}`.")
    sections.append("Args:\n" + indent("\n".join(described), "    "))
    sections += _permissions(spec)
    retry = "is safe" if spec.notes.repeatable else "is not safe: it may be carried out twice"
    sections.append(f"Retrying this call {retry}.")
    refusal = " PlainMutationError when refused," if spec.kind == "mutation" else ""
    sections.append(
        f"Raises PlainInputError before anything is sent,{refusal} another PlainError on failure."
    )
    return _quoted("\n\n".join(sections))


def _permissions(spec: OperationSpec) -> list[str]:
    """What the key needs, told apart where it follows from names alone."""
    needed = spec.permissions

    def told(names: tuple[str, ...]) -> str:
        return ", ".join(f"{n} (derived)" if n in needed.derived else n for n in names)

    if not needed.every:
        return []
    if not needed.selected:
        return [f"Permission: {told(needed.stated)}."]
    own = f"Permission: {told(needed.stated)}; " if needed.stated else "Permission: "
    return [f"{own}for what is selected: {told(needed.selected)}."]


def _quoted(text: str) -> str:
    return '"""' + text.replace("\\", "\\\\").replace('"""', "'''") + '\n"""'


def _one_line(text: str) -> str:
    return " ".join(text.split())
