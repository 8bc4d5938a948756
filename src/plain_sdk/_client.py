"""The client that people use."""

import warnings
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import cached_property
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from plain_graphql.client import PlainOperations

from . import _defaults as defaults
from ._config import client_config, masked
from ._errors import PlainConfigurationError
from ._lists.load import Loading
from .runtime.operations import (
    ConnectionLike,
    NodePages,
    Operation,
    Paging,
    RequestOptions,
    given,
)

if TYPE_CHECKING:
    import httpx
    from opentelemetry.metrics import Meter
    from opentelemetry.trace import Tracer
    from plain_graphql.enums import AttachmentTypeOrText
    from plain_graphql.fragments.attachment import Attachment
    from plain_graphql.mappings import (
        UpsertCustomerIdentifierLike,
        UpsertCustomerOnCreateLike,
        UpsertCustomerOnUpdateLike,
    )
    from plain_graphql.operations.upsert_customer import UpsertedCustomer
    from plain_graphql.raw import RawOperations
    from plain_graphql.with_input import InputOperations
    from redis.asyncio import Redis

    from ._attachments.source import UploadSource
    from ._attachments.target import DownloadTarget
    from ._bulk.outcomes import Outcomes
    from ._call.quota import QuotaStatus
    from ._call.retry import RetryEvent
    from ._call.shared_quota import SharedQuota
    from ._config import OnConflict
    from ._customer_sync.sync import CustomerSync
    from ._customers.rows import UpsertRow
    from ._outcome import Outcome
    from ._transports.choose import TransportName

PayloadT = TypeVar("PayloadT")
ValueT = TypeVar("ValueT")
NodeT = TypeVar("NodeT")
ItemT = TypeVar("ItemT")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")


