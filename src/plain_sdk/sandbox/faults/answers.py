"""What is answered by a fault, instead of what Plain would have said."""

import json
from dataclasses import dataclass, field
from typing import Any

from ..._faults.fault import Fault
from ..._faults.latency import seconds
from .._answers import refused
from .._keys import ApiKey
from .._rate import Admission
from .._refusals import MutationRefused
from .._wire import Response

_HTML = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"
_REASONS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 408: "Request Timeout",
    413: "Content Too Large", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip
_CODES = {
    400: "BAD_USER_INPUT", 401: "UNAUTHENTICATED", 403: "FORBIDDEN", 429: "RATE_LIMITED",
}  # fmt: skip


@dataclass(frozen=True)
class Instead:
    """A response in place of another."""

    status: int
    content: Any = None
    """JSON, or text of another type, or None for an empty body."""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def response(self, admission: Admission | None) -> Response:
        """The same for the wire, with what the quota says."""
        headers = {**self.headers, **(admission.headers if admission else {})}
        if self.content is None:
            return Response(self.status, b"", headers)
        if self.content_type != "application/json":
            return Response(self.status, self.content.encode(), headers, self.content_type)
        content = json.dumps(self.content).encode()
        return Response(self.status, content, headers, told=self.content)


def instead(fault: Fault) -> Instead | None:
    """The response that a fault stands for; None when it is of another kind."""
    status = fault.status
    if status is not None:
        return _with_body(status, fault.argument)
    match fault.kind:
        case "quota":
            return Instead(429, refused(*_told(429))[1])
        case "unauthorized":
            return Instead(401, refused(*_told(401))[1])
        case "graphql":
            code = fault.argument or "INTERNAL_SERVER_ERROR"
            return Instead(200, refused(200, f"A fault of the sandbox: {code}.", code)[1])
        case _:
            return None


def _with_body(status: int, body: str | None) -> Instead:
    reason = _REASONS.get(status, "OK")
    match body:
        case None | "json":
            return Instead(status, refused(*_told(status))[1])
        case "html":
            return Instead(status, _HTML.format(f"{status} {reason}"), "text/html; charset=utf-8")
        case "text":
            return Instead(status, f"{reason}\n", "text/plain; charset=utf-8")
        case "string":
            return Instead(status, reason.lower())
        case "void":
            return Instead(status, {})
        case "empty":
            return Instead(status)
        case _:
            wait = {"retry-after": f"{seconds(body):g}"}
            return Instead(status, refused(*_told(status))[1], headers=wait)


def refusal(fault: Fault) -> MutationRefused | None:
    """The error of mutations that a fault stands for; None when it is of another kind."""
    if fault.kind != "refuse":
        return None
    code = fault.argument or "internal"
    kind = {"internal": "INTERNAL", "forbidden": "FORBIDDEN"}.get(code, "VALIDATION")
    return MutationRefused(code, f"A fault of the sandbox: {code}.", kind)


@dataclass(frozen=True)
class LesserKey(ApiKey):
    """A key that has lost permissions since it was made."""

    lost: frozenset[str] | None = None
    """None: all."""

    def missing(self, needed: Any) -> list[str]:
        """The permissions that the key lacks."""
        lacking = super().missing(needed)
        return [
            name for name in needed if self.lost is None or name in self.lost or name in lacking
        ]


def lessened(fault: Fault, key: ApiKey) -> ApiKey:
    """The key without the permissions that a fault takes away."""
    lost = None if fault.argument is None else frozenset(fault.argument.split(","))
    return LesserKey(key.key, key.permissions, lost)


def _told(status: int) -> tuple[int, str, str]:
    if status == 429:
        return status, "Too many requests, please try again later.", "RATE_LIMITED"
    if status == 401:
        return status, "The API key is not valid.", "UNAUTHENTICATED"
    message = f"A fault of the sandbox: {status} {_REASONS.get(status, '')}".rstrip()
    return status, message, _CODES.get(status, "INTERNAL_SERVER_ERROR")
