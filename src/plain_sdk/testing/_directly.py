"""Operations carried out at once, without an event loop: what tests set up and look at."""

import json
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from plain_graphql.client import PlainOperations

from .._call.requests import RequestEncoder
from .._call.responses import ResponseReader, value_of
from .._lists.pages import Paginator
from .._transports.base import WireResponse
from ..runtime.operations import (
    ConnectionLike,
    NodePages,
    Operation,
    Paging,
    RequestOptions,
)
from ..sandbox._app import SandboxApp
from ..sandbox._keys import ApiKey

PayloadT = TypeVar("PayloadT")
ValueT = TypeVar("ValueT")
NodeT = TypeVar("NodeT")


# Shared: what they have prepared for one sandbox serves the next.
_ENCODER = RequestEncoder()
_READER = ResponseReader()


class Directly:
    """Hands operations to a sandbox as they are called: no wire, no quota, no faults.

    An executor of generated methods, whose coroutines never wait; `at_once` gives their value.
    """

    def __init__(self, app: SandboxApp, base_url: str) -> None:
        self._app = app
        self._base_url = base_url
        self._key = ApiKey("plainApiKey_of_the_test_itself")
        self.operations = PlainOperations(self)

    async def execute(
        self,
        operation: Operation[Any, Any, ValueT],
        variables: Mapping[str, object],
        options: RequestOptions | None = None,
    ) -> ValueT:
        """The unwrapped value; a refusal is raised."""
        payload, response = self._payload(operation, variables)
        return value_of(operation, payload, response)

    value = execute

    async def execute_raw(
        self,
        operation: Operation[Any, PayloadT, Any],
        variables: Mapping[str, object],
        options: RequestOptions | None = None,
    ) -> PayloadT:
        """The value of the root field, with its `error` field untouched."""
        return self._payload(operation, variables)[0]

    def paginate(
        self,
        operation: Operation[Any, Any, ConnectionLike[NodeT] | None],
        variables: Mapping[str, object],
        paging: Paging,
        options: RequestOptions | None = None,
    ) -> NodePages[NodeT]:
        """The nodes of a connection, page by page."""
        return Paginator(self, operation, variables, paging, options)  # type: ignore[arg-type]

    def _payload(
        self, operation: Operation[Any, PayloadT, Any], variables: Mapping[str, object]
    ) -> tuple[PayloadT, WireResponse]:
        body = _ENCODER.body(operation, variables)
        status, content = self._app.directly(body, self._key, self._base_url)
        response = WireResponse(status, {}, json.dumps(content).encode())
        return operation.payload(_READER.data(operation, response)), response


def at_once(coroutine: Coroutine[Any, Any, ValueT]) -> ValueT:
    """The value of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        value: ValueT = done.value
        return value
    coroutine.close()
    raise RuntimeError("the operation waits for something")
