"""Where a checkpoint can be kept: a file, a Redis, a PostgreSQL. One protocol for all of them."""

import sqlite3
from os import PathLike, fspath
from typing import Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from .._errors import PlainCheckpointError

_REDIS: Final = ("redis://", "rediss://", "unix://")
_POSTGRES: Final = ("postgresql://", "postgres://")
_DEFAULT_NAME: Final = "customers"


class CheckpointStore(Protocol):
    """Keeps a checkpoint, which one sync uses at a time.

    The sync works on an SQLite database: the file itself, or what a server holds, in a file of
    SQLite's own that is gone with the process.
    """

    path: str
    """What the user calls it, without a password."""
    db: sqlite3.Connection

    def begin(self) -> None:
        """Lock it and see to its tables; a transaction is open then.

        Raises PlainCheckpointError when another sync is using it.
        """
        ...

    def opened(self) -> None:
        """The transaction of `begin` is over: it is good, and from now on ours."""
        ...

    async def save(self) -> None:
        """Everything that was committed outlives the process."""
        ...

    def close(self) -> None:
        """Let others use it."""
        ...

    def error(self, error: Exception) -> PlainCheckpointError:
        """What an error of SQLite means for the user."""
        ...


def is_address(checkpoint: str | PathLike[str]) -> bool:
    """Whether it is kept by a server."""
    return fspath(checkpoint).startswith((*_REDIS, *_POSTGRES))


def store_for(checkpoint: str | PathLike[str], *, rehearsal: bool) -> CheckpointStore:
    """The store that a path or an address means."""
    told = fspath(checkpoint)
    if not is_address(told):
        from .checkpoint_file import CheckpointFile

        return CheckpointFile(told, rehearsal=rehearsal)
    from .mirrored import MirroredStore

    address, _, name = told.partition("#")
    shown = shown_address(told)
    if told.startswith(_REDIS):
        from .redis_backend import RedisBackend

        return MirroredStore(
            shown, RedisBackend(shown, address, name or _DEFAULT_NAME), rehearsal=rehearsal
        )
    from .postgres_backend import PostgresBackend

    return MirroredStore(
        shown, PostgresBackend(shown, address, name or _DEFAULT_NAME), rehearsal=rehearsal
    )


def shown_address(address: str) -> str:
    """An address as it may be told: without user, password and parameters."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"{address.partition(':')[0]}://…"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", parts.fragment))
