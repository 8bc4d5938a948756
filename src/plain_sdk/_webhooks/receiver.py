"""The receiver: verifies, reads, and calls your handlers once for each event."""

import math
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Final, Self

import anyio
from anyio.abc import TaskGroup

from .._errors import (
    PlainConfigurationError,
    PlainWebhookError,
    PlainWebhookPayloadError,
)
from . import asgi
from .background import Background
from .event import WebhookEvent
from .handlers import Handlers
from .handling import LOGGER, Once, Result
from .headers import Headers
from .parsing import parse
from .replay import TOLERANCE
from .signing import Body, Secret, raw_bytes
from .stores.base import DeliveryStore
from .stores.memory import MemoryStore
from .unwrapping import unwrap

LEASE: Final = 30.0
"""Seconds. Plain delivers again after 10 s, 40 s and 6 minutes: what a process that died was at
is taken up with the second of these."""

MAX_BODY: Final = 10 * 2**20
"""Bytes. Plain does not say how large its bodies get."""

GRACE: Final = 10.0
"""Seconds."""

CONCURRENCY: Final = 32


class WebhookReceiver(Handlers):
    """Receives webhooks: an ASGI application, and a plain function for those who have no ASGI.

        receiver = WebhookReceiver(secret)

        @receiver.on(ThreadCreated)
        async def welcome(event: WebhookEvent[ThreadCreated]) -> None: ...

        app = FastAPI(routes=[Route("/plain", receiver)], lifespan=receiver.lifespan)

    Each event is handled once: its id is claimed in the store, its handlers run, and only when
    they have succeeded is it marked. A delivery of the same event that comes meanwhile is
    answered with 409, so that Plain delivers it again; one that comes later with 200. When a
    process dies, the lease of what it was at runs out, and the next delivery is handled: what a
    handler had done until then may happen twice. Plain promises no order of events; see
    `WebhookEvent.is_older_than`.

    Answers: 200, handled, handled before, or wanted by no handler; 202, kept for the background;
    400, the body cannot be understood; 401, the signature is wrong or the delivery is too old;
    405, not POST; 409, the event is being handled; 413, the body is too large; 500, a handler
    or the store failed, which is logged under `plain_sdk.webhooks`. Plain delivers again what is
    answered with anything but 2xx, twelve times within five days.

    Args:
        secret: The workspace's secret of request signing; several while it is being rotated.
        store: What remembers which events were handled. Default: a `MemoryStore`, which is for
            one process and forgets with it; `SQLiteStore`, `RedisStore`, or one of your own.
            It is closed with the receiver.
        tolerance: Seconds of the replay window, either way.
        lease: Seconds that an event is held for a process that says nothing any more. It is
            renewed every third of it while handlers run, however long they take. A handler whose
            lease is lost all the same is cancelled.
        max_body: The most bytes of a body.
        background: Answer at once, and handle afterwards. The body is kept in the store until it
            is handled, and tried again at Plain's own pace when a handler fails. With a
            `MemoryStore`, all of that is lost when the process ends, and Plain will not deliver
            it again; with a durable store, the next process takes it up. A body holds your
            customers' data; it is deleted when it is handled or given up. Needs the receiver to
            be entered: `async with receiver`, or ASGI's lifespan.
        grace: Seconds that handlers in the background get at the end; then they are cancelled,
            and stay in the store.
        concurrency: How many events are handled in the background at once.

    Raises `PlainConfigurationError` for an empty secret, or numbers that cannot be.
    """

    def __init__(
        self,
        secret: Secret,
        *,
        store: DeliveryStore | None = None,
        tolerance: float = TOLERANCE,
        lease: float = LEASE,
        max_body: int = MAX_BODY,
        background: bool = False,
        grace: float = GRACE,
        concurrency: int = CONCURRENCY,
    ) -> None:
        super().__init__()
        self._secrets = (secret,) if isinstance(secret, str) else (*secret,)
        if not self._secrets or not all(self._secrets):
            raise PlainConfigurationError(
                "the secret is empty: give the one that Plain shows under Settings, Request signing"
            )
        for name, value, least in (
            ("tolerance", tolerance, 0.0), ("lease", lease, 0.001), ("max_body", max_body, 1),
            ("grace", grace, 0.0), ("concurrency", concurrency, 1),
        ):  # fmt: skip
            if math.isnan(value) or value < least:
                raise PlainConfigurationError(f"{name} is {value!r}, and must be at least {least}")
        if not math.isfinite(lease):
            raise PlainConfigurationError("lease must be finite: a process that dies never says so")
        self._store = store if store is not None else MemoryStore()
        self._tolerance = tolerance
        self._lease = lease
        self._max_body = max_body
        self._in_background = background
        self._grace = grace
        self._concurrency = concurrency
        self._once = Once(self._store, lease)
        self._stack: AsyncExitStack | None = None
        self._running: tuple[Background, TaskGroup] | None = None

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Serve ASGI, wherever it is mounted."""
        await asgi.serve(
            scope, receive, send, handle=self._answer, limit=self._max_body, running=self
        )

    async def _answer(self, body: bytes, headers: asgi.Pairs, respond: asgi.Respond) -> None:
        await respond(asgi.Answer.of(await self.handle(body, headers)))

    async def handle(self, body: Body, headers: Headers) -> int:
        """Handle one delivery; the HTTP status to answer with is returned.

        Args:
            body: The raw body, as it came.
            headers: The request's headers, as your framework gives them.

        Raises `PlainConfigurationError`: with `background=True`, the receiver was not entered.
        """
        content = raw_bytes(body)
        if len(content) > self._max_body:
            return 413
        try:
            event = unwrap(content, headers, secret=self._secrets, tolerance=self._tolerance)
        except PlainWebhookError as error:
            LOGGER.warning("a delivery was refused: %s", error)
            return 400 if isinstance(error, PlainWebhookPayloadError) else 401
        if not self._wanting(event):
            return 200
        try:
            if self._in_background:
                return await self._later(event.id, content)
            return await self._now(event)
        except PlainConfigurationError:
            raise
        except Exception:
            LOGGER.exception("the store of webhooks failed at the event %s", event.id)
            return 500

    async def _now(self, event: WebhookEvent) -> int:
        result = await self._once.run(event.id, lambda: self._call(event))
        return {Result.DONE: 200, Result.RUNNING: 409, Result.FAILED: 500}[result]

    async def _later(self, event_id: str, body: bytes) -> int:
        if self._running is None:
            raise PlainConfigurationError(
                "with background=True, enter the receiver first: `async with receiver`, or let "
                "the application's lifespan do it, like FastAPI(lifespan=receiver.lifespan)"
            )
        background, group = self._running
        await background.accept(event_id, body, group)
        return 202

    async def _call(self, event: WebhookEvent) -> None:
        for handler in self._wanting(event):
            await handler(event)

    async def _handle_kept(self, body: bytes) -> None:
        # It was verified when it came, and may be handled much later.
        await self._call(parse(body))

    @asynccontextmanager
    async def lifespan(self, _app: object = None) -> AsyncGenerator[None, None]:
        """The receiver entered and left, as the lifespan of FastAPI and Starlette."""
        async with self:
            yield

    async def __aenter__(self) -> Self:
        if self._stack is not None:
            raise PlainConfigurationError("the receiver is entered already")
        self._stack = stack = AsyncExitStack()
        stack.push_async_callback(self._store.aclose)
        if self._in_background:
            group = await stack.enter_async_context(anyio.create_task_group())
            background = Background(self._store, self._lease, self._handle_kept, self._concurrency)
            group.start_soon(background.recover, group)
            self._running = background, group
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        stack, running = self._stack, self._running
        self._stack = self._running = None
        try:
            if running is not None:
                background, group = running
                with anyio.move_on_after(self._grace):
                    await background.drain()
                group.cancel_scope.cancel()
        finally:
            if stack is not None:
                await stack.__aexit__(exc_type, exc, traceback)
