"""The documents that are sent with `detail="lean"`: other objects by their ids only.

What an operation is about keeps all that is its own: scalars, enums, and the objects without an
id that are a part of it. Of every other object with an id, only the id is left; and nothing where
its id stands beside it, as in `userId user { fullName }`.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Final, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    Node,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    print_ast,
    strip_ignored_characters,
)

from ..._schemas import reading
from ..read.nodes import inline_on, selection_of
from ..read.permissions import permissions
from ..read.selections import TYPENAME, leaf
from ..read.sources import Document
from ..read.spec import OperationSpec
from .documents import python_text

_DOC: Final = '''"""What operations send with `detail="lean"`; nothing of it is loaded before."""

from typing import Final
'''


def lean_module(
    schema: GraphQLSchema, documents: Mapping[str, Document], specs: list[OperationSpec]
) -> str:
    """The module with the operations whose lean documents differ, and their fragments; nothing
    where none does."""
    fragments: dict[str, str] = {}
    operations: list[str] = []
    for spec in specs:
        document = documents[spec.name]
        lean = _Lean(schema, document.fragments)
        root = schema.get_root_type(document.operation.operation)
        assert root is not None
        operation = copy(document.operation)
        operation.selection_set = lean.selection(operation.selection_set, root, within=False)
        lean.fragments_too()
        if not lean.cut:
            continue
        head = _text(operation)
        needed = permissions(schema, lean.made, operation, spec.notes)
        given = (head if head != _text(document.operation) else "", needed.every)
        operations.append(f"    {spec.name!r}: {given!r},")
        for name in sorted(lean.cut):
            # A cut selection of a root field is the operation's own.
            if name:
                fragments[name] = _text(lean.made[name])
    if not operations:
        return ""
    written = "\n".join(
        f"    {name!r}: (\n{python_text(text)}\n    )," for name, text in sorted(fragments.items())
    )
    return (
        f"{_DOC}\n"
        f"FRAGMENTS: Final[dict[str, str]] = {{\n{written}\n}}\n"
        '"""Fragments whose lean text differs, by their names."""\n\n'
        "OPERATIONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {\n"
        + "\n".join(operations)
        + '\n}\n"""The operations whose lean documents differ: the text before the fragments, '
        'where it differs too,\nand the permissions that are needed."""\n'
    )


def _text(node: Node) -> str:
    return strip_ignored_characters(print_ast(node))


def _is_wrapper(type_: GraphQLNamedType) -> bool:
    """Whether a type only carries what an operation is about: a payload, a page, a place in it."""
    names = set(getattr(type_, "fields", {}))
    return type_.name.endswith("Output") or "edges" in names or {"node", "cursor"} <= names


@dataclass
class _Lean:
    """Makes the lean selections of one operation."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    made: dict[str, FragmentDefinitionNode] = field(
        default_factory=dict[str, FragmentDefinitionNode]
    )
    """The fragments that are still reached."""
    cut: set[str] = field(default_factory=set[str])
    """The fragments that lost something; an empty name is the operation itself."""
    _roles: dict[str, set[bool]] = field(default_factory=dict[str, set[bool]])
    _pending: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])
    _now: str = ""

    def selection(
        self, selected: SelectionSetNode, parent: GraphQLNamedType, *, within: bool
    ) -> SelectionSetNode:
        """The selection without what is another object's; `within` an object with an id."""
        kept: list[SelectionNode] = []
        names = self._names(selected)
        for node in selected.selections:
            match node:
                case FieldNode(selection_set=SelectionSetNode() as inner):
                    made = self._field(node, inner, parent, names, within=within)
                    kept += [] if made is None else [made]
                case InlineFragmentNode():
                    condition = cast("NamedTypeNode | None", node.type_condition)
                    on = parent.name if condition is None else condition.name.value
                    type_ = self.schema.type_map[on]
                    narrowed = copy(node)
                    narrowed.selection_set = self.selection(
                        node.selection_set, type_, within=within
                    )
                    kept.append(narrowed)
                case FragmentSpreadNode():
                    self._reach(node.name.value, within)
                    kept.append(node)
                case _:
                    kept.append(node)
        return selection_of(kept or [leaf(TYPENAME)])

    def _field(
        self,
        node: FieldNode,
        inner: SelectionSetNode,
        parent: GraphQLNamedType,
        beside: set[str],
        *,
        within: bool,
    ) -> FieldNode | None:
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        named = get_named_type(parent.fields[node.name.value].type)
        made = copy(node)
        if not (within and self._is_resource(named)):
            below = within or not _is_wrapper(named)
            made.selection_set = self.selection(inner, named, within=below)
            return made
        if f"{node.name.value}Id" in beside:
            self.cut.add(self._now)
            return None
        if self._only_ids(inner):
            made.selection_set = self.selection(inner, named, within=True)
        else:
            made.selection_set = self._ids(named)
            self.cut.add(self._now)
        return made

    def fragments_too(self) -> None:
        """Go on with the fragments that are reached."""
        while self._pending:
            name, within = self._pending.pop()
            fragment = self.fragments[name]
            on = self.schema.type_map[fragment.type_condition.name.value]
            self._now = name
            made = copy(fragment)
            made.selection_set = self.selection(
                fragment.selection_set, on, within=within or not _is_wrapper(on)
            )
            self.made[name] = made

    def _reach(self, name: str, within: bool) -> None:
        # One that is reached in both roles is a part of another object: it is cut as such.
        roles = self._roles.setdefault(name, set())
        if within not in roles and not (roles and not within):
            roles.add(within)
            self._pending.append((name, within))

    def _is_resource(self, type_: GraphQLNamedType) -> bool:
        """Whether objects of the type have an id, and are not a part of something."""
        if is_abstract_type(type_):
            members = self.schema.get_possible_types(type_)  # type: ignore[arg-type]
            return all("id" in m.fields for m in members) and any(map(reading, members))
        return isinstance(type_, GraphQLObjectType) and reading(type_) is not None and (
            "id" in type_.fields
        )  # fmt: skip

    def _names(self, selected: SelectionSetNode) -> set[str]:
        """The fields of a selection, with those of the fragments that it spreads."""
        found: set[str] = set()
        for node in selected.selections:
            if isinstance(node, FieldNode):
                found.add(node.name.value)
            elif isinstance(node, FragmentSpreadNode):
                found |= self._names(self.fragments[node.name.value].selection_set)
        return found

    def _only_ids(self, selected: SelectionSetNode) -> bool:
        """Whether nothing but ids is selected already."""
        for node in selected.selections:
            match node:
                case FieldNode():
                    if node.name.value not in (TYPENAME, "id") or node.alias is not None:
                        return False
                case InlineFragmentNode():
                    if not self._only_ids(node.selection_set):
                        return False
                case FragmentSpreadNode():
                    if not self._only_ids(self.fragments[node.name.value].selection_set):
                        return False
                case _:
                    return False
        return True

    def _ids(self, type_: GraphQLNamedType) -> SelectionSetNode:
        if not is_abstract_type(type_):
            return selection_of([leaf(TYPENAME), leaf("id")])
        members = self.schema.get_possible_types(type_)  # type: ignore[arg-type]
        by_type: list[SelectionNode] = [inline_on(m.name, [leaf("id")]) for m in members]
        return selection_of([leaf(TYPENAME), *by_type])
