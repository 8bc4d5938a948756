"""The plumbing of an ASGI application that answers POST requests, whatever they are about."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Pairs: TypeAlias = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """What a request is answered with."""

    status: int
    content: bytes = b""
    content_type: str = "text/plain; charset=utf-8"

    @classmethod
    def of(cls, status: int) -> "Answer":
        """A status in words, for whoever reads a log."""
        return cls(status, HTTPStatus(status).phrase.encode())


Respond: TypeAlias = Callable[[Answer], Awaitable[None]]
"""Sends the answer. What is done after it holds up nobody."""

Handle: TypeAlias = Callable[[bytes, Pairs, Respond], Awaitable[None]]
"""Answers a request, once, by its body and its headers."""


async def serve(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    handle: Handle,
    limit: int,
    running: AbstractAsyncContextManager[Any],
) -> None:
    """Serve one scope of ASGI.

    A POST request is read up to `limit` bytes and handled; a longer one is answered with 413,
    any other method with 405. Where the application is the server's own, and so gets the
    lifespan, `running` is entered and left with it.
    """
    if scope["type"] == "lifespan":
        await _live(receive, send, running)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close"})
    elif scope["method"] != "POST":
        await _respond(send, Answer.of(405), [(b"allow", b"POST")])
    else:
        body = await _body(scope["headers"], receive, limit)
        if isinstance(body, bytes):
            await handle(body, scope["headers"], partial(_respond, send))
        elif body is not None:
            await _respond(send, body, [(b"connection", b"close")])


async def _body(headers: Pairs, receive: Receive, limit: int) -> bytes | Answer | None:
    """The body; the answer if it is too large; None if whoever sent it has gone."""
    for name, value in headers:
        if name.lower() == b"content-length" and value.isdigit() and int(value) > limit:
            return Answer.of(413)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            return Answer.of(413)
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


async def _respond(send: Send, answer: Answer, more: Pairs = ()) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.content)).encode()),
        *more,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})


async def _live(receive: Receive, send: Send, running: AbstractAsyncContextManager[Any]) -> None:
    await receive()
    try:
        await running.__aenter__()
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    await send({"type": "lifespan.startup.complete"})
    try:
        await receive()
    finally:
        await running.__aexit__(None, None, None)
    await send({"type": "lifespan.shutdown.complete"})
