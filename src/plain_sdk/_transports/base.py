"""Sends the bytes of one request and reads the bytes of its response.

Nothing here knows GraphQL. A transport is handed an attempt, notes on it how far it has come,
and gives back status, headers and body, or a `TransportError` that says whether the request may
have reached Plain.
"""

import enum
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
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
        told = self.headers.get("apigw-requestid")
        return None if told is None else told[:200]


class Reached(enum.IntEnum):
    """How far an attempt has come. Not every transport can tell all of these apart."""

    NOTHING = 0
    CONNECTING = 1
    """A connection is being made: the name resolved, the address called."""
    CONNECTED = 2
    """The address answers; TLS may be under way."""
    SECURED = 3
    WRITING = 4
    """From here on, the server may have got the request."""
    WRITTEN = 5
    READING = 6
    """The response has begun."""

    @property
    def told(self) -> str:
        """The same in words that go behind "still"."""
        return _TOLD[self]


_TOLD = {
    Reached.NOTHING: "waiting for a connection",
    Reached.CONNECTING: "connecting",
    Reached.CONNECTED: "connecting",
    Reached.SECURED: "connecting",
    Reached.WRITING: "waiting for a response",
    Reached.WRITTEN: "waiting for a response",
    Reached.READING: "reading the response",
}


@dataclass(slots=True, eq=False)
class Attempt:
    """One sending of a request."""

    # Not shown, so that no traceback with values holds a customer's data.
    body: bytes = field(repr=False)
    settings: CallSettings
    reached: Reached = Reached.NOTHING

    @property
    def maybe_received(self) -> bool:
        """Whether the request may have reached Plain and been carried out."""
        return self.reached >= Reached.WRITING


@dataclass(slots=True, eq=False, kw_only=True)
class Transfer(Attempt):
    """One sending or fetching of a file: what is large goes through in pieces.

    An error that `content` or `sink` raises comes out as a `TransportError`; whoever made them
    knows better what it was.
    """

    content: AsyncIterator[bytes] | None = field(default=None, repr=False)
    """The pieces of the request's body; None: nothing is sent, and the request is a GET. Its
    length is among the transport's headers."""
    sink: Callable[[bytes], Awaitable[None]] | None = field(default=None, repr=False)
    """Takes the pieces of the body of a response of success, which is then empty."""

    @property
    def method(self) -> str:
        """The request's method."""
        return "GET" if self.content is None else "POST"


class TransportError(Exception):
    """No whole response came."""

    def __init__(self, message: str, *, maybe_received: bool, timeout: float | None = None) -> None:
        super().__init__(message)
        self.maybe_received = maybe_received
        """Whether the request may have reached Plain and been carried out."""
        self.timeout = timeout
        """The bound that was hit, in seconds, when it was one."""


class UnreadableResponseError(Exception):
    """A response came, whose body cannot be read: too large, or in an unknown encoding."""

    def __init__(self, status: int, why: str, *, passing: bool = False) -> None:
        super().__init__(why)
        self.status = status
        self.passing = passing
        """Whether another attempt can help: what broke on the way may come whole."""


class Transport(Protocol):
    """Whoever sends requests to one address with one key, within one event loop."""

    async def post(self, attempt: Attempt) -> WireResponse:
        """Send the attempt; raises `TransportError` or `UnreadableResponseError`."""
        ...

    async def transfer(self, transfer: Transfer) -> WireResponse:
        """Send or fetch a file, like `post`; redirects are not followed either."""
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
    found: BaseException | None = error
    seen: set[int] = set()
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        if text := str(found).strip():
            return f"{type(error).__name__}: {text}"
        # Trio's errors keep the reason, of TLS for one, in the error behind them.
        found = found.__cause__ or found.__context__
    return type(error).__name__
