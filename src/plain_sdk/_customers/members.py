"""What the members of a row mean, whatever library their values come from.

Nothing goes through `bool()`, `str()` or `list()` unseen: a text like "false" is not a yes, and
a text is not a list of letters. Scalars of numpy and pandas are taken for what they hold.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from .._errors import InputProblem, PlainInputError
from ..runtime.unset import UNSET, Unset

if TYPE_CHECKING:
    from .rows import CustomerRow

_EXACT: Final = 2**53
"""From here on, numbers with a fraction part cannot tell neighbouring whole numbers apart."""


class Members(NamedTuple):
    """A row's members as plain values."""

    full_name: str
    email: str
    external_id: str | None
    short_name: str | None | Unset
    is_verified: bool | None
    customer_group_keys: tuple[str, ...]
    tenant_external_ids: tuple[str, ...]


class _Bad(Exception):
    """A value that cannot be used; the text says why and what to give."""


def members_of(row: "CustomerRow") -> Members:
    """The members of a row; `PlainInputError` names every one that cannot be used."""
    if (
        type(row.full_name) is str
        and type(row.email) is str
        and (row.external_id is None or type(row.external_id) is str)
        and (row.is_verified is None or type(row.is_verified) is bool)
        and row.short_name is UNSET
        and row.customer_group_keys == ()
        and row.tenant_external_ids == ()
    ):
        # As most rows are: there is nothing to convert.
        return Members(row.full_name, row.email, row.external_id, UNSET, row.is_verified, (), ())
    problems: list[InputProblem] = []
    made: list[object] = []
    for name, convert in (
        ("full_name", _text),
        ("email", _text),
        ("external_id", _identifier),
        ("short_name", _short_name),
        ("is_verified", _truth),
        ("customer_group_keys", _texts),
        ("tenant_external_ids", _texts),
    ):
        try:
            made.append(convert(getattr(row, name)))
        except _Bad as bad:
            problems.append(InputProblem(name, str(bad)))
    if problems:
        raise PlainInputError(problems, operation="upsertCustomer")
    return Members(*made)  # type: ignore[arg-type]


def is_missing(value: object) -> bool:
    """Whether a value stands for "not known" in numpy or pandas, or is NaN."""
    if isinstance(value, float):
        return value != value
    return type(value).__name__ in ("NAType", "NaTType")


def plain(value: object) -> object:
    """The value that a scalar of numpy or pandas holds; any other as it is."""
    if type(value) in (str, bool, int, float) or value is None:
        return value
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == ():
        return item()
    return value


def _text(value: object) -> str:
    if type(value) is str:
        return value
    if isinstance(value, str):
        return str(value)
    if value is None or is_missing(value):
        raise _Bad(f"is missing ({value!r})")
    raise _Bad(f"must be text, not {_shown(value)}")


def _identifier(value: object) -> str | None:
    if value is None or type(value) is str:
        return value
    if is_missing(value):
        return None
    found = plain(value)
    if isinstance(found, str):
        return str(found)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if isinstance(found, float) and found.is_integer() and abs(found) < _EXACT:
        # As pandas reads whole numbers out of a column that lacks some.
        return str(int(found))
    raise _Bad(f"must be text or a whole number, not {_shown(value)}; read the column as text")


def _short_name(value: object) -> str | None | Unset:
    if value is None or value is UNSET:
        return value
    return UNSET if is_missing(value) else _text(value)


def _truth(value: object) -> bool | None:
    if value is None or type(value) is bool:
        return value
    if is_missing(value):
        return None
    found = plain(value)
    if isinstance(found, bool):
        return found
    raise _Bad(f"must be True, False or None, not {_shown(value)}")


def _texts(value: object) -> tuple[str, ...]:
    given = value
    if value is None or value == ():
        return ()
    if is_missing(value):
        return ()
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise _Bad(f"must be a list of texts, like ['enterprise'], not {_shown(given)}")
    return tuple(_each(cast("Iterable[object]", value)))


def _each(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        made = None if is_missing(value) else _identifier(value)
        if made is None or not made.strip():
            raise _Bad(f"must be a list of texts, but holds {_shown(value)}")
        yield made


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
