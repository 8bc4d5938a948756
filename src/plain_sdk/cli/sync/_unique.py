"""Rows that mean the same customer, found in bounded memory."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from ..._customers.prepared import PreparedUpsert, email_key
from .._exit import UNWRITABLE, CommandError

_BATCH: Final = 4000


class Uniqueness:
    """Notes every row's claims, and tells in the end which rows share one.

    The claims are sorted in a file of SQLite's own, which costs less than looking each one up.
    """

    def __init__(self) -> None:
        self._pending: list[tuple[str, int, int, int]] = []
        try:
            # An empty name is a file of SQLite's own, gone when it is closed.
            self._db = sqlite3.connect("", isolation_level=None)
            for statement in (
                "pragma journal_mode = off",
                "pragma synchronous = off",
                "pragma cache_size = -4000",
                "pragma temp_store = file",
                "create table met (value text, row integer, line integer, content integer)",
                "create table shared (row integer primary key, kind text, value text,"
                " first integer, first_line integer, same integer) without rowid",
                "begin",
            ):
                self._db.execute(statement)
        except sqlite3.Error as error:
            raise _fault(error) from None

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def note(self, upsert: PreparedUpsert, number: int, line: int) -> None:
        """Take in a row that is good by itself."""
        content = hash(upsert.input_json)
        self._pending.append((upsert.key, number, line, content))
        members = upsert.members
        if members is not None and members.external_id is not None:
            self._pending.append((f"email:{email_key(members.email)}", number, line, content))
        if len(self._pending) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        try:
            self._db.executemany("insert into met values (?, ?, ?, ?)", self._pending)
        except sqlite3.Error as error:
            raise _fault(error) from None
        self._pending.clear()

    def shared(self) -> "Iterator[Shared]":
        """The rows that have a claim of an earlier one, in their order."""
        self._flush()
        try:
            self._collect()
            found = self._db.execute(
                "select row, kind, value, first, first_line, same from shared order by row"
            )
            for row in found:
                yield Shared(*row)
        except sqlite3.Error as error:
            raise _fault(error) from None

    def _collect(self) -> None:
        self._db.execute("delete from shared")
        several = self._db.execute(
            "select value, row, line, content from met where value in"
            " (select value from met group by value having count(*) > 1) order by value, row"
        )
        first: tuple[str, int, int, int] | None = None
        for value, row, line, content in several:
            if first is None or first[0] != value:
                first = (value, row, line, content)
                continue
            same = int(content == first[3])
            kind, _, text = value.partition(":")
            self._db.execute(
                "insert into shared values (?, ?, ?, ?, ?, ?) on conflict (row) do update set"
                " kind = excluded.kind, value = excluded.value, first = excluded.first,"
                " first_line = excluded.first_line, same = excluded.same where excluded.same = 0",
                [row, kind, text, first[1], first[2], same],
            )

    def clash(self, number: int) -> "Shared | None":
        """What a row shares with an earlier one whose content is another."""
        try:
            found = self._db.execute(
                "select row, kind, value, first, first_line, same from shared where row = ?"
                " and same = 0",
                [number],
            ).fetchone()
        except sqlite3.Error as error:
            raise _fault(error) from None
        return None if found is None else Shared(*found)


class Shared:
    """A row that has a claim of an earlier one."""

    def __init__(
        self, row: int, kind: str, value: str, first: int, first_line: int, same: int
    ) -> None:
        self.row = row
        self.kind = kind
        self.is_repeated = bool(same)
        """Whether it says the same, too, and so is one row."""
        self._value = value
        self._first = f"row {first}" + (f" (line {first_line})" if first_line > first else "")

    def message(self, key_kind: str) -> str:
        """What is wrong, for a row whose own key is of that kind."""
        if self.kind == "email" and key_kind != "email":
            return (
                f"{self._value!r} is in {self._first} under another external id; "
                "two customers cannot share an email"
            )
        return f"{self._value!r} is already in {self._first}; keep one"


def _fault(error: sqlite3.Error) -> CommandError:
    return CommandError(
        f"the rows cannot be compared with each other: {error}; set TMPDIR to a folder with room",
        UNWRITABLE,
    )
