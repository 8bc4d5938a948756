"""Operations of one's own, written at random: valid, in every way that GraphQL allows."""

import random
from dataclasses import dataclass, field

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)

from plain_sdk.codegen.upkeep.all_operations import conflicts, is_connection

DIRECTIVES = ("@include(if: true)", "@include(if: false)", "@skip(if: true)", "@skip(if: false)")
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


@dataclass
class RandomDocuments:
    """Writes operations; what one alone would need, like an alias, it has."""

    schema: GraphQLSchema
    random: random.Random
    depth: int = 4
    _fragments: dict[str, tuple[str, str, set[str]]] = field(default_factory=dict)
    """By fragment: its type, its text and the fragments that it spreads."""
    _count: int = 0

    def __post_init__(self) -> None:
        self._conflicts = conflicts(self.schema)

    def document(self, count: int) -> str:
        """So many valid operations with their fragments."""
        operations: list[str] = []
        used: set[str] = set()
        while len(operations) < count:
            before = dict(self._fragments)
            text, spread = self._operation(f"{self._name('op')}")
            whole = "\n".join([text, *(self._fragments[name][1] for name in sorted(spread))])
            if validate(self.schema, parse(whole)):
                # Two places that cannot be told apart in one response; GraphQL says so, too.
                self._fragments = before
                continue
            operations.append(text)
            used |= spread
        return "\n".join([*operations, *(self._fragments[name][1] for name in sorted(used))])

    def _name(self, stem: str) -> str:
        self._count += 1
        return f"{stem}{self._count}"

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _operation(self, name: str) -> tuple[str, set[str]]:
        kind = self.random.choice(("query", "query", "mutation"))
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        assert root is not None
        field_name = self.random.choice(list(root.fields))
        definition = root.fields[field_name]
        variables: list[str] = []
        passed: list[str] = []
        pages = self.random.choice(("first after", "last before", "first after last before", ""))
        for argument, given in definition.args.items():
            is_page = argument in ("first", "after", "last", "before")
            if is_page and argument not in pages.split():
                continue
            if is_page or is_required_argument(given) or self._chance(0.3):
                variable = argument if is_page else f"a{len(variables)}"
                variables.append(f"${variable}: {given.type}")
                passed.append(f"{argument}: ${variable}")
        spread: set[str] = set()
        type_ = get_named_type(definition.type)
        block = self._block(type_, self.depth, spread)
        if is_connection(type_) and self._chance(0.7):
            inner = self._block(self._node(type_), self.depth, spread)
            block = f"{{ edges {{ node {inner} }} }}"
        arguments = f"({', '.join(passed)})" if passed else ""
        declared = f"({', '.join(variables)})" if variables else ""
        alias = f"{self._name('r')}: " if self._chance(0.2) else ""
        extra = " __typename" if self._chance(0.1) else ""
        text = f"{kind} {name}{declared} {{ {alias}{field_name}{arguments} {block}{extra} }}"
        return (f"# Repeat: unsafe\n{text}" if kind == "mutation" else text), self._needed(spread)

    def _needed(self, spread: set[str]) -> set[str]:
        found: set[str] = set()
        pending = list(spread)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self._fragments[name][2]
        return found

    def _node(self, connection: GraphQLNamedType) -> GraphQLNamedType:
        assert isinstance(connection, GraphQLObjectType)
        edge = get_named_type(connection.fields["edges"].type)
        assert isinstance(edge, GraphQLObjectType)
        node: GraphQLNamedType = get_named_type(edge.fields["node"].type)
        return node

    def _block(self, type_: GraphQLNamedType, depth: int, spread: set[str]) -> str:
        if is_leaf_type(type_):
            return ""
        assert isinstance(type_, Composite)
        parts = [self._part(type_, depth, spread) for _ in range(self.random.choice((1, 2, 3, 4)))]
        told = [part for part in parts if part] or ["__typename"]
        if self._chance(0.1):
            told.append(self.random.choice(told))
        return f"{{ {' '.join(told)} }}"

    def _part(self, type_: Composite, depth: int, spread: set[str]) -> str:
        choice = self.random.random()
        if choice < 0.08:
            return self.random.choice(("__typename", f"{self._name('t')}: __typename"))
        if choice < 0.2 and depth > 0:
            return f"...{self._directive()} {self._block(type_, depth - 1, spread)}"
        if choice < 0.45 and depth > 0:
            on = self._related(type_)
            name = self._fragment(on, depth - 1)
            spread.add(name)
            return f"...{name} {self._directive()}"
        members = self._related(type_, itself=False)
        if members is not type_ and depth > 0 and (
            isinstance(type_, GraphQLUnionType) or choice < 0.65
        ):  # fmt: skip
            inner = self._block(members, depth - 1, spread)
            return f"... on {members.name} {self._directive()} {inner}"
        if isinstance(type_, GraphQLUnionType):
            return "__typename"
        return self._field(type_, depth, spread)

    def _directive(self) -> str:
        return self.random.choice(DIRECTIVES) if self._chance(0.1) else ""

    def _related(self, type_: Composite, *, itself: bool = True) -> Composite:
        """The type, a member of it, or one of which it is a member."""
        found: list[Composite] = [type_] if itself else []
        if not isinstance(type_, GraphQLObjectType):
            found += self.schema.get_possible_types(type_)
        else:
            found += [
                other
                for other in self.schema.type_map.values()
                if isinstance(other, GraphQLInterfaceType | GraphQLUnionType)
                and self.schema.is_sub_type(other, type_)
            ]
        return self.random.choice(found or [type_])

    def _fragment(self, type_: Composite, depth: int) -> str:
        """A fragment on a type: one that there is, or a new one."""
        there = [name for name, (on, _, _) in self._fragments.items() if on == type_.name]
        if there and self._chance(0.4):
            return self.random.choice(there)
        spread: set[str] = set()
        block = self._block(type_, depth, spread)
        name = self._name(self.random.choice(("F", "Part", "thing_", type_.name)))
        self._fragments[name] = (type_.name, f"fragment {name} on {type_.name} {block}", spread)
        return name

    def _field(
        self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int, spread: set[str]
    ) -> str:
        usable = [name for name, made in type_.fields.items() if self._usable(made, depth)]
        if not usable:
            return "__typename"
        name = self.random.choice(usable)
        named = get_named_type(type_.fields[name].type)
        alias = f"{name}_{type_.name}: " if name in self._conflicts.get(type_.name, ()) else ""
        if self._chance(0.15):
            alias = f"{self._name(self.random.choice(('k', 'some_', 'Key')))}: "
        return f"{alias}{name} {self._directive()} {self._block(named, depth - 1, spread)}"

    @staticmethod
    def _usable(definition: GraphQLField, depth: int) -> bool:
        if any(is_required_argument(argument) for argument in definition.args.values()):
            return False
        return depth > 0 or is_leaf_type(get_named_type(definition.type))
