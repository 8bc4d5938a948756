"""The requests of a sandbox, a line each as they come."""

# What JSON holds is anything.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

import json
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ..sandbox import SandboxApp

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Seen(NamedTuple):
    """A request, and how it was answered."""

    what: str
    """The operation's name; for what is no call of the API, the method and the path."""
    status: int
    answer: str
    """In a word or a line: CREATED, a refusal's code and message, an error."""
    went_well: bool
    seconds: float


class Exchange(NamedTuple):
    """The bodies of a request and of its response."""

    request: bytes
    response: bytes


def watch(
    app: "SandboxApp",
    tell: Callable[[Seen], None],
    show: Callable[[Exchange], None] = lambda exchange: None,
) -> None:
    """Have a sandbox's application tell of every request but those of a browser that looks
    at its page; all else it does as before."""
    kind: Any = type(app)

    class Watched(kind):  # type: ignore[misc]
        async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
            begun = time.perf_counter()
            asked, answered, status = bytearray(), bytearray(), 0

            async def receiving() -> Message:
                message = await receive()
                asked.extend(message.get("body") or b"")
                return message

            async def sending(message: Message) -> None:
                nonlocal status
                status = message.get("status", status)
                answered.extend(message.get("body") or b"")
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    # Before it is out: who has the answer may look for what is told of it.
                    tell_once()
                await send(message)

            def tell_once() -> None:
                nonlocal status
                # A browser that looks at the page asks each second whether there is something new.
                if status and not app.is_looked_at(scope["method"], scope["path"]):
                    what = operation_of(bytes(asked)) or f"{scope['method']} {scope['path']}"
                    told, went_well = outcome(status, bytes(answered))
                    show(Exchange(bytes(asked), bytes(answered)))
                    tell(Seen(what, status, told, went_well, time.perf_counter() - begun))
                status = 0

            await super().__call__(scope, receiving, sending)
            # Of a response that was broken off, what there was of it.
            tell_once()

    # The server wants the application itself, not what stands in front of it.
    app.__class__ = Watched


def operation_of(body: bytes) -> str | None:
    """The name of the operation that a request's body asks for; None when it is no call."""
    request = _json(body)
    if not isinstance(request, dict):
        return None
    name, query = request.get("operationName"), str(request.get("query", ""))
    found = re.match(r"\s*(?:query|mutation)?\s*(\w*)", query)
    return str(name or (found and found[1]) or "a query without a name")


def outcome(status: int, body: bytes) -> tuple[str, bool]:
    """What a response says, in a line, and whether the request went well."""
    response = _json(body)
    if not isinstance(response, dict):
        return "", status < 400
    match response:
        case {"errors": [{"message": message, **more}, *_]}:
            extensions: Any = more.get("extensions") or {}
            code = extensions.get("code") or "error"
            return f"{code}: {message}", False
        case {"data": {**roots}}:
            told = [part for part in map(_payload, roots.values()) if part is not None]
            wrong = [text for text, good in told if not good]
            return ", ".join(wrong or [text for text, _ in told]), not wrong
        case _:
            return str(response.get("message", "")), status < 400


def _payload(value: Any) -> tuple[str, bool] | None:
    """What the value of a root field says; None when it is only data."""
    match value:
        case {"error": {"code": code, "message": message}}:
            return f"{code}: {message}", False
        case {"result": str(result)}:
            return result, True
        case {"edges": [*edges]}:
            return f"{len(edges)} nodes", True
        case None:
            return "null", True
        case _:
            return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
