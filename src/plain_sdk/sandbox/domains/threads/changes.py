"""How a thread changes: its row, an entry on its timeline, and what webhooks tell of it."""

import json
from collections.abc import Mapping
from typing import Any

from ..._context import Context
from ..._payloads import shaped
from ..._refusals import not_found
from ..._store import Row
from ..actors import acting, touched
from ..timeline import add_entry
from .thread import as_thread

Detail = Mapping[str, Any]


def thread_row(context: Context, thread_id: str, path: str = "threadId") -> Row:
    """The thread that an input names by its id; refused when there is none."""
    row = context.store.by("threads", "id", thread_id)
    if row is None:
        raise not_found(path, "The thread does not exist.")
    return row


def snapshot(context: Context, row: Row) -> Any:
    """The thread as a webhook shows it now; None while nobody listens."""
    return shaped(context, "Thread", as_thread(row)) if context.events.is_heard else None


def tell(context: Context, event: str, row: Row, **members: Any) -> None:
    """A webhook's event about a thread, with what else its payload holds."""
    if context.events.is_heard:
        thread = snapshot(context, row)
        context.events.record(
            f"thread.{event}", context.now(), lambda: {**members, "thread": thread}
        )


def change(context: Context, row: Row, columns: Mapping[str, Any], by: str | None = None) -> Row:
    """Change columns of a thread, and return it as it is then."""
    context.store.update("threads", row["id"], {**columns, **touched(context, by)})
    return thread_row(context, row["id"])


def transition(
    context: Context,
    row: Row,
    status: str,
    detail: str,
    *,
    by: str | None = None,
    **more: Any,
) -> Row:
    """Give a thread a status, unless it has it for the same reason.

    Args:
        detail: The reason, by its type without `ThreadStatusDetail`.
        by: The actor, as it is kept; by default who asks.
        more: What else belongs to the reason.
    """
    now, by = context.now(), by or acting(context)
    kept = {"__typename": f"ThreadStatusDetail{detail}", "statusChangedAt": now, **more}
    before = None if row["status_detail"] is None else json.loads(row["status_detail"])
    same = before is not None and all(
        before.get(name) == kept.get(name) for name in ("__typename", "waitingUntil")
    )
    if row["status"] == status and same:
        return row
    previous = snapshot(context, row)
    columns = {
        "status": status,
        "status_changed_at": now,
        "status_changed_by": by,
        "status_detail": json.dumps(kept),
        "snoozed_until": more.get("waitingUntil"),
    }
    changed = change(context, row, columns, by)
    content = {
        "previousStatus": row["status"],
        "previousStatusDetail": before,
        "nextStatus": status,
        "nextStatusDetail": kept,
    }
    add_entry(context, changed, "ThreadStatusTransitionedEntry", content, by=by)
    tell(context, "thread_status_transitioned", changed, previousThread=previous)
    return changed


def active(context: Context, row: Row, *, inbound: bool, by: str | None = None) -> Row:
    """Something happened on a thread: any activity moves it back to todo, as documented. Which
    reason that has is documented for replies of customers alone."""
    if inbound:
        return transition(context, row, "TODO", "NewReply", by=by, newReplyAt=context.now())
    if row["status"] == "TODO":
        return row
    return transition(context, row, "TODO", "InProgress", by=by)


def message_came(
    context: Context, row: Row, source: str, text: str, *, inbound: bool, at: str, by: str | None
) -> Row:
    """A message came in or went out: the thread shows when and through which channel."""
    way = "in" if inbound else "out"
    columns: dict[str, Any] = {f"last_{way}_at": at, f"last_{way}_source": source}
    if row[f"first_{way}_at"] is None:
        columns |= {f"first_{way}_at": at, f"first_{way}_source": source}
    if inbound or row["preview_text"] is None:
        columns["preview_text"] = text[:200]
    changed = change(context, row, columns, by)
    return active(context, changed, inbound=inbound, by=by)
