"""Sends straight through aiohttp, under asyncio, for the least work per call."""

import asyncio
import ssl

import aiohttp
from yarl import URL

from .. import _defaults as defaults
from .._config import CallSettings
from .base import (
    ResponseTooLargeError,
    TransportError,
    TransportOptions,
    WireResponse,
    described,
)

_NOT_RECEIVED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
)


class AiohttpTransport:
    """One request at a time through an `aiohttp.ClientSession` of our own."""

    def __init__(self, options: TransportOptions) -> None:
        self._url = URL(options.url)
        self._max_response_bytes = options.max_response_bytes
        self._timeouts: dict[tuple[float | None, float | None], aiohttp.ClientTimeout] = {}
        self._session = aiohttp.ClientSession(
            # How many requests are in flight is bounded before the pool.
            connector=aiohttp.TCPConnector(
                limit=0, keepalive_timeout=defaults.KEEP_ALIVE, ssl=_certificates(self._url)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=options.headers,
            trust_env=False,
        )

    async def post(self, body: bytes, settings: CallSettings) -> WireResponse:
        """Send the body; raises `TransportError` or `ResponseTooLargeError`."""
        try:
            response = await self._session.post(
                self._url,
                data=body,
                # A redirect would carry customers' data to another host.
                allow_redirects=False,
                timeout=self._timeout(settings),
            )
            try:
                content = await self._content(response)
            finally:
                # Whole responses have given their connection back; of others it is closed.
                response.close()
            return WireResponse(response.status, response.headers, content)
        except _NOT_RECEIVED as error:
            raise self._failed(error, settings, maybe_received=False) from error
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise self._failed(error, settings, maybe_received=True) from error
        except RuntimeError as error:
            if self._session.closed:
                raise TransportError("the client was closed", maybe_received=False) from error
            raise

    def _timeout(self, settings: CallSettings) -> aiohttp.ClientTimeout:
        bounds = settings.connect_timeout, settings.read_timeout
        timeout = self._timeouts.get(bounds)
        if timeout is None:
            # aiohttp has no time-out for writing; the silence after it is the read's.
            timeout = self._timeouts[bounds] = aiohttp.ClientTimeout(
                total=None, sock_connect=bounds[0], sock_read=bounds[1]
            )
        return timeout

    async def _content(self, response: aiohttp.ClientResponse) -> bytes:
        length = response.content_length
        if length is not None and "Content-Encoding" not in response.headers:
            if length > self._max_response_bytes:
                raise ResponseTooLargeError(response.status, self._max_response_bytes)
            return await response.read()
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self._max_response_bytes:
                raise ResponseTooLargeError(response.status, self._max_response_bytes)
            chunks.append(chunk)
        return b"".join(chunks)

    @staticmethod
    def _failed(
        error: Exception, settings: CallSettings, *, maybe_received: bool
    ) -> TransportError:
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


def _certificates(url: URL) -> ssl.SSLContext | bool:
    """The same certificate authorities that httpx trusts."""
    if url.scheme != "https":
        return True
    import certifi

    return ssl.create_default_context(cafile=certifi.where())
