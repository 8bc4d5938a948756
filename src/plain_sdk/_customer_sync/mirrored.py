"""A checkpoint that a server keeps. The sync works on a copy, and each change is sent after it.

The copy is read once, in the beginning, so that a row that has not changed costs no round trip.
What several requests changed meanwhile travels together.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, cast

import anyio
import anyio.to_thread

from .._errors import PlainCheckpointError
from .checkpoint_file import ABOUT, ROWS, VERSION

_COLUMNS: Final = (
    "key", "digest", "state", "at", "result", "customer_id", "code", "fields", "lasting",
    "email", "external_id", "run", "place",
)  # fmt: skip
_BYTES: Final = ("digest", "email", "external_id")
# That a run has met a row matters to the run alone, and is not sent.
_TOLD: Final = ", ".join(name for name in _COLUMNS if name not in ("key", "run", "place"))
_CHANGES: Final = (
    "create temp table changed (key text primary key) without rowid",
    "create temp trigger inserted after insert on rows"
    " begin insert or ignore into changed values (new.key); end",
    f"create temp trigger updated after update of {_TOLD} on rows"
    " begin insert or ignore into changed values (new.key); end",
)

Stored: TypeAlias = tuple[str, str]
"""A row's key, and the rest of it as JSON."""


class Held(NamedTuple):
    """What a server holds of a checkpoint."""

    about: dict[str, str]
    rows: Iterable[Stored]


class Backend(Protocol):
    """A server that keeps checkpoints. Everything blocks, and raises PlainCheckpointError."""

    def open(self, *, lock: bool) -> Held:
        """What it holds; with the lock, which ends with this process at the latest.

        Without asking for the lock, one that another sync holds is an error all the same.
        """
        ...

    def save(self, about: dict[str, str], rows: list[Stored]) -> None:
        """Keep these, all or nothing, provided that the lock is still ours."""
        ...

    def close(self) -> None:
        """Give the lock back. Raises nothing."""
        ...


class MirroredStore:
    """A checkpoint in a database of SQLite's own, which a server keeps."""

    def __init__(self, path: str, backend: Backend, *, rehearsal: bool) -> None:
        self.path = path
        self._backend = backend
        self._rehearsal = rehearsal
        # An empty name is a file of SQLite's own. Opened in a thread, used in another.
        self.db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._saving = anyio.Lock()
        self._asked = self._saved = 0
        self._is_good = False

    def begin(self) -> None:
        """Lock it and read it."""
        held = self._backend.open(lock=not self._rehearsal)
        db = self.db
        db.execute("begin")
        db.execute(ABOUT)
        about = dict(held.about)
        version = int(about.pop("version", VERSION))
        if version > VERSION:
            raise PlainCheckpointError(
                f"checkpoint {self.path!r} was made by a newer version of plain-sdk; "
                "upgrade, or give another name behind '#'",
                path=self.path,
            )
        if not about:
            about = {"run": "0", "salt": secrets.token_hex(16), "key": ""}
        db.executemany("insert into about values (?, ?)", about.items())
        for statement in ROWS.split(";"):
            db.execute(statement)
        marks = ", ".join("?" * len(_COLUMNS))
        db.executemany(
            # A scan may give a row twice.
            f"insert or replace into rows ({', '.join(_COLUMNS)}) values ({marks})",
            map(_row, held.rows),
        )
        for statement in _CHANGES:
            db.execute(statement)

    def opened(self) -> None:
        """The number of the run is kept before anything is sent."""
        self._is_good = True
        if not self._rehearsal:
            self._backend.save(*self._changes())

    async def save(self) -> None:
        """Send what was committed and not sent yet, together with what others wait for."""
        if self._rehearsal:
            return
        self._asked += 1
        mine = self._asked
        async with self._saving:
            if self._saved >= mine:
                return
            upto = self._asked
            about, rows = self._changes()
            try:
                await anyio.to_thread.run_sync(self._backend.save, about, rows)
            except PlainCheckpointError:
                self._is_good = False
                raise
            except BaseException:
                # Cancelled before it began.
                keys = [(key,) for key, _ in rows]
                self.db.executemany("insert or ignore into changed values (?)", keys)
                raise
            self._saved = upto

    def close(self) -> None:
        """Send what is left, if it can be, and give the lock back."""
        try:
            if self._is_good and not self._rehearsal:
                about, rows = self._changes()
                if rows:
                    with suppress(PlainCheckpointError):
                        self._backend.save(about, rows)
        finally:
            self._is_good = False
            self._backend.close()
            self.db.close()

    def error(self, error: Exception) -> PlainCheckpointError:
        """What an error of SQLite means for the user."""
        return PlainCheckpointError(
            f"checkpoint {self.path!r} cannot be used: {error}; if it is damaged, give another "
            "name behind '#'",
            path=self.path,
        )

    def _changes(self) -> tuple[dict[str, str], list[Stored]]:
        db = self.db
        about: dict[str, str] = dict(db.execute("select name, value from about").fetchall())
        about["version"] = str(VERSION)
        columns = ", ".join(f"rows.{name}" for name in _COLUMNS)
        found = db.execute(f"select {columns} from changed join rows using (key)").fetchall()
        db.execute("delete from changed")
        return about, [_stored(cast("tuple[Any, ...]", row)) for row in found]


def _stored(row: tuple[Any, ...]) -> Stored:
    members = dict(zip(_COLUMNS, row, strict=True))
    key = members.pop("key")
    kept = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in members.items()
        if value is not None
    }
    return key, json.dumps(kept, separators=(",", ":"))


def _row(stored: Stored) -> list[object]:
    key, text = stored
    members = json.loads(text)
    members["key"] = key
    for name in _BYTES:
        if (value := members.get(name)) is not None:
            members[name] = bytes.fromhex(value)
    return [members.get(name) for name in _COLUMNS]
