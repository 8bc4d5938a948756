"""How a response leaves: whole, or as no response should.

What breaks a connection needs more than ASGI has; who serves the sandbox puts a `Connection`
among the extensions of the scope.
"""

import math
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

import anyio

from ._requests import Receive

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CONNECTION: Final = "plain_sdk.connection"
"""The extension of the scope."""


class Connection(Protocol):
    """The connection that a request came by."""

    def reset(self) -> None:
        """Break it off at once, as a machine does that is gone."""
        ...

    def hang_up(self) -> None:
        """Close it, when what was written is through."""
        ...


@dataclass
class Response:
    """What is to be sent."""

    status: int
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    told: Any = None
    """The content, where it is JSON."""


@dataclass(frozen=True)
class Wire:
    """The way back to the caller of one request."""

    scope: Scope
    receive: Receive
    send: Send

    async def whole(self, response: Response, headers: Mapping[str, str]) -> None:
        """Send the response."""
        await self._head(response, headers)
        await self.send({"type": "http.response.body", "body": response.content})

    async def cut(self, response: Response, headers: Mapping[str, str], part: float) -> None:
        """Send the head and a part of the body, and close the connection."""
        await self._head(response, headers)
        kept = response.content[: math.floor(len(response.content) * part)]
        await self.send({"type": "http.response.body", "body": kept, "more_body": True})
        await self.hang_up()

    async def drip(self, response: Response, headers: Mapping[str, str], pause: float) -> None:
        """Send the body byte by byte."""
        await self._head(response, headers)
        for index in range(len(response.content)):
            await anyio.sleep(pause)
            one = response.content[index : index + 1]
            await self.send({"type": "http.response.body", "body": one, "more_body": True})
        await self.send({"type": "http.response.body", "body": b""})

    async def reset(self) -> None:
        """Break the connection off."""
        self._connection.reset()
        await self._gone()

    async def hang_up(self) -> None:
        """Close the connection."""
        self._connection.hang_up()
        await self._gone()

    async def _gone(self) -> None:
        """Until the caller is gone: who returns without a response before that has failed."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    hang = _gone

    async def _head(self, response: Response, headers: Mapping[str, str]) -> None:
        told = {
            "content-type": response.content_type,
            "content-length": str(len(response.content)),
            **headers,
            **response.headers,
        }
        encoded = [(name.encode(), value.encode()) for name, value in told.items()]
        await self.send(
            {"type": "http.response.start", "status": response.status, "headers": encoded}
        )

    @property
    def _connection(self) -> Connection:
        found = self.scope.get("extensions", {}).get(CONNECTION)
        if found is None:
            raise RuntimeError(
                "this fault needs the sandbox's own server, or plain_sdk.testing's transport"
            )
        return cast("Connection", found)
