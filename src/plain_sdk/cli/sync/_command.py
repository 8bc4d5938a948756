"""`plain-sdk sync`: a file of customers, of which only what changed is sent."""

import argparse
import contextlib
import os
from pathlib import Path

import anyio

from ... import _defaults as defaults
from ..._customer_sync.checkpoint import Checkpoint
from .._exit import OK, REFUSED, CommandError
from .._parsers import Commands
from . import _arguments
from ._check import check
from ._output import Output, fill_standard_streams
from ._progress import progress
from ._refused import RefusedRows
from ._rehearsal import Rehearsal
from ._report import report
from ._unique import Uniqueness
from ._work import Work
from .mapping.columns import Columns
from .mapping.settings import ColumnMap, check_member
from .reading.rows import TableRow
from .reading.table import Table


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    _arguments.add_parser(commands).set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    fill_standard_streams()
    output = Output(
        quiet=arguments.quiet, verbose=arguments.verbose, as_json=arguments.json,
        log_file=arguments.log_file,
    )  # fmt: skip
    try:
        return _run(arguments, output)
    finally:
        output.close()


def _run(arguments: argparse.Namespace, output: Output) -> int:
    sends = not (arguments.dry_run or arguments.suggest or arguments.save_mapping)
    if arguments.file == "-" and arguments.checkpoint is None and sends:
        raise CommandError("rows from standard input need --checkpoint FILE")
    mapping = _mapping(arguments)
    if arguments.suggest:
        from .suggesting.suggest import suggest

        return suggest(arguments, mapping, output)
    if arguments.save_mapping is not None:
        mapping.save(arguments.save_mapping)
        output.result(f"{arguments.save_mapping}: written; use it with --mapping")
        return OK
    with Table(
        arguments.file,
        format=arguments.format,
        delimiter=arguments.delimiter,
        encoding=arguments.encoding,
        skip_rows=arguments.skip_rows,
        sheet=arguments.sheet,
    ) as table:
        checkpoint, refused = paths(arguments, table)
        if sends:
            _check_writable(refused)
        columns = Columns(table, mapping)
        work: Work | None = None
        with contextlib.closing(Uniqueness()) as unique, progress(output, arguments.stats) as shown:
            with _rehearsal(arguments, checkpoint, output) as rehearsal:
                checked = check(
                    table, columns, unique, skip_invalid=arguments.skip_invalid,
                    told=shown.checking, rehearsal=rehearsal if arguments.dry_run else None,
                )  # fmt: skip
            if arguments.dry_run:
                summary, out = rehearsal.summary, None
                code = REFUSED if checked.invalid else OK
            else:
                with RefusedRows(refused, table) as out:
                    work = Work(arguments, checkpoint, checked, out, shown, output)
                    anyio.run(work.run)
                    out.saw_all = work.saw_all
                summary, code = work.summary, work.exit_code()
    report(output, checked, summary, out, code)
    if work is not None:
        work.complain()
    return code


def _mapping(arguments: argparse.Namespace) -> ColumnMap:
    mapping = ColumnMap()
    if arguments.mapping is not None:
        mapping.read(arguments.mapping)
    for given in arguments.map:
        mapping.add(given)
    mapping.ignored.update(arguments.ignore)
    mapping.where.extend(arguments.where)
    mapping.nulls.update(arguments.null)
    for member in arguments.literal:
        check_member("--literal", member)
        mapping.literal.add(member)
    mapping.ignore_rest = mapping.ignore_rest or arguments.ignore_rest
    return mapping


def paths(arguments: argparse.Namespace, table: Table) -> tuple[str | Path, Path]:
    """The checkpoint's file or address, and the file for refused rows."""
    checkpoint: str | Path | None = arguments.checkpoint
    refused: Path | None = arguments.refused
    rows: Path | None = None
    if arguments.file == "-":
        checkpoint = checkpoint or Path("rows.sync.db")
        beside = checkpoint if isinstance(checkpoint, Path) else Path("rows.sync.db")
        refused = refused or beside.parent / f"{beside.stem}.refused"
    else:
        rows = Path(arguments.file)
        stem = Path(rows.stem).stem if table.is_unpacked else rows.stem
        suffix = table.suffix if table.is_unpacked else rows.suffix
        checkpoint = checkpoint or rows.with_name(f"{stem}.sync.db")
        refused = refused or rows.with_name(f"{stem}.refused{suffix}")
    file = checkpoint.resolve() if isinstance(checkpoint, Path) else None
    if rows is not None and rows.resolve() in (file, refused.resolve()):
        raise CommandError(f"{rows}: the rows, --checkpoint and --refused must be three files")
    if file == refused.resolve():
        raise CommandError(f"{refused}: --checkpoint and --refused must be different files")
    if isinstance(checkpoint, Path) and not checkpoint.parent.is_dir():
        raise CommandError(f"{checkpoint}: there is no folder {checkpoint.parent}")
    return checkpoint, refused


def _check_writable(refused: Path) -> None:
    if refused.is_dir() or not refused.parent.is_dir() or not os.access(refused.parent, os.W_OK):
        raise CommandError(
            f"{refused}: refused rows cannot be written there; give --refused FILE in a folder "
            "that you can write to"
        )


def _rehearsal(arguments: argparse.Namespace, path: str | Path, output: Output) -> Rehearsal:
    """For a dry run; else one that takes no row."""
    checkpoint: Checkpoint | None = None
    if arguments.dry_run and (isinstance(path, str) or path.exists()):
        checkpoint = Checkpoint(
            path,
            url=os.environ.get(defaults.URL_VARIABLE) or defaults.PUBLIC_URL,
            api_key=os.environ.get(defaults.KEY_VARIABLE),
            same_workspace=arguments.same_workspace,
            rehearsal=True,
        )

    def told(row: TableRow, key: str) -> None:
        output.event(event="would_send", row=row.number, key=key)
        if output.verbose:
            output.say(f"{row.name}: would be sent: {key}")

    return Rehearsal(
        checkpoint,
        retry_refused=arguments.retry_refused,
        told=told if output.verbose or output.as_json else None,
    )
