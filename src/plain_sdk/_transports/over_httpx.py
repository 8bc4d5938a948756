"""Sends through httpx: a client of our own, or one that the user owns."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import anyio
import httpx

from .. import _defaults as defaults
from .._config import CallSettings
from .._errors import PlainClosedError
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

_NOT_RECEIVED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_EVENTS: Final = {
    "connection.connect_tcp.started": Reached.CONNECTING,
    "connection.connect_tcp.complete": Reached.CONNECTED,
    "connection.start_tls.complete": Reached.SECURED,
    "proxy.start_tls.complete": Reached.SECURED,
    "http11.send_request_headers.started": Reached.WRITING,
    "http2.send_request_headers.started": Reached.WRITING,
    "http11.send_request_body.complete": Reached.WRITTEN,
    "http2.send_request_body.complete": Reached.WRITTEN,
    "http11.receive_response_headers.complete": Reached.READING,
    "http2.receive_response_headers.complete": Reached.READING,
}
"""httpcore's names for how far a request has come."""


class _Body(httpx.AsyncByteStream):
    """A body that is sent whole.

    httpx's own is a generator, of which trio warns when a call is cancelled amid it.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Once(self._body)


class _Pieces(httpx.AsyncByteStream):
    """A body that is sent piece by piece."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces


class _Once(AsyncIterator[bytes]):
    def __init__(self, body: bytes) -> None:
        self._left: bytes | None = body

    async def __anext__(self) -> bytes:
        if self._left is None:
            raise StopAsyncIteration
        body, self._left = self._left, None
        return body


class HttpxTransport:
    """One request at a time through an `httpx.AsyncClient`."""

    def __init__(
        self,
        options: TransportOptions,
        environment: WireEnvironment,
        http_client: httpx.AsyncClient | None = None,
        *,
        asyncio: bool,
    ) -> None:
        self._owned = http_client is None
        self._client = http_client or _own_client(options.url, environment)
        self._url = httpx.URL(options.url)
        self._headers = {"Accept-Encoding": ACCEPTED, **options.headers}
        self._max_response_bytes = options.max_response_bytes
        self._timeouts: dict[tuple[float | None, ...], httpx.Timeout] = {}
        self._asyncio = asyncio

    async def post(self, attempt: Attempt) -> WireResponse:
        """Send the attempt; raises `TransportError` or `UnreadableResponseError`."""
        return await self._on_its_own(attempt)

    async def transfer(self, transfer: Transfer) -> WireResponse:
        """Send or fetch a file; raises `TransportError` or `UnreadableResponseError`."""
        return await self._on_its_own(transfer)

    async def _on_its_own(self, attempt: Attempt) -> WireResponse:
        if self._client.is_closed and not self._owned:
            raise PlainClosedError("the http_client that you passed is closed")
        if not self._asyncio:
            return await self._exchange(attempt)
        # httpcore shields its cleaning up from anyio's cancellation, which a `task.cancel()`
        # pierces; then the connection stays open. So the exchange has a task of its own, which
        # only anyio cancels.
        done: list[WireResponse | Exception] = []

        async def exchange() -> None:
            try:
                done.append(await self._exchange(attempt))
            except Exception as error:
                done.append(error)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(exchange)
        (result,) = done
        if isinstance(result, Exception):
            raise result
        return result

    async def _exchange(self, attempt: Attempt) -> WireResponse:
        # A client of the user's may send by other means than httpcore, which tells how far it is.
        attempt.reached = Reached.NOTHING if self._owned else Reached.WRITING

        stream: Any = None
        tunnel = False

        async def trace(name: str, info: dict[str, Any]) -> None:
            nonlocal stream, tunnel
            reached = _EVENTS.get(name)
            if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
                stream = info.get("return_value")
            if name.endswith("send_request_headers.started"):
                # A CONNECT to a proxy is no request that Plain could get.
                tunnel = getattr(info.get("request"), "method", b"") == b"CONNECT"
            if reached is not None and not (tunnel and reached >= Reached.WRITING):
                attempt.reached = reached

        try:
            sink = None
            if isinstance(attempt, Transfer):
                sink = attempt.sink
                request = self._transfer_request(attempt, trace)
            else:
                request = self._request(attempt, trace)
            # A redirect would carry customers' data to another host.
            response = await self._client.send(
                request, stream=True, follow_redirects=False, auth=None
            )
            try:
                if sink is not None and response.is_success:
                    encoding = response.headers.get("content-encoding")
                    refuse_encoded(encoding, response.status_code)
                    await _handed_over(response, sink)
                    body = b""
                else:
                    body = await self._raw(response)
                _drop_if_more_came(response)
            finally:
                await response.aclose()
            if "set-cookie" in response.headers:
                self._forget_cookies(response)
            if sink is not None and response.is_success:
                return WireResponse(response.status_code, response.headers, b"")
            encoding = response.headers.get("content-encoding")
            content = decoded(body, encoding, response.status_code, self._max_response_bytes)
        except (UnreadableResponseError, PlainClosedError):
            raise
        except anyio.get_cancelled_exc_class():
            # httpcore forgets a connection that is given up amid its TLS handshake, or after it
            # was made and before anything is written.
            if stream is not None and attempt.reached < Reached.WRITING:
                with anyio.CancelScope(shield=True), contextlib.suppress(Exception):
                    await stream.aclose()
            raise
        except Exception as error:
            received = attempt.maybe_received and not isinstance(error, _NOT_RECEIVED)
            raise _failed(error, attempt.settings, maybe_received=received) from None
        return WireResponse(response.status_code, response.headers, content)

    def _request(self, attempt: Attempt, trace: Any) -> httpx.Request:
        request = self._client.build_request(
            "POST",
            self._url,
            content=attempt.body,
            headers=self._headers,
            timeout=self._timeout(attempt.settings),
            extensions={"trace": trace},
        )
        # Plain's API has no use for cookies, and one that only grows ends in a 431.
        request.headers.pop("cookie", None)
        request.stream = _Body(attempt.body)
        return request

    def _transfer_request(self, transfer: Transfer, trace: Any) -> httpx.Request:
        # Made without the client, whose own headers are for whom it was made for.
        request = httpx.Request(
            transfer.method,
            self._url,
            headers=self._headers,
            extensions={"trace": trace, "timeout": self._timeout(transfer.settings).as_dict()},
        )
        if transfer.content is not None:
            request.stream = _Pieces(transfer.content)
        return request

    def _timeout(self, settings: CallSettings) -> httpx.Timeout:
        connect, read, write = bounds = (
            settings.connect_timeout,
            settings.read_timeout,
            settings.write_timeout,
        )
        timeout = self._timeouts.get(bounds)
        if timeout is None:
            timeout = self._timeouts[bounds] = httpx.Timeout(
                connect=connect, read=read, write=write, pool=None
            )
        return timeout

    async def _raw(self, response: httpx.Response) -> bytes:
        """The body as it came, compressed."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in _stream_of(response):
            size += len(chunk)
            if size > self._max_response_bytes:
                raise too_large(response.status_code, self._max_response_bytes)
            chunks.append(chunk)
        return b"".join(chunks)

    def _forget_cookies(self, response: httpx.Response) -> None:
        if not self._owned:
            jar = self._client.cookies.jar
            for cookie in list(response.cookies.jar):
                with contextlib.suppress(KeyError):
                    jar.clear(cookie.domain, cookie.path, cookie.name)

    async def aclose(self) -> None:
        """Close our own client; a user's client stays open."""
        if self._owned:
            await self._client.aclose()

    def abandon(self) -> None:
        """Nothing to do: the connections went with their event loop."""


