"""A workspace with its data and its rules: carries requests out, and knows nothing of HTTP."""

import random
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache

from graphql import DocumentNode, ExecutionResult, GraphQLSchema

from .._faults.fault import Fault
from ._clock import Clock
from ._context import Context
from ._documents import DocumentRefused, Documents
from ._events import Events, Recorder
from ._execution import Prepared
from ._ids import IdFactory, iso
from ._keys import ApiKey, KeyRing
from ._permissions import every_permission
from ._refusals import QueryRefused
from ._requests import Request
from ._schema import executable_schema
from ._store import Store
from .domains import DOMAINS
from .domains.due import carry_out_what_is_due
from .domains.seeds import seed
from .domains.workspace import WORKSPACE_ID
from .faults.answers import refusal
from .webhooks.queue import TABLE
from .webhooks.sender import Webhooks
from .webhooks.target import webhook_target

LOADERS = {kind: loader for domain in DOMAINS for kind, loader in domain.loaders.items()}

CarriedOut = tuple[DocumentNode, ExecutionResult]


@lru_cache(maxsize=4)
def _executable(schema: str) -> GraphQLSchema:
    """Building it takes most of a start; the resolvers keep nothing, so sandboxes may share it."""
    return executable_schema(schema, DOMAINS)


@lru_cache(maxsize=4)
def _permissions(schema: GraphQLSchema) -> tuple[str, ...]:
    return tuple(every_permission(schema.type_map.values()))


@lru_cache(maxsize=4)
def _documents(schema: GraphQLSchema) -> Documents:
    """What was checked once need not be checked by the next sandbox: tests start hundreds."""
    return Documents(schema)


class Core:
    """What is behind the wire of a sandbox.

    Args:
        schema: The SDL to serve.
        database: A file for SQLite, or `:memory:`.
        keys: The keys that it knows.
        deletion_delay: Seconds after which a customer is gone whose deletion was accepted.
        secret: What webhooks and requests to the endpoints of cards are signed with.
        clock: Seconds since 1970.
        randomness: What ids are drawn by.
    """

    def __init__(
        self,
        schema: str,
        *,
        database: str,
        keys: KeyRing,
        deletion_delay: float,
        secret: str | None,
        clock: Callable[[], float],
        randomness: random.Random,
    ) -> None:
        self.schema = _executable(schema)
        self.events = Events()
        self.documents = _documents(self.schema)
        self._clock = clock
        self._deletion_delay = deletion_delay
        self._keys = keys
        self._ids = IdFactory(clock, randomness)
        tables = [table for domain in DOMAINS for table in domain.tables]
        self.store = Store(database, [*tables, TABLE])
        self.webhooks = Webhooks(self.store, self._ids, clock, self.events, WORKSPACE_ID, secret)
        if isinstance(clock, Clock):
            clock.on_advance(self.webhooks.wake)
        self._started = ""

    def add(
        self,
        *,
        groups: Iterable[str] = (),
        tenants: Iterable[str] = (),
        tiers: Iterable[str] = (),
        users: Iterable[str] = (),
    ) -> None:
        """Make sure that all of it is there."""
        now = iso(self._clock())
        self._started = seed(
            self.store, self._ids, now, groups=groups, tenants=tenants, tiers=tiers, users=users
        )

    def send_webhooks(self, url: str, event_types: Iterable[str], version: str | None) -> str:
        """The id of a webhook target with this address; ValueError for what Plain would refuse."""
        context = self._context(ApiKey("plainApiKey_of_the_sandbox_itself"), "")
        with self.store.transaction():
            return webhook_target(context, url, [*event_types], version)

    def tick(self) -> None:
        """Carry out what the clock says is due, without waiting for the next request."""
        carry_out_what_is_due(self._context(ApiKey("clock"), ""))

    def carry_out(
        self, request: Request, key: ApiKey, base_url: str, fault: Fault | None = None
    ) -> CarriedOut | Awaitable[CarriedOut]:
        """Carry a request out. `DocumentRefused` when it is none, `QueryRefused`."""
        prepared = self.documents.read(request.query)
        if not isinstance(prepared, Prepared):
            raise DocumentRefused(*prepared)
        context = self._context(key, base_url, fault)
        carry_out_what_is_due(context)
        try:
            done = prepared.carried_out(self.schema, context, request.variables)
        except RecursionError:
            raise _too_deep() from None
        if isinstance(done, ExecutionResult):
            return prepared.document, done
        return _awaited(prepared.document, done)

    def _context(self, key: ApiKey, base_url: str, fault: Fault | None = None) -> Context:
        return Context(
            self.store,
            key,
            self._keys,
            self._ids,
            self._clock,
            self._started,
            _permissions(self.schema),
            WORKSPACE_ID,
            base_url,
            Recorder(self.events),
            LOADERS,
            self.webhooks.secret,
            self.webhooks.targets_changed,
            self._deletion_delay,
            None if fault is None else refusal(fault),
            refused_after=fault is not None and fault.after,
        )


async def _awaited(document: DocumentNode, done: Awaitable[ExecutionResult]) -> CarriedOut:
    try:
        return document, await done
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> QueryRefused:
    # Only variables lie as deep; the document was looked at.
    return QueryRefused("BAD_USER_INPUT", "The variables are nested too deeply.", 400)
