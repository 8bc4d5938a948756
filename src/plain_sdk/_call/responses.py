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
)
from .._transports.base import UnreadableResponseError, WireResponse
from ..runtime.operations import NullMemberError, Operation
from .call import AnyOperation
from .limits import limits_of

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
            try:
                envelope: Envelope[DataT] = self._adapter(operation.data_type).validate_json(
                    response.body, by_alias=True, by_name=False
                )
            except ValidationError as error:
                raise error_of(operation.name, response, mismatch=error) from None
            if not envelope.errors and envelope.data is not None:
                return envelope.data
        raise error_of(operation.name, response)

    def _adapter(self, data_type: type[DataT]) -> TypeAdapter[Envelope[DataT]]:
        adapter = self._adapters.get(data_type)
        if adapter is None:
            envelope = cast("type[Envelope[DataT]]", Envelope[data_type])  # type: ignore[valid-type]
            adapter = self._adapters[data_type] = TypeAdapter(envelope)
        return adapter


def error_of(
    operation: str, response: WireResponse, mismatch: ValidationError | None = None
) -> PlainError:
    """The error that a response without usable data stands for."""
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
    refusal: dict[str, Any] = {**context, "code": codes[0] if codes else None, "errors": entries}

    if "UNAUTHENTICATED" in codes:
        return PlainAuthenticationError(message or "the API key is not valid", **refusal)
    if "FORBIDDEN" in codes or status == 403 or (status == 401 and missing_permissions(message)):
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
        return PlainGraphQLError(message, data=_object(_member(content, "data")), **refusal)
    if not 200 <= status < 300:
        return PlainStatusError(message or _STATUS_HINTS.get(status, "refused"), **refusal)
    readable = _object(content) is not None and "data" in content and content["data"] is not None
    return PlainResponseError(
        _unreadable(response, is_json, content, mismatch), is_readable=readable, **context
    )


def refusal_of(operation: str, error: Any, response: WireResponse) -> PlainMutationError:
    """The error that a mutation's `error` member stands for."""
    kind = str(error.type)
    context: dict[str, Any] = {
        "code": error.code,
        "type": kind,
        "fields": tuple(
            MutationFieldProblem(field.field, field.message, str(field.type))
            for field in error.fields
        ),
        "operation": operation,
        "request_id": response.request_id,
        "status_code": response.status,
    }
    if kind == "FORBIDDEN" or error.code == "forbidden":
        return PlainMutationPermissionError(error.message, **context)
    member = CONFLICTS.get(error.code)
    if member is not None:
        return PlainCustomerConflictError(error.message, member=member, **context)
    return PlainMutationError(error.message, **context)


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
        error = getattr(payload, "error", None)
        if error is not None:
            raise refusal_of(operation.name, error, response)
    try:
        return operation.unwrap(payload)
    except NullMemberError as error:
        raise PlainResponseError(
            f"Plain reported no error, but {error.member!r} is null",
            operation=operation.name,
            request_id=response.request_id,
            status_code=response.status,
        ) from None


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
        return GraphQLErrorInfo(entry)
    code = _member(_member(entry, "extensions"), "code")
    return GraphQLErrorInfo(
        message=str(_member(entry, "message") or "no message"),
        code=code if isinstance(code, str) else None,
        path=tuple(part for part in _list(_member(entry, "path")) if isinstance(part, str | int)),
    )


def _text(content: Any, response: WireResponse) -> str:
    """What a refusal says that is not GraphQL: a bare JSON string, or plain text."""
    if isinstance(content, str):
        return content[:200]
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
