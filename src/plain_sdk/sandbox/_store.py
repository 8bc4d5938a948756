"""The sandbox's data, in SQLite: in memory, or in a file that outlives it.

The SQL is plain, with a small description of tables on top. What a query builder would add is
composing conditions, and those are lists of texts here that no caller's words get into; what it
would cost is the better half of a request: most requests are one or two statements by a key. A
file of an earlier sandbox is adopted by adding the columns that it lacks, which is all of a
migration that has been needed.
"""

import json
import sqlite3
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Row = sqlite3.Row


@dataclass(frozen=True)
class Table:
    """A table by its columns: each with what SQLite is told of it, like `TEXT NOT NULL`."""

    name: str
    columns: Mapping[str, str]
    constraints: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    """What is looked up by other than the constraints: columns or an expression, each."""

    def create(self) -> Iterable[str]:
        """The statements that make the table."""
        parts = [*(f"{name} {told}" for name, told in self.columns.items()), *self.constraints]
        yield f"CREATE TABLE IF NOT EXISTS {self.name} ({', '.join(parts)})"

    def index(self) -> Iterable[str]:
        """The statements that make the indexes, once all columns are there."""
        for number, columns in enumerate(self.indexes):
            yield f"CREATE INDEX IF NOT EXISTS {self.name}_{number} ON {self.name} ({columns})"

    def add(self, known: set[str]) -> Iterable[str]:
        """The statements that add the columns that an earlier sandbox did not have."""
        for name, told in self.columns.items():
            if name not in known:
                yield f"ALTER TABLE {self.name} ADD COLUMN {name} {told}"


class Store:
    """One database connection, used one transaction at a time."""

    def __init__(self, path: str, tables: Iterable[Table | str]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        # Another sandbox may serve the same file; its transactions are short.
        self._connection.execute("PRAGMA busy_timeout = 5000")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        for table in tables:
            for statement in (table,) if isinstance(table, str) else self._made(table):
                self._connection.execute(statement)

    def _made(self, table: Table) -> Iterable[str]:
        yield from table.create()
        known = self._connection.execute(f"PRAGMA table_info({table.name})").fetchall()
        yield from table.add({row["name"] for row in known})
        yield from table.index()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing. Takes the write lock at once, so that reads in it stay true."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a query."""
        with self._lock:
            rows: list[Row] = self._connection.execute(sql, values).fetchall()
            return rows

    def row(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of a query, or None."""
        with self._lock:
            row: Row | None = self._connection.execute(sql, values).fetchone()
            return row

    def count(self, sql: str, values: Sequence[object] = ()) -> int:
        """The number that a query counts."""
        row = self.row(sql, values)
        return int(row[0]) if row else 0

    def write(self, sql: str, values: Sequence[object] = ()) -> None:
        """Carry a statement out."""
        with self._lock:
            self._connection.execute(sql, values)

    def insert(self, table: str, values: Mapping[str, Any]) -> None:
        """Add a row. Table and column names are the sandbox's own, never a caller's."""
        columns = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        self.write(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))

    def update(self, table: str, row_id: str, values: Mapping[str, Any]) -> None:
        """Change columns of the row with this id."""
        columns = ", ".join(f"{column} = ?" for column in values)
        self.write(f"UPDATE {table} SET {columns} WHERE id = ?", [*values.values(), row_id])

    def by(self, table: str, column: str, value: object) -> Row | None:
        """The row of a table that has this value in the column, or None."""
        return self.row(f"SELECT * FROM {table} WHERE {column} = ?", [value])

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()


def json_list(values: Iterable[object]) -> str:
    """Values for `IN (SELECT value FROM json_each(?))`: however many, they are one parameter."""
    return json.dumps(list(values))
