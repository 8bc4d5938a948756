"""Carries requests to the sandbox without a socket, for httpx."""

from collections.abc import MutableMapping
from typing import Any

import anyio
import httpx

from ..sandbox._app import SandboxApp
from ..sandbox._wire import CONNECTION


class InProcessTransport(httpx.AsyncBaseTransport):
    """httpx's transport to a sandbox in this process, whichever event loop it is in.

    What a fault does to a connection is raised as httpx raises it of a socket, and a timeout of
    reading holds.
    """

    def __init__(self, app: SandboxApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response of the sandbox."""
        exchange = _Exchange(await request.aread())
        timeout: float | None = request.extensions.get("timeout", {}).get("read")
        with anyio.move_on_after(timeout) as silence:
            exchange.silence = silence
            exchange.timeout = timeout
            await self._app(_scope(request, exchange), exchange.receive, exchange.send)
        if silence.cancelled_caught and exchange.broken is None:
            raise httpx.ReadTimeout("", request=request)
        return exchange.response(request)


class _Exchange:
    """One request and its response; also the connection, to the sandbox."""

    def __init__(self, body: bytes) -> None:
        self.broken: str | None = None
        self.silence: anyio.CancelScope | None = None
        self.timeout: float | None = None
        self._body: bytes | None = body
        self._status: int | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._content = bytearray()
        self._gone = anyio.Event()

    def reset(self) -> None:
        self.broken = "reset"
        self._gone.set()

    def hang_up(self) -> None:
        self.broken = "hung up"
        self._gone.set()

    async def receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if self.silence is not None and self.timeout is not None:
            self.silence.deadline = anyio.current_time() + self.timeout
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message["headers"]
        else:
            self._content += message["body"]

    def response(self, request: httpx.Request) -> httpx.Response:
        """What came, or the error that stands for what did not."""
        if self.broken == "reset":
            raise httpx.ReadError("the connection was reset", request=request)
        if self._status is None:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            )
        if self.broken is not None:
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body", request=request
            )
        stream = _Whole(bytes(self._content))
        return httpx.Response(self._status, headers=self._headers, stream=stream)


class _Whole(httpx.AsyncByteStream):
    """A body that is there already."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> "_Pieces":
        return _Pieces([self._content] if self._content else [])


class _Pieces:
    # No generator: trio warns of those that are left amid.
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> "_Pieces":
        return self

    async def __anext__(self) -> bytes:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop()


def _scope(request: httpx.Request, exchange: _Exchange) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 0),
        "server": (request.url.host, request.url.port),
        "extensions": {CONNECTION: exchange},
    }
