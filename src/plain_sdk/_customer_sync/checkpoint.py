"""What a sync records of what it has sent, row by row.

Whatever kills the process, each row is there with what was last sent for it and whether Plain has
answered. It is locked while a sync uses it.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from os import PathLike, fspath
from types import TracebackType
from typing import Any, Final, Literal, NamedTuple, Self, TypeAlias, cast

from .._errors import PlainCheckpointError
from .checkpoint_file import BROKEN, key_hash
from .stores import is_address, shown_address, store_for

RowState: TypeAlias = Literal["sending", "done", "refused"]
"""`sending`: a request may have been sent and no response is known."""

_BATCH: Final = 1000
"""How many notes of rows seen are kept back, which matter to this run only."""

_OTHERS: Final = """
select key, place, run from rows where email = ?1 and key <> ?3
union select key, place, run from rows where external_id = ?2 and key <> ?3
"""
_SAME: Final = """
select key, place, run, result from rows where email = ?1 and key <> ?3
union select key, place, run, result from rows where external_id = ?2 and key <> ?3
union select key, place, run, result from rows where customer_id = ?4 and key <> ?3
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was refused, without a word that may repeat what is in the row."""

    code: str | None
    fields: str
    """The bad fields by their paths, like `onCreate.email`; empty when it is not about fields."""
    lasting: bool
    """Whether the row itself is wrong, so that sending it again cannot help."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a row's key."""

    digest: bytes
    """The SHA-256 of what was last sent; empty when Plain has something else by now."""
    state: RowState
    at: str
    """When the state was entered, as an ISO 8601 timestamp in UTC."""
    refusal: Refusal | None
    run: int
    """The run that saw the key last."""
    place: int
    """The row's place in that run, from 0."""


class Claims(NamedTuple):
    """Who a row says its customer is; two rows with one claim in common are one customer."""

    email: str | None
    """As emails are compared."""
    external_id: str | None


