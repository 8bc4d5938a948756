"""What users write. It is only type-checked, never run; it uses every public name."""

import io
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any, assert_never, assert_type

import anyio
import httpx

from plain_sdk import (
    UNSET,
    AsyncPlainClient,
    Customer,
    CustomerRow,
    CustomerSync,
    EmailAddressInput,
    Err,
    GraphQLErrorInfo,
    InputProblem,
    ItemOutcome,
    MutationFieldProblem,
    MutationOutcome,
    NodePages,
    Ok,
    OnConflict,
    Outcome,
    Outcomes,
    Page,
    PlainAPIError,
    PlainAttachmentError,
    PlainAuthenticationError,
    PlainCheckpointError,
    PlainClosedError,
    PlainConfigurationError,
    PlainConnectionError,
    PlainCustomerConflictError,
    PlainError,
    PlainGraphQLError,
    PlainInputError,
    PlainMutationError,
    PlainMutationPermissionError,
    PlainNotAppliedError,
    PlainOutcomeUnknownError,
    PlainPermissionError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
    PlainTimeoutError,
    PlainWebhookError,
    PlainWebhookPayloadError,
    PlainWebhookReplayError,
    PlainWebhookSignatureError,
    QuotaStatus,
    RelinkedCustomer,
    RequestOptions,
    RetryEvent,
    SharedQuota,
    SyncSummary,
    ThreadPriority,
    Unfinished,
    Unknown,
    UpsertCustomerIdentifierInput,
    UpsertCustomerOnCreateInput,
    UpsertCustomerOnUpdateInput,
    UpsertedCustomer,
    UpsertParts,
    UpsertResult,
    UpsertRow,
    __version__,
    capture,
)
from plain_sdk.cards import (
    Card,
    CardCustomer,
    CardHandler,
    CardRequest,
    CardsResponse,
    CardTenant,
    CardThread,
    CustomerCards,
)
from plain_sdk.components import (
    ContainerComponent,
    Preview,
    RowComponent,
    SimpleComponent,
    badge,
    container,
    copy_button,
    date_time,
    divider,
    link_button,
    plain_text,
    preview,
    row,
    spacer,
    text,
    user,
    workflow_button,
)
from plain_sdk.types import (
    Actor,
    Attachment,
    AttachmentDownloadUrl,
    AttachmentType,
    ChatEntry,
    ComponentBadge,
    ComponentInput,
    ComponentLike,
    ComponentPlainText,
    ComponentSpacerSize,
    ComponentText,
    ComponentTextInput,
    CreateAttachmentDownloadUrlValue,
    CreateNoteInput,
    CreateThreadFieldOnThreadInput,
    CustomEntry,
    CustomerActor,
    CustomTimelineEntryComponent,
    DeletedCustomerActor,
    Label,
    MachineUser,
    MachineUserActor,
    Note,
    NoteEntry,
    System,
    SystemActor,
    Tenant,
    Thread,
    ThreadStatus,
    TimelineEntry,
    UpsertCustomerPayload,
    User,
    UserActor,
)


def on_retry(event: RetryEvent) -> None:
    print(event.operation, event.attempt, event.delay, event.error)


async def setting_up() -> None:
    everything = AsyncPlainClient(
        "key",
        options={"read_timeout": 5.0, "max_attempts": 2, "priority": "bulk"},
        max_in_flight=10,
        reserve=0.2,
        on_retry=on_retry,
        quota=SharedQuota("redis://127.0.0.1:6379/0"),
    )
    assert_type(everything.quota, QuotaStatus)
    print(everything.quota.limit, everything.quota.waiting)
    async with httpx.AsyncClient() as http, AsyncPlainClient("key", http_client=http) as client:
        assert_type(client, AsyncPlainClient)
    client = AsyncPlainClient(url="http://127.0.0.1/", timeout=None)
    await client.aclose()
    print(__version__, UNSET)


