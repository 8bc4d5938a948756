"""Chat messages, of customers and to them."""

import json
from collections.abc import Mapping
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._payloads import shaped
from ..._refusals import BadField, bad_input
from ..._store import Row, Table
from ..actors import MADE, acting, as_customer, made, moment, stamped
from ..attachments import check_attachments
from ..entries import attached
from ..inputs import existing, invalid, moment_of
from ..threads.changes import message_came, tell, thread_row
from ..threads.create import open_thread
from ..timeline import add_entry

DOMAIN = Domain(
    tables=(
        Table(
            "chats",
            {
                "id": "TEXT PRIMARY KEY",
                "thread_id": "TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE",
                "entry_id": "TEXT",
                "text": "TEXT",
                "attachments": "TEXT NOT NULL",
                "customer_read_at": "TEXT",
                **MADE,
            },
            indexes=("thread_id",),
        ),
    )
)


@DOMAIN.loader("Chat")
def load_chat(context: Context, chat_id: str) -> Object | None:
    """The chat message with this id."""
    row = context.store.by("chats", "id", chat_id)
    return None if row is None else _as_chat(row)


@DOMAIN.mutation("sendChat", permissions=("chat:create",))
def send_chat(context: Context, input: dict[str, Any]) -> Object:
    """Write to a customer: on a thread, or on a new one when none is given."""
    thread, text, attachments, at = _message(context, input)
    return {"chat": add_chat(context, thread, text, attachments, at=at)}


@DOMAIN.mutation("sendCustomerChat", permissions=("customerChat:create",))
def send_customer_chat(context: Context, input: dict[str, Any]) -> Object:
    """Write as the customer would have."""
    thread, text, attachments, at = _message(context, input)
    return {"chat": add_chat(context, thread, text, attachments, at=at, inbound=True)}


def add_chat(
    context: Context,
    thread: Row,
    text: str | None,
    attachments: list[str],
    *,
    at: str | None = None,
    inbound: bool = False,
) -> Object:
    """A chat message on a thread: the customer's own where it is inbound."""
    at, chat_id = at or context.now(), context.ids.new("ch")
    by = as_customer(thread["customer_id"]) if inbound else acting(context)
    stamps = {**stamped(context, by), "created_at": at, "updated_at": at}
    kept = {"text": text, "attachments": json.dumps(attachments)}
    context.store.insert("chats", {"id": chat_id, "thread_id": thread["id"], **kept, **stamps})
    entry_id = add_entry(
        context, thread, "ChatEntry", {"id": chat_id}, text=text or "", source="CHAT", by=by, at=at
    )
    context.store.update("chats", chat_id, {"entry_id": entry_id})
    thread = message_came(context, thread, "CHAT", text or "", inbound=inbound, at=at, by=by)
    chat = load_chat(context, chat_id)
    assert chat is not None
    if context.events.is_heard:
        event = "chat_received" if inbound else "chat_sent"
        tell(context, event, thread, chat=shaped(context, "Chat", chat))
    return chat


def _message(
    context: Context, input: Mapping[str, Any]
) -> tuple[Row, str | None, list[str], str | None]:
    customer = existing(context, "customers", input["customerId"], "customerId", "customer")
    text, timestamp = input.get("text"), input.get("timestamp")
    attachments = check_attachments(context, input.get("attachmentIds"), "CHAT")
    if not (text or "").strip() and not attachments:
        message = "A message needs a text or attachments."
        raise bad_input([BadField("text", message, "REQUIRED")])
    at = None if timestamp is None else moment_of("timestamp", timestamp)
    if input.get("threadId") is None:
        columns = {"title": (text or "Chat")[:60], "channel": "CHAT"}
        thread = open_thread(context, customer, columns)
        tell(context, "thread_created", thread)
        return thread, text, attachments, at
    thread = thread_row(context, input["threadId"])
    if thread["customer_id"] != customer["id"]:
        raise invalid("threadId", "The thread is another customer's.")
    return thread, text, attachments, at


def _as_chat(row: Row) -> Object:
    ids = json.loads(row["attachments"])

    def attachments(context: Context) -> list[Object]:
        return attached(context, ids)

    return {
        "id": row["id"],
        "timelineEntryId": row["entry_id"],
        "text": row["text"],
        "customerReadAt": moment(row, "customer_read_at"),
        "attachments": attachments,
        **made(row),
    }
