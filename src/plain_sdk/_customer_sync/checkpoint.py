"""The file in which a sync records what it has sent, row by row.

An SQLite file: whatever kills the process, each row is there with what was last sent for it
and whether Plain has answered. It is locked while a sync uses it.
"""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias, cast

from .._errors import PlainCheckpointError

RowState: TypeAlias = Literal["sending", "done", "refused"]
"""`sending`: a request may have been sent and no response is known."""

_APPLICATION_ID: Final = 0x504C4E53
_VERSION: Final = 2
"""2: no message of Plain's is kept, because it may hold a customer's name."""
_BATCH: Final = 1000
"""How many notes of rows seen are kept back, which matter to this run only."""

_TABLES: Final = """
create table about (name text primary key, value text not null) without rowid;
create table rows (
    key text primary key,
    digest blob not null,
    state text not null,
    at text not null,
    result text,
    customer_id text,
    code text,
    message text,
    on_conflict text not null,
    run integer not null,
    place integer not null
) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was refused, without a word that may repeat what is in the row."""

    code: str | None
    fields: str
    """The bad fields by their paths, like `onCreate.email`; empty when it is not about fields."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a row's key."""

    digest: bytes
    """The SHA-256 of what was last sent."""
    state: RowState
    at: str
    """When the state was entered, as an ISO 8601 timestamp in UTC."""
    refusal: Refusal | None
    on_conflict: str
    run: int
    """The run that saw the key last."""
    place: int
    """The row's place in that run, from 0."""


