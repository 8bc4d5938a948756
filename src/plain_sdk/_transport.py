"""Sends the bytes of one request and reads the bytes of its answer.

Nothing here knows GraphQL. A transport is handed the whole request and gives back
status, headers and body, or a `TransportError` that says whether the request may
have reached Plain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from . import _defaults as defaults

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """An answer as it came over the wire, decompressed."""

    status: int
    headers: Mapping[str, str]
    """Names in any case; look up in lower case."""
    body: bytes

    @property
    def request_id(self) -> str | None:
        """Plain's id of the request, from the API gateway."""
        return self.headers.get("apigw-requestid")


class TransportError(Exception):
    """No whole answer came."""

    def __init__(self, message: str, *, maybe_received: bool) -> None:
        super().__init__(message)
        self.maybe_received = maybe_received
        """Whether the request may have reached Plain and been carried out."""


class AnswerTooLargeError(Exception):
    """The answer is larger than the limit; it was not read whole."""

    def __init__(self, status: int, limit: int) -> None:
        super().__init__(f"the answer is larger than {limit} bytes")
        self.status = status


class Transport(Protocol):
    """Whoever sends requests to one address with one key."""

    async def post(self, body: bytes) -> WireAnswer:
        """Send the body; raises `TransportError` or `AnswerTooLargeError`."""
        ...

    async def aclose(self) -> None:
        """Close the connections that this transport opened."""
        ...


class HttpxTransport:
    """Sends through an `httpx.AsyncClient`: our own, or one that the caller owns."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        http_client: "httpx.AsyncClient | None" = None,
        max_answer_bytes: int = defaults.MAX_ANSWER_BYTES,
    ) -> None:
        import httpx

        self._owned = http_client is None
        self._client = http_client or httpx.AsyncClient(
            # The deadline of the call bounds the rest; it is the choke point's to keep.
            timeout=httpx.Timeout(None, connect=defaults.CONNECT_TIMEOUT),
            limits=httpx.Limits(max_connections=defaults.MAX_CONNECTIONS),
            follow_redirects=False,
            # A proxy from the environment cannot reach this machine's own loopback address.
            trust_env=not is_loopback(url),
        )
        self._url = httpx.URL(url)
        self._headers = dict(headers)
        self._max_answer_bytes = max_answer_bytes

    async def post(self, body: bytes) -> WireAnswer:
        import httpx

        request = self._client.build_request("POST", self._url, content=body, headers=self._headers)
        try:
            response = await self._client.send(
                # A redirect would carry customers' data to another host.
                request, stream=True, follow_redirects=False, auth=None
            )  # fmt: skip
            try:
                content = await self._read(response)
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TransportError(_described(error), maybe_received=False) from error
        except httpx.HTTPError as error:
            raise TransportError(_described(error), maybe_received=True) from error
        return WireAnswer(response.status_code, response.headers, content)

    async def _read(self, response: "httpx.Response") -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > self._max_answer_bytes:
                raise AnswerTooLargeError(response.status_code, self._max_answer_bytes)
            chunks.append(chunk)
        return b"".join(chunks)

    async def aclose(self) -> None:
        if self._owned:
            await self._client.aclose()


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def _described(error: Exception) -> str:
    """What happened, in words; many transport errors have no text of their own."""
    text = str(error) or type(error).__name__
    return f"{type(error).__name__}: {text}" if str(error) else text
