"""The one place that every call passes: encode, admit, send, decode, classify, retry."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

from .._config import CallSettings, ClientConfig, with_options
from .._errors import PlainError, PlainMutationError, PlainRateLimitError, in_python
from .._transports.base import (
    Attempt,
    Transport,
    TransportError,
    TransportOptions,
    UnreadableResponseError,
    WireResponse,
    described,
)
from ..runtime.operations import NullMemberError, Operation, RequestOptions
from . import wording
from .call import AnyOperation, Call, OneOffOperation, Variables
from .deadline import AnyioDeadlines, AsyncioDeadlines, Deadline
from .gate import Gate, PoolTimeoutError, QuotaUsedUpError
from .limits import Limits, limits_of
from .loops import PerLoop
from .metrics import Metrics
from .quota import Quota, QuotaStatus, shared_quota
from .requests import RequestEncoder
from .responses import (
    KeyRemover,
    ResponseReader,
    incomprehensible,
    plain_data_of,
    unreadable,
    value_of,
)
from .retry import (
    Effect,
    FailedAttempt,
    RetryEvent,
    answered,
    delay,
    may_repeat,
    outcome,
    unanswered,
)
from .tally import TALLY
from .tracing import Tracing
from .warming import warm

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from opentelemetry.trace import Tracer

    from .shared_quota import Link, SharedQuota

PayloadT = TypeVar("PayloadT")
ValueT = TypeVar("ValueT")
ResultT = TypeVar("ResultT")

logger = logging.getLogger("plain_sdk")
logger.addHandler(logging.NullHandler())

_PARK_JITTER: Final = 0.25
"""Seconds: how long after a window's end calls that were refused for quota come back at most."""
_NO_LIMITS: Final = Limits()


@dataclass(eq=False)
class LoopState:
    """What the calls of one client share within one event loop."""

    transport: Transport
    gate: Gate
    deadline: Callable[[float | None], Deadline]
    is_asyncio: bool
    link: "Link | None" = None
    """The way to those who share the quota."""
    open: set[Deadline] = field(default_factory=set)
    """The calls under way."""
    is_closed: bool = False
    """Whether the connections are closed, with the client or with their event loop."""
    _keeper: AsyncGenerator[None] | None = None

    def keep(self) -> None:
        """Close the connections when the event loop shuts down, if nobody does before.

        Event loops close the async generators that have begun in them, in time and in order;
        so a client that outlives its loops leaves no connection open in any of them.
        """

        async def until_the_loop_ends() -> AsyncGenerator[None]:
            try:
                yield
            finally:
                self.is_closed = True
                _KEPT.discard(self)
                if self.link is not None:
                    await self.link.aclose()
                await self.transport.aclose()

        _KEPT.add(self)
        self._keeper = until_the_loop_ends()
        with contextlib.suppress(StopIteration):
            self._keeper.__anext__().__await__().__next__()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._keeper is not None:
            await self._keeper.aclose()

    def abandon(self) -> None:
        """Let go of connections whose event loop is gone."""
        if not self.is_closed:
            self.is_closed = True
            _KEPT.discard(self)
            self.transport.abandon()


_KEPT: Final[set[LoopState]] = set()
"""States with open connections: those of a client that was dropped are closed, not collected."""


@dataclass(frozen=True)
class Hooks:
    """What a user of the client wants to see."""

    on_retry: Callable[[RetryEvent], None] | None = None
    tracer: "Tracer | None" = None
    meter: "Meter | None" = None


