"""Searching: a term of at least two characters, and pages of results that wrap what was found."""

from collections.abc import Callable
from typing import Any

from .._context import Context
from .._members import Object
from .._paging import Order, connection
from .._refusals import QueryRefused
from .._store import Row

_LEAST = 2


class SearchTerm:
    """What is searched for; refused when it is too short.

    Args:
        text: The term as it was given.
        least: How many characters it needs.
    """

    def __init__(self, text: str, least: int = _LEAST) -> None:
        self.text = text.strip()
        if len(self.text) < least:
            raise QueryRefused(
                "BAD_USER_INPUT", f"A search term has at least {least} characters.", 400
            )
        escaped = self.text.lower()
        for special in "\\%_":
            escaped = escaped.replace(special, f"\\{special}")
        self.pattern = f"%{escaped}%"
        """For `LIKE`; case does not count for the letters of English, which is SQLite's limit."""

    @staticmethod
    def within(column: str) -> str:
        """The condition that a column contains the term; its mark stands for the pattern."""
        return f"lower({column}) LIKE ? ESCAPE '\\'"


def searched(
    context: Context,
    table: str,
    where: list[str],
    values: list[object],
    page: dict[str, Any],
    member: str,
    shown: Callable[[Row], Object],
    order: Order | None = None,
) -> Object:
    """A page of results, each of which holds what was found under `member`."""
    return connection(
        context.store, f"search in {table} for {values!r}", table, where, values,
        order or Order("id"), page, lambda row: {member: shown(row)},
    )  # fmt: skip
