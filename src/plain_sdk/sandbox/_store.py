"""The sandbox's data, in SQLite: in memory, or in a file that outlives it."""

import json
import sqlite3
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

Row = sqlite3.Row


class Store:
    """One database connection, used one transaction at a time."""

    def __init__(self, path: str, tables: Iterable[str]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        # Another sandbox may serve the same file; its transactions are short.
        self._connection.execute("PRAGMA busy_timeout = 5000")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        for statement in tables:
            self._connection.execute(statement)

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

    def insert(self, table: str, values: dict[str, Any]) -> None:
        """Add a row. Table and column names are the sandbox's own, never a caller's."""
        columns = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        self.write(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()


def json_list(values: Iterable[object]) -> str:
    """Values for `IN (SELECT value FROM json_each(?))`: however many, they are one parameter."""
    return json.dumps(list(values))
