"""The sandbox as an ASGI application: HTTP in front of the executable schema."""

import json
import random
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from typing import Any

import anyio
from graphql import DocumentNode, GraphQLSchema, execute

from ._answers import FAULT, LOGGER, Answer, executed, mistaken, refused
from ._context import Context
from ._documents import Documents
from ._events import Events, Recorder
from ._files import MAX_FILE, serve, serves
from ._ids import IdFactory, crockford, iso, system_clock
from ._keys import ApiKey, KeyRing
from ._members import resolve_member
from ._permissions import every_permission
from ._rate import RateLimit, Usage
from ._refusals import QueryRefused
from ._requests import MAX_BODY, Receive, body_of, read_request
from ._schema import executable_schema
from ._store import Store
from .domains import DOMAINS
from .domains.due import carry_out_what_is_due
from .domains.seeds import seed
from .domains.workspace import WORKSPACE_ID

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/graphql/v1"
SCHEMA_PATH = f"{PATH}/schema.graphql"
LOADERS = {kind: loader for domain in DOMAINS for kind, loader in domain.loaders.items()}


@dataclass
class _Response:
    status: int
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


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
        tiers: External ids of tiers that exist from the start.
        users: Email addresses of users that exist from the start; none given: there is one.
        rate_limit: Requests per window; 0 means no quota.
        rate_window: Seconds that a window lasts.
        latency: Seconds that every response is delayed.
        secret: What requests to the endpoints of cards are signed with; None: they are not.
    """

    def __init__(
        self,
        schema: str,
        *,
        database: str = ":memory:",
        keys: tuple[ApiKey, ...] = (),
        groups: tuple[str, ...] = (),
        tenants: tuple[str, ...] = (),
        tiers: tuple[str, ...] = (),
        users: tuple[str, ...] = (),
        rate_limit: int = 450,
        rate_window: float = 60.0,
        latency: float = 0.0,
        secret: str | None = None,
        clock: Callable[[], float] = system_clock,
        randomness: random.Random | None = None,
    ) -> None:
        self.schema = _executable(schema)
        self.events = Events()
        self._sdl = schema.encode()
        self._keys = KeyRing(keys)
        self._rate = RateLimit(rate_limit, rate_window, clock)
        self._latency = latency
        self._secret = secret
        self._clock = clock
        self._randomness = randomness or random.Random()
        self._ids = IdFactory(clock, self._randomness)
        self._store = Store(database, [t for domain in DOMAINS for t in domain.tables])
        self._documents = Documents(self.schema)
        self._permissions = tuple(every_permission(self.schema.type_map.values()))
        self._started = seed(
            self._store, self._ids, iso(clock()),
            groups=groups, tenants=tenants, tiers=tiers, users=users,
        )  # fmt: skip

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
        is_file = serves(scope["path"])
        body = await body_of(receive, MAX_FILE if is_file else MAX_BODY)
        if body is None:
            return
        if self._latency:
            await anyio.sleep(self._latency)
        try:
            response = await self._respond(scope, body)
        except Exception:
            LOGGER.exception("a fault of the sandbox")
            response = _as_json(refused(500, FAULT, "INTERNAL_SERVER_ERROR"))
        headers = {
            "content-type": response.content_type,
            "content-length": str(len(response.content)),
            "apigw-requestid": crockford(self._randomness.getrandbits(80))[-16:],
            # From the same clock as the quota, so that a client can compare it with its own.
            "date": formatdate(self._clock(), usegmt=True),
            **response.headers,
        }
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": encoded})
        await send({"type": "http.response.body", "body": response.content})

    async def _respond(self, scope: Scope, body: bytes) -> _Response:
        path, method = scope["path"], scope["method"]
        # Header values are bytes; this reads any.
        headers = {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in scope["headers"]}
        if serves(path):
            kind = headers.get("content-type", "")
            status, content, of = serve(self._store, self._clock(), method, path, kind, body)
            return _Response(status, content, content_type=of)
        if path == SCHEMA_PATH:
            if method in ("GET", "HEAD"):
                return _Response(200, self._sdl, content_type="text/plain; charset=utf-8")
            return _not_allowed("GET, HEAD")
        if path != PATH:
            # What answers here is a gateway, with no code of the API's.
            return _as_json((404, {"message": f"Not found. The API is at {PATH}."}))
        if method != "POST":
            return _not_allowed("POST")
        key = self._keys.find(headers.get("authorization", ""))
        if key is None:
            return _as_json(refused(401, "The API key is not valid.", "UNAUTHENTICATED"))
        admission = self._rate.admit()
        if not admission.allowed:
            limited = refused(429, "Too many requests, please try again later.", "RATE_LIMITED")
            return _as_json(limited, admission.headers)
        try:
            answer = await self._answer(key, headers, body)
        except QueryRefused as refusal:
            answer = refused(refusal.status, refusal.message, refusal.code)
        return _as_json(answer, admission.headers)

    def tick(self) -> None:
        """Carry out what the clock says is due, without waiting for the next request."""
        carry_out_what_is_due(self._context(ApiKey("clock"), ""))

    def _context(self, key: ApiKey, base_url: str) -> Context:
        return Context(
            self._store,
            key,
            self._keys,
            self._ids,
            self._clock,
            self._started,
            self._permissions,
            WORKSPACE_ID,
            base_url,
            Recorder(self.events),
            LOADERS,
            self._secret,
        )

    async def _answer(self, key: ApiKey, headers: dict[str, str], body: bytes) -> Answer:
        request = read_request(headers, body)
        document = self._documents.read(request.query)
        if not isinstance(document, DocumentNode):
            return mistaken(*document)
        host = headers.get("host", "127.0.0.1")
        context = self._context(key, f"http://{host}")
        carry_out_what_is_due(context)
        try:
            done = execute(
                self.schema,
                document,
                context_value=context,
                variable_values=request.variables,
                field_resolver=resolve_member,
            )
            result = await done if isinstance(done, Awaitable) else done
        except RecursionError:
            # Only variables lie as deep; the document was looked at.
            raise QueryRefused(
                "BAD_USER_INPUT", "The variables are nested too deeply.", 400
            ) from None
        return executed(document, result)


def _as_json(answer: Answer, headers: dict[str, str] | None = None) -> _Response:
    status, content = answer
    return _Response(status, json.dumps(content).encode(), headers or {})


def _not_allowed(allow: str) -> _Response:
    answer = refused(405, f"Only {allow} is supported here.", "BAD_USER_INPUT")
    return _as_json(answer, {"allow": allow})
