"""Renders the module of one operation: its models, and the operation as data."""

import ast
from dataclasses import dataclass

from ...runtime.models import wire_name
from ..model.members import docstring
from ..model.results import FragmentModels, member_annotation, operation_models, without_none
from ..read.names import member_name
from ..read.spec import OperationSpec, Shape
from .documents import SplitDocument
from .types import model_annotation


@dataclass(frozen=True)
class CompiledOperation:
    """An operation with the source of its module and what its methods return."""

    spec: OperationSpec
    source: str
    class_names: tuple[str, ...]
    payload_annotation: str
    value_annotation: str


def compile_operation(
    spec: OperationSpec,
    module: ast.Module,
    document: SplitDocument,
    fragments: FragmentModels,
    abstract: set[str],
    taken: set[str],
) -> CompiledOperation:
    """Everything about one operation, from what ariadne-codegen made of it."""
    classes = operation_models(module, spec, fragments, abstract, taken)
    by_name = {class_def.name: class_def for class_def in classes}
    root_attribute = spec.root_attribute
    payload = _member(by_name[f"{spec.stem}Data"], root_attribute, by_name)
    payload_class = _payload_class(payload, by_name, fragments)
    for made in fragments.classes.values():
        # A connection, or an object on the way to it, may be a fragment's.
        for class_def in made:
            by_name.setdefault(class_def.name, class_def)
    value, (unwrapped, unwrap) = _unwrap(spec, payload, payload_class, by_name)
    extra: list[ast.ClassDef] = []
    if spec.shape is Shape.UPSERT:
        assert payload_class is not None
        extra.append(_upserted(value, spec, payload_class, by_name))
    if spec.shape is Shape.EXTENDED:
        assert payload_class is not None
        extra.append(_extended(value, spec, payload_class, by_name))
    variables = ast.parse(_variables_class(spec)).body[0]
    assert isinstance(variables, ast.ClassDef)
    everything = [*classes, *extra, variables]
    payload_text = ast.unparse(payload)
    data = f"{spec.stem}Data"
    source = "\n\n".join(
        [
            *(ast.unparse(ast.fix_missing_locations(c)) for c in everything),
            _guarded(spec, payload, unwrap),
            _constant(spec, document, data, payload_text, unwrapped, root_attribute),
        ]
    )
    return CompiledOperation(
        spec=spec,
        source=source,
        class_names=tuple(class_def.name for class_def in everything),
        payload_annotation=payload_text,
        value_annotation=f"NodePages[{value}]" if spec.shape is Shape.NODES else value,
    )


def _payload_class(
    payload: ast.expr, by_name: dict[str, ast.ClassDef], fragments: FragmentModels
) -> ast.ClassDef | None:
    name = ast.unparse(without_none(payload))
    return by_name.get(name) or fragments.find(name)


def _unwrap(
    spec: OperationSpec,
    payload: ast.expr,
    payload_class: ast.ClassDef | None,
    by_name: dict[str, ast.ClassDef],
) -> tuple[str, tuple[str, str]]:
    """What callers get, as a type; and what the function gives that takes it out of the
    payload, with its source."""
    payload_text = ast.unparse(payload)
    if spec.shape in (Shape.VALUE, Shape.PAYLOAD):
        return payload_text, (payload_text, _function(payload_text, payload_text, "payload"))
    if spec.shape is Shape.NOTHING:
        return "None", ("None", _function(payload_text, "None", "None"))
    assert payload_class is not None
    if spec.shape is Shape.NODES:
        return _unwrap_nodes(spec, payload, payload_class, by_name)
    if spec.shape is Shape.MEMBER:
        name = member_name(spec.members[0])
        annotation = _member(payload_class, name, by_name)
        if spec.members[0] in spec.notes.null_members:
            value = ast.unparse(annotation)
            return value, (value, _function(payload_text, value, f"payload.{name}"))
        value = ast.unparse(without_none(annotation))
        if without_none(annotation) is annotation:
            return value, (value, _function(payload_text, value, f"payload.{name}"))
        return value, (value, _member_function(payload_text, value, name, spec.members[0]))
    if spec.shape is Shape.EXTENDED:
        value = f"{spec.stem}Value"
        whole, *beside = spec.members
        held = "".join(f", {member_name(m)!r}: payload.{member_name(m)}" for m in beside)
        members = f"**vars({_required(whole)}){held}"
        return value, (value, _function(payload_text, value, f"construct({value}, {{{members}}})"))
    value = "Upserted" + spec.stem.removeprefix("Upsert")
    members = ", ".join(f"{member_name(m)!r}: {_required(m)}" for m in spec.members)
    return value, (value, _function(payload_text, value, f"construct({value}, {{{members}}})"))


def _unwrap_nodes(
    spec: OperationSpec,
    payload: ast.expr,
    payload_class: ast.ClassDef,
    by_name: dict[str, ast.ClassDef],
) -> tuple[str, tuple[str, str]]:
    """The type of a node, and of the function that takes the connection out of the payload."""
    text = ast.unparse(payload)
    if not spec.path:
        return _node(payload_class, by_name), (text, _function(text, text, "payload"))
    # An object that does not exist has no nodes.
    steps = ["value: Any = payload"]
    connection = payload_class
    for key in spec.path:
        annotation = without_none(_member(connection, member_name(key), by_name))
        connection = by_name[ast.unparse(annotation)]
        steps.append(f"value = None if value is None else value.{member_name(key)}")
    returned = f"{connection.name} | None"
    lines = [*steps, f"found: {returned} = value", "return found"]
    body = "".join(f"    {line}\n" for line in lines)
    return _node(connection, by_name), (
        returned,
        f"def _unwrap(payload: {text}) -> {returned}:\n{body}",
    )


