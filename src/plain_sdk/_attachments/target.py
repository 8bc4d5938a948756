"""Where a file that is downloaded goes to."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import anyio.to_thread

from .._errors import InputProblem, PlainAttachmentError, PlainInputError
from .files import DOWNLOAD, File, Progress


@runtime_checkable
class BinaryWriter(Protocol):
    """A binary file or stream."""

    def write(self, piece: bytes, /) -> Any: ...


DownloadTarget: TypeAlias = "str | os.PathLike[str] | BinaryWriter"
"""Where a download can go: a path, or a binary stream whose `write` may be a coroutine function."""


class Target:
    """A file to write, once for each attempt, from where it is."""

    def __init__(self, file: File, place: int | None) -> None:
        self._file = file
        self._place = place
        self._written = False

    @property
    def can_begin(self) -> bool:
        """Whether it can be written from its start: again, or because nobody has yet."""
        return self._place is not None or not self._written

    async def begin(self) -> None:
        """Go to the start, and forget what was written."""
        if self._written:
            await self._file.call("seek", self._place)
            await self._file.call("truncate")

    async def write(self, piece: bytes) -> None:
        """Write a piece, wholly."""
        left = memoryview(piece)
        while left:
            self._written = True
            count = await self._file.call("write", left if self._file.owned else bytes(left))
            # A raw file may take less than it was given; some streams do not say how much.
            left = left[count if isinstance(count, int) else len(left) :]

    async def finish(self) -> None:
        """All of it is there."""

    async def aclose(self) -> None:
        """Close what was opened here."""


class _PathTarget(Target):
    """A file that is there when it is whole, or else not at all."""

    def __init__(self, file: File, part: Path, path: Path) -> None:
        super().__init__(file, 0)
        self._part = part
        self._path = path

    async def finish(self) -> None:
        await self._file.aclose()
        await anyio.to_thread.run_sync(os.replace, self._part, self._path)

    async def aclose(self) -> None:
        await self._file.aclose()
        await anyio.to_thread.run_sync(_unlink, self._part)


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)


async def open_target(to: DownloadTarget) -> Target:
    """The target, opened; `PlainInputError` for what cannot be written to."""
    if isinstance(to, str | os.PathLike):
        path = Path(to)

        def opened() -> tuple[Any, Path]:
            if path.is_dir():
                raise IsADirectoryError(None, "it is a directory; give the path of the file")
            part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
            return part.open("xb"), part

        try:
            file, part = await anyio.to_thread.run_sync(opened)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            told = f"{str(path)!r} cannot be written: {why}"
            raise PlainInputError([InputProblem("to", told)], operation=DOWNLOAD) from None
        return _PathTarget(File(file, owned=True), part, path)
    if not hasattr(to, "write"):
        told = f"must be a path or a binary stream, not {type(to).__name__}"
        raise PlainInputError([InputProblem("to", told)], operation=DOWNLOAD)
    file = File(to)
    place = await file.place() if hasattr(to, "truncate") else None
    return Target(file, place)


class DownloadSink:
    """Takes the pieces of one attempt's response."""

    def __init__(self, target: Target, size: int | None, progress: Progress | None) -> None:
        self._target = target
        self._size = size
        self._progress = progress
        self.received = 0
        """Bytes so far."""
        self.fault: Exception | None = None
        """What to raise: the target failed, or the function that is told of the progress."""

    async def __call__(self, piece: bytes) -> None:
        self.received += len(piece)
        if self._size is not None and self.received > self._size:
            # More than the file has; how much more, nobody wants to know.
            raise ValueError(f"more than the file's {self._size:,} bytes came")
        await self._guarded(self._target.write, piece)
        if self._progress is not None:
            try:
                self._progress(self.received, self._size or self.received)
            except Exception as error:
                self.fault = error
                raise

    async def _guarded(self, write: Callable[[bytes], Any], piece: bytes) -> None:
        try:
            await write(piece)
        except Exception as error:
            self.fault = target_failed(error)
            raise


def target_failed(error: Exception) -> PlainAttachmentError:
    """The error for a target that could not be written to."""
    told = f"the file could not be written: {type(error).__name__}: {error}"
    made = PlainAttachmentError(told, operation=DOWNLOAD)
    made.__cause__ = error
    return made
