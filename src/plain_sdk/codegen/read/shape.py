"""Writes documents anew, so that each selection says plainly what classes stand for it.

A document may select a field twice, in fragments that overlap, on types that are members of
others. What is written here gives the same responses, and has one form: of an object its fields,
each once, and the fragments whose classes it builds on; of a union or interface what is common
to all, and of each member that is mentioned everything there is to it.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

from .kept import Key, Made, Selected, check_names
from .nodes import fragment_of, inline_on, marker, selection_of, spread_of
from .selections import TYPENAME, Part, Selections, Taken, by_key, key_of, leaf, parts_of

COMMON: Final = "common_"
"""The directive on a field of an interface that mentioned members have in their own selection;
its name goes on with theirs."""


class Shaper:
    """Writes the documents of one schema anew."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self._schema = schema
        self._given = Selections(schema, fragments)
        self._made: dict[str, Made] = {}
        self._same: dict[str, str] = {}
        """Fragments that are another one under another name, and that one."""
        self._named: dict[str, FragmentDefinitionNode | None] = {}
        self._told_apart = {
            name
            for type_ in schema.type_map.values()
            if is_abstract_type(type_)
            for name in self._given.possible(type_)
        }

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The fragments of which there are to be classes, as far as operations spread them."""
        kept = {name: made.definition for name, made in self._made.items()}
        return {**kept, **{name: node for name, node in self._named.items() if node is not None}}

    def operation(self, node: OperationDefinitionNode) -> OperationDefinitionNode:
        """An operation with the root field that it selects; `GraphQLError` when it is not one."""
        root = self._schema.get_root_type(node.operation)
        assert root is not None
        fields = self._given.fields([(node.selection_set, False)], root)
        told = {k: takes for k, takes in fields.items() if takes[0].node.name.value != TYPENAME}
        if len(told) > 1:
            raise GraphQLError(
                "An operation must select exactly one root field, so that its value can be "
                "unwrapped.",
                node,
            )
        ((_, takes),) = told.items() or fields.items()
        if takes[0].node.name.value.startswith("__"):
            name = takes[0].node.name.value
            raise GraphQLError(f"{name!r} is not a root field of the API.", takes[0].node)
        return OperationDefinitionNode(
            operation=node.operation,
            name=node.name,
            variable_definitions=node.variable_definitions,
            directives=(),
            selection_set=SelectionSetNode(selections=(self._field(takes, root),)),
            loc=node.loc,
        )

    def _selection(self, parts: list[Part], type_: GraphQLNamedType) -> SelectionSetNode:
        if not is_abstract_type(type_):
            assert isinstance(type_, GraphQLObjectType)
            made = self._object(parts, type_)
            return selection_of(made.selections())
        whole = self._whole(parts, type_)
        return selection_of([spread_of(whole)] if whole else self._members(parts, type_))

    def _members(self, parts: list[Part], type_: GraphQLNamedType) -> list[SelectionNode]:
        mentioned = self._given.mentioned(parts, type_)
        selected: list[SelectionNode] = [leaf(TYPENAME)]
        for name in mentioned:
            member = self._schema.type_map[name]
            assert isinstance(member, GraphQLObjectType)
            selected.append(inline_on(name, self._object(parts, member).selections()))
        # A class for a member takes its fields from here too, but none that it has already.
        for key, node in self._common(parts, type_).items():
            if key != TYPENAME:
                node.directives = (*node.directives, *(marker(COMMON + m) for m in mentioned))
                selected.append(node)
        return selected

    def _common(self, parts: list[Part], type_: GraphQLNamedType) -> dict[str, FieldNode]:
        """The fields that are selected of whatever a union or interface stands for."""
        fields = self._given.fields(parts, type_)
        made = {key: self._field(takes, type_) for key, takes in fields.items()}
        check_names({key: Key(node, False, "") for key, node in made.items()})
        return made

    def _whole(self, parts: list[Part], type_: GraphQLNamedType) -> str | None:
        """The fragment on a union or interface that is all that is selected, and has a name for
        it: of what all have in common, or of a type that is the sum of its members'."""
        spread: set[str] = set()
        for selection_set, _ in parts:
            for node in selection_set.selections:
                if isinstance(node, FragmentSpreadNode) and not node.directives:
                    spread.add(node.name.value)
                elif not (isinstance(node, FieldNode) and key_of(node) == TYPENAME):
                    return None
        always = any(not may_go and _spreads(selection_set) for selection_set, may_go in parts)
        if len(spread) != 1 or not always:
            return None
        (name,) = spread
        fragment = self._given.fragments[name]
        if fragment.type_condition.name.value != type_.name:
            return None
        if name not in self._named:
            self._named[name] = self._naming(fragment, type_)
        return None if self._named[name] is None else name

    def _naming(
        self, fragment: FragmentDefinitionNode, type_: GraphQLNamedType
    ) -> FragmentDefinitionNode | None:
        parts: list[Part] = [(fragment.selection_set, False)]
        fields = self._given.fields(parts, type_)
        mentioned = self._given.mentioned(parts, type_)
        if not mentioned:
            # Of a union there is nothing in common.
            has_fields = hasattr(type_, "fields")
            return fragment_of(fragment, self._members(parts, type_)) if has_fields else None
        if set(fields) - {TYPENAME} or set(mentioned) != set(self._given.possible(type_)):
            return None
        selected: list[SelectionNode] = [leaf(TYPENAME)]
        for name in self._given.possible(type_):
            member = self._schema.type_map[name]
            assert isinstance(member, GraphQLObjectType)
            made = self._object(parts, member)
            if len(made.spreads) != 1 or set(made.fields) - {TYPENAME}:
                return None
            selected.append(inline_on(name, [spread_of(made.spreads[0])]))
        return fragment_of(fragment, selected)

    def _object(self, parts: list[Part], type_: GraphQLObjectType) -> Selected:
        """The fields of an object, and the fragments whose classes are a part of its class."""
        dissolved: set[str] = set()
        while True:
            items = list(self._items(parts, type_, dissolved))
            fields = by_key(item for item in items if isinstance(item, Taken))
            written = list(dict.fromkeys(item for item in items if isinstance(item, str)))
            for name in written:
                self._keep(name, type_)
            spreads = list(dict.fromkeys(self._same.get(name, name) for name in written))
            clashing = self._clashing(fields, spreads)
            if not clashing:
                break
            dissolved |= {n for n in written if self._same.get(n, n) in clashing}
        inherited = set().union(*(self._made[name].ancestors for name in spreads))
        spreads = [name for name in spreads if name not in inherited]
        keys: dict[str, Key] = {}
        for name in spreads:
            keys |= self._made[name].keys
        own = {key: self._field(takes, type_) for key, takes in fields.items() if key not in keys}
        keys |= {key: Key(node, _may_go(fields[key]), "") for key, node in own.items()}
        check_names(keys)
        return Selected(own, spreads, keys)

    def _items(
        self, parts: list[Part], type_: GraphQLObjectType, dissolved: set[str]
    ) -> Iterator[Taken | str]:
        """The fields of an object, and the fragments that may be a part of its class."""
        for selection_set, conditional in parts:
            for node in selection_set.selections:
                may_go = conditional or bool(node.directives)
                if isinstance(node, FieldNode):
                    yield Taken(node, may_go)
                    continue
                assert isinstance(node, FragmentSpreadNode | InlineFragmentNode)
                condition, inner = self._given.inner(node)
                whole = condition == type_.name and not may_go
                spread = node.name.value if isinstance(node, FragmentSpreadNode) else None
                if spread is not None and whole and spread not in dissolved:
                    yield spread
                elif self._given.covers(condition, type_):
                    yield from self._items([(inner, may_go)], type_, dissolved)

    def _keep(self, name: str, type_: GraphQLObjectType) -> None:
        """Make the class of a fragment."""
        if name in self._made or name in self._same:
            return
        fragment = self._given.fragments[name]
        made = self._object([(fragment.selection_set, False)], type_)
        # Of a member of a union, every class says which one it is.
        told = {TYPENAME} if type_.name in self._told_apart else set[str]()
        if len(made.spreads) == 1 and made.fields.keys() <= told:
            self._same[name] = made.spreads[0]
            return
        keys = {
            key: known if known.origin else Key(known.node, known.conditional, name)
            for key, known in made.keys.items()
        }
        ancestors = set(made.spreads).union(*(self._made[s].ancestors for s in made.spreads))
        definition = fragment_of(fragment, made.selections())
        stand_in = self._stand_in(made.spreads)
        assert stand_in is not None
        self._made[name] = Made(definition, keys, ancestors, stand_in)

    def _stand_in(self, spreads: list[str]) -> type | None:
        """A class that builds on those of fragments; None where Python has no order for them."""
        bases = [self._made[name].stand_in for name in sorted(spreads)]
        try:
            return type("StandIn", tuple(bases), {})
        except TypeError:
            return None

    def _clashing(self, fields: dict[str, list[Taken]], spreads: list[str]) -> set[str]:
        """The fragments on whose classes the class cannot build."""
        found: set[str] = set()
        for name in spreads:
            for key, takes in fields.items():
                known = self._made[name].keys.get(key)
                if known is None or key == TYPENAME:
                    continue
                if not known.agrees(Key(takes[0].node, _may_go(takes), "")):
                    found.add(name)
        for one, other in combinations(spreads, 2):
            left, right = self._made[one], self._made[other]
            shared = (left.keys.keys() & right.keys.keys()) - {TYPENAME}
            if not all(left.keys[key].agrees(right.keys[key]) for key in shared):
                found |= {one, other}
        inherited = set().union(*(self._made[name].ancestors for name in spreads))
        if not found and self._stand_in([s for s in spreads if s not in inherited]) is None:
            found |= set(spreads)
        return found

    def _field(self, takes: list[Taken], parent: GraphQLNamedType) -> FieldNode:
        """A field, selected once with all that is selected of it."""
        node = takes[0].node
        selection_set = None
        if node.selection_set is not None:
            definition = getattr(parent, "fields", {})[node.name.value]
            selection_set = self._selection(parts_of(takes), get_named_type(definition.type))
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=node.arguments or (),
            directives=(marker("include"),) if _may_go(takes) else (),
            selection_set=selection_set,
            loc=node.loc,
        )


def _may_go(takes: list[Taken]) -> bool:
    return all(taken.conditional for taken in takes)


def _spreads(selection_set: SelectionSetNode) -> bool:
    return any(isinstance(node, FragmentSpreadNode) for node in selection_set.selections)
