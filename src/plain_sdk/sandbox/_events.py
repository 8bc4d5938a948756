"""What happened in the sandbox, for whoever listens: webhooks, a page, a test.

A change is told by the name and in the shape of Plain's webhook for it, and only after its
transaction is committed: what is taken back never happened. Nothing is shaped while nobody
listens, so that an upsert costs what it costs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """Something that Plain has a webhook for."""

    type: str
    """The event type, like `thread.thread_created`."""
    at: str
    """When it happened, as ISO 8601."""
    payload: Payload
    """The members of the webhook's payload besides `eventType`, as JSON."""


class Listener(Protocol):
    """Is told of changes, in their order, on the thread that serves requests."""

    def wants(self, event_type: str) -> bool:
        """Whether changes of this type matter now; asked before one is shaped."""
        ...

    def changed(self, change: Change) -> None:
        """Take note of a change that is committed. Must not block."""
        ...


class Events:
    """Who listens to the changes of a sandbox."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell the listener of every change from now on; calling the result ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wants(self, event_type: str) -> bool:
        """Whether anybody wants changes of this type."""
        return any(listener.wants(event_type) for listener in self._listeners)

    @property
    def is_heard(self) -> bool:
        """Whether there is anybody who listens."""
        return bool(self._listeners)

    def publish(self, changes: list[Change]) -> None:
        """Tell of changes that are committed."""
        for change in changes:
            for listener in [*self._listeners]:
                if listener.wants(change.type):
                    listener.changed(change)


class Recorder:
    """The changes of one request, kept back until its transaction is over."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._changes: list[Change] = []

    @property
    def is_heard(self) -> bool:
        """Whether there is anybody who listens: else nothing need be shaped."""
        return self._events.is_heard

    def record(self, event_type: str, at: str, payload: Callable[[], Payload]) -> None:
        """A change happened. `payload` is called at once, if anybody wants to know."""
        if self._events.wants(event_type):
            self._changes.append(Change(event_type, at, payload()))

    def publish(self) -> None:
        """The transaction is committed."""
        changes, self._changes = self._changes, []
        self._events.publish(changes)

    def discard(self) -> None:
        """The transaction was taken back."""
        self._changes = []
