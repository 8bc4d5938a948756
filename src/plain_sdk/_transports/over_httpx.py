"""Sends through httpx: a client of our own, or one that the caller owns."""

import httpx

from .. import _defaults as defaults
from .._config import CallSettings
from .._errors import PlainClosedError
from .base import (
    ResponseTooLargeError,
    TransportError,
    TransportOptions,
    WireResponse,
    described,
    is_loopback,
)

_NOT_RECEIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class HttpxTransport:
    """One request at a time through an `httpx.AsyncClient`."""

    def __init__(
        self, options: TransportOptions, http_client: httpx.AsyncClient | None = None
    ) -> None:
        self._owned = http_client is None
        self._client = http_client or httpx.AsyncClient(
            # How many requests are in flight is bounded before the pool.
            limits=httpx.Limits(max_connections=None, keepalive_expiry=defaults.KEEP_ALIVE),
            # A proxy from the environment cannot reach this machine's own loopback address.
            trust_env=not is_loopback(options.url),
        )
        self._url = httpx.URL(options.url)
        self._headers = dict(options.headers)
        self._max_response_bytes = options.max_response_bytes
        self._timeouts: dict[tuple[float | None, ...], httpx.Timeout] = {}

    async def post(self, body: bytes, settings: CallSettings) -> WireResponse:
        """Send the body; raises `TransportError` or `ResponseTooLargeError`."""
        if self._client.is_closed and not self._owned:
            raise PlainClosedError("the http_client that you passed is closed")
        request = self._client.build_request(
            "POST", self._url, content=body, headers=self._headers, timeout=self._timeout(settings)
        )
        try:
            # A redirect would carry customers' data to another host.
            response = await self._client.send(
                request, stream=True, follow_redirects=False, auth=None
            )
            try:
                content = await self._read(response)
            finally:
                await response.aclose()
        except _NOT_RECEIVED as error:
            raise self._failed(error, settings, maybe_received=False) from error
        except httpx.HTTPError as error:
            raise self._failed(error, settings, maybe_received=True) from error
        return WireResponse(response.status_code, response.headers, content)

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

    async def _read(self, response: httpx.Response) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > self._max_response_bytes:
                raise ResponseTooLargeError(response.status_code, self._max_response_bytes)
            chunks.append(chunk)
        return b"".join(chunks)

    @staticmethod
    def _failed(
        error: httpx.HTTPError, settings: CallSettings, *, maybe_received: bool
    ) -> TransportError:
        timeout = None
        if isinstance(error, httpx.ConnectTimeout):
            timeout = settings.connect_timeout
        elif isinstance(error, httpx.ReadTimeout):
            timeout = settings.read_timeout
        elif isinstance(error, httpx.WriteTimeout):
            timeout = settings.write_timeout
        return TransportError(described(error), maybe_received=maybe_received, timeout=timeout)

    async def aclose(self) -> None:
        """Close our own client; a caller's client stays open."""
        if self._owned:
            await self._client.aclose()

    def abandon(self) -> None:
        """Nothing to do: the connections went with their event loop."""
