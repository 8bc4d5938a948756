"""Writes an operation for every root field of a schema, with a fragment for each type.

What is selected: scalars, enums and value objects (objects without an id) in full; other objects
by their id and what they are called, unless they are what the operation is about; connections
inside of objects not at all. Where members of a union disagree on a field's type, the field gets
the alias `field_Type`, which the compiler turns back into the field's own name.
"""

import re
import textwrap
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from pathlib import Path

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    Source,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
)

from ..._schemas import describe
from .._files import replace_file
from ..model.unions import union_members
from ..read.names import method_name
from ..read.sources import CodegenError
from .domains import domain
from .heads import MADE, head

_SPREAD = re.compile(r"\.\.\.\s*(?!on\b)(\w+)")


_NAMING = frozenset({
    "domainName", "email", "externalId", "fileMimeType", "fileName", "fullName", "internalName",
    "key", "name", "publicName", "ref", "slug", "title",
})  # fmt: skip
"""What tells a person which object a reference means."""


def is_connection(type_: GraphQLNamedType) -> bool:
    """Whether a type is a Relay connection."""
    return isinstance(type_, GraphQLObjectType) and {"edges", "pageInfo"} <= set(type_.fields)


def is_entity(type_: GraphQLNamedType) -> bool:
    """Whether an object has an id of its own."""
    return isinstance(type_, GraphQLObjectType) and "id" in type_.fields


def conflict_alias(field_name: str, type_name: str) -> str:
    """The response key of a field that other members of a union have with another type."""
    return f"{field_name}_{type_name}"


def conflicts(schema: GraphQLSchema) -> dict[str, set[str]]:
    """By type: its fields that another member of some union has with another type."""
    found: dict[str, set[str]] = {}
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            continue
        shapes: dict[str, dict[str, set[str]]] = {}
        for member in schema.get_possible_types(type_):
            for name, definition in member.fields.items():
                shape = str(definition.type)
                shapes.setdefault(name, {}).setdefault(shape, set()).add(member.name)
        for name, by_shape in shapes.items():
            if len(by_shape) > 1:
                for member_name in set().union(*by_shape.values()):
                    found.setdefault(member_name, set()).add(name)
    return found


@dataclass
class OperationWriter:
    """Makes operations and the fragments that they need."""

    schema: GraphQLSchema
    deprecated: bool = False
    """Whether to select what is deprecated too."""
    fragments: dict[str, str] = field(default_factory=dict[str, str])
    """The text of each fragment made so far."""
    uses: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """By fragment: the fragments that it spreads."""
    yours: Set[str] = frozenset()
    """Fragments that were written by hand. `NamedX` of a type X is taken where it is a part of
    something, `XDetails` where it is what an operation is about."""

    def __post_init__(self) -> None:
        self._conflicts = conflicts(self.schema)
        self._members = union_members(self.schema)
        self._making: list[str] = []

    def operation(self, kind: str, name: str) -> str:
        """The text of the operation for a root field, with its comment."""
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        assert root is not None
        definition = root.fields[name]
        arguments = {
            arg: given
            for arg, given in definition.args.items()
            if self.deprecated or not given.deprecation_reason or is_required_argument(given)
        }
        lines = head(self.schema, kind, name)
        variables = _wrapped("(", [f"${a}: {g.type}" for a, g in arguments.items()], ")")
        passed = _wrapped("(", [f"{a}: ${a}" for a in arguments], ")")
        lines.append(f"{kind} {name}{variables} {{")
        selection = self._root_selection(get_named_type(definition.type))
        lines.append(textwrap.indent(f"{name}{passed}{_block(selection)}", "  "))
        lines.append("}")
        return MADE + "\n".join(lines) + "\n"

    def fragment_named(self, name: str) -> None:
        """Make the fragment of a type, if the schema has such a type."""
        type_ = self.schema.type_map.get(name)
        if isinstance(type_, GraphQLObjectType | GraphQLUnionType | GraphQLInterfaceType):
            self._fragment(type_)

    def needed(self, text: str, taken: Set[str] = frozenset()) -> set[str]:
        """The fragments that a text spreads, and those that these spread, but for those taken."""
        pending = set(_SPREAD.findall(text)) - taken
        found: set[str] = set()
        while pending:
            name = pending.pop()
            found.add(name)
            pending |= self.uses.get(name, set()) - found - taken
        return found

    def _root_selection(self, type_: GraphQLNamedType) -> list[str]:
        if is_leaf_type(type_):
            return []
        if is_connection(type_):
            assert isinstance(type_, GraphQLObjectType)
            return self._connection(type_)
        if isinstance(type_, GraphQLObjectType) and not is_entity(type_):
            return self._fields(type_, whole_entities=True)
        details = f"{type_.name}Details"
        return [f"...{details if details in self.yours else self._fragment(type_)}"]

    def _connection(self, type_: GraphQLObjectType) -> list[str]:
        edge = get_named_type(type_.fields["edges"].type)
        assert isinstance(edge, GraphQLObjectType)
        node = self._root_selection(get_named_type(edge.fields["node"].type))
        extra = [n for n, d in type_.fields.items() if is_leaf_type(get_named_type(d.type))]
        page_info = self._fragment(get_named_type(type_.fields["pageInfo"].type))
        edges = _block(["cursor", f"node{_block(node)}"])
        return [f"edges{edges}", f"pageInfo{_block([f'...{page_info}'])}", *extra]

    def _fields(self, type_: GraphQLObjectType, *, whole_entities: bool = False) -> list[str]:
        selected: list[str] = []
        for name, definition in type_.fields.items():
            if definition.deprecation_reason and not self.deprecated:
                continue
            if any(is_required_argument(argument) for argument in definition.args.values()):
                continue
            named = get_named_type(definition.type)
            if is_leaf_type(named):
                selection: list[str] = []
            elif is_connection(named):
                continue
            else:
                spread = (
                    self._spread(named) if whole_entities or not is_entity(named)
                    else self._reference(named)
                )  # fmt: skip
                if spread is None:
                    continue
                selection = [f"...{spread}"]
            aliased = name in self._conflicts.get(type_.name, ())
            key = f"{conflict_alias(name, type_.name)}: " if aliased else ""
            selected.append(f"{key}{name}{_block(selection)}")
        return selected or ["__typename"]

    def _spread(self, type_: GraphQLNamedType) -> str | None:
        """The fragment of a type; None where it would contain itself."""
        if f"Named{type_.name}" in self.yours:
            return f"Named{type_.name}"
        return None if type_.name in self._making else self._fragment(type_)

    def _reference(self, type_: GraphQLNamedType) -> str:
        name = f"{type_.name}Reference"
        selected: list[str] = []
        if isinstance(type_, GraphQLObjectType) and is_entity(type_):
            names = [n for n in type_.fields if n in _NAMING and self._is_plain(type_, n)]
            selected = ["id", *names]
        return self._add(name, type_.name, [*self._typename(type_), *selected] or ["__typename"])

    def _is_plain(self, type_: GraphQLObjectType, name: str) -> bool:
        definition = type_.fields[name]
        kept = self.deprecated or not definition.deprecation_reason
        return kept and not definition.args and is_leaf_type(get_named_type(definition.type))

    def _typename(self, type_: GraphQLNamedType) -> list[str]:
        """Members of unions are told apart by it."""
        return ["__typename"] if type_.name in self._members else []

    def _fragment(self, type_: GraphQLNamedType) -> str:
        name = type_.name
        if name in self.fragments:
            return name
        self._making.append(name)
        try:
            if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
                selected = ["__typename"]
                for member in sorted(self.schema.get_possible_types(type_), key=lambda m: m.name):
                    spread = self._spread(member)
                    selected.append(f"...{spread or self._reference(member)}")
            else:
                assert isinstance(type_, GraphQLObjectType)
                selected = [*self._typename(type_), *self._fields(type_)]
                selected = list(dict.fromkeys(selected))
        finally:
            self._making.pop()
        return self._add(name, name, selected)

    def _add(self, name: str, type_name: str, selected: list[str]) -> str:
        if name not in self.fragments:
            text = f"fragment {name} on {type_name}{_block(selected)}\n"
            self.uses[name] = set(re.findall(r"\.\.\.(\w+)", text))
            self.fragments[name] = MADE + text
        return name


