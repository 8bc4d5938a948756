"""What Plain's documentation says of values beyond the schema: one of several, bounds, times."""

from collections.abc import Iterable
from typing import Final

from graphql import GraphQLInputObjectType, is_non_null_type

_PRIORITIES: Final = frozenset(
    {
        "defaultPriority", "defaultThreadPriority", "nextPriority", "previousPriority",
        "priorities", "priority", "threadPriorityFilter",
    }
)  # fmt: skip
_INT: Final = (-(2**31), 2**31 - 1)
"""GraphQL's whole numbers have 32 bits."""
_BOUNDS: Final = {
    "defaultTimeToLiveSeconds": (15, 31_536_000),
    "durationSeconds": (1, _INT[1]),
    "fileSizeBytes": (1, _INT[1]),
}
_MOMENTS: Final = frozenset({"createdAt", "dateValue", "defaultDateValue", "timestamp"})
_MOMENTS_OF: Final = {
    "DatetimeFilter": {"after", "before"},
    "ThreadFieldDateFilter": {"after", "before"},
    "ComponentDateTimeInput": {"dateTimeIso8601"},
    "OptionalDateTimeInput": {"value"},
    "HeatmapMetricOptionsInput": {"from", "to"},
    "SingleValueMetricOptions": {"from", "to"},
    "TimeSeriesMetricOptions": {"from", "to"},
}
_LENGTHS: Final = {
    "ComponentBadgeInput": {"badgeLabel": (0, 500)},
    "ComponentCopyButtonInput": {"copyButtonValue": (0, 1000), "copyButtonTooltipLabel": (0, 500)},
    "ComponentLinkButtonInput": {"linkButtonLabel": (0, 500), "label": (0, 500)},
    "ComponentPlainTextInput": {"plainText": (1, 10_000)},
    "ComponentTextInput": {"text": (1, 10_000)},
    "ComponentWorkflowButtonInput": {"workflowButtonLabel": (0, 500)},
    "CreateCustomerCardConfigInput": {"title": (0, 500), "key": (0, 500), "apiUrl": (0, 600)},
}
_ADDRESSES: Final = {"ComponentLinkButtonInput": {"linkButtonUrl", "url"}}
_NOT_EMPTY: Final = {
    "ComponentContainerInput": {"containerContent"},
    "ComponentRowInput": {"rowMainContent", "rowAsideContent"},
}
_VALUES: Final = frozenset(
    {
        "arrayValue", "booleanValue", "dateValue", "numberValue", "stringValue",
        "userReferenceValues",
    }
)  # fmt: skip
_ASSIGNEES: Final = frozenset({"machineUserId", "userId"})
_CONDITIONS: Final = frozenset({"CustomerSearchCondition"})


def is_priority(member: str) -> bool:
    """Whether a whole number of this name is a thread's priority."""
    return member in _PRIORITIES


def bounds(member: str) -> tuple[int, int]:
    """The least and the most that a whole number of an input may be."""
    return _BOUNDS.get(member, _INT)


def is_moment(owner: str, member: str) -> bool:
    """Whether a text of an input is a time in ISO 8601."""
    return member in _MOMENTS or member in _MOMENTS_OF.get(owner, ())


def length(owner: str, member: str) -> tuple[int, int] | None:
    """The least and the most characters that a text of an input may have, where that is known."""
    return _LENGTHS.get(owner, {}).get(member)


def is_address(owner: str, member: str) -> bool:
    """Whether a text of an input is the address that a link leads to."""
    return member in _ADDRESSES.get(owner, ())


def is_not_empty(owner: str, member: str) -> bool:
    """Whether a list of an input must hold something."""
    return member in _NOT_EMPTY.get(owner, ())


def is_one_of(type_: GraphQLInputObjectType) -> bool:
    """Whether exactly one member is meant to be set.

    A schema says it with `@oneOf`. Plain's has no directive for it; by convention these are
    the inputs that have only optional members and identify something, name a component or an
    assignee, or are one condition of a search.
    """
    if type_.is_one_of:
        return True
    names: frozenset[str] = frozenset(type_.fields)
    return (
        len(names) > 1
        and not any(is_non_null_type(field.type) for field in type_.fields.values())
        and (
            "Identifier" in type_.name
            or type_.name in _CONDITIONS
            or names == _ASSIGNEES
            or all(name.startswith("component") for name in names)
        )
    )


def one_of_group(type_: GraphQLInputObjectType) -> tuple[str, ...]:
    """The members of which exactly one must be set, where others stand beside them.

    The value of a field, by its type; whom a thread is assigned to.
    """
    if is_one_of(type_):
        return ()
    optional = {n for n, field in type_.fields.items() if not is_non_null_type(field.type)}
    # A filter may leave the value open.
    if "type" in type_.fields and len(optional & _VALUES) > 1:
        return _in_order(type_, optional & _VALUES)
    if optional >= _ASSIGNEES and type_.name.startswith("Assign"):
        return _in_order(type_, _ASSIGNEES)
    return ()


def _in_order(type_: GraphQLInputObjectType, names: Iterable[str]) -> tuple[str, ...]:
    chosen = set(names)
    return tuple(name for name in type_.fields if name in chosen)
