"""What each operation is, worked out from the schema: its arguments and its value."""

import enum
from dataclasses import dataclass

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
    type_from_ast,
)

from ..._schemas import describe
from .lists import Listing
from .names import constant_name, member_name, method_name, own_name, pascal, python_name
from .notes import OperationNotes, operation_notes
from .permissions import Permissions, permissions
from .rules import is_one_of
from .selections import Selections, Taken, parts_of
from .sources import CodegenError, Sources


class Shape(enum.Enum):
    """What a caller gets from an operation."""

    VALUE = "what stands under the root field, null included"
    NODES = "the nodes of a connection, page by page"
    NOTHING = "None: success is all there is to tell"
    MEMBER = "the one object in a mutation's payload, never null"
    UPSERT = "the result and the one object of an upsert, never null"
    EXTENDED = "the one object in a mutation's payload, never null, with the values beside it"
    PAYLOAD = "a mutation's whole payload"


@dataclass(frozen=True)
class Argument:
    """An argument of a generated method."""

    wire: str
    python: str
    type: GraphQLInputType
    description: str
    deprecation: str | None

    has_default: bool = False
    """Whether the operation says what it is when it is not given."""

    @property
    def required(self) -> bool:
        return is_non_null_type(self.type) and not self.has_default

    @property
    def nullable(self) -> bool:
        return not is_non_null_type(self.type)


@dataclass(frozen=True)
class OperationSpec:
    """An operation, ready to be rendered."""

    definition: OperationDefinitionNode
    notes: OperationNotes
    permissions: Permissions
    name: str
    kind: str
    root: FieldNode
    root_type: GraphQLNamedType
    shape: Shape
    members: tuple[str, ...]
    """The payload's members without `error`, by their names on the wire."""
    variables: tuple[Argument, ...]
    input_type: GraphQLInputObjectType | None
    """The type of the only variable `input`, whose members become the arguments."""
    listing: Listing | None = None
    """How it is walked, if its value is the nodes of a list."""
    deprecation: str | None = None
    """Why the root field should not be used any more."""
    constant: str = ""
    """The name of the operation as data, which no type has."""

    @property
    def method(self) -> str:
        """The name of the method, and of the module."""
        return method_name(self.name)

    @property
    def path(self) -> tuple[str, ...]:
        """The keys from the root field's object to the connection, when it lies deeper."""
        return () if self.listing is None else self.listing.path

    @property
    def stem(self) -> str:
        return pascal(self.name)

    @property
    def root_key(self) -> str:
        return self.root.alias.value if self.root.alias else self.root.name.value

    @property
    def root_attribute(self) -> str:
        """The attribute of the whole response that holds the root field."""
        return member_name(own_name(self.root_key, self.root.name.value))


def operation_specs(sources: Sources) -> list[OperationSpec]:
    """The operations in the order of their names; `CodegenError` with every mistake."""
    specs: list[OperationSpec] = []
    errors: list[str] = []
    for definition in sources.operations:
        try:
            specs.append(_spec(sources, definition))
        except GraphQLError as error:
            errors.append(describe(error))
    by_method: dict[str, OperationSpec] = {}
    for spec in specs:
        other = by_method.setdefault(spec.method, spec)
        if other is not spec:
            clash = f"{other.name!r} and {spec.name!r} would both become the method {spec.method}"
            errors.append(describe(GraphQLError(f"{clash}; rename one of them.", spec.definition)))
        errors += _clashes(spec)
    if errors:
        raise CodegenError(errors)
    return specs


def _clashes(spec: OperationSpec) -> list[str]:
    """Arguments that would have one name in Python."""
    names = {variable.wire: variable.python for variable in spec.variables}
    if spec.input_type is not None:
        names = {wire: python_name(wire) for wire in spec.input_type.fields}
    found: list[str] = []
    for name in sorted({n for n in names.values() if list(names.values()).count(n) > 1}):
        wires = " and ".join(repr(wire) for wire, python in names.items() if python == name)
        message = f"The arguments {wires} would both be called {name}; rename one of them."
        found.append(describe(GraphQLError(message, spec.definition)))
    return found


def wrapper_is_clearable(input_type: GraphQLInputObjectType) -> bool | None:
    """For an input that only wraps a value: whether the value may be null."""
    if list(input_type.fields) != ["value"] or is_one_of(input_type):
        return None
    return not is_non_null_type(input_type.fields["value"].type)


