"""Putting labels on threads, and taking them off."""

from collections.abc import Sequence
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._refusals import MutationRefused
from ..._store import Row, json_list
from ..actors import stamped
from ..inputs import existing
from ..labels import TABLE, as_label, label_rows
from ..timeline import add_entry
from .changes import change, snapshot, tell, thread_row
from .thread import as_thread

DOMAIN = Domain(tables=(TABLE,))


@DOMAIN.mutation("addLabels", permissions=("label:create",))
def add_labels(context: Context, input: dict[str, Any]) -> Object:
    """Put labels on a thread: all of them, or none when one is there already."""
    row = thread_row(context, input["threadId"])
    types = label_types_given(context, input["labelTypeIds"])
    before = label_rows(context, row["id"])
    if {*types} & {label["label_type_id"] for label in before}:
        raise MutationRefused(
            "label_with_given_type_already_added_to_thread",
            "The thread has a label of this type already.",
        )
    previous = snapshot(context, row)
    added = [{"id": context.ids.new("l"), "thread_id": row["id"], "label_type_id": t,
              **stamped(context)} for t in types]  # fmt: skip
    for label in added:
        context.store.insert("labels", label)
    changed = _changed(context, row, before, "ADDED", previous)
    return {"labels": [as_label(label) for label in added], "thread": as_thread(changed)}


@DOMAIN.mutation("removeLabels", permissions=("label:delete",))
def remove_labels(context: Context, input: dict[str, Any]) -> Object:
    """Take labels off, by their own ids. They may be of several threads; one is handed back."""
    ids = list(dict.fromkeys(input["labelIds"]))
    by_thread: dict[str, list[str]] = {}
    for index, label_id in enumerate(ids):
        label = existing(context, "labels", label_id, f"labelIds.{index}", "label")
        by_thread.setdefault(label["thread_id"], []).append(label_id)
    changed: Row | None = None
    for thread_id, of_thread in by_thread.items():
        row = thread_row(context, thread_id)
        previous, before = snapshot(context, row), label_rows(context, thread_id)
        context.store.write(
            "DELETE FROM labels WHERE id IN (SELECT value FROM json_each(?))",
            [json_list(of_thread)],
        )
        changed = _changed(context, row, before, "REMOVED", previous)
    return {"thread": None if changed is None else as_thread(changed)}


def label_types_given(context: Context, ids: Sequence[str]) -> list[str]:
    """The ids of label types that an input names; refused for unknown and for archived ones."""
    for index, label_type_id in enumerate(ids):
        row = existing(context, "label_types", label_type_id, f"labelTypeIds.{index}", "label type")
        if row["archived_at"] is not None:
            raise MutationRefused(
                "cannot_add_label_using_archived_label_type", "The label type is archived."
            )
    return list(dict.fromkeys(ids))


def _changed(context: Context, row: Row, before: list[Row], change_type: str, previous: Any) -> Row:
    after = label_rows(context, row["id"])
    changed = change(context, row, {})
    content = {"previousLabels": [*map(dict, before)], "nextLabels": [*map(dict, after)]}
    if [*map(tuple, before)] != [*map(tuple, after)]:
        add_entry(context, changed, "ThreadLabelsChangedEntry", content)
        members = {"changeType": change_type, "previousThread": previous}
        tell(context, "thread_labels_changed", changed, **members)
    return changed
