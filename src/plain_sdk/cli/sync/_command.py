"""`plain-sdk sync`: a file of customers, of which only what changed is sent."""

import argparse
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import anyio

from ... import _defaults as defaults
from ..._client import AsyncPlainClient
from ..._customer_sync.policy import SyncSummary, is_refusal
from ..._customer_sync.sync import CustomerSync
from ..._customers.rows import UpsertRow
from ..._errors import PlainError
from ..._outcome import Err
from .._exit import INTERRUPTED, NO_ANSWER, OK, REFUSED, UNWRITABLE, CommandError, complain
from .._parsers import Commands
from ._columns import MEMBERS, ColumnMap, Columns, Problem, Uniqueness, source_of
from ._progress import Progress, progress
from ._refused import RefusedRows
from ._table import FORMATS, Table

_SHOWN: Final = 20
"""How many problems of a file are shown; the others are counted."""

_DESCRIPTION = f"""\
Create or update a customer for each row of a file. What was sent is kept in a checkpoint
file, so that a later run sends only rows that changed and rows whose response never came;
the command may be killed at any moment and run again.

Rows come from CSV with a header, JSON Lines, or a JSON array of objects. The columns are

  {", ".join(MEMBERS)}

under these names, in camelCase, or as --map says. full_name and email are required;
a customer is identified by external_id where the row has one, otherwise by email. An empty
cell leaves a field as it is; several keys in a cell are separated by semicolons. JSON rows
may also have the form that Plain documents for upsertCustomer.

Every row is checked before anything is sent. Rows that Plain refuses do not stop the
others; they are written, with the reasons, to a file in the input's own format. Press
Ctrl-C once to wait for what is in flight, twice to stop.

A mapping file is TOML:

  ignore = ["Notes"]
  [columns]
  email = "E-Mail"
  full_name = "Name"
"""


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "sync",
        help="create or update the customers of a file",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", help="the rows, or - for standard input")
    parser.add_argument(
        "--checkpoint", metavar="FILE", type=Path,
        help="default: beside the rows, like customers.sync.db for customers.csv",
    )  # fmt: skip
    parser.add_argument(
        "--refused", metavar="FILE", type=Path,
        help="where refused rows go; default: like customers.refused.csv",
    )  # fmt: skip
    parser.add_argument("--format", choices=FORMATS, help="default: by the file's name or start")
    parser.add_argument("--delimiter", help="separator of CSV cells (default: a comma)")
    parser.add_argument("--encoding", help="default: UTF-8")
    parser.add_argument(
        "--map", metavar="FIELD=COLUMN", action="append", default=[],
        help="the column for a field, like email=E-Mail. May be repeated",
    )  # fmt: skip
    parser.add_argument("--mapping", metavar="FILE", help="a TOML file that maps the columns")
    parser.add_argument(
        "--ignore", metavar="COLUMN", action="append", default=[],
        help="a column not to send. May be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--on-conflict", choices=("raise", "relink"), default="raise",
        help="what to do when the email or the external id is another customer's: refuse the "
        "row (raise), or update that customer if nobody loses an identity (relink)",
    )  # fmt: skip
    parser.add_argument(
        "--same-workspace", action="store_true",
        help="the checkpoint was made with another key of this workspace",
    )  # fmt: skip
    parser.add_argument("--retry-refused", action="store_true",
                        help="send rows that were refused before, even if unchanged")  # fmt: skip
    parser.add_argument(
        "--pack", type=int, default=1, metavar="N",
        help="rows per request (default: 1; that Plain accepts more is not documented)",
    )  # fmt: skip
    parser.add_argument(
        "--max-running", type=int, default=defaults.MAX_RUNNING, metavar="N",
        help="requests at once (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true",
                        help="check every row, count what would be sent, send nothing")  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    if arguments.file == "-" and arguments.checkpoint is None and not arguments.dry_run:
        raise CommandError("rows from standard input need --checkpoint FILE")
    mapping = ColumnMap()
    if arguments.mapping is not None:
        mapping.read(arguments.mapping)
    for given in arguments.map:
        mapping.add(given)
    mapping.ignored.update(arguments.ignore)
    with Table(
        arguments.file,
        format=arguments.format,
        delimiter=arguments.delimiter,
        encoding=arguments.encoding,
    ) as table:
        checkpoint, refused = _paths(arguments)
        columns = Columns(table, mapping)
        total = _check(table, columns)
        settings = _Settings(arguments, checkpoint)
        if arguments.dry_run:
            summary = anyio.run(_rehearse, settings, _customers(table, columns))
            _report(table.name, summary, None)
            return OK
        with RefusedRows(refused, table) as out, progress(total) as shown:
            work = _Work(settings, out, shown)
            anyio.run(work.run, _customers(table, columns))
            out.saw_all = work.saw_all
    _report(table.name, work.summary, out)
    return work.exit_code()


class _Settings:
    """What the arguments say of the sync."""

    def __init__(self, arguments: argparse.Namespace, checkpoint: Path) -> None:
        self.checkpoint = checkpoint
        self.on_conflict = arguments.on_conflict
        self.retry_refused: bool = arguments.retry_refused
        self.same_workspace: bool = arguments.same_workspace
        self.pack: int = arguments.pack
        self.max_running: int = arguments.max_running