async def upserting(client: AsyncPlainClient) -> None:
    by_model = await client.upsert_customer(
        identifier=UpsertCustomerIdentifierInput(email_address="a@b"),
        on_create=UpsertCustomerOnCreateInput(
            full_name="A", email=EmailAddressInput(email="a@b", is_verified=True)
        ),
        on_update=UpsertCustomerOnUpdateInput(),
    )
    assert_type(by_model, UpsertedCustomer)
    assert_type(by_model.customer, Customer)
    assert_type(by_model.result, UpsertResult)
    await client.upsert_customer(
        identifier={"email_address": "a@b"},
        on_create={
            "full_name": "A",
            "email": {"email": "a@b", "is_verified": True},
            "customer_group_identifiers": [{"customer_group_key": "enterprise"}],
        },
        on_update={"full_name": "A", "short_name": None, "external_id": {"value": "x"}},
        options={"timeout": 5.0},
    )
    await client.upsert_customer(
        identifier={"customerId": "c_1"},
        on_create={"fullName": "A", "email": {"email": "a@b", "isVerified": True}},
        on_update={"fullName": {"value": "A"}, "email": {"email": "a@b", "isVerified": True}},
    )
    await client.upsert_customer(
        identifier={"external_id": "x"},
        on_create={"full_name": "A", "email": EmailAddressInput(email="a@b", is_verified=True)},
        on_update={},
    )
    match by_model.result:
        case UpsertResult.CREATED | UpsertResult.UPDATED:
            print(by_model.created, by_model.updated)
        case UpsertResult.NOOP:
            print(by_model.unchanged)


def who(actor: Actor) -> str:
    match actor:
        case UserActor():
            return actor.user_id
        case CustomerActor() | DeletedCustomerActor():
            return actor.customer_id
        case SystemActor():
            return actor.system_id
        case MachineUserActor():
            return actor.machine_user_id
        case Unknown():
            return actor.typename__
        case _:
            assert_never(actor)


async def looking_up(client: AsyncPlainClient, options: RequestOptions) -> str | None:
    customer = await client.customer("c_1", options=options)
    assert_type(customer, Customer | None)
    assert_type(await client.customer_by_email("a@b"), Customer | None)
    assert_type(await client.customer_by_external_id("x"), Customer | None)
    if customer is None:
        return None
    spam = await client.mark_customer_as_spam(customer.id)
    assert_type(spam, Customer)
    assert_type(await client.unmark_customer_as_spam(spam.id), Customer)
    await client.delete_customer(customer.id)
    print(customer.created_at.iso8601, customer.email.is_verified)
    return who(customer.created_by)


async def listing(client: AsyncPlainClient) -> list[Customer]:
    pages = client.customers(
        filters={"is_marked_as_spam": False, "customer_group_keys": ["enterprise"]},
        sort_by={"field": "FULL_NAME", "direction": "ASC"},
        page_size=50,
        limit=200,
    )
    assert_type(pages, NodePages[Customer])
    async for customer in pages:
        assert_type(customer, Customer)
    async for page in pages.pages():
        assert_type(page, Page[Customer])
    assert_type(pages.pages(), AsyncIterator[Page[Customer]])
    assert_type(await pages.total_count(), int | None)
    return await pages.collect()


async def threads(client: AsyncPlainClient, customer: Customer) -> Thread:
    thread = await client.create_thread(
        customer_identifier={"customer_id": customer.id},
        title="It does not fly",
        priority=1,
        label_type_ids=["lt_1"],
        thread_fields=[{"key": "model", "type": "STRING", "string_value": "X"}],
        assigned_to={"user_id": "u_1"},
    )
    assert_type(thread, Thread)
    labels = await client.add_labels(thread_id=thread.id, label_type_ids=["lt_2"])
    assert_type(labels, list[Label])
    await client.reply_to_thread(thread_id=thread.id, text_content="We are on it.")
    whole = CreateNoteInput(customer_id=customer.id, text="Angry.", thread_id=thread.id)
    assert_type(await client.with_input.create_note(whole), Note)
    tenant = await client.upsert_tenant(
        identifier={"external_id": "acme"}, name="Acme", external_id="acme", url=None
    )
    assert_type(tenant.tenant, Tenant)
    await client.set_customer_tenants(
        customer_identifier={"email_address": "a@b"}, tenant_identifiers=[{"external_id": "acme"}]
    )
    async for other in client.threads(filters={"statuses": ["TODO"]}, limit=10):
        assert_type(other, Thread)
    async with client.thread_timeline_entries(thread.id).prefetched() as entries:
        async for entry in entries:
            print(told(entry))
    return await client.mark_thread_as_done(thread_id=thread.id)


