"""The modules of the package: enums, objects, payloads, and the door."""

import ast
from typing import Final

from ..model.results import names_in
from ..read.sources import CodegenError
from ..render.layout import PackageNames, init_module, init_stub
from .schema import SCALARS, Enum, EventSchema, Member, Object, Union

_IMPORTED: Final = {
    "typing": {"Annotated", "Final", "Literal", "TypeAlias"},
    "pydantic": {"Field"},
    "plain_sdk.runtime.events": {
        "DateTime", "EventModel", "Number", "OneOf", "UnknownObject", "UnknownPayload",
    },
    "plain_sdk.runtime.models": {"OpenEnum"},
}  # fmt: skip
PACKAGE_DOC: Final = "What Plain posts to a webhook. A name is loaded when it is first used."


def render(schema: EventSchema) -> dict[str, str]:
    """The files, by their paths within the package; without headers, and not yet formatted."""
    by_name = {o.name: o for o in schema.objects if isinstance(o, Object)}
    objects = [
        _class(o) if isinstance(o, Object) else _union(o, by_name) for o in schema.objects
    ]  # fmt: skip
    modules = {enum.name: "enums" for enum in schema.enums}
    modules |= {o.name: "objects" for o in schema.objects}
    modules |= {payload.name: "payloads" for payload in schema.payloads}
    if len(modules) != len(schema.enums) + len(schema.objects) + len(schema.payloads):
        raise CodegenError(["two types of the schema have one name"])
    modules |= {"Payload": "payloads", "PAYLOADS": "payloads"}
    names = PackageNames(modules)
    return {
        "py.typed": "",
        "__init__.py": init_module(names, PACKAGE_DOC),
        "__init__.pyi": init_stub(names, PACKAGE_DOC),
        "enums.py": _module(names, "The enums.", [*map(_enum, schema.enums)]),
        "objects.py": _module(names, "What payloads are made of.", objects),
        "payloads.py": _module(
            names, "The payloads, one for each type of event.", _payloads(schema.payloads)
        ),
    }


def _module(names: PackageNames, doc: str, parts: list[str]) -> str:
    source = "\n\n\n".join(parts)
    used = set(names_in(ast.parse(source)))
    lines = [
        f"from {module} import {', '.join(sorted(used & known))}"
        for module, known in _IMPORTED.items()
        if used & known
    ]
    own = {name for name in used & names.modules.keys() if f"class {name}(" not in source}
    own -= {name for name in own if f"\n{name}: " in f"\n{source}"}
    lines += [f"from .{names.modules[name]} import {name}" for name in sorted(own)]
    return "\n".join([f'"""{doc}"""', "", *lines, "", "", source, ""])


def _payloads(payloads: tuple[Object, ...]) -> list[str]:
    union = " | ".join([*(payload.name for payload in payloads), "UnknownPayload"])
    table = "".join(f"    {p.event_type!r}: {p.name},\n" for p in payloads)
    return [
        *map(_class, payloads),
        f'Payload: TypeAlias = {union}\n"Any payload."',
        f"PAYLOADS: Final[dict[str, type[Payload]]] = {{\n{table}}}\n"
        '"The payload of each type of event."',
    ]


def _class(described: Object) -> str:
    doc = described.doc
    if described.since:
        doc += f"\n\n    Plain sends it to targets of version {described.since} and later.\n    "
    lines = [f"class {described.name}(EventModel):", f'    """{doc}"""']
    if described.constant:
        name, value = described.constant
        lines.append(f"    {name}: Literal[{value!r}] = {value!r}")
    for member in described.members:
        lines.append(f"    {member.name}: {_annotation(member)}{_default(member)}")
        if member.doc:
            lines.append(f"    {member.doc!r}")
    return "\n".join(lines)


def _annotation(member: Member) -> str:
    item = SCALARS.get(member.type, member.type)
    if member.is_list:
        return f"list[{item}]"
    return f"{item} | None" if member.is_nullable else item


def _default(member: Member) -> str:
    arguments = []
    if member.is_list and member.is_nullable:
        arguments.append("default_factory=list")
    elif member.is_nullable:
        arguments.append("default=None")
    if member.example is not None:
        arguments.append(f"examples=[{member.example!r}]")
    if arguments == ["default=None"]:
        return " = None"
    return f" = Field({', '.join(arguments)})" if arguments else ""


def _union(described: Union, objects: dict[str, Object]) -> str:
    first = objects[described.members[0]]
    has = tuple(objects[member].has for member in described.members)
    how = f"OneOf({first.constant[0]!r})" if first.constant else f"OneOf(has={has!r})"
    members = " | ".join([*described.members, "UnknownObject"])
    return f"{described.name}: TypeAlias = Annotated[{members}, {how}]\n{described.doc!r}"


def _enum(described: Enum) -> str:
    lines = [f"class {described.name}(OpenEnum):", f'    """{described.doc}"""']
    for value, doc in described.values:
        lines.append(f"    {value} = {value!r}")
        if doc:
            lines.append(f"    {doc!r}")
    return "\n".join(lines)
