"""What users write about webhooks. It is only type-checked, never run; it matches every payload."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never, assert_type

from plain_sdk.webhooks import (
    PAYLOADS,
    Actor,
    ChatReceived,
    ChatSent,
    Claim,
    CustomerActor,
    CustomerChanged,
    CustomerCreated,
    CustomerDeleted,
    CustomerGroupChanged,
    CustomerGroupMembershipsChanged,
    CustomerUpdated,
    DeliveryStore,
    DiscordMessageReceived,
    DiscordMessageSent,
    DiscordMessageUpdated,
    DiscussionCreated,
    DiscussionMessageCreated,
    EmailReceived,
    EmailSent,
    MachineUserActor,
    MemoryStore,
    MsTeamsMessageReceived,
    MsTeamsMessageSent,
    NoteCreated,
    NoteMentionCreated,
    Overdue,
    Payload,
    PlainWebhookError,
    PlainWebhookPayloadError,
    PlainWebhookReplayError,
    PlainWebhookSignatureError,
    RedisStore,
    Sample,
    ServiceLevelAgreementStatusTransitioned,
    SlackMessageReceived,
    SlackMessageSent,
    SlackMessageUpdated,
    SQLiteStore,
    SystemActor,
    TaskCreated,
    TaskDeleted,
    TaskStatusTransitioned,
    TaskUpdated,
    Thread,
    ThreadAssignmentTransitioned,
    ThreadCreated,
    ThreadFieldCreated,
    ThreadFieldDeleted,
    ThreadFieldUpdated,
    ThreadLabelsChanged,
    ThreadPriorityChanged,
    ThreadStatus,
    ThreadStatusTransitioned,
    ThreadTenantUpdated,
    TimelineEntryChanged,
    ToolCallApprovalRequested,
    ToolCallApprovalResolved,
    UnknownObject,
    UnknownPayload,
    UserActor,
    WebhookEvent,
    WebhookMetadata,
    WebhookReceiver,
    parse,
    sample,
    sign,
    unwrap,
    verify,
)


def told(payload: Payload) -> object:
    match payload:
        case ThreadCreated(thread=thread):
            return thread.id
        case ThreadStatusTransitioned(previous_thread=previous_thread, thread=thread):
            return (previous_thread.id, thread.id)
        case ThreadAssignmentTransitioned(previous_thread=previous_thread, thread=thread):
            return (previous_thread.id, thread.id)
        case ThreadLabelsChanged(
            change_type=change_type, thread=thread, previous_thread=previous_thread
        ):
            return (change_type, thread.id, previous_thread.id)
        case ThreadPriorityChanged(previous_thread=previous_thread, thread=thread):
            return (previous_thread.id, thread.id)
        case ThreadTenantUpdated(
            previous_thread=previous_thread,
            thread=thread,
            previous_tenant=previous_tenant,
            tenant=tenant,
        ):
            return (
                previous_thread.id,
                thread.id,
                previous_tenant.id if previous_tenant else None,
                tenant.id if tenant else None,
            )
        case ThreadFieldCreated(thread=thread, thread_field=thread_field):
            return (thread.id, thread_field.id)
        case ThreadFieldUpdated(
            thread=thread, previous_thread_field=previous_thread_field, thread_field=thread_field
        ):
            return (thread.id, previous_thread_field.id, thread_field.id)
        case ThreadFieldDeleted(thread=thread, previous_thread_field=previous_thread_field):
            return (thread.id, previous_thread_field.id)
        case NoteCreated(thread=thread, note=note):
            return (thread.id, note.id)
        case NoteMentionCreated():
            return payload.extra
        case EmailReceived(thread=thread, email=email):
            return (thread.id, email.id)
        case EmailSent(thread=thread, email=email):
            return (thread.id, email.id)
        case ChatReceived(chat=chat, thread=thread):
            return (chat.id, thread.id)
        case ChatSent(chat=chat, thread=thread):
            return (chat.id, thread.id)
        case SlackMessageReceived(thread=thread, slack_message=slack_message):
            return (thread.id, slack_message.id)
        case SlackMessageSent(thread=thread, slack_message=slack_message):
            return (thread.id, slack_message.id)
        case SlackMessageUpdated(
            change_type=change_type,
            thread=thread,
            slack_message=slack_message,
            reaction_change=reaction_change,
        ):
            return (change_type, thread.id, slack_message.id, reaction_change)
        case MsTeamsMessageReceived(thread=thread, ms_teams_message=ms_teams_message):
            return (thread.id, ms_teams_message)
        case MsTeamsMessageSent(thread=thread, ms_teams_message=ms_teams_message):
            return (thread.id, ms_teams_message)
        case DiscordMessageReceived(thread=thread, discord_message=discord_message):
            return (thread.id, discord_message.id)
        case DiscordMessageSent(thread=thread, discord_message=discord_message):
            return (thread.id, discord_message.id)
        case DiscordMessageUpdated(thread=thread, discord_message=discord_message):
            return (thread.id, discord_message.id)
        case ServiceLevelAgreementStatusTransitioned(
            thread=thread,
            service_level_agreement=service_level_agreement,
            previous_service_level_agreement_status_detail=previous_service_level_agreement_status_detail,
            service_level_agreement_status_detail=service_level_agreement_status_detail,
        ):
            return (
                thread.id,
                service_level_agreement,
                previous_service_level_agreement_status_detail,
                service_level_agreement_status_detail,
            )
        case CustomerCreated(customer=customer):
            return customer.id
        case CustomerUpdated(customer=customer, previous_customer=previous_customer):
            return (customer.id, previous_customer.id)
        case CustomerDeleted(previous_customer=previous_customer):
            return previous_customer.id
        case CustomerChanged(
            change_type=change_type, customer=customer, previous_customer=previous_customer
        ):
            return (change_type, customer.id, previous_customer.id if previous_customer else None)
        case CustomerGroupMembershipsChanged(
            change_type=change_type, customer=customer, previous_customer=previous_customer
        ):
            return (change_type, customer.id, previous_customer.id)
        case CustomerGroupChanged(
            change_type=change_type,
            customer_group=customer_group,
            previous_customer_group=previous_customer_group,
        ):
            return (
                change_type,
                customer_group.id if customer_group else None,
                previous_customer_group.id if previous_customer_group else None,
            )
        case TimelineEntryChanged(
            change_type=change_type,
            timeline_entry=timeline_entry,
            previous_timeline_entry=previous_timeline_entry,
        ):
            return (
                change_type,
                timeline_entry.id if timeline_entry else None,
                previous_timeline_entry.id if previous_timeline_entry else None,
            )
        case DiscussionCreated(discussion=discussion):
            return discussion.id
        case DiscussionMessageCreated(discussion=discussion, message=message):
            return (discussion.id, message.id)
        case ToolCallApprovalRequested(
            discussion=discussion,
            approval_id=approval_id,
            tool_call_id=tool_call_id,
            justification=justification,
            requested_at=requested_at,
            requested_by=requested_by,
        ):
            return (
                discussion.id,
                approval_id,
                tool_call_id,
                justification,
                requested_at,
                requested_by,
            )
        case ToolCallApprovalResolved(
            discussion=discussion,
            approval_id=approval_id,
            tool_call_id=tool_call_id,
            justification=justification,
            requested_at=requested_at,
            requested_by=requested_by,
            status=status,
            resolved_at=resolved_at,
            resolved_by=resolved_by,
            reviewer_note=reviewer_note,
        ):
            return (
                discussion.id,
                approval_id,
                tool_call_id,
                justification,
                requested_at,
                requested_by,
                status,
                resolved_at,
                resolved_by,
                reviewer_note,
            )
        case TaskCreated(task=task):
            return task.id
        case TaskUpdated(task=task, previous_task=previous_task):
            return (task.id, previous_task.id)
        case TaskStatusTransitioned(task=task, previous_task=previous_task):
            return (task.id, previous_task.id)
        case TaskDeleted(previous_task=previous_task):
            return previous_task.id
        case UnknownPayload(event_type=event_type):
            return event_type, payload.extra
        case _:
            assert_never(payload)


def who(actor: Actor) -> str:
    match actor:
        case UserActor(user_id=user_id):
            return user_id
        case CustomerActor() | MachineUserActor():
            return actor.actor_type
        case SystemActor(system=system):
            return system
        case UnknownObject(extra=members):
            return str(members)
        case _:
            assert_never(actor)


def thread(of: Thread) -> str:
    assert_type(of.status, ThreadStatus)
    assert_type(of.priority, int | float)
    assert_type(of.created_at, datetime)
    assert_type(of.external_id, str | None)
    assert_type(of.extra, dict[str, Any])
    return of.customer.email.email


def parts(body: bytes, headers: Mapping[str, str], secrets: list[str]) -> str | None:
    try:
        verify(body, headers.get("plain-request-signature"), secrets)
        event = unwrap(body, headers, secret=secrets, tolerance=60.0, now=datetime.now())
        assert_type(event, WebhookEvent)
        assert_type(event.payload, Payload)
        assert_type(event.metadata, WebhookMetadata)
    except (PlainWebhookSignatureError, PlainWebhookReplayError):
        return None
    except PlainWebhookPayloadError as error:
        return error.pointer
    except PlainWebhookError as error:
        return error.message
    if isinstance(event.payload, ThreadCreated) and event.is_older_than(event.payload.thread):
        return sign(body, secrets[0])
    return parse(body).metadata.version


receiver = WebhookReceiver("secret", store=SQLiteStore("webhooks.db"), background=True)


@receiver.on(ThreadCreated)
async def one(event: WebhookEvent[ThreadCreated]) -> None:
    print(event.payload.thread.title)


@receiver.on(ThreadCreated, EmailReceived)
async def two(event: WebhookEvent[ThreadCreated | EmailReceived]) -> None:
    print(event.payload.thread.title)


@receiver.on(ThreadCreated, EmailReceived, NoteCreated)
async def three(event: WebhookEvent[ThreadCreated | EmailReceived | NoteCreated]) -> None:
    print(event.payload.thread.title)


@receiver.on(ThreadCreated, EmailReceived, NoteCreated, ChatSent)
async def many(event: WebhookEvent) -> None:
    print(told(event.payload))


@receiver.on_any
async def every(event: WebhookEvent) -> None:
    print(told(event.payload))


async def handled(made: Sample) -> int:
    async with receiver:
        return await receiver.handle(made.body, made.headers)


async def stored(store: DeliveryStore) -> bytes | None:
    if await store.claim("pEv_1", "token", 30.0) is Claim.DONE:
        return None
    found: Overdue | None = await store.overdue("token", 30.0)
    return found.body if found else None


stores: list[DeliveryStore] = [MemoryStore(), RedisStore("redis://localhost")]
made = sample("thread.thread_created", secret="secret")
print(PAYLOADS[made.event_type].model_fields)
