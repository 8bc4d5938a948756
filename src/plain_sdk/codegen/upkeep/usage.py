"""What of a schema each operation uses, and where in its files."""

from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    Node,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    type_from_ast,
    visit,
)


@dataclass(frozen=True, order=True)
class Coordinate:
    """A place in a schema: a type, its member, the member's argument."""

    type: str
    member: str | None = None
    argument: str | None = None

    def __str__(self) -> str:
        argument = f"({self.argument}:)" if self.argument else ""
        return self.type + (f".{self.member}" if self.member else "") + argument


@dataclass
class Usage:
    """What one operation uses of a schema."""

    name: str
    places: dict[Coordinate, set[str]] = field(default_factory=dict[Coordinate, set[str]])
    """Where it uses it, as `file:line`; no place for what it uses implicitly."""
    types: set[str] = field(default_factory=set[str])
    """Types of which it selects something, that it gives, or whose members it may meet."""
    inputs: dict[str, bool] = field(default_factory=dict[str, bool])
    """Input types that it takes, and whether their members are the method's own arguments."""
    kinds: dict[str, str] = field(default_factory=dict[str, str])
    """By type: `enum`, `union`, `interface`, `input` or `object`."""

    def uses(self, coordinate: Coordinate) -> bool:
        """Whether a change there is a change for this operation."""
        if coordinate.member is None:
            return coordinate.type in self.types
        if self.kinds.get(coordinate.type) in ("enum", "union", "input"):
            return True
        return coordinate in self.places


def usages(schema: GraphQLSchema, document: DocumentNode) -> list[Usage]:
    """What each operation of a document uses."""
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    parts = {name: _collected(schema, d) for name, d in fragments.items()}
    found: list[Usage] = []
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode) or definition.name is None:
            continue
        usage = _collected(schema, definition)
        usage.name = definition.name.value
        for name in _reached(definition, fragments):
            _merge(usage, parts[name])
        found.append(usage)
    return found


def place(node: Node) -> str:
    """Where something stands, as `file:line`."""
    location = node.loc
    if location is None:
        return ""
    line = location.source.body.count("\n", 0, location.start) + 1
    return f"{location.source.name}:{line}"


def _reached(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> list[str]:
    reached: dict[str, None] = {}
    pending: list[Node] = [operation]

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            name = node.name.value
            if name not in reached and name in fragments:
                reached[name] = None
                pending.append(fragments[name])

    while pending:
        visit(pending.pop(), Spreads())
    return list(reached)


def _merge(into: Usage, part: Usage) -> None:
    for coordinate, places in part.places.items():
        into.places.setdefault(coordinate, set()).update(places)
    into.types |= part.types
    into.kinds.update(part.kinds)
    for name, own in part.inputs.items():
        into.inputs[name] = into.inputs.get(name, False) or own


def _collected(schema: GraphQLSchema, node: Node) -> Usage:
    usage = Usage("")
    info = TypeInfo(schema)
    visit(node, TypeInfoVisitor(info, _Collector(schema, info, usage)))
    return usage


class _Collector(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo, usage: Usage) -> None:
        super().__init__()
        self._schema = schema
        self._info = info
        self._usage = usage

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        for variable in node.variable_definitions:
            type_: Any = type_from_ast(self._schema, variable.type)
            if type_ is None:
                continue
            whole = variable.variable.name.value == "input" and len(node.variable_definitions) == 1
            self._input(get_named_type(type_), own=whole)

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, definition = self._info.get_parent_type(), self._info.get_field_def()
        if parent is None or definition is None or node.name.value.startswith("__"):
            return
        owners = [parent.name]
        if isinstance(parent, GraphQLInterfaceType):
            owners += [member.name for member in self._schema.get_possible_types(parent)]
        for owner in owners:
            where = self._usage.places.setdefault(Coordinate(owner, node.name.value), set())
            where.add(place(node))
        for argument in node.arguments:
            passed = Coordinate(parent.name, node.name.value, argument.name.value)
            self._usage.places.setdefault(passed, set()).add(place(argument))
        self._type(get_named_type(definition.type), node)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> None:
        self._named(node.type_condition.name.value, node)

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        condition = cast("NamedTypeNode | None", node.type_condition)
        if condition is not None:
            self._named(condition.name.value, node)

    def _named(self, name: str, node: Node) -> None:
        if name in self._schema.type_map:
            self._type(self._schema.type_map[name], node)

    def _type(self, type_: Any, node: Node | None = None) -> None:
        usage = self._usage
        usage.types.add(type_.name)
        if node is not None:
            usage.places.setdefault(Coordinate(type_.name), set()).add(place(node))
        if isinstance(type_, GraphQLEnumType):
            usage.kinds[type_.name] = "enum"
        elif isinstance(type_, GraphQLUnionType):
            usage.kinds[type_.name] = "union"
        elif isinstance(type_, GraphQLInterfaceType):
            usage.kinds[type_.name] = "interface"
        elif isinstance(type_, GraphQLObjectType):
            usage.kinds[type_.name] = "object"

    def _input(self, type_: Any, *, own: bool = False) -> None:
        usage = self._usage
        if isinstance(type_, GraphQLEnumType):
            self._type(type_)
        elif isinstance(type_, GraphQLInputObjectType):
            known = type_.name in usage.inputs
            usage.inputs[type_.name] = usage.inputs.get(type_.name, False) or own
            usage.types.add(type_.name)
            usage.kinds[type_.name] = "input"
            if not known:
                for field_ in type_.fields.values():
                    self._input(get_named_type(field_.type))
        else:
            usage.types.add(type_.name)
