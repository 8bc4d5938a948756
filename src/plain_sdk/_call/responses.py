"""What a response means: the data, or the error that it stands for. Pure functions."""

import json
from typing import Any, Final, Generic, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from .._errors import (
    GraphQLErrorInfo,
    MutationFieldProblem,
    PlainAPIError,
    PlainAuthenticationError,
    PlainCustomerConflictError,
    PlainError,
    PlainGraphQLError,
    PlainMutationError,
    PlainMutationPermissionError,
    PlainPermissionError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
    missing_permissions,
    printable,
)
from .._transports.base import UnreadableResponseError, WireResponse
from ..runtime.operations import NullMemberError, Operation
from .call import AnyOperation
from .limits import limits_of
from .mending import mended

DataT = TypeVar("DataT")
PayloadT = TypeVar("PayloadT")
ValueT = TypeVar("ValueT")

CONFLICTS: Final[dict[str, Literal["email", "external_id"]]] = {
    "customer_already_exists_with_email": "email",
    "customer_already_exists_with_external_id": "external_id",
}
"""Plain's codes for a customer that collides with another, and the member that collides."""

_STATUS_HINTS = {
    400: "Plain did not understand the request",
    403: "forbidden by something in front of Plain's API, like a firewall",
    404: "there is no API at this address; check the url",
    408: "Plain gave up waiting for the request",
    413: "the request is too large",
}


class Envelope(BaseModel, Generic[DataT]):
    """The outermost object of an response. `errors` is looked at only when there are any."""

    model_config = ConfigDict(extra="ignore")

    data: DataT | None = None
    errors: Any = None


class ResponseReader:
    """Validates responses straight from their bytes, with a validator per operation."""

    def __init__(self) -> None:
        self._adapters: dict[type[Any], TypeAdapter[Any]] = {}

    def data(self, operation: Operation[DataT, Any, Any], response: WireResponse) -> DataT:
        """The `data` of the response; the error that it stands for is raised."""
        if 200 <= response.status < 300:
            adapter = self._adapter(operation.data_type)
            try:
                envelope = self._validated(adapter, response)
            except ValidationError as error:
                raise error_of(operation, response, mismatch=error) from None
            if not envelope.errors and envelope.data is not None:
                return envelope.data
        raise error_of(operation, response)

    @staticmethod
    def _validated(
        adapter: "TypeAdapter[Envelope[DataT]]", response: WireResponse
    ) -> "Envelope[DataT]":
        try:
            return adapter.validate_json(response.body, by_alias=True, by_name=False)
        except ValidationError:
            body = mended(response.body)
            if body is None:
                raise
            return adapter.validate_json(body, by_alias=True, by_name=False)

    def prepare(self, operation: AnyOperation) -> None:
        """Build the operation's validator, which takes longer than using it."""
        self._adapter(operation.data_type).rebuild(force=False)

    def _adapter(self, data_type: type[DataT]) -> TypeAdapter[Envelope[DataT]]:
        adapter = self._adapters.get(data_type)
        if adapter is None:
            envelope = cast("type[Envelope[DataT]]", Envelope[data_type])  # type: ignore[valid-type]
            adapter = self._adapters[data_type] = TypeAdapter(envelope)
        return adapter


class KeyRemover:
    """Takes the key out of a response in which somebody repeats it, so that no error can."""

    __slots__ = ("_bytes", "_text")

    def __init__(self, api_key: str) -> None:
        # A key of a few letters is nobody's, and stands in many a response.
        self._text = api_key if len(api_key) > 7 else None
        self._bytes = api_key.encode()

    def __call__(self, response: WireResponse) -> WireResponse:
        """The response, in which the key is nowhere."""
        text = self._text
        if text is None:
            return response
        headers = response.headers
        if self._bytes not in response.body and text not in "\n".join(headers.values()):
            return response
        clean = {name.lower(): value.replace(text, "…") for name, value in headers.items()}
        body = response.body.replace(self._bytes, "…".encode())
        return WireResponse(response.status, clean, body)


def error_of(
    operation: AnyOperation, response: WireResponse, mismatch: ValidationError | None = None
) -> PlainError:
    """The error that a response without usable data stands for."""
    if (refusal := _raw_refusal(operation, response)) is not None:
        return refusal
    error = _error_of(operation.name, response, mismatch)
    if 200 <= response.status < 300 and was_carried_out(operation, response):
        error.outcome = "carried_out"
        error.args = (f"{error.message}. {_CARRIED_OUT}",)
        error.message = error.args[0]
    return error


