"""Workbooks of Excel and LibreOffice, with `plain-sdk[excel]`: their rows as CSV."""

import csv
import datetime
import io
import math
import tempfile
from typing import IO, Any

from ..._exit import CommandError, missing_extra


def as_csv(stream: IO[bytes], file: str, sheet: str | None) -> IO[bytes]:
    """The first sheet, or the one of that name, as CSV in UTF-8; empty rows stay, so that rows
    keep their numbers."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        raise missing_extra("sync", "excel", error) from None
    try:
        workbook: Any = CalamineWorkbook.from_filelike(stream)
        names: list[str] = workbook.sheet_names
        if sheet is not None and sheet not in names:
            raise CommandError(f"{file}: has no sheet {sheet!r}; its sheets are {', '.join(names)}")
        if not names:
            raise CommandError(f"{file}: has no sheet")
        found: Any = workbook.get_sheet_by_name(sheet or names[0])
        rows: Any = found.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise CommandError(f"{file}: is not a workbook that can be read: {error}") from None
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the caller
    text = io.TextIOWrapper(copy, encoding="utf-8", newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    text.flush()
    text.detach()
    copy.seek(0)
    return copy


def _cell(value: object) -> str:
    """A cell as the workbook shows it, whole numbers without a fraction part."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        # A workbook keeps 15 digits; what is longer is told to be mangled, like in CSV.
        return str(int(value)) if abs(value) < 1e15 else f"{value:.5E}"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
