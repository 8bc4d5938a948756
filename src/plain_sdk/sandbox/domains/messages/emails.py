"""Emails, to customers and from them. Nothing leaves the sandbox: they count as sent at once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._payloads import shaped
from ..._refusals import MutationRefused
from ..._store import Row, Table
from ..actors import MADE, acting, as_customer, made, moment, stamped
from ..attachments import check_attachments
from ..entries import attached
from ..inputs import blank, existing, invalid, refuse
from ..threads.changes import message_came, tell, thread_row
from ..threads.create import open_thread
from ..threads.thread import SUPPORT_EMAIL
from ..timeline import add_entry

DOMAIN = Domain(
    tables=(
        Table(
            "emails",
            {
                "id": "TEXT PRIMARY KEY",
                "customer_id": "TEXT NOT NULL",
                "thread_id": "TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE",
                "entry_id": "TEXT",
                "in_reply_to": "TEXT",
                "sender": "TEXT NOT NULL",
                "recipient": "TEXT NOT NULL",
                "additional": "TEXT NOT NULL",
                "hidden": "TEXT NOT NULL",
                "subject": "TEXT",
                "text": "TEXT",
                "markdown": "TEXT",
                "category": "TEXT NOT NULL",
                "starts": "INTEGER NOT NULL",
                "attachments": "TEXT NOT NULL",
                "sent_at": "TEXT",
                "received_at": "TEXT",
                **MADE,
            },
            indexes=("thread_id, id",),
        ),
    )
)

Given = Mapping[str, Any]
_US = {"name": "Sandbox Support", "email": SUPPORT_EMAIL}


@DOMAIN.loader("Email")
def load_email(context: Context, email_id: str) -> Object | None:
    """The email with this id: its members are those of its entry, too."""
    row = context.store.by("emails", "id", email_id)
    return None if row is None else _as_email(row)


@DOMAIN.mutation("sendNewEmail", permissions=("email:create", "email:read"))
def send_new_email(context: Context, input: dict[str, Any]) -> Object:
    """Write an email to a customer: on a thread, or on a new one when none is given."""
    customer = existing(context, "customers", input["customerId"], "customerId", "customer")
    refuse([*blank("subject", input["subject"]), *blank("textContent", input["textContent"])])
    check_attachments(context, input.get("attachmentIds"), "EMAIL")
    if input.get("threadId") is None:
        columns = {"title": input["subject"][:500], "channel": "EMAIL"}
        thread = open_thread(context, customer, columns)
        tell(context, "thread_created", thread)
    else:
        thread = thread_row(context, input["threadId"])
        if thread["customer_id"] != customer["id"]:
            raise invalid("threadId", "The thread is another customer's.")
    return {"email": add_email(context, thread, input)}


@DOMAIN.mutation("replyToEmail", permissions=("email:create", "email:read"))
def reply_to_email(context: Context, input: dict[str, Any]) -> Object:
    """Answer an email, on its thread."""
    refuse(blank("textContent", input["textContent"]))
    row = existing(context, "emails", input["inReplyToEmailId"], "inReplyToEmailId", "email")
    if row["sent_at"] is None and row["received_at"] is None:
        raise MutationRefused("cannot_reply_to_unsent_email", "The email was not sent yet.")
    thread = thread_row(context, row["thread_id"])
    return {"email": add_email(context, thread, input, answered=row)}


def last_email(context: Context, thread_id: str) -> Row | None:
    """The newest email of a thread."""
    return context.store.row(
        "SELECT * FROM emails WHERE thread_id = ? ORDER BY id DESC LIMIT 1", [thread_id]
    )


def add_email(
    context: Context,
    thread: Row,
    given: Given,
    *,
    answered: Row | None = None,
    inbound: bool = False,
) -> Object:
    """An email on a thread: the customer's own where it is inbound.

    Args:
        given: `textContent` and the optional members of `SendNewEmailInput`.
        answered: The email that this is a reply to.
    """
    attachments = check_attachments(context, given.get("attachmentIds"), "EMAIL")
    customer = context.store.by("customers", "id", thread["customer_id"])
    assert customer is not None
    them = {"name": customer["full_name"], "email": customer["email"]}
    us = given.get("fromAlternateSupportEmail") or _US
    subject = given.get("subject")
    if subject is None:
        about = thread["title"] if answered is None else answered["subject"] or ""
        subject = about if about.lower().startswith("re:") else f"Re: {about}"
    by = as_customer(customer["id"]) if inbound else acting(context)
    stamps, email_id = stamped(context, by), context.ids.new("em")
    at = stamps["created_at"]
    starts = last_email(context, thread["id"]) is None and thread["channel"] == "EMAIL"
    context.store.insert(
        "emails",
        {
            "id": email_id,
            "customer_id": customer["id"],
            "thread_id": thread["id"],
            "in_reply_to": None if answered is None else answered["id"],
            "sender": json.dumps(them if inbound else us),
            "recipient": json.dumps(us if inbound else them),
            "additional": json.dumps(given.get("additionalRecipients") or []),
            "hidden": json.dumps(given.get("hiddenRecipients") or []),
            "subject": subject,
            "text": given["textContent"],
            "markdown": given.get("markdownContent"),
            "category": "USER_HIDDEN" if given.get("isHiddenFromUser") else "MESSAGING",
            "starts": int(starts),
            "attachments": json.dumps(attachments),
            "sent_at": at,
            "received_at": at if inbound else None,
            **stamps,
        },
    )
    text = given["textContent"]
    entry_id = add_entry(
        context, thread, "EmailEntry", {"id": email_id}, text=text, source="EMAIL", by=by
    )
    context.store.update("emails", email_id, {"entry_id": entry_id})
    thread = message_came(context, thread, "EMAIL", text, inbound=inbound, at=at, by=by)
    email = load_email(context, email_id)
    assert email is not None
    if context.events.is_heard:
        event = "email_received" if inbound else "email_sent"
        tell(context, event, thread, email=shaped(context, "Email", email))
    return email


def _participant(context: Context, kept: Given) -> Object:
    def email_actor(context: Context) -> Object | None:
        address = kept["email"]
        if address == SUPPORT_EMAIL:
            return {
                "__typename": "SupportEmailAddressEmailActor",
                "supportEmailAddress": address,
            }
        row = context.store.by("customers", "email_key", address.strip().lower())
        if row is None:
            return None
        customer_id = row["id"]

        def customer(context: Context) -> Object | None:
            return context.find("Customer", customer_id)

        return {
            "__typename": "CustomerEmailActor",
            "customerId": customer_id,
            "customer": customer,
        }

    return {"name": kept.get("name"), "email": kept["email"], "emailActor": email_actor}


def _as_email(row: Row) -> Object:
    customer_id, thread_id = row["customer_id"], row["thread_id"]
    ids, incoming = json.loads(row["attachments"]), row["received_at"] is not None

    def one(column: str) -> Any:
        def shown(context: Context) -> Object:
            return _participant(context, json.loads(row[column]))

        return shown

    def thread(context: Context) -> Object | None:
        return context.find("Thread", thread_id)

    def customer(context: Context) -> Object | None:
        return context.find("Customer", customer_id)

    def several(column: str) -> Any:
        def shown(context: Context) -> Sequence[Object]:
            return [_participant(context, kept) for kept in json.loads(row[column])]

        return shown

    def attachments(context: Context) -> list[Object]:
        return attached(context, ids)

    return {
        "id": row["id"],
        "timelineEntryId": row["entry_id"],
        "thread": thread,
        "customer": customer,
        "inReplyToEmailId": row["in_reply_to"],
        "from": one("sender"),
        "to": one("recipient"),
        "additionalRecipients": several("additional"),
        "hiddenRecipients": several("hidden"),
        "subject": row["subject"],
        "textContent": row["text"],
        "hasMoreTextContent": False,
        "fullTextContent": row["text"],
        "markdownContent": row["markdown"],
        "hasMoreMarkdownContent": False,
        "fullMarkdownContent": row["markdown"],
        "authenticity": "PASS" if incoming else "UNKNOWN",
        "sentAt": moment(row, "sent_at"),
        "sendStatus": None if incoming else "SENT",
        "receivedAt": moment(row, "received_at"),
        "attachments": attachments,
        "isStartOfThread": bool(row["starts"]),
        "bounces": [],
        "category": row["category"],
        **made(row),
    }