class Pipeline:
    """Carries operations out over a transport."""

    def __init__(
        self,
        config: ClientConfig,
        make_transport: Callable[[bool], Transport],
        hooks: Hooks,
        transport_to: Callable[[TransportOptions, bool], Transport],
        *,
        shared: "SharedQuota | None" = None,
        quota: Quota | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        randomness: Callable[[], float] = random.random,
    ) -> None:
        self._config = config
        self._make_transport = make_transport
        self._transport_to = transport_to
        self._on_retry = hooks.on_retry
        self._tracing = Tracing(hooks.tracer) if hooks.tracer is not None else None
        self._shared = shared
        self._leased = shared.quota(config.api_key, config.url) if shared is not None else None
        if self._leased is not None:
            self._quota: Quota = self._leased
        else:
            self._quota = quota or shared_quota(config.api_key, config.url)
        self._metrics = Metrics(hooks.meter, self._quota, clock) if hooks.meter else None
        self._without_key = KeyRemover(config.api_key)
        self._clock = clock
        self._wall_clock = wall_clock
        self._sleep = sleep
        self._randomness = randomness
        self._encoder = RequestEncoder()
        self._reader = ResponseReader()
        self._loops = PerLoop(self._make_state, LoopState.abandon)
        self._closed = False

    @property
    def quota(self) -> QuotaStatus:
        """What is known of the key's quota."""
        return self._quota.status(self._clock())

    async def warm_up(self, methods: Sequence[str], transport: str) -> None:
        """Load what these methods need, in a thread, and open the door to this event loop."""
        await anyio.to_thread.run_sync(warm, methods, self._encoder, self._reader, transport)
        self._loops.get()

    # Not coroutines of their own: the variables would stand in their frames, in every traceback.
    def value(
        self,
        operation: Operation[Any, Any, ValueT],
        variables: Variables,
        options: RequestOptions | None,
    ) -> Coroutine[Any, Any, ValueT]:
        """The unwrapped value; a refusal is raised."""
        return self._run(operation, variables, options, value_of)

    def payload(
        self,
        operation: Operation[Any, PayloadT, Any],
        variables: Variables,
        options: RequestOptions | None,
    ) -> Coroutine[Any, Any, PayloadT]:
        """What stands under the root field."""
        return self._run(operation, variables, options, _untouched)

    def plain_data(
        self,
        operation: OneOffOperation,
        variables: Variables,
        options: RequestOptions | None,
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """What stands under `data`; a refusal is raised."""
        return self._run(operation, variables, options, plain_data_of)

    async def _run(
        self,
        operation: AnyOperation,
        variables: Variables,
        options: RequestOptions | None,
        finish: Callable[[AnyOperation, Any, WireResponse], ResultT],
    ) -> ResultT:
        if self._closed:
            raise wording.closed(operation)
        settings = with_options(self._config.settings, options)
        if settings.detail == "lean":
            operation = self._lean(operation)
        body = self._encoder.body(operation, variables)
        del variables
        ends = None if settings.timeout is None else self._clock() + settings.timeout
        call = Call(operation, body, settings, ends)
        del body
        if self._tracing is None and self._metrics is None:
            return await self._bounded(call, finish)
        with self._seen(call):
            return await self._bounded(call, finish)

    @staticmethod
    def _lean(operation: AnyOperation) -> AnyOperation:
        from .lean import lean

        return lean(operation)

    @contextlib.contextmanager
    def _seen(self, call: Call) -> Generator[None]:
        """Traced and measured, as far as somebody wants to see it."""
        with contextlib.ExitStack() as stack:
            if self._metrics is not None:
                stack.enter_context(self._metrics.call(call))
            if self._tracing is not None:
                stack.enter_context(self._tracing.span(call))
            yield

    async def _bounded(
        self, call: Call, finish: Callable[[AnyOperation, Any, WireResponse], ResultT]
    ) -> ResultT:
        """The attempts, ended by the call's timeout or by `aclose`."""
        state = self._loops.get()
        with state.deadline(call.settings.timeout) as deadline:
            state.open.add(deadline)
            try:
                return await self._attempts(call, state, finish)
            finally:
                state.open.discard(deadline)
        raise wording.closed_meanwhile(call) if self._closed else wording.timed_out(call)

    @property
    def clock(self) -> Callable[[], float]:
        """The monotonic clock by which calls end."""
        return self._clock

    def use_time(
        self,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Another time from now on, by which tests wait for nothing."""
        self._clock, self._wall_clock, self._sleep = clock, wall_clock, sleep

    def settings(self, options: RequestOptions | None) -> CallSettings:
        """What a call with these options may take and do."""
        return with_options(self._config.settings, options)

    async def transfer(
        self,
        call: Call,
        wire: TransportOptions,
        send: Callable[[Transport], Awaitable[FailedAttempt | None]],
    ) -> None:
        """Attempts at an address that is not Plain's API, until one succeeds.

        They take no quota and no slot, and carry nothing of the client's: no key, no header. What
        bounds and ends a call bounds and ends them too: its time, its attempts, `aclose`.

        Args:
            call: What its errors and retries are told by; its time has begun.
            wire: The address, and all headers.
            send: Makes one attempt over a transport, and says what failed.
        """
        if self._closed:
            raise wording.closed(call.operation)
        if self._tracing is None and self._metrics is None:
            return await self._transfer(call, wire, send)
        with self._seen(call):
            return await self._transfer(call, wire, send)

    async def _transfer(
        self,
        call: Call,
        wire: TransportOptions,
        send: Callable[[Transport], Awaitable[FailedAttempt | None]],
    ) -> None:
        state = self._loops.get()
        transport = self._transport_to(wire, state.is_asyncio)
        left = None if call.ends is None else max(call.ends - self._clock(), 0.001)
        try:
            with state.deadline(left) as deadline:
                state.open.add(deadline)
                try:
                    while (failed := await self._transferred(call, transport, send)) is not None:
                        await self._before_next(call, failed, None)
                    return
                finally:
                    state.open.discard(deadline)
        finally:
            with anyio.CancelScope(shield=True):
                await transport.aclose()
        raise wording.closed_meanwhile(call) if self._closed else wording.timed_out(call)

    async def _transferred(
        self,
        call: Call,
        transport: Transport,
        send: Callable[[Transport], Awaitable[FailedAttempt | None]],
    ) -> FailedAttempt | None:
        call.attempts += 1
        call.stage = ""
        try:
            failed = await send(transport)
        finally:
            call.stage = call.attempt.reached.told if call.attempt is not None else ""
        if failed is not None:
            call.in_doubt = call.in_doubt or failed.effect is Effect.UNKNOWN
        return failed

    async def _attempts(
        self,
        call: Call,
        state: LoopState,
        finish: Callable[[AnyOperation, Any, WireResponse], ResultT],
    ) -> ResultT:
        """Admit, send, decode, classify; again and again, until a value or a final error."""
        operation = call.operation
        while True:
            await self._admit(call, state.gate)
            response: WireResponse | None = None
            payload: Any = None
            limits = _NO_LIMITS
            try:
                response, limits = await self._send(call, state.transport)
                payload = operation.payload(self._reader.data(operation, response))
                return finish(operation, payload, response)
            except TransportError as error:
                told = wording.no_response(call, error, self._config.api_key)
                failed = unanswered(told, maybe_received=error.maybe_received)
            except UnreadableResponseError as error:
                failed = FailedAttempt(unreadable(operation, error), Effect.UNKNOWN, error.passing)
            except PlainError as error:
                failed = answered(error, limits.retry_after)
            except Exception as error:
                # Whatever a response can do to us: nothing but a PlainError leaves a call.
                failed = FailedAttempt(
                    incomprehensible(operation, response, error), Effect.UNKNOWN, False
                )
            finally:
                state.gate.leave()
            # Outside of any `except`, so that an error drags along no frame that holds the key.
            if call.in_doubt and was_done(operation, failed.error):
                done: ResultT = _done_before(call, payload, failed.error)
                return done
            call.in_doubt = call.in_doubt or failed.effect is Effect.UNKNOWN
            await self._before_next(call, failed, limits if response is not None else None)

    async def _admit(self, call: Call, gate: Gate) -> None:
        """Wait until the call has quota and a slot."""
        try:
            await gate.enter(call)
        except QuotaUsedUpError as error:
            raise wording.quota_used_up(call, self.quota, error.opens_in) from None
        except PoolTimeoutError:
            raise wording.no_turn(call, self._config.max_in_flight) from None

    async def _send(self, call: Call, transport: Transport) -> tuple[WireResponse, Limits]:
        """Send the request once; what came, and what its headers say of the quota."""
        sent = self._clock()
        tally = TALLY.get()
        call.attempts += 1
        call.attempt = attempt = Attempt(call.body, call.settings)
        call.stage = ""
        if tally is not None:
            tally.attempts += 1
            tally.in_doubt = True
        try:
            response = await transport.post(attempt)
        except TransportError as error:
            if tally is not None:
                tally.in_doubt = error.maybe_received
            raise
        except (PlainError, UnreadableResponseError):
            raise
        except Exception as error:
            # Transports promise to raise nothing else; one of tomorrow may not keep it.
            raise TransportError(described(error), maybe_received=True) from None
        except BaseException as error:
            # A cancellation comes out of the transport's frames, which hold the key.
            raise error.with_traceback(None)  # noqa: B904
        finally:
            call.stage = attempt.reached.told
        if tally is not None:
            tally.in_doubt = False
            tally.answered = tally.answered or response.status < 300
        response = self._without_key(response)
        limits = limits_of(response.headers)
        if limits.reset is not None:
            date = response.headers.get("date")
            now, wall = self._clock(), self._wall_clock()
            self._quota.observe(limits, date, sent=sent, now=now, wall=wall)
        return response, limits

    async def _before_next(self, call: Call, failed: FailedAttempt, limits: Limits | None) -> None:
        """Wait until the request may be sent again, or raise what went wrong."""
        error = failed.error
        error.attempts = call.attempts
        now = self._clock()
        seconds = delay(failed, call.attempts, self._randomness())
        if isinstance(error, PlainRateLimitError) and limits is not None:
            parked = self._quota.refused(limits, self._randomness() * _PARK_JITTER, now)
            if (link := self._loops.get().link) is not None:
                link.look()
            seconds = seconds if parked is None else parked
        again = may_repeat(failed, repeatable=call.operation.repeatable)
        # Waiting past the call's end would only use up the time; the user can do better with it.
        too_late = call.ends is not None and now + seconds >= call.ends
        if self._closed or not again or call.attempts >= call.settings.max_attempts or too_late:
            raise self._final(call, failed)
        logger.info(
            "%s: attempt %d failed, retrying in %.2f s: %s",
            in_python(call.operation.name), call.attempts, seconds, error,
        )  # fmt: skip
        if self._metrics is not None:
            self._metrics.retried(call)
        if self._on_retry is not None:
            self._on_retry(RetryEvent(call.operation.name, call.attempts, seconds, error))
        call.stage = "waiting to retry"
        await self._sleep(seconds)

    def _final(self, call: Call, failed: FailedAttempt) -> PlainError:
        if self._closed:
            return wording.closed_meanwhile(call)
        failed.error.outcome = outcome(
            is_mutation=call.operation.kind == "mutation",
            in_doubt=call.in_doubt,
            effect=failed.effect,
        )
        if call.operation.repeatable or failed.effect is not Effect.UNKNOWN:
            return failed.error
        return wording.outcome_unknown(failed.error)

    def _make_state(self, is_asyncio: bool) -> LoopState:
        link = self._link(is_asyncio)
        gate = Gate(
            self._quota,
            max_in_flight=self._config.max_in_flight,
            reserve=self._config.reserve,
            # Looked up each time: `use_time` may have changed them since.
            clock=lambda: self._clock(),
            sleep=lambda seconds: self._sleep(seconds),
            look=link.look if link is not None else None,
        )
        deadlines = AsyncioDeadlines() if is_asyncio else AnyioDeadlines()
        state = LoopState(self._make_transport(is_asyncio), gate, deadlines, is_asyncio, link)
        state.keep()
        return state

    def _link(self, is_asyncio: bool) -> "Link | None":
        if self._shared is None or self._leased is None:
            return None
        if not is_asyncio:
            self._leased.go_alone()
            logger.warning("the quota is shared through Redis under asyncio only, not under trio")
            return None
        return self._shared.link(self._leased, self._config.api_key, self._config.url)

    def abandon(self) -> bool:
        """Let go of everything, because nobody closed it; whether anything was still open."""
        left = [(loop, state) for loop, state in self._loops.pop_all() if not state.is_closed]
        for loop, state in left:
            if isinstance(loop, asyncio.AbstractEventLoop) and loop.is_running():
                asyncio.run_coroutine_threadsafe(state.aclose(), loop)
            else:
                state.abandon()
        return bool(left)

    async def aclose(self) -> None:
        """End the calls under way and close the connections; later calls are refused."""
        if self._closed:
            return
        self._closed = True
        here = self._loops.current()
        for loop, state in self._loops.pop_all():
            for deadline in list(state.open):
                _call_soon(loop, here, deadline.cancel)
            if loop is here:
                await _emptied(state)
                await state.aclose()
            elif isinstance(loop, asyncio.AbstractEventLoop) and loop.is_running():
                asyncio.run_coroutine_threadsafe(state.aclose(), loop)
            else:
                state.abandon()


async def _emptied(state: LoopState) -> None:
    """Until the calls that were ended have let go of their connections."""
    while state.open:
        await anyio.lowlevel.checkpoint()


def _call_soon(loop: Any, here: object, function: Callable[[], None]) -> None:
    """Call a function within an event loop, which may run in another thread."""
    if loop is here:
        function()
        return
    soon = (
        loop.call_soon_threadsafe
        if isinstance(loop, asyncio.AbstractEventLoop)
        else loop.run_sync_soon
    )
    with contextlib.suppress(RuntimeError):  # The loop has ended; so have its calls.
        soon(function)


def was_done(operation: AnyOperation, error: PlainError) -> bool:
    """Whether a refusal says that what the operation does has been done already."""
    return isinstance(error, PlainMutationError) and error.code in operation.done_codes


def _done_before(call: Call, payload: Any, error: PlainError) -> Any:
    """What to make of a refusal that says that it is done already, behind a lost response.

    Where success has nothing to tell, it is success. Else it most likely was, but what it
    gave is lost.
    """
    try:
        return call.operation.unwrap(payload)
    except NullMemberError:
        error.attempts = call.attempts
        raise wording.outcome_unknown(error) from None


def _untouched(operation: AnyOperation, payload: PayloadT, response: WireResponse) -> PayloadT:
    return payload