_CARRIED_OUT: Final = (
    "Plain carried the mutation out; only its result did not come, so do not send it again for that"
)


def was_carried_out(operation: AnyOperation, response: WireResponse) -> bool:
    """Whether a mutation took effect although its response has errors.

    It did when its payload holds no refusal, or something within the payload is what failed. Of
    several mutations in one document, one suffices. A response without errors that does not fit
    the schema is no word on it.
    """
    content = _parsed(response.body)[1]
    entries = _entries(content)
    if operation.kind != "mutation" or not entries:
        return False
    payloads = map(_object, (_object(_member(content, "data")) or {}).values())
    return any(payload is not None and payload.get("error") is None for payload in payloads) or any(
        len(entry.path) > 1 and entry.path[1] != "error" for entry in entries
    )


def _error_of(
    operation: str, response: WireResponse, mismatch: ValidationError | None
) -> PlainError:
    is_json, content = _parsed(response.body)
    entries = _entries(content)
    codes = [entry.code for entry in entries if entry.code]
    message = "; ".join(entry.message for entry in entries) or _text(content, response)
    status = response.status
    context: dict[str, Any] = {
        "operation": operation,
        "request_id": response.request_id,
        "status_code": status,
    }
    refusal: dict[str, Any] = {
        **context,
        "code": codes[0] if codes else None,
        "errors": entries,
        "data": _object(_member(content, "data")),
    }

    if "UNAUTHENTICATED" in codes:
        return PlainAuthenticationError(message or "the API key is not valid", **refusal)
    # A 403 without a word of GraphQL is a firewall's or a gateway's, about this request alone.
    if "FORBIDDEN" in codes or (
        status in (401, 403) and (missing_permissions(message) or (status == 403 and entries))
    ):
        return PlainPermissionError(message or "the API key lacks a permission", **refusal)
    if status == 401:
        return PlainAuthenticationError(message or "the API key is not valid", **refusal)
    if status == 429 or "RATE_LIMITED" in codes:
        return _rate_limited(message, response, refusal)
    if status >= 500 or "INTERNAL_SERVER_ERROR" in codes:
        return PlainServerError(message or "a fault on Plain's side", **refusal)
    if 300 <= status < 400:
        return PlainStatusError(
            "Plain's address answered with a redirect, which is not followed because it "
            "would send your data elsewhere; set the url to the final address",
            **refusal,
        )
    if entries:
        return PlainGraphQLError(message, **refusal)
    if not 200 <= status < 300:
        return PlainStatusError(message or _STATUS_HINTS.get(status, "refused"), **refusal)
    readable = _object(content) is not None and "data" in content and content["data"] is not None
    return PlainResponseError(
        _unreadable(response, is_json, content, mismatch), is_readable=readable, **context
    )


def refusal_of(operation: str, error: Any, response: WireResponse) -> PlainMutationError:
    """The error that a mutation's `error` field stands for, whatever of it is there."""
    kind = _told(error, "type") or "UNKNOWN"
    code = _told(error, "code") or "unknown"
    message = _told(error, "message") or f"refused with code {code}"
    context: dict[str, Any] = {
        "code": code,
        "type": kind,
        "fields": tuple(
            MutationFieldProblem(
                _told(field, "field"), _told(field, "message"), _told(field, "type") or "UNKNOWN"
            )
            for field in _part(error, "fields") or ()
            if field is not None
        ),
        "operation": operation,
        "request_id": response.request_id,
        "status_code": response.status,
    }
    if kind == "FORBIDDEN" or code == "forbidden":
        return PlainMutationPermissionError(message, **context)
    member = CONFLICTS.get(code)
    if member is not None:
        return PlainCustomerConflictError(message, member=member, **context)
    return PlainMutationError(message, **context)


def _part(holder: Any, name: str) -> Any:
    """A part of a model, or of plain JSON."""
    found = _object(holder)
    return getattr(holder, name, None) if found is None else found.get(name)


def _raw_refusal(operation: AnyOperation, response: WireResponse) -> PlainMutationError | None:
    """The refusal in a response that has errors or does not match the schema, if it holds one."""
    content = _parsed(response.body)[1]
    data = _object(_member(content, "data"))
    if operation.kind != "mutation" or not data or len(data) != 1:
        return None
    error = _object(_member(next(iter(data.values())), "error"))
    if error is None:
        return None
    refusal = refusal_of(operation.name, error, response)
    refusal.errors = _entries(content)
    return refusal


def _told(holder: Any, name: str) -> str:
    """A text of a refusal; an operation of one's own need not select it."""
    value = _part(holder, name)
    return "" if value is None else printable(str(value))


