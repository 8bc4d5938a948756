"""Who a thread is assigned to."""

import json
from collections.abc import Mapping
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._refusals import not_found
from ..._store import Row
from ..inputs import only_one
from ..timeline import add_entry
from .changes import change, snapshot, tell, thread_row
from .thread import as_thread

DOMAIN = Domain()

_KINDS = {"userId": ("User", "user"), "machineUserId": ("MachineUser", "machine user")}


@DOMAIN.mutation("assignThread", permissions=("thread:assign", "thread:read"))
def assign_thread(context: Context, input: dict[str, Any]) -> Object:
    """Assign a thread to a user or to a machine user."""
    row = thread_row(context, input["threadId"])
    return {"thread": as_thread(_assigned(context, row, assignee_of(context, input, "")))}


@DOMAIN.mutation("unassignThread", permissions=("thread:unassign", "thread:read"))
def unassign_thread(context: Context, input: dict[str, Any]) -> Object:
    """Take a thread from whom it is assigned to."""
    return {"thread": as_thread(_assigned(context, thread_row(context, input["threadId"]), None))}


def assignee_of(context: Context, input: Mapping[str, Any], path: str) -> str:
    """Whom an input names, as it is kept; refused when there is nobody."""
    chosen = {member: input.get(member) for member in _KINDS}
    member, value = only_one(chosen, _KINDS, path.rstrip(".") or "userId")
    kind, name = _KINDS[member]
    if context.find(kind, value) is None:
        raise not_found(f"{path}{member}", f"The {name} does not exist.")
    return json.dumps({"__typename": kind, "id": value})


def _assigned(context: Context, row: Row, kept: str | None) -> Row:
    if row["assigned_to"] == kept:
        return row
    previous = snapshot(context, row)
    at = None if kept is None else context.now()
    changed = change(context, row, {"assigned_to": kept, "assigned_at": at})
    before, after = (None if k is None else json.loads(k) for k in (row["assigned_to"], kept))
    content = {"previousAssignee": before, "nextAssignee": after}
    add_entry(context, changed, "ThreadAssignmentTransitionedEntry", content)
    tell(context, "thread_assignment_transitioned", changed, previousThread=previous)
    return changed
