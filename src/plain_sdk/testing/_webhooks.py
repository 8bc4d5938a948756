"""A sandbox's webhooks, as a test has them: sent when it says so, days of retries at once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from ..sandbox._app import SandboxApp
from ..sandbox._clock import Clock
from ..sandbox.webhooks.envelope import Event
from ..sandbox.webhooks.sender import DeliveryAttempt


class SandboxWebhooks:
    """What a sandbox sends to webhook targets: those that were made through the API, and these.

    sandbox.webhooks.send_to("https://app.example/plain", app=app)
    ...
    await sandbox.webhooks.deliver()
    """

    def __init__(self, app: SandboxApp, clock: Clock) -> None:
        self._webhooks = app.webhooks
        self._app = app
        self._clock = clock

    @property
    def secret(self) -> str | None:
        """What deliveries are signed with; None: they are not."""
        return self._webhooks.secret

    def send_to(
        self, url: str, *event_types: str, app: Any = None, version: str | None = None
    ) -> str:
        """Send webhooks to an address from now on; returns the target's id.

        Args:
            url: https, or http on this machine.
            event_types: What to send, like `thread.thread_created`. None: everything.
            app: An ASGI application that gets what is sent to this address's host, in this
                process, without a port. None: it goes over the wire.
            version: The version of the payloads. None: the latest that is known here.

        Raises ValueError for an address, a type or a version that Plain would refuse.
        """
        target = self._app.send_webhooks(url, event_types, version=version)
        if app is not None:
            parts = urlsplit(url)
            self._webhooks.apps[f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"] = app
        return target

    @property
    def events(self) -> Sequence[Event]:
        """What some target is told of, the oldest first."""
        return self._webhooks.events

    @property
    def attempts(self) -> Sequence[DeliveryAttempt]:
        """The attempts to deliver so far, the oldest first."""
        return self._webhooks.attempts

    async def deliver(self) -> list[DeliveryAttempt]:
        """Make the attempts that are due, and return them.

        A sandbox that is served on a port delivers by itself.
        """
        return await self._webhooks.deliver()

    async def advance(self, by: timedelta | float) -> list[DeliveryAttempt]:
        """Move the sandbox's clock on, by seconds or a timedelta, and make each attempt at its
        time: five days of retries in a moment. Returns them."""
        end = self._clock() + (by / timedelta(seconds=1) if isinstance(by, timedelta) else by)
        made = await self.deliver()
        while (due := self._webhooks.next_due) is not None and due <= end:
            self._clock.advance(max(0.0, due - self._clock()))
            made += await self.deliver()
        self._clock.advance(max(0.0, end - self._clock()))
        return made
