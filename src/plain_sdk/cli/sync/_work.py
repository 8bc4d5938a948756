"""The sync of a checked file, with what is told and written meanwhile."""

import argparse
import signal
from pathlib import Path
from typing import Any, Final

import anyio

from ..._bulk.outcomes import ItemOutcome
from ..._client import AsyncPlainClient
from ..._customer_sync.policy import SyncSummary, is_refusal
from ..._customer_sync.sync import CustomerSync
from ..._customers.rows import UpsertRow
from ..._errors import PlainError
from ..._outcome import Err
from .._exit import INTERRUPTED, NO_ANSWER, OK, REFUSED, CommandError, complain, exit_code
from ._check import Checked
from ._output import Output
from ._progress import Progress
from ._refused import RefusedRows
from ._report import error_code, outcome_event
from .mapping.columns import source_of

_SHOWN: Final = 20
"""How many rows without a response are told; the others are counted."""


class Work:
    """The sync, with what is told and written meanwhile."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        checkpoint: str | Path,
        checked: Checked,
        refused: RefusedRows,
        shown: Progress,
        output: Output,
    ) -> None:
        self._arguments = arguments
        self._checkpoint = checkpoint
        self._checked = checked
        self._refused = refused
        self._shown = shown
        self._output = output
        self._interrupted = False
        self._error: PlainError | CommandError | None = None
        self._told = 0
        self.summary = SyncSummary()

    async def run(self) -> None:
        """Sync the rows; an error that ended it is kept."""
        given = self._arguments
        self._shown.sending(self._checked.rows - self._checked.invalid)
        async with AsyncPlainClient() as client:
            sync = client.sync_customers(
                self._checked.customers(self._refused),
                checkpoint=self._checkpoint,
                on_conflict=given.on_conflict,
                retry_refused=given.retry_refused,
                same_workspace=given.same_workspace,
                give_up_after=given.give_up_after,
                pack=given.pack,
                max_running=given.max_running,
            )
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._interruptions, sync, tasks.cancel_scope)
                tasks.start_soon(self._ticks, sync, client)
                try:
                    async with sync:
                        async for outcome in sync:
                            self._take(outcome)
                except (PlainError, CommandError) as error:
                    self._error = error
                finally:
                    self.summary = sync.summary
                self._shown.end(sync.summary, client.quota, sync.away)
                tasks.cancel_scope.cancel()

    def _take(self, outcome: "ItemOutcome[UpsertRow, Any]") -> None:
        if self._output.as_json or self._output.verbose:
            outcome_event(self._output, outcome)
        if not isinstance(outcome.outcome, Err):
            return
        error = outcome.outcome.error
        row = source_of(outcome.item)
        if is_refusal(error):
            self._refused.write(row, error_code(error), str(error))
        elif self._told < _SHOWN:
            self._told += 1
            self._shown.say(f"{row.name}: no usable response: {error}")

    async def _interruptions(self, sync: CustomerSync, scope: anyio.CancelScope) -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                if self._interrupted:
                    scope.cancel()
                    return
                self._interrupted = True
                self._shown.say("finishing what is in flight; press Ctrl-C again to stop at once")
                sync.finish()

    async def _ticks(self, sync: CustomerSync, client: AsyncPlainClient) -> None:
        while True:
            await anyio.sleep(self._shown.interval)
            self._shown.show(sync.summary, client.quota, sync.away)

    @property
    def saw_all(self) -> bool:
        """Whether every row has an outcome."""
        return self._error is None and not self._interrupted

    def exit_code(self) -> int:
        """What the command ends with."""
        match self._error:
            case CommandError():
                return self._error.code
            case PlainError():
                return exit_code(self._error)
            case None:
                pass
        if self._interrupted:
            return INTERRUPTED
        if self.summary.unanswered:
            return NO_ANSWER
        return OK if self.summary.complete and not self._checked.invalid else REFUSED

    def complain(self) -> None:
        """Say what ended the sync before its time."""
        if self._error is not None:
            complain(str(self._error))
        elif self._interrupted:
            complain("interrupted; the next run picks up where this one left off")