def _own_client(url: str, environment: WireEnvironment) -> httpx.AsyncClient:
    secure = url.startswith("https:") or (environment.proxy or "").startswith("https:")
    client = httpx.AsyncClient(
        # How many requests are in flight is bounded before the pool.
        limits=httpx.Limits(max_connections=None, keepalive_expiry=defaults.KEEP_ALIVE),
        # Without TLS, no certificates are read; an empty context trusts nobody.
        verify=environment.tls() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        proxy=environment.proxy,
        # What the environment asks for was read, and checked, before.
        trust_env=False,
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def _stream_of(response: httpx.Response) -> httpx.AsyncByteStream:
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    return stream


async def _handed_over(response: httpx.Response, sink: Callable[[bytes], Awaitable[None]]) -> None:
    """Give the body to the sink, piece by piece."""
    pieces = aiter(_stream_of(response))
    try:
        async for piece in pieces:
            await sink(piece)
    except BaseException:
        # Left amid a piece, the generators of httpx, one in another, would be collected, of
        # which trio warns. They end by themselves when there is nothing more to read.
        with anyio.move_on_after(1, shield=True), contextlib.suppress(Exception):
            await response.aclose()
            async for _ in pieces:
                pass
        raise


def _drop_if_more_came(response: httpx.Response) -> None:
    """Let go of a connection on which bytes lie that nobody asked for.

    They would be taken for the response to the next request. httpcore looks at the socket
    before it uses a connection again, but not at what it has read from it already.
    """
    found: Any = response.stream
    for name in ("_stream", "_httpcore_stream", "_stream", "_connection", "_h11_state"):
        found = getattr(found, name, None)
    if found is not None and found.trailing_data[0]:
        # To h11, the connection has failed; httpcore then closes it.
        found.send_failed()


def _failed(error: Exception, settings: CallSettings, *, maybe_received: bool) -> TransportError:
    timeout = None
    if isinstance(error, httpx.ConnectTimeout):
        timeout = settings.connect_timeout
    elif isinstance(error, httpx.ReadTimeout):
        timeout = settings.read_timeout
    elif isinstance(error, httpx.WriteTimeout):
        timeout = settings.write_timeout
    return TransportError(described(error), maybe_received=maybe_received, timeout=timeout)
