"""Which handlers are called for which payload."""

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

from .._errors import PlainConfigurationError
from ..runtime.events import EventModel
from .event import WebhookEvent

if TYPE_CHECKING:
    from plain_webhooks import Payload

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
HandlerT = TypeVar("HandlerT", bound=Callable[..., Awaitable[object]])

Handler: TypeAlias = Callable[[WebhookEvent[A]], Awaitable[object]]
_Register: TypeAlias = Callable[[Callable[[WebhookEvent[A]], Awaitable[object]]], Handler[A]]


class Handlers:
    """The handlers that were registered, in that order."""

    def __init__(self) -> None:
        self._registered: list[tuple[tuple[type, ...], Handler[Any]]] = []

    @overload
    def on(self, payload: type[A], /) -> _Register[A]: ...
    @overload
    def on(self, payload: type[A], second: type[B], /) -> _Register[A | B]: ...
    @overload
    def on(self, payload: type[A], second: type[B], third: type[C], /) -> _Register[A | B | C]: ...
    @overload
    def on(self, /, *payloads: "type[Payload]") -> "_Register[Payload]": ...
    def on(self, /, *payloads: type) -> Callable[[Any], Any]:
        """Register an async function for events with one of these payloads.

            @receiver.on(ThreadCreated)
            async def welcome(event: WebhookEvent[ThreadCreated]) -> None: ...

        Every handler that fits is called, in the order of registration; when one raises, those
        after it are not called, and all of them are when Plain delivers the event again.

        Raises `PlainConfigurationError` for what is no payload, or no async function.
        """
        if not payloads:
            raise PlainConfigurationError("on() takes payload classes; on_any() takes every event")
        for payload in payloads:
            if "event_type" not in _members(payload):
                raise PlainConfigurationError(
                    f"{payload!r} is no payload of a webhook; they are in plain_sdk.webhooks"
                )

        def register(handler: Handler[Any]) -> Handler[Any]:
            self._add(payloads, handler)
            return handler

        return register

    def on_any(self, handler: "Callable[[WebhookEvent], Awaitable[object]]") -> "Handler[Payload]":
        """Register an async function for every event, those of unknown types included."""
        self._add((EventModel,), handler)
        return handler

    def _wanting(self, event: WebhookEvent) -> list[Handler[Any]]:
        """The handlers that want the event."""
        return [h for payloads, h in self._registered if isinstance(event.payload, payloads)]

    def _add(self, payloads: tuple[type, ...], handler: Handler[Any]) -> None:
        call: object = getattr(handler, "__call__", None)  # noqa: B004 - for objects
        if not any(map(inspect.iscoroutinefunction, (handler, call))):
            raise PlainConfigurationError(
                f"{getattr(handler, '__qualname__', handler)!r} is no async function; what blocks "
                "can be called within one with anyio.to_thread.run_sync"
            )
        self._registered.append((payloads, handler))


def _members(payload: object) -> dict[str, Any]:
    if isinstance(payload, type) and issubclass(payload, EventModel):
        return payload.model_fields
    return {}
