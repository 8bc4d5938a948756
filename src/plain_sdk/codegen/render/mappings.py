"""Renders the mapping types: what a caller may give where an input model is expected.

For each input there is `XLike`: the model, or a mapping with the members' names in
snake_case or as in the API. They exist for type checkers; at run time the input models
take either spelling.
"""

from keyword import iskeyword

from graphql import GraphQLInputField, GraphQLInputObjectType, GraphQLNonNull, GraphQLSchema

from ..read.names import IN_ANNOTATIONS, mapping_stem, member_name, python_name
from ..read.rules import is_one_of
from ..read.sources import CodegenError
from ..read.spec import wrapper_is_clearable
from .types import loose_annotation


def mappings_module(schema: GraphQLSchema, inputs: list[str]) -> tuple[str, list[str]]:
    """The module's source without its imports, and its public names."""
    stems: dict[str, str] = {}
    for name in inputs:
        other = stems.setdefault(mapping_stem(name), name)
        if other != name:
            raise CodegenError([f"The inputs {other} and {name} would share a mapping type."])
    parts: list[str] = []
    names: list[str] = []
    for name in inputs:
        type_ = schema.type_map[name]
        assert isinstance(type_, GraphQLInputObjectType)
        source, made = _mapping(type_)
        parts.append(source)
        names.extend(made)
    return "\n\n".join(parts), names


def _mapping(type_: GraphQLInputObjectType) -> tuple[str, list[str]]:
    stem = mapping_stem(type_.name)
    classes = (_one_of_classes if is_one_of(type_) else _whole_classes)(stem, type_)
    alternatives = [type_.name, *(name for name, _ in classes)]
    clearable = wrapper_is_clearable(type_)
    if clearable is not None:
        alternatives.append(
            loose_annotation(
                type_.fields["value"].type, nullable=clearable, owner=type_.name, wire="value"
            )
        )
    alias = f'{stem}Like: TypeAlias = "{" | ".join(alternatives)}"\n{_doc(type_.description)}'
    source = "\n\n".join([*(text for _, text in classes), alias])
    return source, [*(name for name, _ in classes), f"{stem}Like"]


def _one_of_classes(stem: str, type_: GraphQLInputObjectType) -> list[tuple[str, str]]:
    classes = []
    for wire, field in type_.fields.items():
        by = f"{stem}By{wire[:1].upper()}{wire[1:]}"
        spellings = dict.fromkeys((_key(wire), wire))
        for spelling, suffix in zip(spellings, ("", "Json"), strict=False):
            annotation = loose_annotation(field.type, nullable=False, owner=type_.name, wire=wire)
            body = [f"    {spelling}: {annotation!r}", _indented(field.description)]
            text = f"class {by}{suffix}(TypedDict):\n" + "\n".join(
                [_indented(type_.description), *body]
            )
            classes.append((f"{by}{suffix}", text))
    return classes


def _whole_classes(stem: str, type_: GraphQLInputObjectType) -> list[tuple[str, str]]:
    renamed = [
        wire
        for wire, field in type_.fields.items()
        if _required(field) and python_name(wire) != wire
    ]
    if renamed:
        # A member that is required tells the two spellings apart.
        snake_class = _typed_dict(f"{stem}Dict", type_, both=False, wire_names=False)
        json_class = _typed_dict(f"{stem}Json", type_, both=False, wire_names=True)
        return [(f"{stem}Dict", snake_class), (f"{stem}Json", json_class)]
    return [(f"{stem}Dict", _typed_dict(f"{stem}Dict", type_, both=True, wire_names=False))]


def _typed_dict(name: str, type_: GraphQLInputObjectType, *, both: bool, wire_names: bool) -> str:
    if any(iskeyword(wire) or wire in IN_ANNOTATIONS for wire in type_.fields):
        return _functional(name, type_, both=both, wire_names=wire_names)
    lines = [f"class {name}(TypedDict):", _indented(type_.description)]
    for wire, field in type_.fields.items():
        python = _key(wire)
        spellings = [python, wire] if both else [wire if wire_names else python]
        annotation = loose_annotation(field.type, owner=type_.name, wire=wire)
        if not _required(field):
            annotation = f"NotRequired[{annotation} | Unset]"
        for spelling in dict.fromkeys(spellings):
            lines.append(f"    {spelling}: {annotation!r}")
            lines.append(_indented(field.description))
    return "\n".join(line for line in lines if line)


def _functional(name: str, type_: GraphQLInputObjectType, *, both: bool, wire_names: bool) -> str:
    """The same for members whose names are words of Python, like `or` or `str`."""
    members: list[str] = []
    for wire, field in type_.fields.items():
        python = _key(wire)
        spellings = [python, wire] if both else [wire if wire_names else python]
        annotation = loose_annotation(field.type, owner=type_.name, wire=wire)
        if not _required(field):
            annotation = f"NotRequired[{annotation} | Unset]"
        members += [f"    {spelling!r}: {annotation!r}," for spelling in dict.fromkeys(spellings)]
    return "\n".join([f"{name} = TypedDict({name!r}, {{", *members, "})", _doc(type_.description)])


def _key(wire: str) -> str:
    """The name of a member in Python: its own, or the model's."""
    return wire if python_name(wire) == wire else member_name(wire)


def _required(field: GraphQLInputField) -> bool:
    return isinstance(field.type, GraphQLNonNull)


def _doc(description: str | None) -> str:
    return repr(description.strip()) if description else ""


def _indented(description: str | None) -> str:
    return f"    {_doc(description)}" if description else ""
