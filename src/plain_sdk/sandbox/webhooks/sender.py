"""Delivers what is due, by the sandbox's clock."""

import asyncio
import contextlib
import ssl
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx

from .._answers import LOGGER
from .._events import Change, Events
from .._ids import IdFactory, iso
from .._store import Store
from .envelope import Envelope, Event, envelope
from .queue import Delivery, Queue
from .versions import can_tell

TIMEOUT = 30.0
"""Seconds that a target has to answer. Plain does not document its own."""

_REMEMBERED = 10_000
_BREATH = 0.01
"""Seconds between two rounds, so that a fault of ours does not take the processor."""


@dataclass(frozen=True)
class DeliveryAttempt:
    """One attempt to deliver an event, and what came of it."""

    id: str
    number: int
    """From 1."""
    event: Event
    target_id: str
    url: str
    at: str
    """When it was made, as ISO 8601, by the sandbox's clock."""
    status: int | None
    """What the target answered; None: nothing."""
    error: str | None
    """Why it answered nothing."""
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def succeeded(self) -> bool:
        """Whether the target answered with 2xx."""
        return self.status is not None and 200 <= self.status < 300


class Webhooks:
    """The webhooks of a sandbox; it listens to its changes while there are targets.

    Args:
        secret: What deliveries are signed with; None: they are not.
    """

    def __init__(
        self,
        store: Store,
        ids: IdFactory,
        clock: Callable[[], float],
        events: Events,
        workspace_id: str,
        secret: str | None,
    ) -> None:
        self.secret = secret
        self.apps: dict[str, Any] = {}
        """ASGI applications by their addresses, which are then called without a socket."""
        self._queue = Queue(store, ids, workspace_id)
        self._ids = ids
        self._clock = clock
        self._events = events
        self._wanted: dict[str, list[tuple[str, str]]] | None = None
        self._deaf: Callable[[], None] | None = None
        self._attempts: deque[DeliveryAttempt] = deque(maxlen=_REMEMBERED)
        self._told: deque[Event] = deque(maxlen=_REMEMBERED)
        self._ring: Callable[[], object] | None = None
        self.targets_changed()

    def targets_changed(self) -> None:
        """Targets were made, changed or deleted."""
        self._wanted = None
        if self._deaf is None:
            self._deaf = self._events.listen(self)
        if not self._targets():
            self._deaf()
            self._deaf = None

    def _targets(self) -> dict[str, list[tuple[str, str]]]:
        if self._wanted is None:
            self._wanted = self._queue.wanted()
        return self._wanted

    def wants(self, event_type: str) -> bool:
        """Whether a target is told of events of this type."""
        return event_type in self._targets()

    def changed(self, change: Change) -> None:
        """Keep a change, for whom it is told."""
        targets = [
            target
            for target, version in self._targets()[change.type]
            if can_tell(version, change.payload)
        ]
        if targets:
            self._told.append(self._queue.add(change, targets, self._clock()))
            self.wake()

    def wake(self) -> None:
        """Whoever runs, look again: something is due, or the clock was moved. From any thread."""
        if self._ring is not None:
            # The event loop may be about to end.
            with contextlib.suppress(RuntimeError):
                self._ring()

    @property
    def events(self) -> Sequence[Event]:
        """The events that some target is told of, the oldest first."""
        return [*self._told]

    @property
    def attempts(self) -> Sequence[DeliveryAttempt]:
        """The attempts to deliver so far, the oldest first."""
        return [*self._attempts]

    @property
    def next_due(self) -> float | None:
        """When the next attempt is due, in seconds since 1970; None while nothing waits."""
        return self._queue.next_due()

    async def deliver(self) -> list[DeliveryAttempt]:
        """Make the attempts that are due, those to one target in their order; returns them."""
        made: list[DeliveryAttempt] = []
        while (next_due := self.next_due) is not None and next_due <= self._clock():
            by_target: dict[str, list[Delivery]] = {}
            for delivery in self._queue.take(self._clock()):
                by_target.setdefault(delivery.target_id, []).append(delivery)
            async with self._http() as http, anyio.create_task_group() as tasks:
                for deliveries in by_target.values():
                    tasks.start_soon(self._one_by_one, http, deliveries, made)
        return made

    async def _one_by_one(
        self, http: httpx.AsyncClient, deliveries: list[Delivery], made: list[DeliveryAttempt]
    ) -> None:
        for delivery in deliveries:
            made.append(await self._attempt(http, delivery))

    async def run(self) -> None:
        """Deliver what falls due, until cancelled. Under asyncio."""
        loop, bell = asyncio.get_running_loop(), asyncio.Event()
        self._ring = lambda: loop.call_soon_threadsafe(bell.set)
        try:
            while True:
                bell.clear()
                try:
                    await self.deliver()
                except Exception:
                    LOGGER.exception("webhooks could not be delivered")
                due = self.next_due
                wait = None if due is None else max(_BREATH, due - self._clock())
                with anyio.move_on_after(wait):
                    await bell.wait()
        finally:
            self._ring = None

    async def _attempt(self, http: httpx.AsyncClient, delivery: Delivery) -> DeliveryAttempt:
        began, started = self._clock(), time.perf_counter()
        attempt_id = self._ids.new("whAttempt")
        posted = envelope(
            delivery.event,
            target_id=delivery.target_id,
            version=delivery.version,
            attempt_id=attempt_id,
            number=delivery.number,
            at=iso(began),
            secret=self.secret,
        )
        status, error = await self._post(http, delivery.url, posted)
        attempt = DeliveryAttempt(
            attempt_id, delivery.number, delivery.event, delivery.target_id, delivery.url,
            iso(began), status, error, posted.body, posted.headers,
        )  # fmt: skip
        self._queue.done(delivery, succeeded=attempt.succeeded, began=began)
        kind, _, message = (error or "").partition(": ")
        self._queue.note(
            attempt_id, delivery, posted.body, began=began, seconds=time.perf_counter() - started,
            status=status, error=kind or None, message=message or None,
        )  # fmt: skip
        self._attempts.append(attempt)
        return attempt

    async def _post(
        self, http: httpx.AsyncClient, url: str, posted: Envelope
    ) -> tuple[int | None, str | None]:
        try:
            response = await http.post(url, content=posted.body, headers=dict(posted.headers))
        except Exception as error:
            # Also what an application of the test's own raises: to Plain it is no answer.
            return None, f"{type(error).__name__}: {error}"
        return response.status_code, None

    @asynccontextmanager
    async def _http(self) -> AsyncGenerator[httpx.AsyncClient]:
        mounts = {address: httpx.ASGITransport(app) for address, app in self.apps.items()}
        async with httpx.AsyncClient(
            timeout=TIMEOUT, follow_redirects=False, trust_env=False, verify=_trust(), mounts=mounts
        ) as http:
            yield http


_TRUST: list[ssl.SSLContext] = []


def _trust() -> ssl.SSLContext:
    """Whom to trust with TLS; read once, which takes longer than a delivery."""
    if not _TRUST:
        _TRUST.append(httpx.create_ssl_context())
    return _TRUST[0]