class AsyncPlainClient(Loading, PlainOperations):
    """Plain's API as async methods: one for each operation, each unwrapping its response.

    A query returns the object or None, a mutation the object that it created or changed,
    a list query its nodes, page by page. A refusal is raised as a `PlainError`.
    `client.raw` has the same methods, returning the payloads untouched.

        async with AsyncPlainClient() as client:
            customer = await client.customer_by_email("donald@example.com")

    Args:
        api_key: Default: the environment variable `PLAIN_API_KEY`.
        url: Default: the environment variable `PLAIN_API_URL`, then Plain's public URL.
        timeout: The most that one call may take, in seconds: waiting, retries and reading
            the response included. Default: 30. None: no limit.
        http_client: Your own httpx client, which then controls proxies, TLS and
            connections. It is never closed or reconfigured here.
        options: Other settings for all calls, as `RequestOptions`: the timeouts of the phases
            of a call, `max_attempts`, `priority`, `detail`. A call's own options take precedence.
        max_in_flight: How many requests may be in flight at once. Default: 256. Further
            calls wait their turn.
        reserve: The fraction of each window's quota that calls with the priority `bulk`
            leave to interactive ones. Default: 0.1.
        quota: Where processes and machines share the key's quota: an address like
            `redis://localhost:6379/0` (`plain-sdk[redis]`), a client of redis-py's asyncio, or a
            `SharedQuota`. Default: each process goes by what Plain's headers tell it.
        transport: What carries requests: `auto`, `httpx` or `aiohttp`. Default: the
            environment variable `PLAIN_TRANSPORT`, then `auto`, which is aiohttp under
            asyncio where it is installed, else httpx. Libraries that mock httpx need `httpx`.
        warm_up: Methods, like `upsert_customer`, whose models are built when the client is
            entered with `async with`, as `warm_up()` does. Default: none.
        on_retry: Called with a `RetryEvent` before each retry.
        tracer: An OpenTelemetry tracer; each call becomes a span named after its
            operation, without personal data.
        meter: An OpenTelemetry meter, for `plain_sdk.calls` and `plain_sdk.quota.wait` (seconds),
            `plain_sdk.retries` and `plain_sdk.quota.remaining` (counts), by operation.

    Requests that fail for a transient reason are retried when that can do no harm: broken
    connections, 408, 429, 5xx and internal errors, up to 4 attempts within `timeout`, with
    exponential backoff and full jitter, or when Plain says so. A mutation that is not safe
    to retry is sent again only when it certainly was not carried out; otherwise the call
    raises `PlainOutcomeUnknownError`.

    All clients in the process that use one key share what Plain's headers say about the
    quota. The client works in any number of event loops, with separate connections in each.

    Raises PlainConfigurationError when the key is missing or an argument is invalid.
    A cancelled call releases its connection and its slot; Plain may still carry it out.
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
        quota: "str | Redis | SharedQuota | None" = None,
        transport: "TransportName | None" = None,
        warm_up: Iterable[str] = (),
        on_retry: "Callable[[RetryEvent], None] | None" = None,
        tracer: "Tracer | None" = None,
        meter: "Meter | None" = None,
    ) -> None:
        # What carries calls out is loaded with the first client, not with the import.
        from ._call.pipeline import Hooks, Pipeline
        from ._call.requests import request_headers
        from ._transports.base import TransportOptions
        from ._transports.choose import chosen, make_transport
        from ._transports.environment import WireEnvironment, wire_environment

        super().__init__(self)
        settings: RequestOptions = {"timeout": timeout}
        settings.update(options or {})
        try:
            config = client_config(api_key, url, settings, max_in_flight, reserve)
            environment = WireEnvironment() if http_client else wire_environment(config.url)
            name = chosen(transport, http_client, environment)
            shared = _shared(quota)
        except PlainConfigurationError as error:
            # No frame of the traceback may hold the key, or the password of a proxy.
            del api_key
            raise error.with_traceback(None) from None
        del api_key
        self._config = config
        wire = TransportOptions(config.url, request_headers(config), defaults.MAX_RESPONSE_BYTES)
        self._transport, self._warm = name, tuple(warm_up)
        self._pipeline = Pipeline(
            config,
            lambda asyncio: make_transport(wire, environment, http_client, name, asyncio=asyncio),
            Hooks(on_retry, tracer, meter),
            # Another host may be behind another proxy, and gets nothing of this client's.
            lambda other, asyncio: make_transport(
                other,
                WireEnvironment() if http_client else wire_environment(other.url),
                http_client,
                name,
                asyncio=asyncio,
            ),
            shared=shared,
        )

    def __del__(self) -> None:
        pipeline = getattr(self, "_pipeline", None)
        if pipeline is not None and pipeline.abandon():
            warnings.warn(
                f"{self!r} was never closed; use `async with`, or `await client.aclose()`",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )

    def __repr__(self) -> str:
        if not hasattr(self, "_config"):
            # It is being made, and something is wrong with its arguments.
            return "<AsyncPlainClient>"
        key = masked(self._config.api_key)
        return f"<AsyncPlainClient url={self._config.url!r} api_key={key!r}>"

    async def __aenter__(self) -> Self:
        if self._warm:
            await self.warm_up(*self._warm)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def warm_up(self, *methods: str) -> None:
        """Load now, in a thread, what the first call of these methods would load.

            await client.warm_up("upsert_customer", "create_thread")

        The first call of a method imports and builds its models, which takes from a few
        milliseconds to a few tenths of a second in which the event loop stands still. Nothing
        is sent. Cancelled, the loading goes on in its thread and does no harm.

        Raises PlainConfigurationError for a name that is not an operation's method.
        """
        await self._pipeline.warm_up(methods, self._transport)

    async def aclose(self) -> None:
        """Close the client's connections. Calling it twice is fine.

            client = AsyncPlainClient()
            try:
                await client.customer_by_email("donald@example.com")
            finally:
                await client.aclose()

        `async with` does it for you. Calls in progress raise `PlainClosedError`; your own
        `http_client` stays open.
        """
        await self._pipeline.aclose()

    @property
    def quota(self) -> "QuotaStatus":
        """What is known about the key's quota: limit, remaining, reset, and how many wait.

            print(client.quota.remaining, "of", client.quota.limit)

        Nothing is known before the first response, or when Plain sends no such headers.
        """
        return self._pipeline.quota

    @property
    def raw(self) -> "RawOperations":
        """The same operations, returning the value of the root field untouched.

            payload = await client.raw.delete_customer("c_123")
            print(payload.error.code if payload.error else "accepted")

        A mutation's refusal is then not raised but left in the payload's `error`.
        """
        from plain_graphql.raw import RawOperations

        return RawOperations(self)

    @property
    def with_input(self) -> "InputOperations":
        """The mutations, each taking its whole input: the model, or a mapping.

            await client.with_input.create_thread(CreateThreadInput(...))

        They return and raise what the client's own methods do.
        """
        from plain_graphql.with_input import InputOperations

        return InputOperations(self)

    @cached_property
    def _upsert_one(self) -> "Callable[..., Coroutine[Any, Any, UpsertedCustomer]]":
        # Looked up once: an import statement costs a hundredth of a call.
        from ._customers.upsert import upsert_one

        return upsert_one

    async def upsert_customer(
        self,
        *,
        identifier: "UpsertCustomerIdentifierLike",
        on_create: "UpsertCustomerOnCreateLike",
        on_update: "UpsertCustomerOnUpdateLike | None" = None,
        on_conflict: "OnConflict" = "raise",
        options: RequestOptions | None = None,
    ) -> "UpsertedCustomer":
        """Create a customer, or update the one that the identifier matches.

        The same input twice gives NOOP the second time, so it is safe to retry.

        Each part is an input model, a mapping in snake_case, or the API's own JSON.

        Args:
            identifier: Which customer. Exactly one of `email_address`, `external_id` and
                `customer_id`; the last can update but never create.
            on_create: The customer to create when nobody matches: `full_name` and `email`
                (`email`, `is_verified`), optionally `short_name`, `external_id`,
                `customer_group_identifiers` and `tenant_identifiers`. The identifier is
                not copied into it.
            on_update: What to change when somebody matches. A value may be bare or wrapped
                as `{"value": ...}`. Fields left out stay as they are; None clears
                `short_name` and `external_id`. Default: change nothing.
            on_conflict: What to do when the email or the external id belongs to a different
                customer from the one identified. `raise`: PlainCustomerConflictError.
                `relink`: update the customer who has it, and give it the new external id,
                provided that nobody loses an identity; the result is then a
                `RelinkedCustomer` whose `matched_by` says how it was found. Needs
                customer:read too. Otherwise the conflict is raised.
            options: Overrides for this call, like `{"timeout": 5.0}`.

        Returns `result` (CREATED, UPDATED or NOOP) and the `customer` as it is now.

        Permission: customer:create and customer:edit, whichever branch is taken.

        Raises PlainInputError before anything is sent; PlainMutationError when Plain
        refuses, with a code to branch on: PlainCustomerConflictError when the email or the
        external id is another customer's (`customer_already_exists_with_email`),
        PlainMutationPermissionError when the key lacks a permission; another PlainError when
        there was no usable response.
        """
        return await self._upsert_one(
            self._pipeline, identifier, on_create, on_update, options, on_conflict
        )

    def upsert_customers(
        self,
        rows: "Iterable[UpsertRow] | AsyncIterable[UpsertRow]",
        *,
        max_running: int = defaults.MAX_RUNNING,
        on_conflict: "OnConflict" = "raise",
        pack: int = 1,
        options: RequestOptions | None = None,
    ) -> "Outcomes[UpsertRow, UpsertedCustomer]":
        """The outcome of each row's upsert, as it arrives, for an `async with` block.

            async with client.upsert_customers(rows) as outcomes:
                async for outcome in outcomes:
                    ...

        Rows are pulled lazily, no faster than outcomes are consumed. A refused row is an `Err`
        and stops nothing; a key that is invalid or lacks a permission does, after the outcomes
        so far. Leaving the block early cancels what is in flight: `outcomes.unread` then has
        the outcomes that were not consumed, `outcomes.unfinished` the rows without one, each
        saying whether it may have been carried out.

        Args:
            rows: `CustomerRow`s, or mappings with the arguments of `upsert_customer`; any
                iterable or async iterable.
            max_running: How many requests may be in flight at once. Default: 32.
            on_conflict: As in `upsert_customer`.
            pack: How many rows to send in one request. Default: 1. More relies on Plain
                accepting several mutations in a request, which is not documented.
            options: As in any call; unless given, the priority is `bulk` and there is no
                timeout.
        """
        from ._customers.upserts import upsert_rows

        return upsert_rows(
            self._pipeline,
            rows,
            max_running=max_running,
            in_order=False,
            pack=pack,
            options=options,
            on_conflict=on_conflict,
        )

    def upsert_customers_in_order(
        self,
        rows: "Iterable[UpsertRow] | AsyncIterable[UpsertRow]",
        *,
        max_running: int = defaults.MAX_RUNNING,
        on_conflict: "OnConflict" = "raise",
        pack: int = 1,
        options: RequestOptions | None = None,
    ) -> "Outcomes[UpsertRow, UpsertedCustomer]":
        """The outcome of each row's upsert, in the order of the rows.

            async with client.upsert_customers_in_order(rows) as outcomes:
                async for outcome in outcomes:
                    print(outcome.key, outcome.outcome)

        Like `upsert_customers`; a slow row holds back the outcomes of those after it.
        """
        from ._customers.upserts import upsert_rows

        return upsert_rows(
            self._pipeline,
            rows,
            max_running=max_running,
            in_order=True,
            pack=pack,
            options=options,
            on_conflict=on_conflict,
        )

    def sync_customers(
        self,
        rows: "Iterable[UpsertRow] | AsyncIterable[UpsertRow]",
        *,
        checkpoint: "str | PathLike[str]",
        max_running: int = defaults.MAX_RUNNING,
        on_conflict: "OnConflict" = "raise",
        pack: int = 1,
        retry_refused: bool = False,
        same_workspace: bool = False,
        give_up_after: float | None = None,
        dry_run: bool = False,
        options: RequestOptions | None = None,
    ) -> "CustomerSync":
        """The outcomes of a sync that sends only what changed, and can be killed at any moment.

            async with client.sync_customers(rows, checkpoint="customers.sync.db") as sync:
                async for outcome in sync:
                    ...
            print(sync.summary)

        Or `summary = await client.sync_customers(...)`, when the rows' outcomes don't matter.

        Each customer is made what its row says: an email that changed is changed in Plain with
        a second request, groups and tenants of customers who exist are added with operations
        of their own (which need `customerGroup:read` and `customerTenantMembership:create`), and
        Plain's response is compared with the row. What did not arrive is an `Err` with a
        `PlainNotAppliedError`. Rows with a conflict are sent once more when all others are
        through, because another row may give up the email.

        The checkpoint, an SQLite file, holds each row's key, the hash of what was sent, the
        outcome and its time. A later run skips rows whose content has not changed, and sends
        those again whose response never came or whose refusal depended on the moment. A row
        that Plain refused for what it says (`input_validation`) comes as the `Err` again,
        without being sent. Rows that mean the customer of an earlier row are refused, unless
        they are the same. Customers whose row is gone are left alone.

        While Plain is away, the sync waits and asks now and then whether it is back.

        Outcomes, errors and cancellation are as in `upsert_customers`; `sync.finish()` ends
        the sync once the responses in flight have arrived. The file is written for each
        request, which blocks the event loop for microseconds.

        Args:
            rows: As in `upsert_customers`.
            checkpoint: The file, created when it does not exist; or where a server keeps it, for
                jobs without a disk: `redis://host/0#name` (`plain-sdk[redis]`) or
                `postgresql://host/database#name` (`plain-sdk[postgres]`). Use one for each
                workspace and set of rows. A server is written to in a thread, once for all
                requests that wait; its lock ends with the process that holds it.
            max_running: How many requests may be in flight at once. Default: 32.
            on_conflict: As in `upsert_customer`.
            pack: As in `upsert_customers`.
            retry_refused: Whether to send rows that were refused before, even if unchanged.
            same_workspace: Whether a file that was made with another key belongs to this key's
                workspace, as after rotating a key. Otherwise such a file is refused.
            give_up_after: Seconds without a usable response after which the sync ends with the
                last error; nothing is lost then. Default: an hour, and 30 seconds while
                Plain has not responded at all.
            dry_run: Send nothing, leave the file as it is, and count what would be sent.
            options: As in `upsert_customers`.

        Raises PlainCheckpointError when the checkpoint cannot be used, or another sync is using
        it.
        """
        from ._customer_sync.sync import sync_rows

        return sync_rows(
            self._pipeline,
            self._config,
            rows,
            checkpoint=checkpoint,
            max_running=max_running,
            on_conflict=on_conflict,
            pack=pack,
            retry_refused=retry_refused,
            same_workspace=same_workspace,
            give_up_after=give_up_after,
            dry_run=dry_run,
            options=options,
        )

    async def upload_attachment(
        self,
        source: "UploadSource",
        *,
        customer_id: str,
        attachment_type: "AttachmentTypeOrText",
        file_name: str | None = None,
        size: int | None = None,
        on_progress: "Callable[[int, int], None] | None" = None,
        options: RequestOptions | None = None,
    ) -> "Attachment":
        """The attachment that a file has become, for the `attachment_ids` of a message.

            attachment = await client.upload_attachment(
                "invoice.pdf", customer_id="c_123", attachment_type="EMAIL"
            )

        Asks Plain for an address, and posts the file there in pieces: a file on disk is never
        held in memory. What is not used in a message within 24 hours is gone.

        Args:
            source: The content as bytes, a path, a binary stream (`read` may be a coroutine
                function), or an async iterable of bytes. A stream is read from where it is, and
                not closed.
            customer_id: Plain's id of the customer whom the message is for.
            attachment_type: What kind of message it is for, which decides how large it may be:
                EMAIL 6 MB, CHAT 100 MB, most others 50 MB, all files of a message together.
            file_name: What the file is called. Default: the name of the path or the file.
            size: How many bytes a stream holds that cannot seek; others tell it themselves.
            on_progress: Called with the bytes sent so far and the size; it starts over when an
                attempt does. What it raises ends the upload.
            options: What this call does differently. The `timeout`, unless told otherwise the
                client's, holds for all of it: a large file on a slow line needs more.

        The file is sent again from its start when the connection breaks or the storage has a
        fault, up to `max_attempts`, unless the source is a stream that cannot go back; then the
        error says so. The storage gets nothing of the client's: no key, no header. Redirects are
        refused. Uploads take no slot of `max_in_flight`, and no quota but for asking.

        Permission: attachment:create.

        Raises PlainInputError before anything is sent: the file is empty, too large, of a kind
        that Plain does not take, or has no name; PlainAttachmentError when the storage refuses
        it, or the source cannot be read; another PlainError on failure. Cancelled, it leaves no
        connection and no file open.
        """
        from ._attachments.upload import Upload, upload

        what = Upload(customer_id, attachment_type, file_name, size, on_progress)
        return await upload(self._pipeline, self._config.url, source, what, options)

    async def download_attachment(
        self,
        attachment_id: str,
        *,
        to: "DownloadTarget",
        allow_infected: bool = False,
        on_progress: "Callable[[int, int], None] | None" = None,
        options: RequestOptions | None = None,
    ) -> "Attachment":
        """The attachment whose file is then where you want it.

            attachment = await client.download_attachment("att_123", to="invoice.pdf")

        Args:
            attachment_id: Plain's id of the attachment.
            to: A path, or a binary stream (`write` may be a coroutine function). A path holds
                the file when it is whole, and until then whatever it held. A stream is written
                to from where it is, and not closed; when the download fails, it may hold a part.
            allow_infected: Whether to fetch a file in which Plain's virus scan found something.
                A file that was not scanned, or not yet, is fetched anyway;
                `create_attachment_download_url` tells.
            on_progress: Called with the bytes received so far and the size; it starts over when
                an attempt does. What it raises ends the download.
            options: As in `upload_attachment`.

        The file is fetched again from its start when the connection breaks, the storage has a
        fault or less came than the file has, unless `to` is a stream that has no way back and
        holds a part already.

        Permission: attachment:download.

        Raises PlainInputError when `to` cannot be written to; PlainAttachmentError when the file
        is infected, the storage refuses it, or writing fails; another PlainError on failure.
        Cancelled, it leaves no connection open, and no part of a file at a path.
        """
        from ._attachments.download import download

        return await download(
            self._pipeline, self._config.url, attachment_id, to,
            allow_infected=allow_infected, on_progress=on_progress, options=options,
        )  # fmt: skip

    def map(
        self,
        operation: "Callable[[ItemT], Awaitable[ValueT]]",
        items: "Iterable[ItemT] | AsyncIterable[ItemT]",
        *,
        max_running: int = defaults.MAX_RUNNING,
    ) -> "Outcomes[ItemT, ValueT]":
        """The outcome of a call for each item, as it arrives, for an `async with` block.

            async with client.map(client.customer_by_email, emails) as outcomes:
                async for outcome in outcomes:
                    print(outcome.item, outcome.outcome)

        The call is any method of the client, or a function of yours that uses it; the
        rules are those of `upsert_customers`.

        Args:
            operation: What to call with each item.
            items: Any iterable or async iterable; items are pulled as calls end.
            max_running: How many calls may be under way at once. Default: 32.
        """
        from ._bulk.outcomes import Outcomes, one_by_one

        return Outcomes(one_by_one(operation), items, max_running=max_running)

    def map_in_order(
        self,
        operation: "Callable[[ItemT], Awaitable[ValueT]]",
        items: "Iterable[ItemT] | AsyncIterable[ItemT]",
        *,
        max_running: int = defaults.MAX_RUNNING,
    ) -> "Outcomes[ItemT, ValueT]":
        """The outcome of a call for each item, in the order of the items.

            async with client.map_in_order(client.customer, customer_ids) as outcomes:
                async for outcome in outcomes:
                    print(outcome.item, outcome.outcome)

        Like `map`; a slow call holds back the outcomes of those after it.
        """
        from ._bulk.outcomes import Outcomes, one_by_one

        return Outcomes(one_by_one(operation), items, max_running=max_running, in_order=True)

    @overload
    async def gather(
        self, first: "Awaitable[T1]", second: "Awaitable[T2]", /
    ) -> "tuple[Outcome[T1], Outcome[T2]]": ...
    @overload
    async def gather(
        self, first: "Awaitable[T1]", second: "Awaitable[T2]", third: "Awaitable[T3]", /
    ) -> "tuple[Outcome[T1], Outcome[T2], Outcome[T3]]": ...
    @overload
    async def gather(
        self,
        first: "Awaitable[T1]",
        second: "Awaitable[T2]",
        third: "Awaitable[T3]",
        fourth: "Awaitable[T4]",
        /,
    ) -> "tuple[Outcome[T1], Outcome[T2], Outcome[T3], Outcome[T4]]": ...
    @overload
    async def gather(self, *calls: "Awaitable[ValueT]") -> "tuple[Outcome[ValueT], ...]": ...
    async def gather(self, *calls: "Awaitable[Any]") -> "tuple[Outcome[Any], ...]":
        """The outcomes of a handful of different calls, run concurrently, in the order given.

            customer, page = await client.gather(
                client.customer("c_1"), client.customers().first()
            )

        A refused call is an `Err` and stops nothing; a key that is invalid or lacks a
        permission raises, and cancels the others. Cancelling it cancels all of them.
        """
        from ._bulk.gather import gather

        return await gather(calls)

    async def query(
        self,
        document: str,
        variables: Mapping[str, object] | None = None,
        *,
        operation_name: str | None = None,
        repeatable: bool | None = None,
        options: RequestOptions | None = None,
    ) -> dict[str, object]:
        """What a GraphQL document that you write on the spot gives: plain data, untyped.

            data = await client.query(
                "query ($id: ID!) { customer(customerId: $id) { fullName } }", {"id": "c_123"}
            )

        For calls that are not worth a method. They are made like all others: errors, retries,
        quota, deadline and tracing; but neither the document nor the variables are checked
        against a schema before they are sent, and nobody knows the types of what comes back.
        `plain-sdk generate` makes typed methods of operations of your own.

        Args:
            document: One operation with its fragments; a query, or a mutation.
            variables: Their values under the API's names: plain data, or input models. They are
                sent as they are: None is null.
            operation_name: Which operation to carry out, where the document holds several.
            repeatable: Whether carrying it out twice has the same effect as once, so that it may
                be retried. Default: queries are, mutations are not.
            options: What this call does differently, like `{"timeout": 5.0}`.

        Returns the response's `data`, under the API's names and your aliases. Its values are
        `object`s to type checkers: hand them to a model, `match` them, or cast.

        Raises PlainInputError before anything is sent when the document holds no operation, a
        subscription, or several without an `operation_name`; PlainMutationError when Plain
        refuses a mutation, provided that `error` is selected in its payload: of several root
        fields that of the first refused one, while others may have been carried out; another
        PlainError on failure, PlainGraphQLError when the document is not valid or only a part of
        it was answered.
        """
        from ._call.one_off import one_off

        operation = one_off(document, operation_name, repeatable)
        call = self._pipeline.plain_data(operation, given(variables or {}), options)
        # No traceback holds a customer's data.
        del variables
        return await call

    def execute(
        self,
        operation: Operation[Any, Any, ValueT],
        variables: Mapping[str, object],
        options: RequestOptions | None = None,
    ) -> Coroutine[Any, Any, ValueT]:
        """The unwrapped value of any operation; the generated methods call this."""
        return self._pipeline.value(operation, variables, options)

    def execute_raw(
        self,
        operation: Operation[Any, PayloadT, Any],
        variables: Mapping[str, object],
        options: RequestOptions | None = None,
    ) -> Coroutine[Any, Any, PayloadT]:
        """The value of an operation's root field; `client.raw` calls this."""
        return self._pipeline.payload(operation, variables, options)

    def paginate(
        self,
        operation: "Operation[Any, Any, ConnectionLike[NodeT] | None]",
        variables: Mapping[str, object],
        paging: Paging,
        options: RequestOptions | None = None,
    ) -> NodePages[NodeT]:
        """The nodes of a list operation; the generated list methods call this."""
        from ._lists.pages import Paginator

        return Paginator(self._pipeline, operation, variables, paging, options)


def _shared(quota: "str | Redis | SharedQuota | None") -> "SharedQuota | None":
    if quota is None:
        return None
    from ._call.shared_quota import shared_through

    return shared_through(quota)
