"""A store in a SQLite file."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias, TypeVar

import anyio.to_thread

from ..._errors import PlainConfigurationError
from .base import KEEP, Claim, Overdue

ResultT = TypeVar("ResultT")
_Run: TypeAlias = Callable[..., list[Any]]

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS plain_deliveries (
    event_id TEXT PRIMARY KEY,
    -- Null when the event was handled; else whose it is, until when.
    token TEXT,
    until REAL NOT NULL,
    attempts INTEGER NOT NULL,
    body BLOB
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS plain_deliveries_until ON plain_deliveries (until);
"""
_BUSY_SECONDS: Final = 30.0


class SQLiteStore:
    """Remembers events in a file: for any number of processes of one machine, across restarts.

    Every answer waits until the file is on the disk, in a thread of its own.

    Args:
        path: The file; it is made when it is not there. Other tables in it are left alone.
        keep: Seconds that a handled event is remembered.
        clock: Seconds since 1970, the same in each process.

    Raises `PlainConfigurationError` when the file cannot be used.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        keep: float = KEEP,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._keep = keep
        self._clock = clock or time.time
        self._lock = threading.Lock()
        connection = None
        try:
            connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_TABLES)
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise PlainConfigurationError(
                f"{os.fspath(path)}: cannot be used as a store of webhooks: {error}"
            ) from None
        self._connection = connection

    async def claim(
        self, event_id: str, token: str, lease: float, body: bytes | None = None
    ) -> Claim:
        """Claim an event for `lease` seconds."""

        def claim(run: _Run) -> Claim:
            now = self._clock()
            # What nobody came back to goes too, when Plain has long given up.
            run("DELETE FROM plain_deliveries"
                " WHERE until <= ? AND (token IS NULL OR until <= ?)",
                now, now - self._keep)  # fmt: skip
            found = run("SELECT token, until FROM plain_deliveries WHERE event_id = ?", event_id)
            if found and found[0][0] is None:
                return Claim.DONE
            if found and found[0][1] > now:
                return Claim.RUNNING
            run(
                "INSERT INTO plain_deliveries VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET"
                " token = excluded.token, until = excluded.until, attempts = attempts + 1,"
                " body = excluded.body",
                event_id, token, now + lease, body,
            )  # fmt: skip
            return Claim.GRANTED

        return await self._in_transaction(claim)

    async def renew(self, event_id: str, token: str, lease: float) -> bool:
        """Extend the lease."""

        def renew(run: _Run) -> bool:
            return bool(run(
                "UPDATE plain_deliveries SET until = ? WHERE event_id = ? AND token = ?"
                " RETURNING 1",
                self._clock() + lease, event_id, token,
            ))  # fmt: skip

        return await self._in_transaction(renew)

    async def done(self, event_id: str) -> None:
        """The event was handled."""

        def done(run: _Run) -> None:
            run(
                "INSERT INTO plain_deliveries VALUES (?, NULL, ?, 1, NULL)"
                " ON CONFLICT DO UPDATE SET token = NULL, until = excluded.until, body = NULL",
                event_id, self._clock() + self._keep,
            )  # fmt: skip

        await self._in_transaction(done)

    async def release(self, event_id: str, token: str, retry_in: float | None = None) -> None:
        """The event was not handled."""

        def release(run: _Run) -> None:
            if retry_in is None:
                run("DELETE FROM plain_deliveries WHERE event_id = ? AND token = ?",
                    event_id, token)  # fmt: skip
            else:
                run("UPDATE plain_deliveries SET token = '', until = ?"
                    " WHERE event_id = ? AND token = ?",
                    self._clock() + retry_in, event_id, token)  # fmt: skip

        await self._in_transaction(release)

    async def overdue(self, token: str, lease: float) -> Overdue | None:
        """Claim an event that is to be tried again."""

        def overdue(run: _Run) -> Overdue | None:
            now = self._clock()
            found = run(
                "UPDATE plain_deliveries SET token = ?, until = ?, attempts = attempts + 1"
                " WHERE event_id = (SELECT event_id FROM plain_deliveries"
                "  WHERE until <= ? AND token IS NOT NULL AND body IS NOT NULL"
                "  ORDER BY until LIMIT 1)"
                " RETURNING event_id, body, attempts",
                token, now + lease, now,
            )  # fmt: skip
            return Overdue(*found[0]) if found else None

        return await self._in_transaction(overdue)

    async def aclose(self) -> None:
        """Close the file."""
        await anyio.to_thread.run_sync(self._connection.close)

    async def _in_transaction(self, work: Callable[[_Run], ResultT]) -> ResultT:
        def locked() -> ResultT:
            with self._transaction() as run:
                return work(run)

        return await anyio.to_thread.run_sync(locked)

    @contextmanager
    def _transaction(self) -> Generator[_Run, None, None]:
        # The threads take turns; processes wait for the file.
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._run
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _run(self, statement: str, *values: object) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()
