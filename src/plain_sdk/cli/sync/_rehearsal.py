"""What a sync would send, counted while the rows are checked: a dry run reads the file once."""

from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ..._customer_sync.checkpoint import Checkpoint
from ..._customer_sync.policy import Decision, SyncSummary, decide
from ..._customers.prepared import PreparedUpsert
from .reading.rows import TableRow

_COUNTS = {
    Decision.SEND: "to_send",
    Decision.UNCHANGED: "unchanged",
    Decision.REFUSED_BEFORE: "refused_before",
}


class Rehearsal:
    """Decides for each row by what the checkpoint knows. Nothing is written."""

    def __init__(
        self,
        checkpoint: Checkpoint | None,
        *,
        retry_refused: bool,
        told: Callable[[TableRow, str], None] | None,
    ) -> None:
        self._checkpoint = checkpoint
        """None where there is no file: then every row is sent."""
        self._retry_refused = retry_refused
        self._told = told
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._checkpoint is not None:
            self._checkpoint.close()

    def take(self, row: TableRow, upsert: PreparedUpsert) -> None:
        """Count a row that is good by itself."""
        decision = self._decision(upsert)
        self._counts["rows"] += 1
        self._counts[_COUNTS[decision]] += 1
        if self._told is not None and decision is Decision.SEND:
            self._told(row, upsert.key)

    def take_back(self, upsert: PreparedUpsert, *, repeated: bool) -> None:
        """A row that was counted has something of an earlier one: it is not sent."""
        self._counts[_COUNTS[self._decision(upsert)]] -= 1
        self._counts["repeated"] += repeated
        self._counts["rows"] -= not repeated

    def _decision(self, upsert: PreparedUpsert) -> Decision:
        if self._checkpoint is None:
            return Decision.SEND
        record = self._checkpoint.record(upsert.key)
        run = self._checkpoint.run
        return decide(record, upsert.digest, run=run, retry_refused=self._retry_refused)

    @property
    def summary(self) -> SyncSummary:
        """The counts."""
        return SyncSummary(**self._counts)
