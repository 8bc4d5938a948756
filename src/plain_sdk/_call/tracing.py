"""OpenTelemetry spans for operations, without personal data. Needs `plain-sdk[otel]`."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .._errors import PlainError
from .call import Call

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class Tracing:
    """Makes a span for each call, named after its operation.

    An error is told by its class and Plain's codes: messages may repeat what was sent.
    """

    def __init__(self, tracer: "Tracer") -> None:
        from opentelemetry.trace import SpanKind, StatusCode

        self._tracer = tracer
        self._kind = SpanKind.CLIENT
        self._failed = StatusCode.ERROR

    @contextmanager
    def span(self, call: Call) -> Generator[None]:
        """A span that lasts as long as the block and is told its error."""
        operation = call.operation
        with self._tracer.start_as_current_span(
            f"{operation.kind} {operation.name}",
            kind=self._kind,
            attributes={
                "graphql.operation.name": operation.name,
                "graphql.operation.type": operation.kind,
            },
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except PlainError as error:
                span.set_status(self._failed)
                span.set_attribute("error.type", type(error).__name__)
                for name, value in (
                    ("plain.code", getattr(error, "code", None)),
                    ("plain.request_id", error.request_id),
                    ("http.response.status_code", getattr(error, "status_code", None)),
                ):
                    if value is not None:
                        span.set_attribute(name, value)
                raise
            finally:
                span.set_attribute("plain.attempts", call.attempts)
