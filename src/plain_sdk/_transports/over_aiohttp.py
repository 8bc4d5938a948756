"""Sends straight through aiohttp, under asyncio, for the least work per call."""

import select
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from yarl import URL

from .. import _defaults as defaults
from .._config import CallSettings
from .base import (
    Attempt,
    Reached,
    Transfer,
    TransportError,
    TransportOptions,
    UnreadableResponseError,
    WireResponse,
    described,
)
from .decoding import ACCEPTED, decoded, refuse_encoded, too_large
from .environment import WireEnvironment

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

_NOT_RECEIVED: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
)
_ATTEMPT: ContextVar[Attempt] = ContextVar("plain_sdk_attempt")


class _Connector(aiohttp.TCPConnector):
    """Gives no connection on which something lies: an end, or bytes that nobody asked for.

    An end that the event loop has not seen yet, because something blocked it, would leave a
    mutation in doubt that the server never saw; bytes would be taken for the next response.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType] - aiohttp's
        # Held from its making to its first use only, with no await between the two.
        self._fresh: set[object] = set()

    async def _create_connection(
        self,
        req: "ClientRequest",
        traces: "list[Trace]",
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own name
    ) -> Any:
        protocol = await super()._create_connection(req, traces, timeout)
        self._fresh.add(protocol)
        return protocol

    async def connect(
        self,
        req: "ClientRequest",
        traces: "list[Trace]",
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own name
    ) -> "Connection":
        attempt = _ATTEMPT.get()
        attempt.reached = Reached.CONNECTING
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            if protocol in self._fresh:
                # What lies on a fresh connection belongs to TLS.
                self._fresh.discard(protocol)
            elif _has_something(protocol):
                connection.close()
                continue
            attempt.reached = Reached.WRITING
            return connection


def _has_something(protocol: Any) -> bool:
    if protocol is None or protocol.should_close:
        return True
    transport = protocol.transport
    socket = None if transport is None else transport.get_extra_info("socket")
    if socket is None or socket.fileno() < 0:
        return transport is None
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class AiohttpTransport:
    """One request at a time through an `aiohttp.ClientSession` of our own."""

    def __init__(self, options: TransportOptions, environment: WireEnvironment) -> None:
        self._url = URL(options.url)
        self._max_response_bytes = options.max_response_bytes
        self._timeouts: dict[tuple[float | None, float | None], aiohttp.ClientTimeout] = {}
        secure = self._url.scheme == "https"
        self._session = aiohttp.ClientSession(
            # How many requests are in flight is bounded before the pool.
            connector=_Connector(
                limit=0,
                keepalive_timeout=defaults.KEEP_ALIVE,
                ssl=environment.tls() if secure else True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": ACCEPTED, **options.headers},
            auto_decompress=False,
            trust_env=False,
        )

    async def post(self, attempt: Attempt) -> WireResponse:
        """Send the attempt; raises `TransportError` or `UnreadableResponseError`."""
        return await self._exchange(attempt, "POST", attempt.body, None)

    async def transfer(self, transfer: Transfer) -> WireResponse:
        """Send or fetch a file; raises `TransportError` or `UnreadableResponseError`."""
        return await self._exchange(transfer, transfer.method, transfer.content, transfer.sink)

    async def _exchange(
        self,
        attempt: Attempt,
        method: str,
        data: bytes | AsyncIterator[bytes] | None,
        sink: Callable[[bytes], Awaitable[None]] | None,
    ) -> WireResponse:
        _ATTEMPT.set(attempt)
        try:
            response = await self._session.request(
                method,
                self._url,
                data=data,
                # A redirect would carry customers' data to another host.
                allow_redirects=False,
                timeout=self._timeout(attempt.settings),
            )
            attempt.reached = Reached.READING
            try:
                if sink is not None and response.ok and response.status < 300:
                    refuse_encoded(response.headers.get("Content-Encoding"), response.status)
                    async for chunk in response.content.iter_any():
                        await sink(chunk)
                    return WireResponse(response.status, response.headers, b"")
                body = await self._raw(response)
            finally:
                # Whole responses have given their connection back; of others it is closed.
                response.close()
            encoding = response.headers.get("Content-Encoding")
            content = (
                body
                if encoding is None
                else decoded(body, encoding, response.status, self._max_response_bytes)
            )
        except UnreadableResponseError:
            raise
        except Exception as error:
            received = attempt.maybe_received and not isinstance(error, _NOT_RECEIVED)
            raise self._failed(error, attempt.settings, maybe_received=received) from None
        return WireResponse(response.status, response.headers, content)

    def _timeout(self, settings: CallSettings) -> aiohttp.ClientTimeout:
        bounds = settings.connect_timeout, settings.read_timeout
        timeout = self._timeouts.get(bounds)
        if timeout is None:
            # aiohttp has no time-out for writing; the silence after it is the read's.
            timeout = self._timeouts[bounds] = aiohttp.ClientTimeout(
                total=None, sock_connect=bounds[0], sock_read=bounds[1]
            )
        return timeout

    async def _raw(self, response: aiohttp.ClientResponse) -> bytes:
        """The body as it came, compressed."""
        length = response.content_length
        if length is not None:
            if length > self._max_response_bytes:
                raise too_large(response.status, self._max_response_bytes)
            return await response.read()
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self._max_response_bytes:
                raise too_large(response.status, self._max_response_bytes)
            chunks.append(chunk)
        return b"".join(chunks)

    def _failed(
        self, error: Exception, settings: CallSettings, *, maybe_received: bool
    ) -> TransportError:
        if self._session.closed:
            return TransportError("the client was closed", maybe_received=maybe_received)
        timeout = None
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            timeout = settings.connect_timeout
        elif isinstance(error, TimeoutError):
            timeout = settings.read_timeout
        return TransportError(described(error), maybe_received=maybe_received, timeout=timeout)

    async def aclose(self) -> None:
        """Close the session and its connections."""
        await self._session.close()

    def abandon(self) -> None:
        """Drop the session of an event loop that is gone, without a warning about it."""
        connector = self._session.connector
        self._session.detach()
        if connector is not None:
            # Its event loop can close nothing any more; the sockets go with the transports.
            connector._closed = True  # pyright: ignore[reportPrivateUsage]
