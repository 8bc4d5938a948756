"""Sends the bytes of one request and reads the bytes of its response.

Nothing here knows GraphQL. A transport is handed the whole request and gives back
status, headers and body, or a `TransportError` that says whether the request may
have reached Plain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from .._config import CallSettings


class WireResponse:
    """A response as it came over the wire, decompressed."""

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
    """No whole response came."""

    def __init__(self, message: str, *, maybe_received: bool, timeout: float | None = None) -> None:
        super().__init__(message)
        self.maybe_received = maybe_received
        """Whether the request may have reached Plain and been carried out."""
        self.timeout = timeout
        """The bound that was hit, in seconds, when it was one."""


class ResponseTooLargeError(Exception):
    """The response is larger than the limit; it was not read whole."""

    def __init__(self, status: int, limit: int) -> None:
        super().__init__(f"the response is larger than {limit} bytes; it was not read in full")
        self.status = status


class Transport(Protocol):
    """Whoever sends requests to one address with one key, within one event loop."""

    async def post(self, body: bytes, settings: CallSettings) -> WireResponse:
        """Send the body; raises `TransportError` or `ResponseTooLargeError`."""
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
    max_response_bytes: int


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def described(error: BaseException) -> str:
    """What happened, in words; many transport errors have no text of their own."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
