"""Where a file to upload comes from."""

import io
import os
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import anyio.to_thread

from .._errors import InputProblem, PlainAttachmentError, PlainInputError
from .files import PIECE, UPLOAD, File, Progress

Buffer: TypeAlias = bytes | bytearray | memoryview


@runtime_checkable
class BinaryReader(Protocol):
    """A binary file or stream."""

    def read(self, size: int, /) -> Any: ...


UploadSource: TypeAlias = "Buffer | str | os.PathLike[str] | BinaryReader | AsyncIterable[bytes]"
"""What can be uploaded: content, a path, a binary stream whose `read` may be a coroutine function,
or an async iterable of pieces."""


class Source(Protocol):
    """A file to read, once for each attempt."""

    size: int
    """Bytes."""
    name: str | None
    """What the file is called, where the source tells it."""

    @property
    def can_begin(self) -> bool:
        """Whether it can be read from its start: again, or because nobody has read it yet."""
        ...

    async def begin(self) -> None:
        """Go to the start."""
        ...

    async def read(self) -> bytes:
        """The next piece; none behind the end."""
        ...

    async def aclose(self) -> None:
        """Close what was opened here."""
        ...


class _Content:
    name: str | None = None
    can_begin = True

    def __init__(self, content: Buffer) -> None:
        self._content = memoryview(content).cast("B")
        self.size = self._content.nbytes
        self._place = 0

    async def begin(self) -> None:
        self._place = 0

    async def read(self) -> bytes:
        piece = bytes(self._content[self._place : self._place + PIECE])
        self._place += len(piece)
        return piece

    async def aclose(self) -> None:
        """Nothing is open."""


class _Stream:
    """A file, from where it is to its end; or a stream that has no way back."""

    def __init__(self, file: File, place: int | None, size: int, name: str | None) -> None:
        self._file = file
        self._place = place
        self._begun = False
        self.size = size
        self.name = name

    @property
    def can_begin(self) -> bool:
        return self._place is not None or not self._begun

    async def begin(self) -> None:
        if self._place is not None:
            await self._file.call("seek", self._place)

    async def read(self) -> bytes:
        self._begun = True
        piece: bytes = await self._file.call("read", PIECE)
        return piece

    async def aclose(self) -> None:
        await self._file.aclose()


class _Pieces:
    name: str | None = None

    def __init__(self, pieces: AsyncIterator[bytes], size: int) -> None:
        self._pieces = pieces
        self._begun = False
        self.size = size

    @property
    def can_begin(self) -> bool:
        return not self._begun

    async def begin(self) -> None:
        """It begins where it is."""

    async def read(self) -> bytes:
        self._begun = True
        async for piece in self._pieces:
            if piece:
                return piece
        return b""

    async def aclose(self) -> None:
        """It is the caller's."""


async def open_source(source: UploadSource, size: int | None) -> Source:
    """The source, opened; `PlainInputError` for what is none, or does not tell its size."""
    if isinstance(source, bytes | bytearray | memoryview):
        if isinstance(source, memoryview) and not source.c_contiguous:
            told = "is a view whose bytes do not lie side by side; give bytes(view)"
            raise PlainInputError([InputProblem("source", told)], operation=UPLOAD)
        return _Content(source)
    if isinstance(source, str | os.PathLike):
        return await _opened(Path(source))
    if isinstance(source, io.TextIOBase):
        told = "is open as text; open it with mode 'rb'"
        raise PlainInputError([InputProblem("source", told)], operation=UPLOAD)
    if hasattr(source, "read"):
        file = File(source)
        place = await file.place()
        if place is None:
            size = _told(size)
        else:
            size = await file.size_from(place)
        name = getattr(source, "name", None)
        return _Stream(file, place, size, Path(name).name if isinstance(name, str) else None)
    if isinstance(source, AsyncIterable):
        return _Pieces(aiter(source), _told(size))
    told = f"must be bytes, a path or a binary stream, not {type(source).__name__}"
    raise PlainInputError([InputProblem("source", told)], operation=UPLOAD)


def _told(size: int | None) -> int:
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        return size
    told = (
        "is required for this source, in bytes: Plain wants to know it before, and it cannot seek"
    )
    raise PlainInputError([InputProblem("size", told)], operation=UPLOAD)


async def _opened(path: Path) -> Source:
    def opened() -> tuple[Any, int]:
        # A pipe would wait for whoever writes to it, and tells no size.
        if not path.is_dir() and path.exists() and not path.is_file():
            raise OSError(None, "it is no regular file; open it, and tell its size")
        file = path.open("rb")
        return file, os.fstat(file.fileno()).st_size

    try:
        file, size = await anyio.to_thread.run_sync(opened)
    except OSError as error:
        told = f"{str(path)!r} cannot be read: {error.strerror or error}"
        raise PlainInputError([InputProblem("source", told)], operation=UPLOAD) from None
    return _Stream(File(file, owned=True), 0, size, path.name)


class _SourceError(Exception):
    """The source does not hold what it told; the text says how."""


class UploadBody:
    """The body of one attempt: what comes before the file, the file, and what comes behind it.

    Not a generator, so that nothing is left to be closed when an attempt is given up midway.
    """

    def __init__(self, source: Source, head: bytes, tail: bytes, progress: Progress | None) -> None:
        self._source = source
        self._left = [head, tail]
        self._progress = progress
        self._sent = -1
        self.fault: Exception | None = None
        """What to raise: the source failed, or the function that is told of the progress."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._sent < 0:
            self._sent = 0
            return self._left.pop(0)
        if self._sent < self._source.size:
            try:
                piece = await self._piece()
            except Exception as error:
                self.fault = source_failed(error)
                raise
            self._sent += len(piece)
            if self._progress is not None:
                try:
                    self._progress(self._sent, self._source.size)
                except Exception as error:
                    self.fault = error
                    raise
            return piece
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()

    async def _piece(self) -> bytes:
        size = self._source.size
        piece: Any = await self._source.read()
        if not _is_buffer(piece):
            # A text file, most likely.
            raise TypeError(f"the stream gave {type(piece).__name__} in place of bytes")
        if not piece:
            raise _SourceError(f"it ended after {self._sent:,} of {size:,} bytes")
        # What a file has gained since it was opened is not a part of what was announced.
        return bytes(piece[: size - self._sent])


def _is_buffer(piece: object) -> bool:
    return isinstance(piece, bytes | bytearray | memoryview)


def source_failed(error: Exception) -> PlainAttachmentError:
    """The error for a source that could not be read to its end."""
    why = str(error) if isinstance(error, _SourceError) else f"{type(error).__name__}: {error}"
    made = PlainAttachmentError(f"the source could not be read: {why}", operation=UPLOAD)
    made.__cause__ = None if isinstance(error, _SourceError) else error
    return made
