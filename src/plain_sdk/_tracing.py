"""OpenTelemetry spans for operations, without personal data. Needs `plain-sdk[otel]`."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from plain_graphql.base_client import Operation

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer


class Tracing:
    """Makes a span for each call, named after its operation."""

    def __init__(self, tracer: "Tracer") -> None:
        from opentelemetry.trace import SpanKind

        self._tracer = tracer
        self._kind = SpanKind.CLIENT

    def span(self, operation: Operation[Any, Any, Any]) -> AbstractContextManager["Span"]:
        """A span that lasts as long as the call and records its error."""
        return self._tracer.start_as_current_span(
            f"{operation.kind} {operation.name}",
            kind=self._kind,
            attributes={
                "graphql.operation.name": operation.name,
                "graphql.operation.type": operation.kind,
            },
        )