def unreadable(operation: AnyOperation, error: UnreadableResponseError) -> PlainResponseError:
    """The error of a response whose body cannot be read."""
    return PlainResponseError(str(error), status_code=error.status, operation=operation.name)


def incomprehensible(
    operation: AnyOperation, response: WireResponse | None, error: Exception
) -> PlainResponseError:
    """The error of a response of a form that nobody has thought of."""
    return PlainResponseError(
        f"the response cannot be understood ({type(error).__name__})",
        operation=operation.name,
        request_id=None if response is None else response.request_id,
        status_code=None if response is None else response.status,
    )


def value_of(
    operation: Operation[Any, PayloadT, ValueT], payload: PayloadT, response: WireResponse
) -> ValueT:
    """What the caller wants of the payload; a refusal is raised."""
    if operation.kind == "mutation":
        if payload is None:
            raise _null(operation.name, operation.name, response)
        error = getattr(payload, "error", None)
        if error is not None:
            raise refusal_of(operation.name, error, response)
    try:
        return operation.unwrap(payload)
    except NullMemberError as error:
        raise _null(operation.name, error.member, response) from None


def plain_data_of(
    operation: AnyOperation, data: dict[str, Any], response: WireResponse
) -> dict[str, Any]:
    """The data of an operation that was written out on the spot; a refusal is raised."""
    if operation.kind == "mutation":
        for payload in data.values():
            error = _object(_member(payload, "error"))
            if error is not None:
                raise refusal_of(operation.name, error, response)
    return data


def _null(operation: str, name: str, response: WireResponse) -> PlainResponseError:
    return PlainResponseError(
        f"Plain reported no error, but {name!r} is null",
        operation=operation,
        request_id=response.request_id,
        status_code=response.status,
    )


def _rate_limited(message: str, response: WireResponse, refusal: dict[str, Any]) -> PlainAPIError:
    limits = limits_of(response.headers)
    return PlainRateLimitError(
        message or "too many requests",
        limit=limits.limit,
        remaining=limits.remaining,
        reset_at=limits.reset_at,
        retry_after=limits.retry_after,
        **refusal,
    )


def _parsed(body: bytes) -> tuple[bool, Any]:
    try:
        return True, json.loads(body)
    except (ValueError, RecursionError):
        return False, None


def _object(value: Any) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return []
    return value  # pyright: ignore[reportUnknownVariableType] - JSON: its items are anything


def _member(value: Any, name: str) -> Any:
    return (_object(value) or {}).get(name)


def _entries(content: Any) -> tuple[GraphQLErrorInfo, ...]:
    return tuple(
        _entry(entry)
        for entry in _list(_member(content, "errors"))
        if isinstance(entry, dict | str)
    )


def _entry(entry: Any) -> GraphQLErrorInfo:
    if isinstance(entry, str):
        return GraphQLErrorInfo(printable(entry))
    code = _member(_member(entry, "extensions"), "code")
    return GraphQLErrorInfo(
        message=printable(str(_member(entry, "message") or "no message")),
        code=printable(code) if isinstance(code, str) else None,
        path=tuple(
            printable(part) if isinstance(part, str) else part
            for part in _list(_member(entry, "path"))
            if isinstance(part, str | int)
        ),
    )


_GATEWAY_FIELDS: Final = ("message", "Message", "error", "detail")
"""Where gateways put what they have to say."""


def _text(content: Any, response: WireResponse) -> str:
    """What a refusal says that is not GraphQL: a JSON string, a gateway's object, plain text."""
    if isinstance(content, str):
        return content[:200]
    for name in _GATEWAY_FIELDS:
        if isinstance(told := _member(content, name), str) and told:
            return told[:200]
    kind = response.headers.get("content-type") or ""
    if response.status >= 400 and kind.startswith("text/plain"):
        return response.body[:200].decode("utf-8", "replace").strip()
    return ""


def _unreadable(
    response: WireResponse, is_json: bool, content: Any, mismatch: ValidationError | None
) -> str:
    if not response.body.strip():
        return "the response is empty"
    if not is_json:
        kind = response.headers.get("content-type") or "no content type"
        return f"the response is not JSON ({kind}, {len(response.body)} bytes)"
    if _member(content, "data") is None:
        return "the response contains neither data nor errors"
    if mismatch is not None:
        # Places and kinds only: the values are customers' data.
        first = mismatch.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"the response does not match the schema at {place}: {first['msg']}"
    return "the response cannot be understood"