class Checkpoint:
    """An open checkpoint; `PlainCheckpointError` from every method when it fails.

    Used by one sync at a time. A run that is only a rehearsal leaves it as it was.
    It belongs to an address and to the workspace of its keys, of which it holds salted
    hashes: another key is refused, unless it is said to be of the same workspace.
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
        self._path = shown_address(fspath(path)) if is_address(path) else fspath(path)
        self._api_key = api_key
        self._unproven_key: str | None = None
        """The hash of the first key of a file, until Plain has taken the key."""
        self._same_workspace = same_workspace
        self._rehearsal = rehearsal
        self._pending = 0
        self._file = store_for(path, rehearsal=rehearsal)
        self._db = self._file.db
        try:
            self.run = self._open(url)
        except BROKEN as error:
            self._file.close()
            raise self._file.error(error) from None
        except BaseException:
            self._file.close()
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
        self._file.begin()
        about: dict[str, str] = dict(self._db.execute("select name, value from about").fetchall())
        self._salt = bytes.fromhex(about["salt"])
        self._check_key(about)
        self._check_url(about, url)
        run = int(about["run"]) + 1
        self._db.execute("update about set value = ? where name = 'run'", [str(run)])
        self._commit()
        self._file.opened()
        return run

    def _check_url(self, about: dict[str, str], url: str) -> None:
        """Refuse a checkpoint that belongs to another address; a new one belongs to this."""
        if "url" not in about:
            self._db.execute("insert into about values ('url', ?)", [url])
        elif about["url"] != url:
            raise PlainCheckpointError(
                f"checkpoint {self._path!r} belongs to {about['url']}, not to {url}; "
                "use a separate checkpoint for each address",
                path=self._path,
            )

    def _check_key(self, about: dict[str, str]) -> None:
        if self._api_key is None:
            return
        hashed = key_hash(about, self._api_key)
        known = about["key"].split()
        if hashed in known:
            return
        if not known:
            self._unproven_key = hashed
            return
        if not self._same_workspace:
            raise PlainCheckpointError(
                f"checkpoint {self._path!r} was made with another API key; if it is for the same "
                "workspace, pass same_workspace=True (--same-workspace), or use another file",
                path=self._path,
            )
        # Told once is enough. The other keys stay good: this one may be mistyped.
        self._keep_key(" ".join([*known, hashed]))

    def _keep_key(self, hashes: str) -> None:
        self._db.execute("update about set value = ? where name = 'key'", [hashes])

    def record(self, key: str) -> Record | None:
        """What is known of a key."""
        try:
            found = self._db.execute(
                "select digest, state, at, code, fields, lasting, run, place"
                " from rows where key = ?",
                [key],
            ).fetchone()
        except BROKEN as error:
            raise self._file.error(error) from None
        if found is None:
            return None
        digest, state, at, code, fields, lasting, run, place = cast("tuple[Any, ...]", found)
        refusal = Refusal(code, fields or "", bool(lasting)) if state == "refused" else None
        return Record(digest, state, at, refusal, run, place)

    def seen(self, key: str, place: int) -> None:
        """Note that this run has met a key that it does not send. Not written at once."""
        self._write("update rows set run = ?, place = ? where key = ?", [self.run, place, key])
        self._pending += 1
        if self._pending >= _BATCH:
            self.commit()

    def same_customer(self, key: str, claims: Claims) -> tuple[list[str], int | None]:
        """The other keys whose customer has one of the claims; and the place of such a row that
        this run has met, if there is one."""
        email, external_id = self._hashed(claims.email), self._hashed(claims.external_id)
        try:
            found = self._db.execute(_OTHERS, [email, external_id, key]).fetchall()
        except BROKEN as error:
            raise self._file.error(error) from None
        met = [place for _, place, run in found if run == self.run]
        return [other for other, _, _ in found], min(met, default=None)

    def planned(self, key: str, digest: bytes, place: int, at: str, claims: Claims) -> None:
        """Note what is about to be sent for a key. Not written before `commit`."""
        self._write(
            "insert into rows (key, digest, state, at, run, place, email, external_id)"
            " values (?, ?, 'sending', ?, ?, ?, ?, ?)"
            " on conflict (key) do update set digest = excluded.digest, state = excluded.state,"
            " at = excluded.at, run = excluded.run, place = excluded.place,"
            " email = excluded.email, external_id = excluded.external_id,"
            " result = null, code = null, fields = null, lasting = 0",
            [
                key, digest, at, self.run, place,
                self._hashed(claims.email), self._hashed(claims.external_id),
            ],
        )  # fmt: skip

    def outdated(self, keys: list[str]) -> None:
        """Note that Plain may have something else for these keys. Not written before `commit`."""
        for key in keys:
            self._write("update rows set digest = x'' where key = ?", [key])

    def done(self, key: str, at: str, result: str, customer_id: str, claims: Claims) -> int | None:
        """Note that a key's customer is in Plain, as the claims say. Not written before `commit`.

        The place of a row that this run has carried out for the same customer under another key,
        if there is one: Plain has that one's content no more. A row whose response is still out
        does not count: it is told itself, when its own response comes.
        """
        self._prove_key()
        self._write("update rows set state = 'done', at = ? where key = ?", [at, key])
        return self.applied(key, result, customer_id, claims)

    def applied(self, key: str, result: str, customer_id: str, claims: Claims) -> int | None:
        """Note whose customer a key's row was written to, though not all of it may have arrived;
        and give what `done` gives. Not written before `commit`."""
        email, external_id = self._hashed(claims.email), self._hashed(claims.external_id)
        self._write(
            "update rows set result = ?, customer_id = ?,"
            " email = coalesce(email, ?), external_id = coalesce(external_id, ?) where key = ?",
            [result, customer_id, email, external_id, key],
        )
        others = self._write(_SAME, [email, external_id, key, customer_id]).fetchall()
        self.outdated([other for other, *_ in others])
        met = (place for _, place, run, done in others if run == self.run and done is not None)
        return min(met, default=None)

    def refused(self, key: str, at: str, refusal: Refusal) -> None:
        """Note that Plain refused what was sent for a key. Not written before `commit`."""
        self._prove_key()
        self._write(
            "update rows set state = 'refused', at = ?, code = ?, fields = ?, lasting = ?"
            " where key = ?",
            [at, refusal.code, refusal.fields, int(refusal.lasting), key],
        )

    def _prove_key(self) -> None:
        if self._unproven_key is not None:
            hashes, self._unproven_key = self._unproven_key, None
            self._write("update about set value = ? where name = 'key'", [hashes])

    def _hashed(self, claim: str | None) -> bytes | None:
        if claim is None:
            return None
        data = claim.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, digest_size=16, key=self._salt).digest()

    def commit(self) -> None:
        """Write everything that was noted."""
        try:
            self._commit()
        except BROKEN as error:
            raise self._file.error(error) from None

    async def save(self) -> None:
        """Everything that was noted outlives the process.

        Raises PlainCheckpointError when it cannot be, or the lock is somebody else's by now.
        """
        self.commit()
        await self._file.save()

    def close(self) -> None:
        """Write what was noted, if it can be, and let others use it."""
        try:
            if self._db.in_transaction and not self._rehearsal:
                self._db.execute("commit")
        except sqlite3.Error:
            # What was held back matters to this run only; closing rolls it back.
            return
        finally:
            self._file.close()

    def _write(self, statement: str, values: list[object]) -> sqlite3.Cursor:
        try:
            if not self._db.in_transaction:
                self._db.execute("begin")
            return self._db.execute(statement, values)
        except BROKEN as error:
            raise self._file.error(error) from None

    def _commit(self) -> None:
        self._pending = 0
        if not self._rehearsal and self._db.in_transaction:
            self._db.execute("commit")
