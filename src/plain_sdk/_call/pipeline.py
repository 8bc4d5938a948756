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
from pydantic_core import PydanticSerializationError

from .._config import CallSettings, ClientConfig, with_options
from .._errors import (
    InputProblem,
    PlainClosedError,
    PlainConnectionError,
    PlainError,
    PlainInputError,
    PlainMutationError,
    PlainOutcomeUnknownError,
    PlainRateLimitError,
    PlainResponseError,
    PlainTimeoutError,
)
from .._transports.base import AnswerTooLargeError, Transport, TransportError, WireAnswer
from .._version import __version__
from ..runtime.models import InputModel
from ..runtime.operations import NullMemberError, Operation, RequestOptions
from .deadline import AnyioDeadline, AsyncioDeadlines, Deadline
from .gate import Gate, PoolTimeoutError, Progress, QuotaUsedUpError
from .inputs import build_input
from .loops import PerLoop
from .quota import Quota, QuotaStatus, shared_quota
from .responses import AnswerReader, value_of
from .retry import Effect, Failure, RetryEvent, answered, delay, may_repeat, unanswered
from .tally import TALLY
from .tracing import Tracing

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
        try:
            tail = serializer.to_json(variables, by_alias=True, exclude_unset=True)
        except PydanticSerializationError as error:
            problem = InputProblem("input", f"holds text that is no Unicode: {error}")
            raise PlainInputError([problem], operation=operation.name) from None
        return prefix + tail + b"}"


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
        progress = Progress()
        with self._tracing.span(operation, progress):
            return await self._bounded(operation, body, settings, finish, progress)

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
        tally = TALLY.get()
        while True:
            await self._admit(state, operation, settings, progress, ends)
            sent = self._clock()
            payload: Any = None
            answer: WireAnswer | None = None
            try:
                progress.attempts += 1
                progress.stage = "waiting for an answer"
                if tally is not None:
                    tally.attempts += 1
                    tally.in_doubt = True
                answer = await state.transport.post(body, settings)
                if tally is not None:
                    tally.in_doubt = False
                    tally.answered = tally.answered or answer.status < 300
            except TransportError as error:
                failure = _broken(operation, error)
                if tally is not None:
                    tally.in_doubt = error.maybe_received
            except AnswerTooLargeError as error:
                told = PlainResponseError(
                    str(error), status_code=error.status, operation=operation.name
                )
                failure = Failure(told, Effect.UNKNOWN, False)
            else:
                self._quota.observe(
                    answer.headers, sent=sent, now=self._clock(), wall=self._wall_clock()
                )
                try:
                    payload = operation.payload(self._reader.data(operation, answer))
                    return finish(operation, payload, answer)
                except PlainError as error:
                    failure = answered(error, answer.headers)
            finally:
                state.gate.leave()
            # Outside of any `except`, so that an error drags along no frame that holds the key.
            if progress.in_doubt and was_done(operation, failure.error):
                done: ResultT = self._done_before(operation, payload, failure.error, progress)
                return done
            progress.in_doubt = progress.in_doubt or failure.effect is Effect.UNKNOWN
            await self._before_next(operation, settings, progress, failure, answer, ends)

    def _done_before(
        self, operation: AnyOperation, payload: Any, error: PlainError, progress: Progress
    ) -> Any:
        """What to make of a refusal that says that it is done already, behind a lost answer.

        Where success has nothing to tell, it is success. Else it most likely was, but what it
        gave is lost.
        """
        try:
            return operation.unwrap(payload)
        except NullMemberError:
            error.attempts = progress.attempts
            raise _unknown(operation, error) from None

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
            whole = f"the quota of {quota.limit} requests" if quota.limit else "the quota"
            raise PlainRateLimitError(
                f"{whole} is used up for another {error.opens_in:.3g} seconds, longer than this "
                "call may wait; it was not sent",
                limit=quota.limit,
                remaining=quota.remaining,
                reset_at=quota.reset_at,
                operation=operation.name,
                attempts=progress.attempts,
            ) from None
        except PoolTimeoutError:
            raise PlainTimeoutError(
                f"its turn did not come within {settings.pool_timeout:g} seconds: still "
                f"{progress.stage} ({self._config.max_in_flight} at most); it was not sent",
                timeout=settings.pool_timeout,
                operation=operation.name,
                attempts=progress.attempts,
            ) from None

    async def _before_next(
        self,
        operation: AnyOperation,
        settings: CallSettings,
        progress: Progress,
        failure: Failure,
        answer: WireAnswer | None,
        ends: float | None,
    ) -> None:
        """Wait until the request may be sent again, or raise what went wrong."""
        failure.error.attempts = progress.attempts
        now = self._clock()
        seconds = delay(failure, progress.attempts, self._randomness())
        if isinstance(failure.error, PlainRateLimitError) and answer is not None:
            jitter = self._randomness() * _PARK_JITTER
            parked = self._quota.refused(answer.headers, failure.retry_after, jitter, now)
            seconds = seconds if parked is None else parked
        again = may_repeat(failure, repeatable=operation.repeatable)
        if self._closed or not again or progress.attempts >= settings.max_attempts:
            raise self._final(operation, failure)
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
        waits = progress.stage == "waiting for an answer"
        if waits or progress.in_doubt:
            outcome = "Plain may or may not have carried it out"
        else:
            outcome = "it was not carried out" if progress.attempts else "not sent"
        error = PlainTimeoutError(
            f"not done within {settings.timeout:g} seconds{waited}: still {progress.stage}; "
            f"{outcome}",
            timeout=settings.timeout,
            operation=operation.name,
            attempts=progress.attempts,
        )
        if operation.repeatable or not waits:
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


def was_done(operation: AnyOperation, error: PlainError) -> bool:
    """Whether a refusal says that what the operation does has been done already."""
    return isinstance(error, PlainMutationError) and error.code in operation.done_codes


def _broken(operation: AnyOperation, error: TransportError) -> Failure:
    # The transport's own error is told in words and not kept: it holds the request and the key.
    if error.timeout is not None:
        told: PlainError = PlainTimeoutError(
            f"{error} after {error.timeout:g} seconds",
            timeout=error.timeout,
            operation=operation.name,
        )
    else:
        what = "the connection broke" if error.maybe_received else "no connection could be made"
        told = PlainConnectionError(f"{what}: {error}", operation=operation.name)
    return unanswered(told, maybe_received=error.maybe_received)


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