@dataclass(frozen=True)
class Written:
    """What `write_operations` did."""

    operations: int
    fragments: int
    yours: int
    """Operations and fragments that were there, written by hand."""


def write_operations(schema: GraphQLSchema, folder: Path, *, deprecated: bool = False) -> Written:
    """Write an operation for every root field; what was written by hand stays and wins.

    Files that an earlier run made, and that are not made any more, are removed.
    """
    taken: set[str] = set()
    spread: set[str] = set()
    made_before: list[Path] = []
    for file in sorted(folder.rglob("*.graphql")):
        text = file.read_text(encoding="utf-8")
        if text.startswith(MADE.rstrip()):
            made_before.append(file)
            continue
        try:
            document = parse(Source(text, str(file)))
        except GraphQLError as error:
            raise CodegenError([describe(error)]) from None
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                taken.update([definition.name.value] if definition.name else [])
        spread.update(_SPREAD.findall(text))
    files = all_operations(schema, deprecated=deprecated, taken=taken, spread=spread - taken)
    own = {path for path in files if (folder / path).exists()} - {
        file.relative_to(folder).as_posix() for file in made_before
    }
    # A file of yours may have the name of one that is made, and other operations in it.
    files = {_beside(path) if path in own else path: text for path, text in files.items()}
    for path, text in files.items():
        file = folder / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            replace_file(file, text.encode())
    for file in made_before:
        if file.relative_to(folder).as_posix() not in files:
            file.unlink()
    fragments = sum(path.startswith("fragments/") for path in files)
    return Written(len(files) - fragments, fragments, len(taken))


def _beside(path: str) -> str:
    return path.removesuffix(".graphql") + "_made.graphql"


def all_operations(
    schema: GraphQLSchema,
    *,
    deprecated: bool = False,
    taken: Iterable[str] = (),
    spread: Iterable[str] = (),
) -> dict[str, str]:
    """The files for every root field, by their paths, except for the names that are taken.

    `spread` names fragments that are needed besides.
    """
    own = set(taken)
    writer = OperationWriter(schema, deprecated, yours=own)
    files: dict[str, str] = {}
    needed: set[str] = set()
    for kind, root in (("query", schema.query_type), ("mutation", schema.mutation_type)):
        for name in sorted(root.fields if root else ()):
            if name in own:
                continue
            text = writer.operation(kind, name)
            files[f"{domain(name)}/{method_name(name)}.graphql"] = text
            needed |= writer.needed(text, own)
    for name in spread:
        writer.fragment_named(name)
        needed |= writer.needed(f"...{name}", own)
    for name in sorted(needed & writer.fragments.keys()):
        files[f"fragments/{name}.graphql"] = writer.fragments[name]
    return files


def _wrapped(opening: str, parts: list[str], closing: str) -> str:
    if not parts:
        return ""
    line = f"{opening}{', '.join(parts)}{closing}"
    if len(line) <= 60:
        return line
    return f"{opening}\n" + textwrap.indent("\n".join(parts), "  ") + f"\n{closing}"


def _block(selected: list[str]) -> str:
    if not selected:
        return ""
    return " {\n" + textwrap.indent("\n".join(selected), "  ") + "\n}"
