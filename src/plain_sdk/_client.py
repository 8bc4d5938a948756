"""The client that people use."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from plain_graphql.base_client import (
    ConnectionLike,
    NodePages,
    Operation,
    Paging,
    RequestOptions,
)
from plain_graphql.client import PlainOperations

from . import _defaults as defaults
from ._config import client_config, masked

if TYPE_CHECKING:
    import httpx
    from opentelemetry.trace import Tracer
    from plain_graphql.mappings import (
        UpsertCustomerIdentifierLike,
        UpsertCustomerOnCreateLike,
        UpsertCustomerOnUpdateLike,
    )
    from plain_graphql.operations.upsert_customer import UpsertedCustomer
    from plain_graphql.raw import RawOperations

    from ._quota import QuotaStatus
    from ._retry import RetryEvent

PayloadT = TypeVar("PayloadT")
ValueT = TypeVar("ValueT")
NodeT = TypeVar("NodeT")


class AsyncPlainClient(PlainOperations):
    """Plain's API as async methods: one for each operation, each unwrapping its answer.

    A query gives the object or None, a mutation gives the object that it made or
    changed, a list query gives its nodes page by page. A refusal is raised as a
    `PlainError`. `client.raw` has the same methods with untouched payloads.

        async with AsyncPlainClient() as client:
            customer = await client.customer_by_email("donald@example.com")

    Args:
        api_key: Default: the environment variable `PLAIN_API_KEY`.
        url: Default: the environment variable `PLAIN_API_URL`, then Plain's public URL.
        timeout: The most that one call may take, in seconds, whatever happens: waiting,
            repeating, and reading the answer included. Default: 30. None: no limit.
        http_client: Your own httpx client, which then decides about proxies, TLS and
            connections. It is never closed or reconfigured here.
        options: Other settings for all calls, as `RequestOptions`: the time-outs of the
            parts of a call, `max_attempts`, `priority`. A call's own options win.
        max_in_flight: How many requests may be under way at once. Default: 256. Further
            calls wait their turn.
        reserve: The part of each window's quota that calls with the priority `bulk` leave
            to interactive ones. Default: 0.1.
        on_retry: Called before a request is sent again, with a `RetryEvent`.
        tracer: An OpenTelemetry tracer; each call becomes a span named after its
            operation, without personal data.

    Requests that fail for a passing reason are sent again when that can do no harm:
    broken connections, 408, 429, 5xx and internal errors, up to 4 times within `timeout`,
    with exponential backoff and full jitter, or when Plain says. A mutation that is not
    safe to repeat is sent again only when it certainly was not carried out; else it ends
    as `PlainOutcomeUnknownError`.

    All clients of one key in the process share what Plain's headers say of the quota.
    The client works in any number of event loops, with connections of its own in each.

    Raises PlainConfigurationError when the key is missing or an argument is unusable.
    A cancelled call gives its connection and its place back; Plain may still carry it out.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        url: str | None = None,
        timeout: float | None = defaults.TIMEOUT,
        http_client: "httpx.AsyncClient | None" = None,
        options: RequestOptions | None = None,
        max_in_flight: int = defaults.MAX_IN_FLIGHT,
        reserve: float = defaults.RESERVE,
        on_retry: "Callable[[RetryEvent], None] | None" = None,
        tracer: "Tracer | None" = None,
    ) -> None:
        # What carries calls out is loaded with the first client, not with the import.
        from ._caller import Caller, Hooks, request_headers
        from ._transport import TransportOptions, make_transport

        super().__init__(self)
        settings: RequestOptions = {"timeout": timeout}
        settings.update(options or {})
        self._config = config = client_config(api_key, url, settings, max_in_flight, reserve)
        wire = TransportOptions(config.url, request_headers(config), defaults.MAX_ANSWER_BYTES)
        self._caller = Caller(
            config,
            lambda asyncio: make_transport(wire, http_client, asyncio=asyncio),
            Hooks(on_retry, tracer),
        )

    def __repr__(self) -> str:
        key = masked(self._config.api_key)
        return f"<AsyncPlainClient url={self._config.url!r} api_key={key!r}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the client's connections. Doing it twice is fine.

        Calls under way end with `PlainClosedError`; a client of your own stays open.
        """
        await self._caller.aclose()

    @property
    def quota(self) -> "QuotaStatus":
        """What is known of the key's quota: limit, remaining, reset, and how many wait.

        Nothing is known before the first answer, or when Plain sends no such headers.
        """
        return self._caller.quota

    @property
    def raw(self) -> "RawOperations":
        """The same operations, returning what stands under the root field untouched.

        A mutation's refusal is then not raised but stands in the payload's `error`.
        """
        from plain_graphql.raw import RawOperations

        return RawOperations(self)

    async def upsert_customer(
        self,
        *,
        identifier: "UpsertCustomerIdentifierLike",
        on_create: "UpsertCustomerOnCreateLike",
        on_update: "UpsertCustomerOnUpdateLike | None" = None,
        options: RequestOptions | None = None,
    ) -> "UpsertedCustomer":
        """Create a customer, or update the one that the identifier matches.

        The same input twice gives NOOP the second time, so repeating it is safe.

        Each part is an input model, a mapping in snake_case, or the API's own JSON.

        Args:
            identifier: Who is meant. Exactly one of `email_address`, `external_id` and
                `customer_id`; the last can update but never create.
            on_create: The customer to create when nobody matches: `full_name` and `email`
                (`email`, `is_verified`), optionally `short_name`, `external_id`,
                `customer_group_identifiers` and `tenant_identifiers`. The identifier is
                not copied into it.
            on_update: What to change when somebody matches. A value may be bare or wrapped
                as `{"value": ...}`. What is left out stays as it is; None clears
                `short_name` and `external_id`. Default: change nothing.
            options: What this call does differently, like `{"timeout": 5.0}`.

        Returns `result` (CREATED, UPDATED or NOOP) and the `customer` as it is now.

        Permission: customer:create and customer:edit, whichever branch happens.

        Raises PlainInputError before anything is sent; PlainMutationError when Plain
        refuses, with a code like `customer_already_exists_with_email`; any other
        PlainError when no usable answer came.
        """
        from plain_graphql.operations.upsert_customer import UPSERT_CUSTOMER

        from ._upsert import upsert_variables

        variables = upsert_variables(identifier, on_create, on_update)
        return await self._caller.value(UPSERT_CUSTOMER, variables, options)

    async def execute(
        self,
        operation: Operation[Any, Any, ValueT],
        variables: Mapping[str, object],
        options: RequestOptions | None = None,
    ) -> ValueT:
        """The unwrapped value of any operation; the generated methods call this."""
        return await self._caller.value(operation, variables, options)

    async def execute_raw(
        self,
        operation: Operation[Any, PayloadT, Any],
        variables: Mapping[str, object],
        options: RequestOptions | None = None,
    ) -> PayloadT:
        """What stands under an operation's root field; `client.raw` calls this."""
        return await self._caller.payload(operation, variables, options)

    def paginate(
        self,
        operation: Operation[Any, Any, ConnectionLike[NodeT]],
        variables: Mapping[str, object],
        paging: Paging,
        options: RequestOptions | None = None,
    ) -> NodePages[NodeT]:
        """The nodes of a list operation; the generated list methods call this."""
        from ._pagination import Paginator

        return Paginator(self._caller, operation, variables, paging, options)
