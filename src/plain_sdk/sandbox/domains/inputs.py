"""What every domain asks of its input, and says when it is not so."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .._context import Context
from .._ids import iso
from .._refusals import BadField, MutationRefused, QueryRefused, bad_input, not_found
from .._store import Row


def blank(path: str, value: str | None) -> list[BadField]:
    """Nothing, or that a text which is given is blank."""
    if value is None or value.strip():
        return []
    return [BadField(path, "Must not be blank.", "REQUIRED")]


def too_long(path: str, value: str | None, most: int) -> list[BadField]:
    """Nothing, or that a text is longer than documented."""
    if value is None or len(value) <= most:
        return []
    return [BadField(path, f"Must not be longer than {most} characters.", "VALIDATION")]


def refuse(bad: list[BadField]) -> None:
    """Refuse the input if anything is bad."""
    if bad:
        raise bad_input(bad)


def invalid(path: str, message: str) -> MutationRefused:
    """One field of the input is not acceptable."""
    return bad_input([BadField(path, message, "VALIDATION")])


def existing(
    context: Context, table: str, object_id: str, path: str, kind: str, where: str = "1"
) -> Row:
    """The row that an id of the input points to; refused when there is none."""
    row = context.store.row(f"SELECT * FROM {table} WHERE id = ? AND {where}", [object_id])
    if row is None:
        raise not_found(path, f"The {kind} does not exist.")
    return row


def only_one(identifier: Mapping[str, Any], members: Iterable[str], path: str) -> tuple[str, Any]:
    """The one member of an identifier that is given; refused for none and for several."""
    given = [(m, v) for m, v in identifier.items() if v is not None]
    if len(given) != 1:
        raise invalid(path, f"Exactly one of {', '.join(members)} is needed.")
    return given[0]


def identified(
    context: Context,
    table: str,
    columns: Mapping[str, str],
    identifier: Mapping[str, Any],
    path: str,
    kind: str,
) -> Row | None:
    """The row that an identifier points to, by the columns of its members, or None."""
    member, value = only_one(identifier, columns, path)
    return context.store.by(table, columns[member], value)


def named(
    context: Context,
    table: str,
    columns: Mapping[str, str],
    identifier: Mapping[str, Any],
    path: str,
    kind: str,
) -> Row:
    """The same, refused when there is none."""
    member, value = only_one(identifier, columns, path)
    row = context.store.by(table, columns[member], value)
    if row is None:
        raise not_found(f"{path}.{member}", f"The {kind} {value} does not exist.")
    return row


def unwrapped(input: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The columns that an update's wrapped members set; an empty wrapper sets nothing."""
    return {
        column: input[member]["value"]
        for member, column in columns.items()
        if input.get(member) is not None and "value" in input[member]
    }


def changes(row: Row, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the columns whose values differ from the row's."""
    return {column: value for column, value in wanted.items() if row[column] != value}


def unique(
    context: Context, table: str, column: str, value: object, row_id: str | None, code: str,
    message: str,
) -> None:  # fmt: skip
    """Refuse a value that another row has."""
    if value is None:
        return
    other = context.store.by(table, column, value)
    if other is not None and other["id"] != row_id:
        raise MutationRefused(code, message)


def moment_of(path: str, text: str) -> str:
    """A time of a mutation's input, in the notation in which times are kept."""
    try:
        return _kept(text)
    except (ValueError, OverflowError):
        raise invalid(path, "Must be an ISO 8601 time.") from None


def asked_moment(path: str, text: str) -> str:
    """A time of a query's filter, in the notation in which times are kept: texts then compare
    like times."""
    try:
        return _kept(text)
    except (ValueError, OverflowError):
        raise QueryRefused("BAD_USER_INPUT", f"{path} is not an ISO 8601 time.", 400) from None


def between(column: str, filter_: Mapping[str, Any], path: str) -> tuple[list[str], list[object]]:
    """A `DatetimeFilter` as conditions: from `after` on, and before `before`."""
    where: list[str] = []
    values: list[object] = []
    for member, compare in (("after", ">="), ("before", "<")):
        if filter_.get(member) is not None:
            where.append(f"{column} {compare} ?")
            values.append(asked_moment(f"{path}.{member}", filter_[member]))
    return where, values


def _kept(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return iso(moment.timestamp())
