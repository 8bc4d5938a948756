"""A real HTTP server on the loopback address that answers as a test tells it to."""

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import anyio


@dataclass(frozen=True)
class Request:
    """A request as the server got it."""

    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader | None = None
    """What the client sends behind it."""
    line: str = ""
    """The request line, like `POST /upload HTTP/1.1`."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[bool]]
"""Answers one request; returns whether the connection stays open."""


def answer(
    content: Any = None,
    *,
    status: int = 200,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    close: bool = False,
) -> Behaviour:
    """A whole answer: JSON content, or a body as it is."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> bool:
        payload = json.dumps(content).encode() if body is None else body
        writer.write(head(status, len(payload), headers) + payload)
        await writer.drain()
        return not close

    return behave


def head(status: int, length: int, headers: Mapping[str, str] | None = None) -> bytes:
    """A status line and headers; a content type of JSON unless they name another."""
    fields = {
        "content-type": "application/json",
        "content-length": str(length),
        "apigw-requestid": "req-1",
        **{name.lower(): value for name, value in (headers or {}).items()},
    }
    lines = [f"HTTP/1.1 {status} Status", *(f"{n}: {v}" for n, v in fields.items() if v)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def reset(request: Request, writer: asyncio.StreamWriter) -> bool:
    """The connection is reset before any answer."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


async def end_of_stream(request: Request, writer: asyncio.StreamWriter) -> bool:
    """The connection is closed politely, without an answer."""
    return False


async def hang(request: Request, writer: asyncio.StreamWriter) -> bool:
    """No answer, ever."""
    await asyncio.Event().wait()
    return False


async def hang_until_gone(request: Request, writer: asyncio.StreamWriter) -> bool:
    """No answer; the connection ends with the client's."""
    assert request.reader is not None
    await request.reader.read()
    return False


def truncated(content: Any) -> Behaviour:
    """An answer that ends before its content length."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> bool:
        payload = json.dumps(content).encode()
        writer.write(head(200, len(payload)) + payload[: len(payload) // 2])
        await writer.drain()
        return False

    return behave


async def drip(request: Request, writer: asyncio.StreamWriter) -> bool:
    """An answer that goes on for ever, a byte at a time."""
    writer.write(head(200, 10_000_000))
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.005)


class ScriptedServer:
    """Serves the behaviours in order, the last one for ever; counts what it saw."""

    def __init__(
        self,
        *behaviours: Behaviour,
        cuts: Mapping[int, int] | None = None,
        at_cut: Behaviour = reset,
    ) -> None:
        self.behaviours = list(behaviours)
        self.cuts = dict(cuts or {})
        """Of which request, by its number from 0, only so many bytes of the body are read."""
        self.at_cut = at_cut
        """What is done then; the connection ends with it."""
        self.requests: list[Request] = []
        self.connections = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=1 << 24)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        # asyncio leaks a connection whose server is closed between its accept and its transport,
        # and one whose task is cancelled before its first step: accept no more, let those that
        # have begun come in, then close.
        for listener in server.sockets:
            self._loop.remove_reader(listener.fileno())
        for _ in range(5):
            await asyncio.sleep(0)
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while (request := await _read(reader, self._cut)) is not None:
                index = min(len(self.requests), len(self.behaviours) - 1)
                cut = self._cut() is not None
                self.requests.append(request)
                if cut:
                    await self.at_cut(request, writer)
                    return
                if not await self.behaviours[index](request, writer):
                    return
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    def _cut(self) -> int | None:
        return self.cuts.get(len(self.requests))

    @property
    def open_connections(self) -> int:
        """Connections that are open on this side."""
        return len(self._tasks)

    async def wait_for(self, count: int) -> None:
        """Until so many requests have come; an error when they do not."""
        with anyio.fail_after(30):
            while len(self.requests) < count:
                await anyio.sleep(0.001)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


async def _read(reader: asyncio.StreamReader, cut: Callable[[], int | None]) -> Request | None:
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    pairs = (line.partition(":") for line in lines[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    try:
        length = int(headers.get("content-length", 0))
        most = cut()
        body = await reader.readexactly(length if most is None else min(length, most))
    except asyncio.IncompleteReadError:
        return None
    return Request(headers, body, reader, lines[0])
