"""How a checkpoint file is opened: its tables and version, its lock, whose it is."""

import hashlib
import secrets
import shutil
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from .._errors import PlainCheckpointError

_APPLICATION_ID: Final = 0x504C4E53
VERSION: Final = 3
"""3: what a row claims to be is kept, as hashes. What an older file holds was not compared with
what Plain has, so its rows are sent once more."""

ABOUT: Final = "create table about (name text primary key, value text not null) without rowid"
ROWS: Final = """
create table rows (
    key text primary key,
    digest blob not null,
    state text not null,
    at text not null,
    result text,
    customer_id text,
    code text,
    fields text,
    lasting integer not null default 0,
    email blob,
    external_id blob,
    run integer not null,
    place integer not null
) without rowid;
create index rows_by_email on rows (email) where email is not null;
create index rows_by_external_id on rows (external_id) where external_id is not null;
create index rows_by_customer on rows (customer_id) where customer_id is not null
"""

BROKEN: Final = (sqlite3.Error, ValueError, TypeError, KeyError, OverflowError)
"""What reading a damaged file can raise."""


class CheckpointFile:
    """A connection to a checkpoint, ready for use.

    For a rehearsal it is one to a copy elsewhere: nothing in the folder of the file is touched.
    """

    def __init__(self, path: str, *, rehearsal: bool) -> None:
        self.path = path
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        try:
            # No waiting for locks: another sync holds its lock for as long as it runs.
            self.db = sqlite3.connect(
                self._copied() if rehearsal else path, timeout=0, isolation_level=None
            )
        except sqlite3.Error as error:
            self._forget_copy()
            raise self.error(error) from None

    def _copied(self) -> str:
        path = Path(self.path)
        if not path.exists():
            # An empty name is a file of SQLite's own, gone when it is closed.
            return ""
        if path.is_dir():
            return self.path
        self._check_lock()
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="plain-sdk-")
            copy = Path(self._folder.name) / "rehearsal.db"
            for end in ("", "-wal"):
                source = Path(f"{path}{end}")
                if source.exists():
                    shutil.copyfile(source, f"{copy}{end}")
        except OSError as error:
            self._forget_copy()
            raise PlainCheckpointError(
                f"checkpoint {self.path!r} cannot be copied for a rehearsal: {error.strerror}; "
                "set TMPDIR to a folder with room",
                path=self.path,
            ) from None
        return str(copy)

    def _check_lock(self) -> None:
        """Refuse a file that another sync is using; whatever else is wrong shows later."""
        db = sqlite3.connect(f"file:{quote(self.path)}?mode=ro", uri=True, timeout=0)
        try:
            # So that no file for readers is made beside it.
            db.execute("pragma locking_mode = exclusive")
            db.execute("select count(*) from sqlite_master")
        except sqlite3.Error as error:
            if _name(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise self.error(error) from None
        finally:
            db.close()

    def close(self) -> None:
        """Let others use the file."""
        try:
            self.db.close()
        finally:
            self._forget_copy()

    def _forget_copy(self) -> None:
        if self._folder is not None:
            with suppress(OSError):
                self._folder.cleanup()

    def begin(self) -> None:
        """Lock the file and see to its tables; a transaction is open then."""
        db = self.db
        db.execute("pragma locking_mode = exclusive")
        (tables,) = db.execute("select count(*) from sqlite_master").fetchone()
        (application,) = db.execute("pragma application_id").fetchone()
        (version,) = db.execute("pragma user_version").fetchone()
        if tables and application != _APPLICATION_ID:
            raise PlainCheckpointError(
                f"checkpoint {self.path!r} belongs to another application; "
                "give the path of a new file",
                path=self.path,
            )
        if version > VERSION:
            raise PlainCheckpointError(
                f"checkpoint {self.path!r} was made by a newer version of plain-sdk; "
                "upgrade, or give the path of a new file",
                path=self.path,
            )
        # What is committed outlives the process at once, and the machine after a moment.
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = normal")
        db.execute("begin immediate")
        if not tables:
            db.execute(ABOUT)
            db.execute(f"pragma application_id = {_APPLICATION_ID}")
            salt = ("salt", secrets.token_hex(16))
            db.executemany("insert into about values (?, ?)", [("run", "0"), salt, ("key", "")])
        elif version < VERSION:
            db.execute("drop table rows")
        if version < VERSION:
            for statement in ROWS.split(";"):
                db.execute(statement)
            db.execute(f"pragma user_version = {VERSION}")

    def opened(self) -> None:
        """It is locked, and written to as it is."""

    async def save(self) -> None:
        """What is committed outlives the process."""

    def error(self, error: Exception) -> PlainCheckpointError:
        """What an error of SQLite means for the user."""
        name = _name(error)
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            why = "is in use by another sync; wait until it ends, or use another file"
        elif name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")) or not isinstance(
            error, sqlite3.OperationalError
        ):
            why = (
                "is not a checkpoint, or is damaged; give the path of a new file (every row is "
                "then sent again, which changes nothing that is in Plain already)"
            )
        elif name.startswith("SQLITE_FULL"):
            why = "cannot be written: the disk is full; make room and run again"
        elif name.startswith("SQLITE_CANTOPEN"):
            why = "cannot be opened; give the path of a file in a folder that you can write to"
        elif name == "SQLITE_ERROR":
            # A table or a column is not there.
            why = f"is damaged ({error}); give the path of a new file"
        else:
            why = f"cannot be used: {error}"
        return PlainCheckpointError(f"checkpoint {self.path!r} {why}", path=self.path)


def _name(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", "") or ""


def key_hash(about: dict[str, str], api_key: str) -> str:
    """What a file holds of a key."""
    return hashlib.sha256(f"{about['salt']}:{api_key}".encode()).hexdigest()
