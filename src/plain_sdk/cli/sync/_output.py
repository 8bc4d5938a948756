"""What a sync tells, and to whom. Whether anybody listens never decides about the work."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from .._exit import CommandError


def fill_standard_streams() -> None:
    """Give a closed standard stream's number to nobody: a file opened next would get it."""
    with contextlib.suppress(OSError):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(number)


class Output:
    """Standard output for results, standard error for what goes on, and a log file for both."""

    def __init__(
        self,
        *,
        quiet: bool = False,
        verbose: bool = False,
        as_json: bool = False,
        log_file: Path | None = None,
        now: Callable[[], time.struct_time] = time.localtime,
    ) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self.as_json = as_json
        self._now = now
        self._log: IO[str] | None = None
        if log_file is not None:
            try:
                self._log = log_file.open("a", encoding="utf-8")
            except OSError as error:
                raise CommandError(
                    f"--log-file {log_file}: cannot be written: {error.strerror}"
                ) from None

    @property
    def is_terminal(self) -> bool:
        """Whether somebody watches standard error."""
        try:
            return sys.stderr is not None and sys.stderr.isatty()
        except (OSError, ValueError):
            return False

    def say(self, message: str, *, always: bool = False) -> None:
        """Tell what goes on: with the time where it is no terminal."""
        stamped = f"{time.strftime('%Y-%m-%d %H:%M:%S', self._now())} {message}"
        _write(self._log, stamped)
        if always or not self.quiet:
            _write(sys.stderr, message if self.is_terminal else stamped)

    def result(self, message: str) -> None:
        """Give a line of the result, for people."""
        _write(self._log, message)
        if not self.quiet and not self.as_json:
            _write(sys.stdout, message)

    def event(self, **content: Any) -> None:
        """Give a line of JSON, where machines were to be told."""
        if self.as_json:
            _write(sys.stdout, json.dumps(content, ensure_ascii=True, default=str))

    def close(self) -> None:
        """Close the log; and make sure that the interpreter's own last flush cannot fail."""
        if self._log is not None:
            with contextlib.suppress(OSError, ValueError):
                self._log.close()
        for stream in (sys.stdout, sys.stderr):
            if stream is None:
                continue
            try:
                stream.flush()
            except (OSError, ValueError):
                _mute(stream)


def _write(stream: IO[str] | None, line: str) -> None:
    if stream is None:
        return
    try:
        print(line, file=stream, flush=True)
    except UnicodeEncodeError:
        with contextlib.suppress(OSError, ValueError):
            print(line.encode("ascii", "backslashreplace").decode(), file=stream, flush=True)
    except (OSError, ValueError):
        # The reader is gone, or the disk is full. The work goes on.
        return


def _mute(stream: IO[str]) -> None:
    """Send what is left in a stream's buffer nowhere."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
