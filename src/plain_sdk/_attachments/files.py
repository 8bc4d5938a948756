"""What sources and targets have in common: files of whatever kind, read and written in threads."""

import inspect
import io
import threading
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import anyio
import anyio.to_thread

PIECE: Final = 64 * 1024
"""Bytes that are read, or held, at once."""

UPLOAD: Final = "uploadAttachment"
DOWNLOAD: Final = "downloadAttachment"
"""What errors, retries and spans call the two."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the bytes of the file that went through so far, and with its size."""


class File:
    """A binary file or stream of a caller's, or one that was opened here.

    Its methods may block, and then run in a thread, or be coroutine functions, as those of
    anyio's and aiofiles' files.
    """

    def __init__(self, file: Any, *, owned: bool = False) -> None:
        # Anyio's would let a cancelled call's thread go on behind its back.
        self._file: Any = file.wrapped if issubclass(type(file), anyio.AsyncFile) else file
        self.owned = owned
        self.gives_up = False
        """Whether a thread that is at it is left alone when a call is cancelled. A file that is
        read again must not move meanwhile; but nobody waits for a pipe."""
        # Two attempts never use it at once, and nobody closes it while a thread is at it. The
        # second lock holds where an event loop takes a call away from its thread.
        self._lock = anyio.Lock()
        self._in_thread = threading.Lock()
        self._newest = 0

    async def call(self, name: str, *arguments: object) -> Any:
        """Call a method of the file."""
        async with self._lock:
            method = getattr(self._file, name)
            if inspect.iscoroutinefunction(method):
                return await method(*arguments)
            self._newest = number = self._newest + 1

            def called() -> Any:
                with self._in_thread:
                    return method(*arguments) if number == self._newest else None

            found = await anyio.to_thread.run_sync(called, abandon_on_cancel=self.gives_up)
            return await found if inspect.isawaitable(found) else found

    async def place(self) -> int | None:
        """Where the file is, if one can go back there; None where one cannot."""
        try:
            place: int | None = await self.call("tell") if await self.call("seekable") else None
        except (AttributeError, OSError, ValueError):
            place = None
        self.gives_up = place is None
        return place

    async def size_from(self, place: int) -> int:
        """How many bytes come behind a place."""
        end: int = await self.call("seek", 0, io.SEEK_END)
        if not isinstance(end, int):  # pyright: ignore[reportUnnecessaryIsInstance]
            end = await self.call("tell")
        await self.call("seek", place)
        return max(end - place, 0)

    async def aclose(self) -> None:
        """Close it, if it was opened here."""
        if self.owned:
            await self.call("close")