def told(entry: TimelineEntry) -> str:
    match entry.entry:
        case ChatEntry() | NoteEntry():
            return entry.entry.text or ""
        case CustomEntry():
            return " ".join(shown(component) for component in entry.entry.components)
        case Unknown():
            return f"{entry.entry.typename__}: {entry.entry.data}"
        case _:
            return entry.entry.typename__


def shown(
    component: ComponentText | ComponentPlainText | ComponentBadge | CustomTimelineEntryComponent,
) -> str:
    match component:
        case ComponentText():
            return component.text
        case ComponentPlainText():
            return component.plain_text
        case ComponentBadge():
            return component.badge_label
        case _:
            return component.typename__


def assignee(thread: Thread) -> str:
    who = thread.assigned_to
    match who:
        case None:
            return "nobody"
        case User() | MachineUser():
            return who.full_name
        case System():
            return "Plain"
        case Unknown():
            return "somebody"
        case _:
            assert_never(who)


def urgency(status: ThreadStatus) -> int:
    match status:
        case ThreadStatus.TODO:
            return 2
        case ThreadStatus.SNOOZED:
            return 1
        case ThreadStatus.DONE:
            return 0
    # An enum is open: a value that is newer than this version ends up here.
    return 1


async def raw(client: AsyncPlainClient) -> UpsertCustomerPayload:
    return await client.raw.upsert_customer(
        identifier={"external_id": "x"},
        on_create={"full_name": "A", "email": {"email": "a@b", "is_verified": True}},
        on_update={},
    )


async def outcomes(client: AsyncPlainClient) -> PlainError | None:
    outcome = await capture(client.customer("c_1"))
    assert_type(outcome, Outcome[Customer | None])
    match outcome:
        case Ok(value):
            assert_type(value, Customer | None)
            return None
        case Err(error):
            assert_type(error, PlainError)
            return error


async def bulk(client: AsyncPlainClient, parts: list[UpsertParts]) -> list[Unfinished[UpsertRow]]:
    async with client.upsert_customers(parts, on_conflict="relink", pack=5) as outcomes:
        assert_type(outcomes, Outcomes[UpsertRow, UpsertedCustomer])
        async for outcome in outcomes:
            assert_type(outcome, ItemOutcome[UpsertRow, UpsertedCustomer])
            if isinstance(outcome.outcome, Ok) and isinstance(
                outcome.outcome.value, RelinkedCustomer
            ):
                print(outcome.outcome.value.matched_by)
    rows = [CustomerRow("A", "a@b", short_name=None)]
    async with client.upsert_customers_in_order(rows) as in_order:
        print([outcome.key async for outcome in in_order])
    async with client.map(client.customer, ["c_1"]) as found:
        async for each in found:
            assert_type(each, ItemOutcome[str, Customer | None])
    first, second = await client.gather(client.customer("c_1"), client.delete_customer("c_2"))
    assert_type(first, Outcome[Customer | None])
    assert_type(second, Outcome[None])
    return outcomes.unfinished


async def syncing(client: AsyncPlainClient, rows: AsyncIterator[CustomerRow]) -> SyncSummary:
    on_conflict: OnConflict = "relink"
    sync = client.sync_customers(
        rows,
        checkpoint=Path("customers.sync.db"),
        on_conflict=on_conflict,
        retry_refused=True,
    )
    assert_type(sync, CustomerSync)
    async with sync:
        async for outcome in sync:
            assert_type(outcome, ItemOutcome[UpsertRow, UpsertedCustomer])
            if outcome.index > 10:
                sync.finish()
    planned = await client.sync_customers([], checkpoint="customers.sync.db", dry_run=True)
    assert_type(planned, SyncSummary)
    return sync.summary if sync.summary.complete else planned


