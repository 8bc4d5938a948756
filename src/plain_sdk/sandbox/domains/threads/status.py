"""The status of threads: todo, snoozed, done; and snoozes that end by themselves."""

import re
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._ids import iso
from ..._members import Object
from ..._refusals import BadField, bad_input
from ..actors import as_system
from ..inputs import invalid
from .changes import thread_row, transition
from .field import unfilled
from .thread import as_thread

DOMAIN = Domain()

_EDIT = ("thread:edit", "thread:read")


@DOMAIN.mutation("markThreadAsDone", permissions=_EDIT)
def mark_thread_as_done(context: Context, input: dict[str, Any]) -> Object:
    """Done, once the fields that the workspace requires are filled."""
    row = thread_row(context, input["threadId"])
    if bad := unfilled(context, row["id"]):
        # The code that Plain has for this is not documented.
        raise bad_input(bad)
    detail = _detail(input.get("statusDetail") or "DONE_MANUALLY_SET")
    return {"thread": as_thread(transition(context, row, "DONE", detail))}


@DOMAIN.mutation("markThreadAsTodo", permissions=_EDIT)
def mark_thread_as_todo(context: Context, input: dict[str, Any]) -> Object:
    """Todo again."""
    row = thread_row(context, input["threadId"])
    detail = _detail(input.get("statusDetail") or "IN_PROGRESS")
    more = {"Created": "createdAt", "NewReply": "newReplyAt"}.get(detail)
    times = {} if more is None else {more: context.now()}
    return {"thread": as_thread(transition(context, row, "TODO", detail, **times))}


@DOMAIN.mutation("snoozeThread", permissions=_EDIT)
def snooze_thread(context: Context, input: dict[str, Any]) -> Object:
    """Snooze a thread: for a time, or until the customer writes."""
    row, seconds = thread_row(context, input["threadId"]), input.get("durationSeconds")
    if seconds is not None and seconds <= 0:
        raise invalid("durationSeconds", "Must be more than 0.")
    default = "WAITING_FOR_CUSTOMER" if seconds is None else "WAITING_FOR_DURATION"
    detail, more = _detail(input.get("statusDetail") or default), {}
    if detail == "WaitingForDuration":
        if seconds is None:
            message = "A snooze for a time needs it."
            raise bad_input([BadField("durationSeconds", message, "REQUIRED")])
        more = {"waitingUntil": iso(context.clock() + seconds), "durationSeconds": seconds}
    return {"thread": as_thread(transition(context, row, "SNOOZED", detail, **more))}


def wake_threads(context: Context) -> None:
    """End the snoozes whose time is over."""
    due = "SELECT * FROM threads WHERE snoozed_until <= ?"
    if context.store.row(due, [context.now()]) is None:
        return
    with context.store.transaction():
        for row in context.store.rows(due, [context.now()]):
            # Which reason Plain gives then is not documented.
            transition(context, row, "TODO", "InProgress", by=as_system())
    context.events.publish()


def _detail(value: str) -> str:
    """`WAITING_FOR_CUSTOMER` is the type `ThreadStatusDetailWaitingForCustomer`."""
    if value == "TIMER_EXPIRED":
        # Deprecated, and of no type of its own.
        value = "DONE_AUTOMATICALLY_SET"
    return re.sub(r"_?([A-Z])([A-Z]*)", lambda m: m[1] + m[2].lower(), value)
