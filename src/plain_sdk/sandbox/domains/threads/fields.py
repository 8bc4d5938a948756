"""Setting and removing fields of threads."""

from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._payloads import shaped
from ..._refusals import not_found
from ..._store import Row
from ..actors import stamped, touched
from ..inputs import changes
from .changes import change, tell, thread_row
from .field import TABLE, as_field, field_columns

DOMAIN = Domain(tables=(TABLE,))


@DOMAIN.mutation("upsertThreadField", permissions=("threadField:create", "threadField:update"))
def upsert_thread_field(context: Context, input: dict[str, Any]) -> Object:
    """Set a field; the same value again changes nothing."""
    identifier = input["identifier"]
    row = thread_row(context, identifier["threadId"], "identifier.threadId")
    columns = field_columns(context, identifier["key"], input["type"], input, "")
    field = _field(context, row["id"], identifier["key"])
    if field is None:
        made = {"id": context.ids.new("tf"), "thread_id": row["id"], **columns}
        context.store.insert("thread_fields", {**made, **stamped(context)})
        result, previous = "CREATED", None
    elif not (changed := changes(field, columns)):
        return {"result": "NOOP", "threadField": as_field(field)}
    else:
        context.store.update("thread_fields", field["id"], {**changed, **touched(context)})
        result, previous = "UPDATED", _shaped(context, field)
    row, field = change(context, row, {}), _field(context, row["id"], identifier["key"])
    assert field is not None
    now = _shaped(context, field)
    if previous is None:
        tell(context, "thread_field_created", row, threadField=now)
    else:
        tell(context, "thread_field_updated", row, threadField=now, previousThreadField=previous)
    return {"result": result, "threadField": as_field(field)}


@DOMAIN.mutation("deleteThreadField", permissions=("threadField:delete",))
def delete_thread_field(context: Context, input: dict[str, Any]) -> Object:
    """Remove a field's value from a thread."""
    identifier = input["identifier"]
    row = thread_row(context, identifier["threadId"], "identifier.threadId")
    field = _field(context, row["id"], identifier["key"])
    if field is None:
        raise not_found("identifier.key", "The thread has no such field.")
    previous = _shaped(context, field)
    context.store.write("DELETE FROM thread_fields WHERE id = ?", [field["id"]])
    tell(context, "thread_field_deleted", change(context, row, {}), previousThreadField=previous)
    return {}


def _field(context: Context, thread_id: str, key: str) -> Row | None:
    return context.store.row(
        "SELECT * FROM thread_fields WHERE thread_id = ? AND key = ?", [thread_id, key]
    )


def _shaped(context: Context, field: Row) -> Any:
    return shaped(context, "ThreadField", as_field(field)) if context.events.is_heard else None