def _paths(arguments: argparse.Namespace) -> tuple[Path, Path]:
    checkpoint: Path | None = arguments.checkpoint
    refused: Path | None = arguments.refused
    if arguments.file == "-":
        checkpoint = checkpoint or Path("rows.sync.db")
        refused = refused or checkpoint.parent / f"{checkpoint.stem}.refused"
    else:
        rows = Path(arguments.file)
        checkpoint = checkpoint or rows.with_name(f"{rows.stem}.sync.db")
        refused = refused or rows.with_name(f"{rows.stem}.refused{rows.suffix}")
        if checkpoint.resolve() == rows.resolve() or refused.resolve() == rows.resolve():
            raise CommandError(f"{rows}: the rows, --checkpoint and --refused must be three files")
    if checkpoint.resolve() == refused.resolve():
        raise CommandError(f"{refused}: --checkpoint and --refused must be different files")
    if not checkpoint.parent.is_dir():
        raise CommandError(f"{checkpoint}: there is no folder {checkpoint.parent}")
    if refused.is_dir() or not refused.parent.is_dir() or not os.access(refused.parent, os.W_OK):
        raise CommandError(
            f"{refused}: refused rows cannot be written there; give --refused FILE in a folder "
            "that you can write to"
        )
    return checkpoint, refused


def _check(table: Table, columns: Columns) -> int:
    """The number of rows; `CommandError` with everything that is wrong with them."""
    problems: list[Problem] = []
    wrong = total = 0
    unique = Uniqueness()
    try:
        for row in table.rows():
            total += 1
            found = columns.read(row)
            if not isinstance(found, list):
                customer, key = found
                shared = unique.problem(customer, key)
                if shared is None:
                    continue
                member, message = shared
                found = [Problem(row.number, columns.column_of(member, row), message)]
            wrong += len(found)
            problems += found[: _SHOWN - len(problems)]
    finally:
        unique.close()
    if wrong:
        more = [f"and {wrong - len(problems)} more"] if wrong > len(problems) else []
        lines = [f"{table.name}: {problem}" for problem in problems]
        raise CommandError("\n".join(["nothing was sent:", *lines, *more]))
    return total


def _customers(table: Table, columns: Columns) -> Iterator[UpsertRow]:
    try:
        for row in table.rows():
            found = columns.read(row)
            if isinstance(found, list):
                raise CommandError(f"{table.name}: {found[0]}")
            yield found[0]
    except CommandError as error:
        told = f"{error} (the file has changed since it was checked; what was sent is recorded)"
        raise CommandError(told, UNWRITABLE) from None


async def _rehearse(settings: _Settings, rows: Iterator[UpsertRow]) -> SyncSummary:
    url = os.environ.get(defaults.URL_VARIABLE) or defaults.PUBLIC_URL
    return await CustomerSync(
        None,
        rows,
        checkpoint=settings.checkpoint,
        url=url,
        api_key=os.environ.get(defaults.KEY_VARIABLE),
        same_workspace=settings.same_workspace,
        max_running=settings.max_running,
        pack=settings.pack,
        retry_refused=settings.retry_refused,
        dry_run=True,
    )


class _Work:
    """The sync, with what is told and written meanwhile."""

    def __init__(self, settings: _Settings, refused: RefusedRows, shown: Progress) -> None:
        self._settings = settings
        self._refused = refused
        self._shown = shown
        self._interrupted = False
        self._error: Exception | None = None
        self.summary = SyncSummary()

    async def run(self, rows: Iterator[UpsertRow]) -> None:
        """Sync the rows; an error that ended it is kept for `exit_code`."""
        settings = self._settings
        async with AsyncPlainClient() as client:
            sync = client.sync_customers(
                rows,
                checkpoint=settings.checkpoint,
                on_conflict=settings.on_conflict,
                retry_refused=settings.retry_refused,
                same_workspace=settings.same_workspace,
                pack=settings.pack,
                max_running=settings.max_running,
            )
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._interruptions, sync, tasks.cancel_scope)
                tasks.start_soon(self._ticks, sync, client)
                try:
                    await self._outcomes(sync)
                except (PlainError, CommandError) as error:
                    self._error = error
                finally:
                    self.summary = sync.summary
                tasks.cancel_scope.cancel()

    async def _outcomes(self, sync: CustomerSync) -> None:
        told = 0
        async with sync:
            async for outcome in sync:
                if not isinstance(outcome.outcome, Err):
                    continue
                error = outcome.outcome.error
                if is_refusal(error):
                    self._refused.write(outcome.item, error)
                elif told < _SHOWN:
                    told += 1
                    number = source_of(outcome.item).number
                    self._shown.say(f"row {number}: no usable response: {error}")

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
            self._shown.show(sync.summary, client.quota)

    @property
    def saw_all(self) -> bool:
        """Whether every row has an outcome."""
        return self._error is None and not self._interrupted

    def exit_code(self) -> int:
        """What the command ends with; the error that ended the sync is raised."""
        if self._error is not None:
            raise self._error
        if self._interrupted:
            complain("interrupted; the next run picks up where this one left off")
            return INTERRUPTED
        if self.summary.unanswered:
            return NO_ANSWER
        return OK if self.summary.complete else REFUSED


def _report(name: str, summary: SyncSummary, out: RefusedRows | None) -> None:
    print(f"{name}: {summary.rows} rows")
    where = f", reasons in {out.path}" if out is not None and out.count else ""
    for count, what in (
        (summary.to_send, "would be sent"),
        (summary.created, "created"),
        (summary.updated, "updated"),
        (summary.noop, "sent, but already up to date"),
        (summary.relinked, "of these, found under another identity"),
        (summary.unchanged, "unchanged since an earlier run, not sent"),
        (summary.repeated, "repeated, not sent"),
        (summary.refused, f"refused{where}"),
        (summary.refused_before, f"refused before and unchanged, not sent{where}"),
        (summary.unanswered, "without a usable response; the next run sends them again"),
    ):
        if count:
            print(f"{count:>9} {what}")
