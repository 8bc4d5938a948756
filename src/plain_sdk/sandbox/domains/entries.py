"""Entries of timelines: how each kind is kept, and how the API shows it."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .._context import Context
from .._ids import date_time
from .._members import Object
from .._store import Row, Table
from .actors import actor, moment
from .components import components_shown
from .labels import as_label

TABLE = Table(
    "timeline_entries",
    {
        "id": "TEXT PRIMARY KEY",
        "customer_id": "TEXT NOT NULL",
        "thread_id": "TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE",
        "at": "TEXT NOT NULL",
        "kind": "TEXT NOT NULL",
        "source": "TEXT",
        "content": "TEXT NOT NULL",
        "text": "TEXT NOT NULL",
        "actor": "TEXT NOT NULL",
    },
    indexes=("thread_id, at, id", "customer_id, at, id"),
)
"""`source` is the channel of a message, and null for what is none."""

_OWN = {
    "NoteEntry": ("Note", "noteId"),
    "ChatEntry": ("Chat", "chatId"),
    "EmailEntry": ("Email", "emailId"),
}
"""What is an object of its own, and the member that has its id."""


def kind_of(entry_type: str) -> str:
    """The type of an entry by its name in `TimelineEntryType`, like `NoteEntry` of `NOTE`."""
    words = "".join(word.capitalize() for word in entry_type.split("_"))
    return f"{words.replace('MsTeams', 'MSTeams')}Entry"


def as_entry(row: Row) -> Object:
    """An entry of a timeline as the API shows it."""
    kind, content, text = row["kind"], json.loads(row["content"]), row["text"]
    who = row["actor"]

    def entry(context: Context) -> Object:
        return _SHOWN.get(kind, _plain)(context, kind, content)

    return {
        "__typename": "TimelineEntry",
        "id": row["id"],
        "customerId": row["customer_id"],
        "threadId": row["thread_id"],
        "timestamp": moment(row, "at"),
        "entry": entry,
        "actor": actor(who),
        "llmText": text or None,
    }


def timed(kept: Mapping[str, Any] | None) -> Object | None:
    """An object whose times are kept as texts, with the API's."""
    if kept is None:
        return None
    return {
        name: date_time(value) if name.endswith(("At", "Until")) else value
        for name, value in kept.items()
    }


def assignee(context: Context, kept: Mapping[str, Any] | None) -> Object | None:
    """Whom a thread is assigned to, by what was kept of them."""
    if kept is None:
        return None
    found = context.find(kept["__typename"], kept["id"])
    return None if found is None else {**found, "__typename": kept["__typename"]}


def _plain(_: Context, kind: str, content: Object) -> Object:
    return {"__typename": kind, **content}


def _own(context: Context, kind: str, content: Object) -> Object:
    of, member = _OWN[kind]
    found = context.find(of, content["id"])
    return {**(found or {}), "__typename": kind, member: content["id"]}


def _components(context: Context, kind: str, content: Object) -> Object:
    shown = components_shown(context, content["components"])
    attachments = attached(context, content.get("attachmentIds") or ())
    return {"__typename": kind, **content, "components": shown, "attachments": attachments}


def _message(context: Context, kind: str, content: Object) -> Object:
    attachments = attached(context, content.get("attachmentIds") or ())
    return {"__typename": kind, **content, "attachments": attachments}


def _labels(_: Context, kind: str, content: Object) -> Object:
    members = ("previousLabels", "nextLabels")
    return {"__typename": kind, **{m: [as_label(kept) for kept in content[m]] for m in members}}


def _assignees(context: Context, kind: str, content: Object) -> Object:
    members = ("previousAssignee", "nextAssignee")
    return {"__typename": kind, **{m: assignee(context, content[m]) for m in members}}


def _statuses(_: Context, kind: str, content: Object) -> Object:
    details = ("previousStatusDetail", "nextStatusDetail")
    return {"__typename": kind, **content, **{m: timed(content[m]) for m in details}}


_SHOWN: Mapping[str, Callable[[Context, str, Object], Object]] = {
    **dict.fromkeys(_OWN, _own),
    **dict.fromkeys(("CustomEntry", "ThreadEventEntry", "CustomerEventEntry"), _components),
    **dict.fromkeys(("SlackReplyEntry", "MSTeamsMessageEntry"), _message),
    "ThreadLabelsChangedEntry": _labels,
    "ThreadAssignmentTransitionedEntry": _assignees,
    "ThreadStatusTransitionedEntry": _statuses,
}


def attached(context: Context, attachment_ids: Iterable[str]) -> list[Object]:
    """The files with these ids, as far as they are there."""
    found = (context.find("Attachment", attachment_id) for attachment_id in attachment_ids)
    return [attachment for attachment in found if attachment is not None]
