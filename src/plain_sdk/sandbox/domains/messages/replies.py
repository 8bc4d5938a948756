"""Replying to a thread, through the channel that it has."""

from collections.abc import Mapping
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._ids import date_time
from ..._keys import missing_message
from ..._members import Object
from ..._payloads import shaped
from ..._refusals import MutationRefused
from ..._store import Row
from ..actors import acting, actor, as_customer
from ..attachments import check_attachments
from ..customers import customer_named
from ..entries import attached
from ..inputs import blank, invalid, refuse
from ..threads.changes import message_came, tell, thread_row
from ..timeline import add_entry
from .chats import add_chat
from .emails import add_email, last_email

DOMAIN = Domain()

_CHANNELS = ("API", "CHAT", "EMAIL", "SLACK", "MS_TEAMS")
_AS_CUSTOMER = ("API", "CHAT", "EMAIL", "SLACK")


@DOMAIN.mutation("replyToThread", permissions=("thread:reply",))
def reply_to_thread(context: Context, input: dict[str, Any]) -> Object:
    """Reply through the thread's channel; a thread without messages gets an email."""
    row, inbound = thread_row(context, input["threadId"]), input.get("impersonation") is not None
    refuse(blank("textContent", input["textContent"]))
    if row["channel"] not in (_AS_CUSTOMER if inbound else _CHANNELS):
        raise MutationRefused(
            "cannot_reply_to_thread", f"Threads of the channel {row['channel']} take no replies."
        )
    if inbound:
        _check_impersonation(context, row, input["impersonation"])
    way = _way(context, row)
    if way == "CHAT":
        attachments = check_attachments(context, input.get("attachmentIds"), "CHAT")
        add_chat(context, row, input["textContent"], attachments, inbound=inbound)
    elif way == "EMAIL":
        options = (input.get("channelSpecificOptions") or {}).get("email") or {}
        answered = last_email(context, row["id"])
        add_email(context, row, {**input, **options}, answered=answered, inbound=inbound)
    else:
        _add_elsewhere(context, row, way, input, inbound=inbound)
    return {}


def _way(context: Context, row: Row) -> str:
    """The channel that a reply takes. Of threads of the API it is not documented but for empty
    ones; here it is the one of the last message, if that can be answered."""
    if row["channel"] != "API":
        return str(row["channel"])
    last = context.store.row(
        "SELECT source FROM timeline_entries WHERE thread_id = ? AND source IS NOT NULL "
        "ORDER BY at DESC, id DESC LIMIT 1",
        [row["id"]],
    )
    return "CHAT" if last is not None and last["source"] == "CHAT" else "EMAIL"


def _check_impersonation(context: Context, row: Row, impersonation: Mapping[str, Any]) -> None:
    if missing := context.key.missing(("customer:impersonate",)):
        raise MutationRefused("forbidden", missing_message(missing), "FORBIDDEN")
    path = "impersonation.asCustomer.customerIdentifier"
    customer = customer_named(context, impersonation["asCustomer"]["customerIdentifier"], path)
    if customer["id"] != row["customer_id"]:
        raise invalid(path, "Is not the customer of the thread.")


def _add_elsewhere(
    context: Context, row: Row, way: str, input: Mapping[str, Any], *, inbound: bool
) -> None:
    """A message that goes to Slack or to Microsoft Teams: nothing leaves the sandbox."""
    text, message_id = input["textContent"], context.ids.new("sm")
    attachments = check_attachments(context, input.get("attachmentIds"), way)
    link = f"https://{way.lower().replace('_', '-')}.sandbox.example/{message_id}"
    content: Object = {
        "text": text,
        "customerId": row["customer_id"],
        "attachmentIds": attachments,
    }
    if way == "SLACK":
        kind = "SlackReplyEntry"
        content |= {"slackMessageLink": link, "slackWebMessageLink": link}
    else:
        kind = "MSTeamsMessageEntry"
        markdown = input.get("markdownContent")
        content |= {"msTeamsMessageId": message_id, "msTeamsMessageLink": link,
                    "markdownContent": markdown, "hasUnprocessedAttachments": False}  # fmt: skip
    by = as_customer(row["customer_id"]) if inbound else acting(context)
    entry_id = add_entry(context, row, kind, content, text=text, source=way, by=by)
    thread = message_came(context, row, way, text, inbound=inbound, at=context.now(), by=by)
    if not context.events.is_heard:
        return
    entry = context.store.by("timeline_entries", "id", entry_id)
    assert entry is not None
    at, who = date_time(entry["at"]), actor(by)
    by_at = {"createdAt": at, "createdBy": who, "updatedAt": at, "updatedBy": who}
    shown = {**content, "id": message_id, "timelineEntryId": entry_id, "threadId": row["id"],
             "resolvedText": text, "attachments": attached(context, attachments),
             **by_at}  # fmt: skip
    if way == "SLACK":
        event = "slack_message_received" if inbound else "slack_message_sent"
        tell(context, event, thread, slackMessage=shaped(context, "SlackMessage", shown))
    else:
        event = "ms_teams_message_sent"
        tell(context, event, thread, msTeamsMessage=shaped(context, "MsTeamsMessage", shown))
