"""The one place that every call passes: encode, admit, send, decode, classify, retry."""

import asyncio
import json
import logging
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
from plain_graphql.base_client import Operation, RequestOptions
from plain_graphql.base_model import InputModel

from ._answers import AnswerReader, value_of
from ._config import ClientConfig
from ._deadline import AnyioDeadline, AsyncioDeadlines, Deadline
from ._errors import (
    PlainClosedError,
    PlainConnectionError,
    PlainError,
    PlainOutcomeUnknownError,
    PlainRateLimitError,
    PlainResponseError,
    PlainTimeoutError,
)
from ._failures import answered, unanswered
from ._gate import Gate, PoolTimeoutError, Progress, QuotaUsedUpError
from ._input import build_input
from ._loops import PerLoop
from ._quota import Quota, QuotaStatus, shared_quota
from ._retry import Effect, Failure, RetryEvent, delay, may_repeat
from ._settings import CallSettings, with_options
from ._tracing import Tracing
from ._transport import AnswerTooLargeError, Transport, TransportError, WireAnswer
from ._version import __version__

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

PayloadT = TypeVar("PayloadT")
ValueT = TypeVar("ValueT")
ResultT = TypeVar("ResultT")

AnyOperation = Operation[Any, Any, Any]
Variables = Mapping[str, object] | InputModel
"""What a caller gave, or a model of it that is valid already."""

logger = logging.getLogger("plain_sdk")
logger.addHandler(logging.NullHandler())

USER_AGENT: Final = (
    f"plain-sdk/{__version__} python/{sys.version_info.major}.{sys.version_info.minor}"
)
_PARK_JITTER: Final = 0.25
"""Seconds: how long after a window's end calls that were refused for quota come back at most."""


def request_headers(config: ClientConfig) -> dict[str, str]:
    """The headers of every request."""
    return {
        "Authorization": f"Bearer {config.api_key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": USER_AGENT,
    }


class RequestEncoder:
    """Makes a request's bytes; all but the variables is encoded once per operation."""

    def __init__(self) -> None:
        self._prefixes: dict[AnyOperation, bytes] = {}

    def body(self, operation: AnyOperation, variables: InputModel) -> bytes:
        """The whole body."""
        prefix = self._prefixes.get(operation)
        if prefix is None:
            head = json.dumps({"operationName": operation.name, "query": operation.document})
            prefix = self._prefixes[operation] = f'{head[:-1]},"variables":'.encode()
        serializer = variables.__pydantic_serializer__
        return prefix + serializer.to_json(variables, by_alias=True, exclude_unset=True) + b"}"


@dataclass(eq=False)
class LoopState:
    """What the calls of one client share within one event loop."""

    transport: Transport
    gate: Gate
    deadline: Callable[[float | None], Deadline]
    open: set[Deadline] = field(default_factory=set)
    """The calls under way."""


@dataclass(frozen=True)
class Hooks:
    """What a caller of the client wants to see."""

    on_retry: Callable[[RetryEvent], None] | None = None
    tracer: "Tracer | None" = None