def describe(error: PlainError) -> str:
    details: list[GraphQLErrorInfo | MutationFieldProblem | InputProblem] = []
    match error:
        case PlainConfigurationError() | PlainClosedError() | PlainConnectionError():
            return error.message
        case PlainOutcomeUnknownError():
            return error.message
        case PlainCheckpointError():
            return error.path
        case PlainNotAppliedError():
            return ", ".join(error.fields)
        case PlainInputError():
            details.extend(error.problems)
        case PlainTimeoutError():
            return f"{error.timeout} s"
        case PlainAttachmentError():
            return f"{error.status_code} {error.code}"
        case PlainWebhookReplayError():
            return f"{error.age} {error.tolerance}"
        case PlainWebhookPayloadError():
            return error.pointer
        case PlainWebhookSignatureError() | PlainWebhookError():
            return error.message
        case PlainResponseError():
            return str(error.status_code)
        case PlainMutationPermissionError() | PlainPermissionError():
            return ", ".join(error.missing_permissions)
        case PlainCustomerConflictError():
            return error.member
        case PlainMutationError():
            details.extend(error.fields)
            return error.code or error.type
        case PlainGraphQLError():
            details.extend(error.errors)
        case PlainRateLimitError():
            return f"{error.limit} {error.remaining} {error.reset_at} {error.retry_after}"
        case PlainAuthenticationError() | PlainServerError() | PlainStatusError():
            return f"{error.status_code}"
        case PlainAPIError():
            return f"{error.code}"
        case _:
            pass
    return f"{error.operation} {error.request_id} {error.attempts} {details}"


async def opened(names: list[str]) -> float | None:
    async with AsyncPlainClient("k", transport="httpx", warm_up=["upsert_customer"]) as client:
        await client.warm_up(*names)
        try:
            await client.customer("c_1")
        except (PlainConnectionError, PlainTimeoutError) as error:
            assert_type(error.reached, str | None)
        return client.quota.parked_for


async def what_an_error_always_has(client: AsyncPlainClient) -> tuple[str, int, float, str]:
    """Needs no check for None; and what became of a mutation is one of three."""
    try:
        await client.create_note(customer_id="c_1", text="Hello")
    except PlainMutationError as error:
        return error.code, error.status_code, 0.0, error.type
    except PlainTimeoutError as error:
        return "", 0, error.timeout, ""
    except PlainConnectionError as error:
        return "", 0, 0.0, error.reached
    except PlainError as error:
        outcome: MutationOutcome = error.outcome
        match outcome:
            case "carried_out" | "not_carried_out" | "unknown":
                return "", error.attempts, 0.0, str(error)
    return "", 0, 0.0, ""


async def values_with_a_meaning(client: AsyncPlainClient, moment: datetime) -> ThreadPriority:
    """Names for priorities, aware times, texts of enums in models, and `UNSET` in mappings."""
    thread = await client.create_thread(
        customer_identifier={"customer_id": "c_1"},
        title="Hello",
        priority=ThreadPriority.URGENT,
        components=[{"component_text": {"text": "Hi"}}],
        thread_fields=[
            CreateThreadFieldOnThreadInput(key="plan", type="ENUM", string_value="pro"),
            {"key": "since", "type": "DATE", "date_value": moment},
        ],
        assigned_to={"user_id": "u_1"},
    )
    await client.change_thread_priority(thread_id=thread.id, priority=1)
    await client.create_customer_event(
        customer_identifier={"external_id": "1"},
        title="Paid",
        timestamp=moment,
        components=[{"component_text": {"text": "Paid", "text_size": UNSET}}],
    )
    updated = client.customers(filters={"updated_at": {"after": thread.updated_at}})
    assert not [c async for c in updated if c.created_at > moment or c.updated_at.datetime > moment]
    return thread.priority


