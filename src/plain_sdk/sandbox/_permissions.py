"""What a key may do that may do everything."""

from collections.abc import Iterable

from graphql import GraphQLNamedType

from .._permissions import DOCUMENTED, resource
from .._schemas import has_id, reading

_CHANGES = ("create", "edit", "delete")


def every_permission(types: Iterable[GraphQLNamedType]) -> list[str]:
    """All permissions for these types, sorted."""
    known = list(types)
    names = {name for name in map(reading, known) if name is not None}
    resources = {name.partition(":")[0] for name in names}
    resources |= {resource(type_.name) for type_ in known if has_id(type_)}
    changing = {f"{name}:{change}" for name in resources for change in _CHANGES}
    return sorted(names | changing | DOCUMENTED)
