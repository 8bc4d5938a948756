"""OpenTelemetry metrics of calls, by operation, without personal data. Needs `plain-sdk[otel]`."""

import time
import weakref
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .._errors import PlainError
from .call import Call
from .quota import Quota

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation

_OPERATION = "graphql.operation.name"


class Metrics:
    """What a client counts: `plain_sdk.calls` and `plain_sdk.quota.wait` are histograms of
    seconds, `plain_sdk.retries` counts, `plain_sdk.quota.remaining` is what is left."""

    def __init__(
        self, meter: "Meter", quota: Quota, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._calls = meter.create_histogram(
            "plain_sdk.calls", unit="s", description="How long calls took, retries included."
        )
        self._retries = meter.create_counter(
            "plain_sdk.retries", unit="{retry}", description="Requests that were sent again."
        )
        self._wait = meter.create_histogram(
            "plain_sdk.quota.wait", unit="s",
            description="How long calls waited for quota, or for a slot.",
        )  # fmt: skip
        # The meter outlives the client.
        known = weakref.ref(quota)

        def remaining(_: "CallbackOptions") -> "Iterable[Observation]":
            from opentelemetry.metrics import Observation

            quota = known()
            status = quota.status(clock()) if quota is not None else None
            if status is None or status.remaining is None:
                return []
            return [Observation(status.remaining, {"plain.quota.source": status.source})]

        meter.create_observable_gauge(
            "plain_sdk.quota.remaining", callbacks=[remaining], unit="{request}",
            description="Requests that are left in the window.",
        )  # fmt: skip

    @contextmanager
    def call(self, call: Call) -> Generator[None]:
        """Measures a call that lasts as long as the block."""
        began = self._clock()
        about: dict[str, str] = {_OPERATION: call.operation.name}
        try:
            yield
        except PlainError as error:
            about["error.type"] = type(error).__name__
            raise
        except BaseException:
            about["error.type"] = "cancelled"
            raise
        finally:
            self._calls.record(self._clock() - began, about)
            if call.waited:
                self._wait.record(call.waited, {_OPERATION: call.operation.name})

    def retried(self, call: Call) -> None:
        """A request is about to be sent again."""
        self._retries.add(1, {_OPERATION: call.operation.name})
