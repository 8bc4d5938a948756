"""Labels on threads."""

from collections.abc import Mapping
from typing import Any

from .._context import Context
from .._ids import date_time
from .._members import Object
from .._store import Row, Table
from .actors import MADE, actor

TABLE = Table(
    "labels",
    {
        "id": "TEXT PRIMARY KEY",
        "thread_id": "TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE",
        "label_type_id": "TEXT NOT NULL REFERENCES label_types (id)",
        **MADE,
    },
    ("UNIQUE (thread_id, label_type_id)",),
    ("label_type_id",),
)


def label_rows(context: Context, thread_id: str) -> list[Row]:
    """The labels of a thread as they are kept, in the order in which they came."""
    return context.store.rows("SELECT * FROM labels WHERE thread_id = ? ORDER BY id", [thread_id])


def labels_of(context: Context, thread_id: str) -> list[Object]:
    """The labels of a thread."""
    return [as_label(dict(row)) for row in label_rows(context, thread_id)]


def as_label(kept: Mapping[str, Any]) -> Object:
    """A label as the API shows it, from its row or from what an entry kept of it."""
    label_type_id = kept["label_type_id"]

    def label_type(context: Context) -> Object | None:
        return context.find("LabelType", label_type_id)

    return {
        "id": kept["id"],
        "labelType": label_type,
        "createdAt": date_time(kept["created_at"]),
        "createdBy": actor(kept["created_by"]),
        "updatedAt": date_time(kept["updated_at"]),
        "updatedBy": actor(kept["updated_by"]),
    }
