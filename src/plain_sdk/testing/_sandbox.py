"""The sandbox as a test has it: made in no time, filled, called, looked into."""

import itertools
import random
from collections.abc import Coroutine, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import httpx

from .._api import schema_path
from .._client import AsyncPlainClient
from .._faults.fault import Fault
from ..sandbox._app import PATH, SandboxApp
from ..sandbox._clock import Clock
from ..sandbox._keys import ApiKey
from ..sandbox._seen import SeenRequests
from ..sandbox.faults.plan import Faults
from ._directly import Directly, at_once
from ._in_process import InProcessTransport
from ._instant import Waits, instant_retries
from ._webhooks import SandboxWebhooks

if TYPE_CHECKING:
    from plain_graphql.client import PlainOperations
    from plain_graphql.fragments.customer import Customer
    from plain_graphql.fragments.thread import Thread

    from ..sandbox import SandboxServer

ValueT = TypeVar("ValueT")

API_KEY: Final = "plainApiKey_test"
SECRET: Final = "the secret of the sandbox"

_NUMBERS: Final = itertools.count(1)
_SDL: Final[list[str]] = []


class PlainSandbox:
    """A local Plain in this process, for a `with` block.

        with PlainSandbox() as sandbox:
            sandbox.customer("donald@example.com", external_id="u1")
            async with sandbox.client() as plain:
                assert await plain.customer_by_external_id("u1")

    It shares nothing with any other: neither data, nor quota, nor time.

    Args:
        seed: What ids and faults are drawn by; the same seed, `start` and calls give the same
            ids.
        start: Where the time stands, aware, ISO 8601 text or seconds since 1970; it then moves
            only by `clock.advance`. None: it runs with the machine's.
        keys: The API keys to accept. None: every key, with every permission.
        groups: Keys of customer groups that exist from the start.
        tenants: External ids of tenants that exist from the start.
        quota: Requests per minute; 0 means no quota.
        deletion_delay: Seconds, by `clock`, after which a customer is gone whose deletion was
            accepted.
        faults: What goes wrong: `Fault`s, or lines as `plain-sdk sandbox --fault` takes them.
        database: A file for SQLite, or in memory.
        schema: The SDL to serve. None: this package's own.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        start: datetime | str | float | None = None,
        keys: Iterable[ApiKey] = (),
        groups: Iterable[str] = (),
        tenants: Iterable[str] = (),
        quota: int = 0,
        deletion_delay: float = 0.0,
        faults: Iterable[Fault | str] = (),
        database: str = ":memory:",
        schema: str | None = None,
    ) -> None:
        if isinstance(start, str):
            start = datetime.fromisoformat(start)
        self.clock = Clock(start)
        """The sandbox's time, a callable: `clock.advance(timedelta(days=5))`."""
        self.app = SandboxApp(
            _own_schema() if schema is None else schema,
            database=database,
            keys=tuple(keys),
            groups=tuple(groups),
            tenants=tuple(tenants),
            rate_limit=quota,
            deletion_delay=deletion_delay,
            clock=self.clock,
            randomness=random.Random(seed),
            faults=faults,
            seed=seed,
            secret=SECRET,
        )
        """The sandbox as an ASGI application."""
        # Clients of one key and one address share what they know of its quota.
        self.url = f"http://sandbox-{next(_NUMBERS)}.plain.test{PATH}"
        """The address for clients made by `client` or with `http_client`; none that exists."""
        self.webhooks = SandboxWebhooks(self.app, self.clock)
        """What it sends: `sandbox.webhooks.send_to(url, app=app)`."""
        self._directly = Directly(self.app, self.url.removesuffix(PATH))
        self._clients: list[AsyncPlainClient] = []
        self._waits: list[Waits] = []
        self._stack = ExitStack()
        self._stack.callback(self.app.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the clients, the server and the database."""
        for client in self._clients:
            # In the process they have no connections; there is nothing to wait for.
            vars(client)["_pipeline"].abandon()
        self._stack.close()

    def client(self, api_key: str = API_KEY, **settings: Any) -> AsyncPlainClient:
        """A client of this sandbox, which needs no port; closed with it at the latest.

        Args:
            api_key: The key. Default: one that may do everything, unless the sandbox has `keys`.
            settings: What `AsyncPlainClient` takes.
        """
        settings.setdefault("url", self.url)
        settings.setdefault("http_client", self.http_client())
        client = AsyncPlainClient(api_key, **settings)
        self._clients.append(client)
        return client

    def http_client(self) -> httpx.AsyncClient:
        """An httpx client that reaches this sandbox, and nothing else, whatever the address."""
        return httpx.AsyncClient(transport=InProcessTransport(self.app))

    def serve(self, *, port: int = 0) -> "SandboxServer":
        """This sandbox on the loopback address as well, until it is closed; see its `url`.

        Args:
            port: 0 picks a free one.
        """
        from ..sandbox import SandboxServer

        return self._stack.enter_context(SandboxServer(self.app, port=port))

    @contextmanager
    def instant_retries(self, *clients: AsyncPlainClient) -> Generator[Waits]:
        """Waits of the sandbox's clients take no time, for a `with` block; its clock moves along.

        Args:
            clients: Of which clients. None: of all that `client` has made so far.
        """
        with instant_retries(*(clients or self._clients), skipped=self.clock.advance) as waits:
            yield waits

    @property
    def faults(self) -> Faults:
        """What goes wrong: `sandbox.faults.add("cut upsertCustomer #3")`."""
        return self.app.faults

    @property
    def requests(self) -> SeenRequests:
        """The requests so far, with what was answered: `sandbox.requests.of("upsertCustomer")`."""
        return self.app.requests

    @property
    def operations(self) -> "PlainOperations":
        """Every operation, past wire, quota and faults; `run` gives its value at once."""
        return self._directly.operations

    def run(self, coroutine: Coroutine[Any, Any, ValueT]) -> ValueT:
        """The value of a call of `operations`, without an event loop.

        tenant = sandbox.run(sandbox.operations.upsert_tenant(...))
        """
        return at_once(coroutine)

    def customer(
        self,
        email: str | None = None,
        *,
        full_name: str | None = None,
        short_name: str | None = None,
        external_id: str | None = None,
        is_verified: bool = True,
        groups: Sequence[str] = (),
        tenants: Sequence[str] = (),
    ) -> "Customer":
        """A customer who is there, as `client.customer` would give it.

        One with this email is changed; what is left out is made up. Groups (by key) and tenants
        (by external id) are made when they do not exist.
        """
        if email is None:
            email = f"customer{len(self.customers) + 1}@example.com"
        self.app.add(groups=groups, tenants=tenants)
        name = full_name or email.partition("@")[0].replace(".", " ").title()
        address = {"email": email, "is_verified": is_verified}
        changed = {"full_name": full_name, "short_name": short_name, "external_id": external_id}
        given: Any = {member: value for member, value in changed.items() if value is not None}
        create: Any = {
            **given,
            "full_name": name,
            "email": address,
            "customer_group_identifiers": [{"customer_group_key": key} for key in groups],
            "tenant_identifiers": [{"external_id": tenant} for tenant in tenants],
        }
        update: Any = {**given, "email": address}
        upserted = at_once(
            self.operations.upsert_customer(
                identifier={"email_address": email},
                on_create=create,
                on_update=update,
            )
        )
        return upserted.customer

    def thread(
        self, customer: "Customer | str | None" = None, *, title: str = "Help", **more: Any
    ) -> "Thread":
        """A thread that is there, as `client.thread` would give it.

        Args:
            customer: Whose: a customer, an email address or Plain's id. None: one who is made up.
            title: Its title.
            more: What `client.create_thread` takes.
        """
        if not isinstance(customer, str):
            customer = (customer or self.customer()).id
        elif "@" in customer:
            customer = self.customer(customer).id
        return at_once(
            self.operations.create_thread(
                customer_identifier={"customer_id": customer}, title=title, **more
            )
        )

    @property
    def customers(self) -> "list[Customer]":
        """All customers, as `client.customers` would give them."""
        return at_once(self.operations.customers().collect())

    @property
    def threads(self) -> "list[Thread]":
        """All threads, as `client.threads` would give them."""
        return at_once(self.operations.threads().collect())


def _own_schema() -> str:
    if not _SDL:
        _SDL.append(schema_path().read_text(encoding="utf-8"))
    return _SDL[0]
