"""Sends the bytes of one request and reads the bytes of its answer.

Nothing here knows GraphQL. A transport is handed the whole request and gives back
status, headers and body, or a `TransportError` that says whether the request may
have reached Plain.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from ._settings import CallSettings

if TYPE_CHECKING:
    import httpx


class WireAnswer:
    """An answer as it came over the wire, decompressed."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        """Looked up in any case."""
        self.body = body

    @property
    def request_id(self) -> str | None:
        """Plain's id of the request, from the API gateway."""
        return self.headers.get("apigw-requestid")


class TransportError(Exception):
    """No whole answer came."""

    def __init__(self, message: str, *, maybe_received: bool, timeout: float | None = None) -> None:
        super().__init__(message)
        self.maybe_received = maybe_received
        """Whether the request may have reached Plain and been carried out."""
        self.timeout = timeout
        """The bound that was hit, in seconds, when it was one."""


class AnswerTooLargeError(Exception):
    """The answer is larger than the limit; it was not read whole."""

    def __init__(self, status: int, limit: int) -> None:
        super().__init__(f"the answer is larger than {limit} bytes; it was not read whole")
        self.status = status


class Transport(Protocol):
    """Whoever sends requests to one address with one key, within one event loop."""

    async def post(self, body: bytes, settings: CallSettings) -> WireAnswer:
        """Send the body; raises `TransportError` or `AnswerTooLargeError`."""
        ...

    async def aclose(self) -> None:
        """Close the connections that this transport opened."""
        ...

    def abandon(self) -> None:
        """Let go of connections whose event loop is gone; nothing can be awaited there."""
        ...


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """What a transport needs to know."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    max_answer_bytes: int


def make_transport(
    options: TransportOptions, http_client: "httpx.AsyncClient | None", *, asyncio: bool
) -> Transport:
    """The fastest transport that can do what is needed.

    A caller's own client always wins. aiohttp is used under asyncio when it is installed
    and nothing in the environment asks for a proxy or other certificates.
    """
    if http_client is None and asyncio and aiohttp_can_do(options.url):
        from ._transport_aiohttp import AiohttpTransport

        return AiohttpTransport(options)
    from ._transport_httpx import HttpxTransport

    return HttpxTransport(options, http_client)


def aiohttp_can_do(url: str) -> bool:
    """Whether aiohttp is there, and enough for this address in this environment."""
    if find_spec("aiohttp") is None:
        return False
    if is_loopback(url):
        return True
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    proxies = getproxies()
    wants_proxy = (parts.scheme in proxies or "all" in proxies) and not proxy_bypass(
        parts.hostname or ""
    )
    own_certificates = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return not wants_proxy and not own_certificates


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def described(error: BaseException) -> str:
    """What happened, in words; many transport errors have no text of their own."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
