"""Notes, which customers do not see."""

import json
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._payloads import shaped
from ..._store import Row, Table
from ..actors import MADE, actor, made, moment, stamped, touched
from ..attachments import check_attachments
from ..entries import attached
from ..inputs import blank, existing, invalid, refuse
from ..threads.changes import active, tell, thread_row
from ..timeline import add_entry

DOMAIN = Domain(
    tables=(
        Table(
            "notes",
            {
                "id": "TEXT PRIMARY KEY",
                "customer_id": "TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE",
                "thread_id": "TEXT REFERENCES threads (id) ON DELETE CASCADE",
                "entry_id": "TEXT",
                "text": "TEXT NOT NULL",
                "markdown": "TEXT",
                "attachments": "TEXT NOT NULL",
                "edited_at": "TEXT",
                "edited_by": "TEXT",
                "deleted_at": "TEXT",
                "deleted_by": "TEXT",
                **MADE,
            },
            indexes=("thread_id",),
        ),
    )
)


@DOMAIN.loader("Note")
def load_note(context: Context, note_id: str) -> Object | None:
    """The note with this id."""
    row = context.store.by("notes", "id", note_id)
    return None if row is None else _as_note(row)


@DOMAIN.mutation("createNote", permissions=("note:create",))
def create_note(context: Context, input: dict[str, Any]) -> Object:
    """Write a note: on a thread, or about the customer, which then is on no timeline."""
    existing(context, "customers", input["customerId"], "customerId", "customer")
    refuse(blank("text", input["text"]))
    attachments = check_attachments(context, input.get("attachmentIds"), "NOTE")
    thread, thread_id = None, input.get("threadId")
    if thread_id is not None:
        thread = thread_row(context, thread_id)
        if thread["customer_id"] != input["customerId"]:
            raise invalid("threadId", "The thread is another customer's.")
    note_id = context.ids.new("n")
    own = {"id": note_id, "customer_id": input["customerId"], "thread_id": thread_id}
    said = {"text": input["text"], "markdown": input.get("markdown")}
    kept = {"attachments": json.dumps(attachments)}
    context.store.insert("notes", {**own, **said, **kept, **stamped(context)})
    if thread is not None:
        entry_id = add_entry(context, thread, "NoteEntry", {"id": note_id}, text=input["text"])
        context.store.update("notes", note_id, {"entry_id": entry_id})
        thread = active(context, thread, inbound=False)
        if context.events.is_heard:
            note = shaped(context, "Note", load_note(context, note_id))
            tell(context, "note_created", thread, note=note)
    return {"note": load_note(context, note_id)}


@DOMAIN.mutation("updateNote", permissions=("note:edit",))
def update_note(context: Context, input: dict[str, Any]) -> Object:
    """Write a note anew."""
    row, by = existing(context, "notes", input["noteId"], "noteId", "note"), touched(context)
    refuse(blank("text", input["text"]))
    said = {"text": input["text"], "markdown": input.get("markdown")}
    edited = {"edited_at": by["updated_at"], "edited_by": by["updated_by"]}
    context.store.update("notes", row["id"], {**said, **edited, **by})
    return {"note": load_note(context, row["id"])}


@DOMAIN.mutation("deleteNote", permissions=("note:delete",))
def delete_note(context: Context, input: dict[str, Any]) -> Object:
    """Take a note off the timeline; the note itself is marked as deleted."""
    row, by = existing(context, "notes", input["noteId"], "noteId", "note"), touched(context)
    deleted = {"deleted_at": by["updated_at"], "deleted_by": by["updated_by"]}
    context.store.update("notes", row["id"], {**deleted, **by})
    context.store.write("DELETE FROM timeline_entries WHERE id = ?", [row["entry_id"]])
    return {"note": load_note(context, row["id"])}


def _as_note(row: Row) -> Object:
    customer_id, ids = row["customer_id"], json.loads(row["attachments"])

    def customer(context: Context) -> Object | None:
        return context.find("Customer", customer_id)

    def attachments(context: Context) -> list[Object]:
        return attached(context, ids)

    return {
        "id": row["id"],
        "timelineEntryId": row["entry_id"],
        "text": row["text"],
        "markdown": row["markdown"],
        "customer": customer,
        "attachments": attachments,
        "isEdited": row["edited_at"] is not None,
        "editedAt": moment(row, "edited_at"),
        "editedBy": actor(row["edited_by"]),
        "isDeleted": row["deleted_at"] is not None,
        "deletedAt": moment(row, "deleted_at"),
        "deletedBy": actor(row["deleted_by"]),
        **made(row),
    }
