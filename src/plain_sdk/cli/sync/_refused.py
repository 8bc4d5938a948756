"""The file of rows that Plain refused, with the reasons, in the format of the input."""

import csv
import json
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from .._exit import UNWRITABLE, CommandError
from .mapping.columns import ERROR_COLUMNS, original
from .reading.dialect import UNNAMED
from .reading.rows import TableRow
from .reading.table import Table


class RefusedRows:
    """Writes refused rows; the file appears when the block ends, and only if there are any.

    One of an earlier run is replaced; and removed when no row was refused, so that it does not
    tell of what is past. A run that did not see every row leaves it, and writes beside it.
    """

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        self.count = 0
        self.saw_all = False
        """Whether every row has an outcome; else what an earlier run wrote may still hold."""
        self._part = path.with_name(f"{path.name}.part")
        self._table = table
        self._stream: IO[str] | None = None
        self._csv: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._stream is None:
                if self.saw_all:
                    self.path.unlink(missing_ok=True)
                return
            if self._table.format == "json":
                self._stream.write("\n]\n")
            self._stream.close()
            if self.path.exists() and not self.saw_all:
                # The earlier file may have rows that this run did not come to.
                self.path = self.path.with_name(f"{self.path.stem}.partly{self.path.suffix}")
            os.replace(self._part, self.path)
        except OSError as error:
            if exc is None:
                raise self._fault(error) from None

    def write(self, row: TableRow, code: str, why: str) -> None:
        """Add a row, with a code and the reason."""
        try:
            stream = self._stream or self._opened()
            if self._csv is not None:
                self._csv.writerow([*original(row).values(), code, why])
            else:
                content = {
                    **original(row),
                    **dict(zip(ERROR_COLUMNS, (code, why), strict=True)),
                }
                line = json.dumps(content, ensure_ascii=False)
                if self._table.format == "json":
                    line = f"{',' if self.count else '['}\n{line}"
                    stream.write(line)
                else:
                    stream.write(f"{line}\n")
            # Whatever ends this process, the reasons so far can be read.
            stream.flush()
        except OSError as fault:
            raise self._fault(fault) from None
        self.count += 1

    def _opened(self) -> IO[str]:
        table = self._table
        encoding = "utf-8" if table.encoding == "utf-8-sig" else table.encoding
        self._stream = self._part.open("w", encoding=encoding, errors="replace", newline="")
        if table.columns is not None:
            self._csv = csv.writer(self._stream, delimiter=table.delimiter, lineterminator="\n")
            columns = [
                "" if column.startswith(UNNAMED) else column
                for column in table.columns
                if column not in ERROR_COLUMNS
            ]
            self._csv.writerow([*columns, *ERROR_COLUMNS])
        return self._stream

    def _fault(self, error: OSError) -> CommandError:
        return CommandError(
            f"{self.path}: refused rows cannot be written: {error.strerror}; what was sent is "
            "in the checkpoint, and the next run gives the reasons again",
            UNWRITABLE,
        )