def _spec(sources: Sources, definition: OperationDefinitionNode) -> OperationSpec:
    assert definition.name is not None
    schema, name = sources.schema, definition.name.value
    selections = Selections(schema, sources.fragments)
    (root,) = (n for n in definition.selection_set.selections if isinstance(n, FieldNode))
    is_query = definition.operation is OperationType.QUERY
    parent = schema.get_root_type(definition.operation)
    assert parent is not None
    field: GraphQLField = parent.fields[root.name.value]
    root_type = get_named_type(field.type)
    listing = sources.lists.get(name)
    places = _places(selections, root, field, listing.path if listing else ())
    variables = tuple(
        _variable(schema, definition, places, index)
        for index in range(len(definition.variable_definitions))
    )
    shape, members = Shape.VALUE if listing is None else Shape.NODES, tuple[str, ...]()
    if not is_query and _has_error(root_type):
        shape, members = _payload_shape(selections, root, root_type)
    input_type = None
    if len(variables) == 1 and variables[0].wire == "input" and not is_query:
        named = get_named_type(variables[0].type)
        input_type = named if isinstance(named, GraphQLInputObjectType) else None
    sent = sources.documents[name]
    notes = operation_notes(sent.operation)
    return OperationSpec(
        definition=definition,
        notes=notes,
        permissions=permissions(schema, sent.fragments, sent.operation, notes),
        name=name,
        kind="query" if is_query else "mutation",
        root=root,
        root_type=root_type,
        shape=shape,
        members=members,
        variables=variables,
        input_type=input_type,
        listing=listing,
        deprecation=field.deprecation_reason,
        constant=_constant(name, {*schema.type_map, *sources.class_names.values(), "UNSET"}),
    )


def _constant(name: str, taken: set[str]) -> str:
    constant = constant_name(name)
    is_taken = constant in taken or constant.endswith("_FRAGMENT")
    return f"{constant}_OPERATION" if is_taken else constant


def _places(
    selections: Selections, root: FieldNode, field: GraphQLField, path: tuple[str, ...]
) -> list[tuple[FieldNode, GraphQLField]]:
    """The fields from the root to the end of the path, with their definitions."""
    places = [(root, field)]
    for key in path:
        node, definition = places[-1]
        parent = get_named_type(definition.type)
        assert isinstance(parent, GraphQLObjectType)
        following = selections.fields(parts_of([Taken(node, False)]), parent)[key][0].node
        places.append((following, parent.fields[following.name.value]))
    return places


def _payload_shape(
    selections: Selections, root: FieldNode, root_type: GraphQLNamedType
) -> tuple[Shape, tuple[str, ...]]:
    """What a caller gets of a payload, and its members without the error."""
    assert isinstance(root_type, GraphQLObjectType)
    selected = selections.fields(parts_of([Taken(root, False)]), root_type)
    told = {
        key: takes[0]
        for key, takes in selected.items()
        if takes[0].node.name.value not in ("error", "__typename")
    }
    members = tuple(told)
    if not members:
        return Shape.NOTHING, members
    if any(taken.conditional for taken in told.values()):
        # What may be left out is no less a success.
        return Shape.PAYLOAD, members
    if len(members) == 1:
        return Shape.MEMBER, members
    objects = [name for name in members if name != "result"]
    result = root_type.fields.get("result")
    if len(objects) == 1 and result is not None and "result" in members:
        named = get_named_type(result.type)
        if isinstance(named, GraphQLEnumType) and named.name == "UpsertResult":
            return Shape.UPSERT, members
    if (whole := _extended(selections, told, root_type)) is not None:
        return Shape.EXTENDED, (whole, *(key for key in members if key != whole))
    return Shape.PAYLOAD, members


def _extended(
    selections: Selections, told: dict[str, Taken], root_type: GraphQLObjectType
) -> str | None:
    """The key of the one object in a payload, where all else in it are plain values that can
    stand beside the object's own."""
    types = {key: root_type.fields[taken.node.name.value].type for key, taken in told.items()}
    objects = {
        key: named
        for key, type_ in types.items()
        if isinstance(named := get_nullable_type(type_), GraphQLObjectType)
    }
    if len(objects) != 1:
        return None
    ((whole, type_of_whole),) = objects.items()
    beside = [key for key in told if key != whole]
    own = selections.fields(parts_of([told[whole]]), type_of_whole)
    taken = {*map(member_name, own)}
    if all(is_leaf_type(get_named_type(types[key])) for key in beside) and taken.isdisjoint(
        map(member_name, beside)
    ):
        return whole
    return None


def _has_error(root_type: GraphQLNamedType) -> bool:
    return isinstance(root_type, GraphQLObjectType) and "error" in root_type.fields


def _variable(
    schema: GraphQLSchema,
    definition: OperationDefinitionNode,
    places: list[tuple[FieldNode, GraphQLField]],
    index: int,
) -> Argument:
    node = definition.variable_definitions[index]
    wire = node.variable.name.value
    type_ = type_from_ast(schema, node.type)
    assert type_ is not None
    description, deprecation = "", None
    for node_of, field in places:
        for argument in node_of.arguments:
            value = argument.value
            if getattr(getattr(value, "name", None), "value", None) == wire:
                definition_of = field.args[argument.name.value]
                description = definition_of.description or ""
                deprecation = definition_of.deprecation_reason
    return Argument(
        wire=wire,
        python=python_name(wire),
        type=type_,  # type: ignore[arg-type]
        description=description,
        deprecation=deprecation,
        has_default=node.default_value is not None,
    )