def _node(connection: ast.ClassDef, by_name: dict[str, ast.ClassDef]) -> str:
    edges = _member(connection, "edges", by_name)
    assert isinstance(edges, ast.Subscript)
    edge = by_name[ast.unparse(without_none(edges.slice))]
    return ast.unparse(_member(edge, "node", by_name))


def _member(class_def: ast.ClassDef, name: str, by_name: dict[str, ast.ClassDef]) -> ast.expr:
    """The annotation of a member that a class has, or inherits from a fragment's."""
    pending = [class_def]
    while pending:
        holder = pending.pop(0)
        if (found := member_annotation(holder, name)) is not None:
            return found
        bases = (base.id for base in holder.bases if isinstance(base, ast.Name))
        pending += [by_name[base] for base in bases if base in by_name]
    raise KeyError(f"{class_def.name}.{name}")


def _guarded(spec: OperationSpec, payload: ast.expr, function: str) -> str:
    """The function, which tells when a mutation's payload is null, where that can be."""
    reads = "payload." in function and spec.shape is not Shape.NODES
    if not reads or without_none(payload) is payload:
        return function
    head, _, body = function.partition("\n")
    check = f"    if payload is None:\n        raise NullMemberError({spec.root_key!r})"
    return f"{head}\n{check}\n{body}"


def _member_function(payload: str, value: str, name: str, member: str) -> str:
    return (
        f"def _unwrap(payload: {payload}) -> {value}:\n"
        f"    if payload.{name} is None:\n"
        f"        raise NullMemberError({member!r})\n"
        f"    return payload.{name}"
    )


def _required(member: str) -> str:
    return f"require(payload.{member_name(member)}, {member!r})"


def _function(payload: str, value: str, expression: str) -> str:
    return f"def _unwrap(payload: {payload}) -> {value}:\n    return {expression}"


def _upserted(
    name: str,
    spec: OperationSpec,
    payload_class: ast.ClassDef,
    by_name: dict[str, ast.ClassDef],
) -> ast.ClassDef:
    body: list[ast.stmt] = docstring(f"What `{spec.method}` did, and the object as it is now.")
    for member in spec.members:
        annotation = without_none(_member(payload_class, member_name(member), by_name))
        body.append(ast.AnnAssign(ast.Name(member_name(member)), annotation, value=None, simple=1))
    return ast.ClassDef(
        name=name, bases=[ast.Name("UpsertModel")], keywords=[], body=body, decorator_list=[]
    )


def _extended(
    name: str,
    spec: OperationSpec,
    payload_class: ast.ClassDef,
    by_name: dict[str, ast.ClassDef],
) -> ast.ClassDef:
    whole, *beside = spec.members
    base = without_none(_member(payload_class, member_name(whole), by_name))
    body: list[ast.stmt] = docstring(f"What `{spec.method}` gave, with what was told of it.")
    for member in beside:
        annotation = _member(payload_class, member_name(member), by_name)
        default = None if without_none(annotation) is annotation else ast.Constant(None)
        target = ast.Name(member_name(member))
        body.append(ast.AnnAssign(target, annotation, value=default, simple=1))
        field = getattr(spec.root_type, "fields", {}).get(member)
        body += docstring(None if field is None else field.description)
    return ast.ClassDef(name=name, bases=[base], keywords=[], body=body, decorator_list=[])


def _variables_class(spec: OperationSpec) -> str:
    lines = [f"class {spec.stem}Variables(InputModel):"]
    lines.append(f'    """The variables of `{spec.name}`."""')
    for variable in spec.variables:
        name = member_name(variable.wire)
        default = "" if variable.required else " = None"
        if wire_name(name) != variable.wire:
            # Not `alias`, because type checkers would then ask for that name.
            given = "" if variable.required else "default=None, "
            alias = f"validation_alias={variable.wire!r}, serialization_alias={variable.wire!r}"
            default = f" = Field({given}{alias})"
        annotation = model_annotation(variable.type)
        if variable.has_default and not variable.nullable:
            annotation += " | None"
        lines.append(f"    {name}: {annotation}{default}")
    return "\n".join(lines)


def _constant(
    spec: OperationSpec, document: SplitDocument, data: str, payload: str, unwrapped: str, root: str
) -> str:
    derived = tuple(p for p in spec.permissions.every if p in spec.permissions.derived)
    return "\n".join(
        [
            f"{spec.constant}: Operation[{data}, {payload}, {unwrapped}] = Operation(",
            f"    name={spec.name!r},",
            f"    kind={spec.kind!r},",
            f"    document={document.expression()},",
            f"    repeatable={spec.notes.repeatable},",
            f"    permissions={spec.permissions.every!r},",
            f"    done_codes={spec.notes.done_codes!r},",
            f"    data_type={data},",
            f"    variables_type={spec.stem}Variables,",
            f'    payload=attrgetter("{root}"),',
            "    unwrap=_unwrap,",
            *([f"    derived_permissions={derived!r},"] if derived else []),
            ")",
        ]
    )
