"""The sandbox as an ASGI application: HTTP in front of the executable schema."""

import json
import random
from collections.abc import Awaitable, Callable, Iterable
from email.utils import formatdate
from functools import lru_cache

import anyio
from graphql import DocumentNode

from .._faults.fault import Fault
from .._faults.latency import seconds
from ._answers import FAULT, LOGGER, Answer, executed, mistaken, refused
from ._core import Core
from ._documents import DocumentRefused
from ._files import MAX_FILE, serve, serves
from ._ids import crockford, system_clock
from ._keys import ApiKey, KeyRing
from ._rate import RateLimit, Usage
from ._refusals import QueryRefused
from ._requests import MAX_BODY, Receive, Request, body_of, read_request
from ._seen import SeenRequest, SeenRequests
from ._wire import Response, Scope, Send, Wire
from .domains import DOMAINS
from .faults.answers import instead, lessened
from .faults.newer import MEMBER, VALUE, Newer
from .faults.plan import Faults, Met
from .page.routes import Page
from .page.routes import serves as shows

PATH = "/graphql/v1"
SCHEMA_PATH = f"{PATH}/schema.graphql"
LOADERS = {kind: loader for domain in DOMAINS for kind, loader in domain.loaders.items()}


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
        faults: What goes wrong, as `Fault`s or as lines like `reset after mutation 10%`.
        deletion_delay: Seconds after which a customer is gone whose deletion was accepted; Plain
            does not say how long it takes.
        secret: What webhooks and requests to the endpoints of cards are signed with; None: they
            are not.
        seed: What ids, request ids and faults are drawn by. None: another one each time.
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
        deletion_delay: float = 0.0,
        secret: str | None = None,
        clock: Callable[[], float] = system_clock,
        randomness: random.Random | None = None,
        faults: Iterable[Fault | str] = (),
        seed: int | None = None,
    ) -> None:
        self._randomness = randomness or random.Random(seed)
        self._keys = KeyRing(keys)
        self._core = core = Core(
            schema, database=database, keys=self._keys, deletion_delay=deletion_delay,
            secret=secret, clock=clock,
            randomness=self._randomness,
        )  # fmt: skip
        core.add(groups=groups, tenants=tenants, tiers=tiers, users=users)
        self.schema, self.events, self.webhooks = core.schema, core.events, core.webhooks
        self.requests = SeenRequests()
        self.faults = Faults(clock, seed)
        self.faults.add(*faults)
        self._sdl = schema.encode()
        self._store = core.store
        self._rate = RateLimit(rate_limit, rate_window, clock)
        self._latency = latency
        self._clock = clock
        self._looks = Page(self, keys, PATH)

    def add(
        self,
        *,
        groups: Iterable[str] = (),
        tenants: Iterable[str] = (),
        tiers: Iterable[str] = (),
    ) -> None:
        """Make sure that customer groups with these keys, tenants and tiers with these external
        ids exist."""
        self._core.add(groups=groups, tenants=tenants, tiers=tiers)

    def send_webhooks(
        self, url: str, event_types: Iterable[str] = (), *, version: str | None = None
    ) -> str:
        """Send webhooks to an address: as `createWebhookTarget` does, unless it is there already.

        Args:
            url: https, or http on this machine.
            event_types: What to send. None: everything.
            version: The version of the payloads. None: the latest.

        Returns the target's id. Raises ValueError for what Plain would refuse.
        """
        return self._core.send_webhooks(url, event_types, version)

    def tick(self) -> None:
        """Carry out what the clock says is due, without waiting for the next request."""
        self._core.tick()

    @property
    def usage(self) -> Usage:
        """How much of the quota has been used so far."""
        return self._rate.usage

    def set_quota(self, limit: int, window: float = 60.0) -> None:
        """Another quota from now on: requests per window of so many seconds; 0 means none."""
        self._rate = RateLimit(limit, window, self._clock)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def directly(self, body: bytes, key: ApiKey, base_url: str) -> Answer:
        """Carry a request out that comes by no wire: no quota, no faults, nobody sees it."""
        request = read_request({"content-type": "application/json"}, body)
        done = self._core.carry_out(request, key, base_url)
        if isinstance(done, Awaitable):
            raise TypeError("this operation waits for something, and cannot be carried out so")
        return executed(*done)

    @staticmethod
    def is_looked_at(method: str, path: str) -> bool:
        """Whether a request is of a browser that looks at the page."""
        return shows(method, path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"the sandbox does not speak {scope['type']}")
        is_file = serves(scope["path"])
        body = await body_of(receive, MAX_FILE if is_file else MAX_BODY)
        if body is None:
            return
        path, method = scope["path"], scope["method"]
        if self._latency and not shows(method, path):
            await anyio.sleep(self._latency)
        # Header values are bytes; this reads any.
        headers = {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in scope["headers"]}
        wire = Wire(scope, receive, send)
        if path == PATH and method == "POST":
            await self._call(wire, headers, body)
        elif shows(method, path):
            query = scope.get("query_string", b"").decode("latin-1")
            await wire.whole(self._looks.answer(method, path, query, headers, body), {})
        else:
            await wire.whole(self._page(path, method, headers, body), self._headers())

    async def _call(self, wire: Wire, headers: dict[str, str], body: bytes) -> None:
        """Answer a request to the API, with what goes wrong."""
        asked, seen, met = self._arrived(headers, body)
        fault = met.fault
        if met.delay:
            await anyio.sleep(met.delay)
        if fault is not None and not fault.after and await self._broken(wire, fault):
            return
        told = instead(fault) if fault is not None else None
        if fault is not None and told is not None and not fault.after:
            response = told.response(met.admission)
        else:
            try:
                response = await self._respond(headers, asked, seen, fault)
            except Exception:
                LOGGER.exception("a fault of the sandbox")
                response = _as_json(refused(500, FAULT, "INTERNAL_SERVER_ERROR"))
            if fault is not None and fault.after and await self._broken(wire, fault):
                return
            response = response if told is None else told.response(met.admission)
        seen.status, seen.answer = response.status, response.told
        await self._sent(wire, response, fault)

    def _arrived(
        self, headers: dict[str, str], body: bytes
    ) -> tuple[Request | QueryRefused, SeenRequest, Met]:
        """What is asked, the note of it, and what it meets."""
        operations: tuple[str, ...] = ()
        kind = None
        asked: Request | QueryRefused
        try:
            asked = read_request(headers, body)
        except QueryRefused as refusal:
            asked = refusal
            seen = self.requests.note(self._clock(), (), "", None, headers)
        else:
            kind, operations = self._core.documents.roots(asked.query)
            now = self._clock()
            seen = self.requests.note(now, operations, asked.query, asked.variables, headers)
        met = self.faults.meet(operations, kind)
        seen.faults = met.names
        return asked, seen, met

    @staticmethod
    async def _broken(wire: Wire, fault: Fault) -> bool:
        """Break the connection where the fault says so; whether it did."""
        breaking = {"reset": wire.reset, "stale": wire.hang_up, "hang": wire.hang}.get(fault.kind)
        if breaking is None:
            return False
        await breaking()
        return True

    async def _sent(self, wire: Wire, response: Response, fault: Fault | None) -> None:
        headers = self._headers()
        if fault is not None and fault.kind == "cut":
            await wire.cut(response, headers, float(fault.argument or 0.5))
        elif fault is not None and fault.kind == "drip":
            await wire.drip(response, headers, seconds(fault.argument or "10ms"))
        else:
            await wire.whole(response, headers)

    def _headers(self) -> dict[str, str]:
        return {
            "apigw-requestid": crockford(self._randomness.getrandbits(80))[-16:],
            # From the same clock as the quota, so that a client can compare it with its own.
            "date": _date(int(self._clock())),
        }

    def _page(self, path: str, method: str, headers: dict[str, str], body: bytes) -> Response:
        """What is answered to anything but a request to the API."""
        if serves(path):
            kind = headers.get("content-type", "")
            status, content, of = serve(self._store, self._clock(), method, path, kind, body)
            return Response(status, content, content_type=of)
        if path == SCHEMA_PATH:
            if method in ("GET", "HEAD"):
                return Response(200, self._sdl, content_type="text/plain; charset=utf-8")
            return _not_allowed("GET, HEAD")
        if path == PATH:
            return _not_allowed("POST")
        # What answers here is a gateway, with no code of the API's.
        return _as_json((404, {"message": f"Not found. The API is at {PATH}."}))

    async def _respond(
        self,
        headers: dict[str, str],
        asked: Request | QueryRefused,
        seen: SeenRequest,
        fault: Fault | None,
    ) -> Response:
        key = self._keys.find(headers.get("authorization", ""))
        if key is None:
            return _as_json(refused(401, "The API key is not valid.", "UNAUTHENTICATED"))
        seen.machine_user_id = key.machine_user_id
        if fault is not None and fault.kind == "forbidden":
            key = lessened(fault, key)
        admission = self._rate.admit()
        if not admission.allowed:
            limited = refused(429, "Too many requests, please try again later.", "RATE_LIMITED")
            return _as_json(limited, admission.headers)
        seen.quota_cost = 1
        try:
            if isinstance(asked, QueryRefused):
                raise asked
            base_url = f"http://{headers.get('host', '127.0.0.1')}"
            done = self._core.carry_out(asked, key, base_url, fault)
            document, result = await done if isinstance(done, Awaitable) else done
            seen.carried_out = result.data is not None
            answer = executed(document, result)
            if fault is not None and fault.kind in ("enum", "member") and answer[1].get("data"):
                answer[1]["data"] = self._newer(document, fault).data(answer[1]["data"])
        except QueryRefused as refusal:
            answer = refused(refusal.status, refusal.message, refusal.code)
        except DocumentRefused as refusal:
            answer = mistaken(refusal.code, refusal.errors)
        return _as_json(answer, admission.headers)

    def _newer(self, document: DocumentNode, fault: Fault) -> Newer:
        if fault.kind == "enum":
            return Newer(self.schema, document, fault.argument or VALUE, None)
        return Newer(self.schema, document, None, fault.argument or MEMBER)


@lru_cache(maxsize=4)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _as_json(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    status, content = answer
    return Response(status, json.dumps(content).encode(), headers or {}, told=content)


def _not_allowed(allow: str) -> Response:
    answer = refused(405, f"Only {allow} is supported here.", "BAD_USER_INPUT")
    return _as_json(answer, {"allow": allow})