class Caller:
    """Carries operations out over a transport."""

    def __init__(
        self,
        config: ClientConfig,
        make_transport: Callable[[bool], Transport],
        hooks: Hooks,
        *,
        quota: Quota | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        randomness: Callable[[], float] = random.random,
    ) -> None:
        self._config = config
        self._make_transport = make_transport
        self._on_retry = hooks.on_retry
        self._tracing = Tracing(hooks.tracer) if hooks.tracer is not None else None
        self._quota = quota or shared_quota(config.api_key, config.url)
        self._clock = clock
        self._wall_clock = wall_clock
        self._randomness = randomness
        self._encoder = RequestEncoder()
        self._reader = AnswerReader()
        self._loops = PerLoop(self._make_state, lambda state: state.transport.abandon())
        self._closed = False

    @property
    def quota(self) -> QuotaStatus:
        """What is known of the key's quota."""
        return self._quota.status(self._clock())

    async def value(
        self,
        operation: Operation[Any, Any, ValueT],
        variables: Variables,
        options: RequestOptions | None,
    ) -> ValueT:
        """The unwrapped value; a refusal is raised."""
        return await self._call(operation, variables, options, value_of)

    async def payload(
        self,
        operation: Operation[Any, PayloadT, Any],
        variables: Variables,
        options: RequestOptions | None,
    ) -> PayloadT:
        """What stands under the root field."""
        return await self._call(operation, variables, options, _untouched)

    async def _call(
        self,
        operation: AnyOperation,
        variables: Variables,
        options: RequestOptions | None,
        finish: Callable[[AnyOperation, Any, WireAnswer], ResultT],
    ) -> ResultT:
        if self._closed:
            raise PlainClosedError(
                "the client is closed; make a new AsyncPlainClient", operation=operation.name
            )
        body = self._encoded(operation, variables)
        settings = with_options(self._config.settings, options)
        if self._tracing is None:
            return await self._bounded(operation, body, settings, finish, Progress())
        with self._tracing.span(operation) as span:
            progress = Progress()
            try:
                return await self._bounded(operation, body, settings, finish, progress)
            finally:
                span.set_attribute("plain.attempts", progress.attempts)

    def _encoded(self, operation: AnyOperation, variables: Variables) -> bytes:
        if isinstance(variables, InputModel):
            return self._encoder.body(operation, variables)
        if operation.kind == "query":
            variables = {name: value for name, value in variables.items() if value is not None}
        model = build_input(operation.variables_type, variables, operation=operation.name)
        return self._encoder.body(operation, model)

    async def _bounded(
        self,
        operation: AnyOperation,
        body: bytes,
        settings: CallSettings,
        finish: Callable[[AnyOperation, Any, WireAnswer], ResultT],
        progress: Progress,
    ) -> ResultT:
        state = self._loops.get()
        ends = None if settings.timeout is None else self._clock() + settings.timeout
        deadline = state.deadline(settings.timeout)
        with deadline:
            state.open.add(deadline)
            try:
                return await self._attempts(
                    state, operation, body, settings, finish, progress, ends
                )
            finally:
                state.open.discard(deadline)
        raise self._ended(operation, settings, progress)

    async def _attempts(
        self,
        state: LoopState,
        operation: AnyOperation,
        body: bytes,
        settings: CallSettings,
        finish: Callable[[AnyOperation, Any, WireAnswer], ResultT],
        progress: Progress,
        ends: float | None,
    ) -> ResultT:
        while True:
            await self._admit(state, operation, settings, progress, ends)
            sent = self._clock()
            try:
                progress.attempts += 1
                progress.stage = "waiting for an answer"
                answer = await state.transport.post(body, settings)
            except TransportError as error:
                failure = self._broken(operation, error)
            except AnswerTooLargeError as error:
                raise PlainResponseError(
                    str(error),
                    status_code=error.status,
                    operation=operation.name,
                    attempts=progress.attempts,
                ) from None
            else:
                self._quota.observe(
                    answer.headers, sent=sent, now=self._clock(), wall=self._wall_clock()
                )
                try:
                    data = self._reader.data(operation, answer)
                    return finish(operation, operation.payload(data), answer)
                except PlainError as error:
                    failure = answered(error, answer.headers)
            finally:
                state.gate.leave()
            await self._before_next(operation, settings, progress, failure, ends)

    async def _admit(
        self,
        state: LoopState,
        operation: AnyOperation,
        settings: CallSettings,
        progress: Progress,
        ends: float | None,
    ) -> None:
        try:
            await state.gate.enter(settings, progress, ends)
        except QuotaUsedUpError as error:
            quota = self.quota
            raise PlainRateLimitError(
                f"the quota of {quota.limit} requests is used up for another "
                f"{error.opens_in:.3g} seconds, longer than this call may wait; it was not sent",
                limit=quota.limit,
                remaining=quota.remaining,
                reset_at=quota.reset_at,
                operation=operation.name,
                attempts=progress.attempts,
            ) from None
        except PoolTimeoutError:
            raise PlainTimeoutError(
                f"{self._config.max_in_flight} requests were in flight and none came back within "
                f"{settings.pool_timeout:g} seconds; this request was not sent",
                timeout=settings.pool_timeout,
                operation=operation.name,
                attempts=progress.attempts,
            ) from None

    def _broken(self, operation: AnyOperation, error: TransportError) -> Failure:
        if error.timeout is not None:
            told: PlainError = PlainTimeoutError(
                f"{error} after {error.timeout:g} seconds",
                timeout=error.timeout,
                operation=operation.name,
            )
        else:
            what = "the connection broke" if error.maybe_received else "no connection could be made"
            told = PlainConnectionError(f"{what}: {error}", operation=operation.name)
        if error.__cause__ is not None:
            # Its frames hold the request with the key; what it says is enough.
            told.__cause__ = error.__cause__.with_traceback(None)
        return unanswered(told, maybe_received=error.maybe_received)

    async def _before_next(
        self,
        operation: AnyOperation,
        settings: CallSettings,
        progress: Progress,
        failure: Failure,
        ends: float | None,
    ) -> None:
        """Wait until the request may be sent again, or raise what went wrong."""
        failure.error.attempts = progress.attempts
        again = may_repeat(failure, repeatable=operation.repeatable)
        if self._closed or not again or progress.attempts >= settings.max_attempts:
            raise self._final(operation, failure)
        now = self._clock()
        seconds = delay(failure, progress.attempts, self._randomness())
        if isinstance(failure.error, PlainRateLimitError):
            seconds = self._park(failure, seconds, now)
        if ends is not None and now + seconds >= ends:
            # Waiting would only use up the time; the caller can do better with it.
            raise self._final(operation, failure)
        logger.info(
            "%s: attempt %d failed, again in %.2f s: %s",
            operation.name, progress.attempts, seconds, failure.error,
        )  # fmt: skip
        if self._on_retry is not None:
            event = RetryEvent(operation.name, progress.attempts, seconds, failure.error)
            self._on_retry(event)
        progress.stage = "waiting to try again"
        await anyio.sleep(seconds)

    def _park(self, failure: Failure, seconds: float, now: float) -> float:
        """Park everybody until the window ends, once; the time to wait comes back."""
        reset = self._quota.reset_at(now)
        if reset is not None:
            seconds = reset - now + self._randomness() * _PARK_JITTER
        elif failure.retry_after is not None:
            seconds = failure.retry_after + self._randomness() * _PARK_JITTER
        self._quota.park(now + seconds)
        return self._quota.opens_in(now)

    def _final(self, operation: AnyOperation, failure: Failure) -> PlainError:
        error = failure.error
        if self._closed:
            return self._closed_meanwhile(operation, error.attempts)
        if operation.repeatable or failure.effect is not Effect.UNKNOWN:
            return error
        return _unknown(operation, error)

    def _ended(
        self, operation: AnyOperation, settings: CallSettings, progress: Progress
    ) -> PlainError:
        """The error of a call that was ended early."""
        if self._closed:
            return self._closed_meanwhile(operation, progress.attempts)
        waited = f", {progress.waited:.2g} of them behind other calls" if progress.waited else ""
        outcome = "Plain may or may not have carried it out" if progress.attempts else "not sent"
        error = PlainTimeoutError(
            f"not done within {settings.timeout:g} seconds{waited}: still {progress.stage}; "
            f"{outcome}",
            timeout=settings.timeout,
            operation=operation.name,
            attempts=progress.attempts,
        )
        if operation.repeatable or progress.stage != "waiting for an answer":
            return error
        return _unknown(operation, error)

    def _closed_meanwhile(self, operation: AnyOperation, attempts: int) -> PlainError:
        return PlainClosedError(
            "the client was closed while the call was under way",
            operation=operation.name,
            attempts=attempts,
        )

    def _make_state(self, is_asyncio: bool) -> LoopState:
        return LoopState(
            transport=self._make_transport(is_asyncio),
            gate=Gate(
                self._quota,
                max_in_flight=self._config.max_in_flight,
                reserve=self._config.reserve,
                clock=self._clock,
            ),
            deadline=AsyncioDeadlines() if is_asyncio else AnyioDeadline,
        )

    async def aclose(self) -> None:
        """End the calls under way and close the connections; later calls are refused."""
        if self._closed:
            return
        self._closed = True
        here = self._loops.current()
        for loop, state in self._loops.pop_all():
            for deadline in list(state.open):
                deadline.end()
            if loop is here:
                await state.transport.aclose()
            elif isinstance(loop, asyncio.AbstractEventLoop) and loop.is_running():
                asyncio.run_coroutine_threadsafe(state.transport.aclose(), loop)
            else:
                state.transport.abandon()


def _untouched(operation: AnyOperation, payload: PayloadT, answer: WireAnswer) -> PayloadT:
    return payload


def _unknown(operation: AnyOperation, error: PlainError) -> PlainError:
    unknown = PlainOutcomeUnknownError(
        f"{error.message}. Plain may have carried it out, and doing it twice is not the same as "
        "once, so it was not sent again. Look whether it happened before you repeat it",
        operation=operation.name,
        request_id=error.request_id,
        attempts=error.attempts,
    )
    unknown.__cause__ = error
    return unknown
