"""What a key may do that may do everything."""

from collections.abc import Iterable

from graphql import GraphQLNamedType

from .._permissions import DOCUMENTED
from .._schemas import reading

_CHANGES = ("create", "edit", "delete")


def every_permission(types: Iterable[GraphQLNamedType]) -> list[str]:
    """All permissions for these types, sorted."""
    names = {name for name in map(reading, types) if name is not None}
    resources = {name.partition(":")[0] for name in names}
    changing = {f"{resource}:{change}" for resource in resources for change in _CHANGES}
    return sorted(names | changing | DOCUMENTED)
