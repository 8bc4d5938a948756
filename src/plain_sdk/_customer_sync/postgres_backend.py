"""Checkpoints in PostgreSQL. Needs the extra `plain-sdk[postgres]`, which is psycopg 3."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from .._errors import PlainCheckpointError, PlainConfigurationError
from .mirrored import Held, Stored

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")

_TABLES: Final = (
    "create table if not exists plain_sync_about (checkpoint text not null, name text not null,"
    " value text not null, primary key (checkpoint, name))",
    "create table if not exists plain_sync_rows (checkpoint text not null, key text not null,"
    " data text not null, primary key (checkpoint, key))",
)
# So that the server notices soon when a machine is gone without a word.
_SETTINGS: Final = (
    "set tcp_keepalives_idle = 10",
    "set tcp_keepalives_interval = 5",
    "set tcp_keepalives_count = 3",
    # Or a server that is set otherwise would end the connection, and with it the lock.
    "set idle_session_timeout = 0",
)
_CREATING: Final = 0x504C4E53
"""The advisory lock under which tables are created: `if not exists` alone can fail."""


class PostgresBackend:
    """One checkpoint in PostgreSQL: rows of two tables, which are created where they are missing.

    The lock belongs to the connection over which everything is written, and ends with it. A pooler
    that gives each transaction another connection (PgBouncer's `transaction`) cannot be between.
    """

    def __init__(self, shown: str, address: str, name: str) -> None:
        self._shown = shown
        self._address = address
        self._name = name
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        _psycopg()

    def open(self, *, lock: bool) -> Held:
        """What it holds."""
        return self._tried(lambda: self._opened(lock=lock))

    def _opened(self, *, lock: bool) -> Held:
        connection = _psycopg().connect(self._address, autocommit=True, connect_timeout=10)
        self._connection = connection
        with suppress(_psycopg().errors.UndefinedObject):
            for setting in _SETTINGS:
                connection.execute(setting)
        digest = hashlib.sha256(f"plain-sync\0{self._name}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        found = connection.execute("select pg_try_advisory_lock(%s)", [number]).fetchone()
        if found is None or not found[0]:
            raise PlainCheckpointError(
                f"checkpoint {self._shown!r} is in use by another sync; wait until it ends, or "
                "use another name behind '#'",
                path=self._shown,
            )
        if not lock:
            connection.execute("select pg_advisory_unlock(%s)", [number])
        exists = connection.execute("select to_regclass('plain_sync_rows')").fetchone()
        if exists is None or exists[0] is None:
            if not lock:
                return Held({}, [])
            with connection.transaction():
                connection.execute("select pg_advisory_xact_lock(%s)", [_CREATING])
                for statement in _TABLES:
                    connection.execute(statement)
        about: dict[str, str] = dict(
            connection.execute(
                "select name, value from plain_sync_about where checkpoint = %s", [self._name]
            ).fetchall()
        )
        return Held(about, self._stored(connection))

    def _stored(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> Iterator[Stored]:
        try:
            with connection.transaction(), connection.cursor(name="plain_sync") as cursor:
                cursor.itersize = 2000
                cursor.execute(
                    "select key, data from plain_sync_rows where checkpoint = %s", [self._name]
                )
                yield from cast("Iterator[Stored]", cursor)
        except _psycopg().Error as error:
            raise self._error(error) from None

    def save(self, about: dict[str, str], rows: list[Stored]) -> None:
        """Keep these, in one transaction."""
        self._tried(lambda: self._save(about, rows))

    def _save(self, about: dict[str, str], rows: list[Stored]) -> None:
        connection = self._connection
        assert connection is not None
        with connection.transaction():
            connection.execute(
                "insert into plain_sync_about (checkpoint, name, value)"
                " select %s, * from unnest(%s::text[], %s::text[])"
                " on conflict (checkpoint, name) do update set value = excluded.value"
                " where plain_sync_about.value <> excluded.value",
                [self._name, list(about), list(about.values())],
            )
            connection.execute(
                "insert into plain_sync_rows (checkpoint, key, data)"
                " select %s, * from unnest(%s::text[], %s::text[])"
                " on conflict (checkpoint, key) do update set data = excluded.data",
                [self._name, [key for key, _ in rows], [data for _, data in rows]],
            )

    def close(self) -> None:
        """Give the lock back, with the connection."""
        if self._connection is not None:
            with suppress(_psycopg().Error):
                self._connection.close()

    def _tried(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except _psycopg().Error as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> PlainCheckpointError:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        return PlainCheckpointError(
            f"checkpoint {self._shown!r} cannot be used: {told}", path=self._shown
        )


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError:
        raise PlainConfigurationError(
            "a checkpoint in PostgreSQL needs the 'postgres' extra: "
            "pip install 'plain-sdk[postgres]'"
        ) from None
    return psycopg