class Checkpoint:
    """An open checkpoint file; `PlainCheckpointError` from every method when it fails.

    Used by one sync at a time. A run that is only a rehearsal leaves the file as it was.
    The file belongs to an address and to the workspace of a key, of which it holds a salted
    hash: another key is refused, unless it is said to be of the same workspace.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        url: str,
        api_key: str | None = None,
        same_workspace: bool = False,
        rehearsal: bool = False,
    ) -> None:
        self._path = fspath(path)
        self._api_key = api_key
        self._unproven_key: str | None = None
        """The hash of a key that the file does not know, until Plain has taken the key."""
        self._same_workspace = same_workspace
        self._rehearsal = rehearsal
        self._pending = 0
        # An empty name is a file of SQLite's own, gone when it is closed.
        location = "" if rehearsal and not Path(self._path).exists() else self._path
        try:
            # No waiting for locks: another sync holds its lock for as long as it runs.
            self._db = sqlite3.connect(location, timeout=0, isolation_level=None)
        except sqlite3.Error as error:
            raise self._error(error) from None
        try:
            self.run = self._open(url)
        except sqlite3.Error as error:
            self._db.close()
            raise self._error(error) from None
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self, url: str) -> int:
        db = self._db
        db.execute("pragma locking_mode = exclusive")
        (tables,) = db.execute("select count(*) from sqlite_master").fetchone()
        (application,) = db.execute("pragma application_id").fetchone()
        (version,) = db.execute("pragma user_version").fetchone()
        if tables and application != _APPLICATION_ID:
            raise PlainCheckpointError(
                f"checkpoint {self._path!r} belongs to another application; "
                "give the path of a new file",
                path=self._path,
            )
        if version > _VERSION:
            raise PlainCheckpointError(
                f"checkpoint {self._path!r} was made by a newer version of plain-sdk; "
                "upgrade, or give the path of a new file",
                path=self._path,
            )
        # What is committed outlives the process at once, and the machine after a moment.
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = normal")
        db.execute("begin immediate")
        if not tables:
            for statement in _TABLES.split(";"):
                db.execute(statement)
            db.execute(f"pragma application_id = {_APPLICATION_ID}")
            db.execute(f"pragma user_version = {_VERSION}")
            about = [("url", url), ("run", "0"), ("salt", secrets.token_hex(16)), ("key", "")]
            db.executemany("insert into about values (?, ?)", about)
        elif version < _VERSION:
            db.execute("update rows set message = '' where message is not null")
            db.execute(f"pragma user_version = {_VERSION}")
        about_file: dict[str, str] = dict(db.execute("select name, value from about").fetchall())
        self._check_key(about_file)
        if about_file["url"] != url:
            raise PlainCheckpointError(
                f"checkpoint {self._path!r} belongs to {about_file['url']}, not to {url}; "
                "use a separate checkpoint for each address",
                path=self._path,
            )
        run = int(about_file["run"]) + 1
        db.execute("update about set value = ? where name = 'run'", [str(run)])
        self._commit()
        return run

    def _check_key(self, about: dict[str, str]) -> None:
        if self._api_key is None:
            return
        hashed = hashlib.sha256(f"{about['salt']}:{self._api_key}".encode()).hexdigest()
        if about["key"] not in ("", hashed) and not self._same_workspace:
            raise PlainCheckpointError(
                f"checkpoint {self._path!r} was made with another API key; if it is for the same "
                "workspace, pass same_workspace=True (--same-workspace), or use another file",
                path=self._path,
            )
        if about["key"] != hashed:
            self._unproven_key = hashed

    def record(self, key: str) -> Record | None:
        """What is known of a key."""
        try:
            found = self._db.execute(
                "select digest, state, at, code, message, on_conflict, run, place"
                " from rows where key = ?",
                [key],
            ).fetchone()
        except sqlite3.Error as error:
            raise self._error(error) from None
        if found is None:
            return None
        digest, state, at, code, message, on_conflict, run, place = cast("tuple[Any, ...]", found)
        refusal = Refusal(code, message or "") if state == "refused" else None
        return Record(digest, state, at, refusal, on_conflict, run, place)

    def seen(self, key: str, place: int) -> None:
        """Note that this run has met a key that it does not send. Not written at once."""
        self._write("update rows set run = ?, place = ? where key = ?", [self.run, place, key])
        self._pending += 1
        if self._pending >= _BATCH:
            self.commit()

    def planned(self, key: str, digest: bytes, place: int, at: str, on_conflict: str) -> None:
        """Note what is about to be sent for a key. Not written before `commit`."""
        self._write(
            "insert into rows (key, digest, state, at, on_conflict, run, place)"
            " values (?, ?, 'sending', ?, ?, ?, ?)"
            " on conflict (key) do update set digest = excluded.digest, state = excluded.state,"
            " at = excluded.at, on_conflict = excluded.on_conflict, run = excluded.run,"
            " place = excluded.place, result = null, code = null, message = null",
            [key, digest, at, on_conflict, self.run, place],
        )

    def done(self, key: str, at: str, result: str, customer_id: str) -> None:
        """Note that a key's customer is in Plain. Not written before `commit`."""
        self._prove_key()
        self._write(
            "update rows set state = 'done', at = ?, result = ?, customer_id = ? where key = ?",
            [at, result, customer_id, key],
        )

    def refused(self, key: str, at: str, refusal: Refusal) -> None:
        """Note that Plain refused what was sent for a key. Not written before `commit`."""
        self._write(
            "update rows set state = 'refused', at = ?, code = ?, message = ? where key = ?",
            [at, refusal.code, refusal.fields, key],
        )

    def _prove_key(self) -> None:
        if self._unproven_key is not None:
            self._write("update about set value = ? where name = 'key'", [self._unproven_key])
            self._unproven_key = None

    def commit(self) -> None:
        """Write everything that was noted."""
        try:
            self._commit()
        except sqlite3.Error as error:
            raise self._error(error) from None

    def close(self) -> None:
        """Write what was noted, if it can be, and let others use the file."""
        try:
            if self._db.in_transaction and not self._rehearsal:
                self._db.execute("commit")
        except sqlite3.Error:
            # What was held back matters to this run only; closing rolls it back.
            return
        finally:
            self._db.close()

    def _write(self, statement: str, values: list[object]) -> None:
        try:
            if not self._db.in_transaction:
                self._db.execute("begin")
            self._db.execute(statement, values)
        except sqlite3.Error as error:
            raise self._error(error) from None

    def _commit(self) -> None:
        self._pending = 0
        if not self._rehearsal and self._db.in_transaction:
            self._db.execute("commit")

    def _error(self, error: sqlite3.Error) -> PlainCheckpointError:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            why = "is in use by another sync; wait until it ends, or use another file"
        elif name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            why = "is not a checkpoint, or is damaged; give the path of a new file"
        elif name.startswith("SQLITE_FULL"):
            why = "cannot be written: the disk is full; make room and run again"
        elif name.startswith("SQLITE_CANTOPEN"):
            why = "cannot be opened; give the path of a file in a folder that you can write to"
        else:
            why = f"cannot be used: {error}"
        return PlainCheckpointError(f"checkpoint {self._path!r} {why}", path=self._path)