async def files(client: AsyncPlainClient, pieces: AsyncIterator[bytes]) -> Attachment:
    """Whatever a file comes from, and goes to."""
    sent = await client.upload_attachment(
        Path("a.pdf"),
        customer_id="c_1",
        attachment_type="EMAIL",
        file_name="b.pdf",
        on_progress=lambda done, size: print(done / size),
        options={"timeout": 300.0},
    )
    assert_type(sent, Attachment)
    await client.upload_attachment(b"x", customer_id="c_1", attachment_type=AttachmentType.CHAT)
    await client.upload_attachment("a.pdf", customer_id="c_1", attachment_type="NOTE")
    await client.upload_attachment(pieces, customer_id="c_1", attachment_type="NOTE", size=5)
    async with await anyio.open_file("a.pdf", "rb") as source:
        await client.upload_attachment(source, customer_id="c_1", attachment_type="NOTE")
    with Path("a.pdf").open("rb") as file, io.BytesIO() as target:
        await client.upload_attachment(file, customer_id="c_1", attachment_type="NOTE")
        await client.download_attachment(sent.id, to=target)
    got = await client.download_attachment(sent.id, to="a.pdf", allow_infected=True)
    assert_type(got, Attachment)
    address = await client.create_attachment_download_url(got.id)
    assert_type(address, CreateAttachmentDownloadUrlValue)
    where: AttachmentDownloadUrl = address
    print(where.download_url, address.attachment_virus_scan_result)
    return got


def components(moment: datetime) -> list[ComponentLike]:
    """One of each, beside whatever else a component may be."""
    simple = [
        text("**Hi**", size="L", color="ERROR"),
        plain_text("Hi", size="S", color="MUTED"),
        badge("Pro", color="GREEN"),
        copy_button("ord_1", tooltip="Copy"),
    ]
    assert_type(simple, list[SimpleComponent])
    a_row: RowComponent = row(simple, [text("x")])
    a_box: ContainerComponent = container([a_row, *simple])
    mixed = [text("x"), a_row, divider()]
    boxed = [a_row, a_box]
    made: list[ComponentLike] = [
        *simple,
        *mixed,
        *boxed,
        container(mixed),
        divider(spacing="S"),
        spacer("M"),
        spacer(ComponentSpacerSize.XL),
        link_button("Open", "https://example.com"),
        workflow_button("Refund", workflow_key="refund"),
        date_time(moment),
        user(email_address="a@b"),
        row([text("A"), {"componentBadge": {"badgeLabel": "x"}}], simple),
        container([*simple, row([text("A")], [text("B")])]),
        {"component_text": {"text": "x"}},
        {"componentText": {"text": "x", "textSize": "M"}},
        ComponentInput(component_text=ComponentTextInput(text="x")),
    ]
    return made


async def showing(client: AsyncPlainClient, moment: datetime) -> Preview:
    """In threads, events and previews."""
    await client.create_thread(
        customer_identifier={"customer_id": "c_1"},
        components=[text("Hi"), container([text("x")]), *components(moment)],
    )
    await client.create_thread_event(
        thread_id="th_1",
        title="x",
        components=[text("Hi"), row([text("A")], [badge("B")]), {"componentText": {"text": "x"}}],
    )
    shown = preview(components(moment))
    assert_type(preview(text("x")), Preview)
    print(shown, shown.html, shown.page, shown.components)
    return shown


cards = CustomerCards(["new", "old"], timeout=5.0)


@cards.card("usage", ttl=300)
async def usage(request: CardRequest) -> list[ComponentLike] | None:
    customer: CardCustomer = request.customer
    thread: CardThread | None = request.thread
    tenant: CardTenant | None = request.tenant
    if thread is None or tenant is None or customer.external_id is None:
        return None
    return [text(customer.email), {"component_text": {"text": tenant.id}}]


@cards.card("plan")
async def plan(request: CardRequest) -> Card:
    return Card([text("Pro")], ttl=60)


@cards.card("badge")
async def badges(request: CardRequest) -> list[Any]:
    return [badge("Pro")]


async def card_by_hand(body: bytes, headers: dict[str, str]) -> CardsResponse:
    handler: CardHandler = plan
    cards.card("again")(handler)
    answer = await cards.handle(body, headers)
    print(answer.status, answer.body, answer.headers)
    return answer
