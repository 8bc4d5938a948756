"""Documents that ask a sandbox for every field of what is in it."""

from collections.abc import Iterable

from graphql import GraphQLSchema, get_named_type, is_leaf_type, is_required_argument
from sandbox_world import World
from selections import Choose, Selections, everything

OF_ID = {
    "helpCenter": "helpCenterId",
    "helpCenterArticle": "articleId",
    "helpCenterArticleGroup": "groupId",
}
"""What the argument `id` stands for."""
ALL = "first: 100"


def arguments(world: World, schema: GraphQLSchema, root: str) -> str:
    """The arguments of a root field, so that it finds something."""
    assert schema.query_type is not None
    field = schema.query_type.fields[root]
    given: list[str] = [ALL] if "first" in field.args else []
    for name, argument in field.args.items():
        if not is_required_argument(argument):
            continue
        kind = str(argument.type).rstrip("!")
        if name == "id":
            given.append(f'id: "{world.ids[OF_ID[root]]}"')
        elif kind in ("ID", "String"):
            value = "ada@sandbox.example" if root == "userByEmail" else world.ids.get(name, "none")
            given.append(f'{name}: "{value}"')
        elif root == "searchCustomers":
            given.append(f'{name}: {{or: [{{fullName: {{caseInsensitiveContains: "duck"}}}}]}}')
        else:
            given.append(f'{name}: {{term: "{SEARCHED[root]}"}}')
    return f"({', '.join(given)})" if given else ""


SEARCHED = {"searchTenants": "acme", "searchCompanies": "acme", "searchThreads": "fly"}


def documents(world: World, schema: GraphQLSchema, root: str, depth: int) -> list[str]:
    """All fields of what a root field gives, to a depth: the leaves at once, and a document for
    each field that leads further, for they are large."""
    assert schema.query_type is not None
    named = get_named_type(schema.query_type.fields[root].type)
    of = f"{root}{arguments(world, schema, root)}"
    if is_leaf_type(named):
        return [f"{{ {of} }}"]
    below = 0
    if named.name.endswith("Connection"):
        # The nodes are what is selected, and the pages' own fields in passing.
        node = get_named_type(named.fields["edges"].type).fields["node"].type
        named, below = get_named_type(node), 1
    fields = getattr(named, "fields", None)
    if fields is None:
        parts = [Selections(schema, everything).of(named.name, depth)]
    else:
        leaves = Selections(schema, everything).of(named.name, 1)
        deeper = [n for n, f in fields.items() if not is_leaf_type(get_named_type(f.type))]
        parts = [leaves]
        for name in deeper:
            parts.append(Selections(schema, one_of(name, fields)).of(named.name, depth))
    if below:
        parts = [f"{{ pageInfo {{ hasNextPage }} edges {{ cursor node {p} }} }}" for p in parts]
    return [f"{{ {of} {part} }}" for part in parts]


def one_of(name: str, fields: Iterable[str]) -> Choose:
    """Chooses this one of a type's fields, and everything of other types."""
    own = set(fields)
    return lambda names: [name] if set(names) == own else names
