"""The sandbox as an ASGI application: HTTP in front of the executable schema."""

import json
import logging
import random
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any

import anyio
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    execute,
    parse,
    validate,
)

from ._context import Context
from ._domain import Domain
from ._ids import IdFactory, crockford, system_clock
from ._keys import ApiKey, KeyRing
from ._rate import RateLimit, Usage
from ._refusals import QueryRefused
from ._schema import executable_schema
from ._store import Store
from .domains import customers, groups

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Refusals are responses, not incidents; whoever wants to see them sets this logger's level.
_LOGGER = logging.getLogger("plain_sdk.sandbox")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False

PATH = "/graphql/v1"
DOMAINS: tuple[Domain, ...] = (customers.DOMAIN, groups.DOMAIN)


@lru_cache(maxsize=4)
def _executable(schema: str) -> GraphQLSchema:
    """Building it takes most of a start; the resolvers keep nothing, so sandboxes may share it."""
    return executable_schema(schema, DOMAINS)


class SandboxApp:
    """A local Plain.

    Args:
        schema: The SDL to serve.
        database: A file for SQLite, or `:memory:`.
        keys: The keys to accept. None given: every key is accepted and may do everything.
        groups: Keys of customer groups that exist from the start.
        tenants: External ids of tenants that exist from the start.
        rate_limit: Requests per window; 0 means no quota.
        rate_window: Seconds that a window lasts.
        latency: Seconds that every response is delayed.
    """

    def __init__(
        self,
        schema: str,
        *,
        database: str = ":memory:",
        keys: tuple[ApiKey, ...] = (),
        groups: tuple[str, ...] = (),
        tenants: tuple[str, ...] = (),
        rate_limit: int = 450,
        rate_window: float = 60.0,
        latency: float = 0.0,
        clock: Callable[[], float] = system_clock,
        randomness: random.Random | None = None,
    ) -> None:
        self.schema = _executable(schema)
        self._keys = KeyRing(keys)
        self._rate = RateLimit(rate_limit, rate_window, clock)
        self._latency = latency
        self._clock = clock
        self._randomness = randomness or random.Random()
        self._ids = IdFactory(clock, self._randomness)
        self._store = Store(database, [t for domain in DOMAINS for t in domain.tables])
        self._validated = lru_cache(maxsize=512)(self._validate)
        self._seed(groups, tenants)

    def _seed(self, group_keys: tuple[str, ...], tenant_ids: tuple[str, ...]) -> None:
        with self._store.transaction():
            for key in group_keys:
                groups.seed_group(self._store, self._ids.new, key)
            for external_id in tenant_ids:
                groups.seed_tenant(self._store, self._ids.new, external_id)

    @property
    def usage(self) -> Usage:
        """How much of the quota has been used so far."""
        return self._rate.usage

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"the sandbox does not speak {scope['type']}")
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        body = await _body(receive)
        if self._latency:
            await anyio.sleep(self._latency)
        status, content, extra = await self._answer(scope, headers, body)
        request_id = crockford(self._randomness.getrandbits(80))[-16:]
        answer_headers = {
            "content-type": "application/json",
            "apigw-requestid": request_id,
            # From the same clock as the quota, so that a client can compare it with its own.
            "date": formatdate(self._clock(), usegmt=True),
            **extra,
        }
        encoded = [(name.encode(), value.encode()) for name, value in answer_headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": json.dumps(content).encode()})

    async def _answer(
        self, scope: Scope, headers: dict[str, str], body: bytes
    ) -> tuple[int, object, dict[str, str]]:
        if scope["path"] != PATH:
            return 404, {"message": f"Not found. The API is at {PATH}."}, {}
        if scope["method"] != "POST":
            return 405, {"message": "Only POST is supported."}, {"allow": "POST"}
        key = self._keys.find(headers.get("authorization", ""))
        if key is None:
            return 401, _errors("The API key is not valid.", "UNAUTHENTICATED"), {}
        admission = self._rate.admit()
        if not admission.allowed:
            limited = _errors("Too many requests, please try again later.", "RATE_LIMITED")
            return 429, limited, admission.headers
        status, content = await self._execute(key, body)
        return status, content, admission.headers

    async def _execute(self, key: ApiKey, body: bytes) -> tuple[int, object]:
        try:
            request = json.loads(body)
        except ValueError:
            return 400, _errors("The body is not JSON.", "BAD_USER_INPUT")
        if not isinstance(request, dict) or not isinstance(request.get("query"), str):
            return 400, _errors("The body must contain a query.", "BAD_USER_INPUT")
        document = self._validated(request["query"])
        if isinstance(document, list):
            return 400, {"errors": document}
        variables = request.get("variables")
        if not isinstance(variables, dict | None):
            return 400, _errors("The variables must be an object.", "BAD_USER_INPUT")
        context = Context(self._store, key, self._ids, self._clock)
        done = execute(self.schema, document, context_value=context, variable_values=variables)
        result = await done if isinstance(done, Awaitable) else done
        if not result.errors:
            return 200, {"data": result.data}
        told = [_told(error) for error in result.errors]
        errors = [formatted for _, formatted in told]
        status = max(status for status, _ in told)
        return status, {"errors": errors, "data": None if status >= 400 else result.data}

    def _validate(self, query: str) -> DocumentNode | list[dict[str, Any]]:
        """The document of a query, or its mistakes in the API's form."""
        try:
            document = parse(query)
        except GraphQLSyntaxError as error:
            return [_formatted(error, "GRAPHQL_PARSE_FAILED")]
        errors = validate(self.schema, document)
        return [_formatted(error, "GRAPHQL_VALIDATION_FAILED") for error in errors] or document


def _told(error: GraphQLError) -> tuple[int, dict[str, Any]]:
    """The status that an error of the execution asks for, and the error in the API's form."""
    refused = error.original_error
    if isinstance(refused, QueryRefused):
        return refused.status, _formatted(error, refused.code)
    if error.path is None:
        # The variables do not fit their types.
        return 400, _formatted(error, "BAD_USER_INPUT")
    _LOGGER.error("a fault of the sandbox", exc_info=error)
    return 200, _formatted(error, "INTERNAL_SERVER_ERROR")


def _formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    return {**error.formatted, "extensions": {"code": code}}


def _errors(message: str, code: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code}}], "data": None}


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)
