"""The one place that every call passes: encode, admit, send, decode, classify."""

import json
import sys
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import anyio
from plain_graphql.base_client import Operation, RequestOptions
from plain_graphql.base_model import InputModel

from ._answers import AnswerReader, payload_of, value_of
from ._config import ClientConfig, checked_timeout
from ._errors import (
    PlainClosedError,
    PlainConnectionError,
    PlainError,
    PlainResponseError,
    PlainTimeoutError,
)
from ._input import build_input
from ._transport import AnswerTooLargeError, Transport, TransportError, WireAnswer
from ._version import __version__

PayloadT = TypeVar("PayloadT")
ValueT = TypeVar("ValueT")

USER_AGENT: Final = (
    f"plain-sdk/{__version__} python/{sys.version_info.major}.{sys.version_info.minor}"
)


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
        self._prefixes: dict[str, bytes] = {}

    def body(self, operation: Operation[Any, Any, Any], variables: InputModel) -> bytes:
        prefix = self._prefixes.get(operation.document)
        if prefix is None:
            head = json.dumps({"operationName": operation.name, "query": operation.document})
            prefix = self._prefixes[operation.document] = f'{head[:-1]},"variables":'.encode()
        serializer = variables.__pydantic_serializer__
        return prefix + serializer.to_json(variables, by_alias=True, exclude_unset=True) + b"}"


class Caller:
    """Carries operations out over a transport."""

    def __init__(self, config: ClientConfig, transport: Transport) -> None:
        self._config = config
        self._transport = transport
        self._encoder = RequestEncoder()
        self._reader = AnswerReader()
        self._closed = False

    async def value(
        self,
        operation: Operation[Any, Any, ValueT],
        variables: Mapping[str, object],
        options: RequestOptions | None,
    ) -> ValueT:
        """The unwrapped value; a refusal is raised."""
        payload, answer = await self._call(operation, variables, options)
        return value_of(operation, payload, answer)

    async def payload(
        self,
        operation: Operation[Any, PayloadT, Any],
        variables: Mapping[str, object],
        options: RequestOptions | None,
    ) -> PayloadT:
        """What stands under the root field."""
        payload, _ = await self._call(operation, variables, options)
        return payload

    async def _call(
        self,
        operation: Operation[Any, PayloadT, Any],
        variables: Mapping[str, object],
        options: RequestOptions | None,
    ) -> tuple[PayloadT, WireAnswer]:
        if self._closed:
            raise PlainClosedError(
                "the client is closed; make a new AsyncPlainClient", operation=operation.name
            )
        body = self._encoded(operation, variables)
        timeout = self._timeout(options)
        with anyio.move_on_after(timeout) as scope:
            answer = await self._send(operation, body)
            return payload_of(operation, self._reader.data(operation, answer)), answer
        assert scope.cancelled_caught
        raise PlainTimeoutError(
            f"no answer within {timeout:g} seconds; Plain may or may not have carried it out",
            timeout=timeout,
            operation=operation.name,
            attempts=1,
        )

    def _encoded(
        self, operation: Operation[Any, Any, Any], variables: Mapping[str, object]
    ) -> bytes:
        if operation.kind == "query":
            variables = {name: value for name, value in variables.items() if value is not None}
        model = build_input(operation.variables_type, variables, operation=operation.name)
        return self._encoder.body(operation, model)

    def _timeout(self, options: RequestOptions | None) -> float | None:
        if options and "timeout" in options:
            return checked_timeout(options["timeout"])
        return self._config.timeout

    async def _send(self, operation: Operation[Any, Any, Any], body: bytes) -> WireAnswer:
        try:
            return await self._transport.post(body)
        except TransportError as error:
            if self._closed:
                raise self._closed_meanwhile(operation.name) from error
            raise PlainConnectionError(
                str(error), operation=operation.name, attempts=1
            ) from error.__cause__
        except AnswerTooLargeError as error:
            raise PlainResponseError(
                f"{error}; it was not read whole",
                status_code=error.status,
                operation=operation.name,
                attempts=1,
            ) from None

    def _closed_meanwhile(self, operation: str) -> PlainError:
        return PlainClosedError(
            "the client was closed while the call was under way",
            operation=operation,
            attempts=1,
        )

    async def aclose(self) -> None:
        """Close the transport; calls after that are refused."""
        if not self._closed:
            self._closed = True
            await self._transport.aclose()
