"""Fields of threads: the values, and whether they are what the field's schema asks for."""

import json
from collections.abc import Mapping
from typing import Any

from ..._context import Context
from ..._ids import date_time
from ..._members import Object
from ..._refusals import BadField, not_found
from ..._store import Row, Table
from ..actors import MADE, made
from ..field_schemas import depends_on
from ..inputs import invalid, moment_of
from ..labels import label_rows

TABLE = Table(
    "thread_fields",
    {
        "id": "TEXT PRIMARY KEY",
        "thread_id": "TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE",
        "key": "TEXT NOT NULL",
        "type": "TEXT NOT NULL",
        "string_value": "TEXT",
        "boolean_value": "INTEGER",
        "number_value": "REAL",
        "date_value": "TEXT",
        **MADE,
    },
    ("UNIQUE (thread_id, key)",),
    ("key",),
)

_MEMBERS = {
    "STRING": "stringValue",
    "ENUM": "stringValue",
    "BOOL": "booleanValue",
    "NUMBER": "numberValue",
    "CURRENCY": "numberValue",
    "DATE": "dateValue",
}
_COLUMNS = {
    "stringValue": "string_value",
    "booleanValue": "boolean_value",
    "numberValue": "number_value",
    "dateValue": "date_value",
}


def field_columns(
    context: Context, key: str, type_: str, given: Mapping[str, Any], path: str
) -> dict[str, Any]:
    """The columns of a field's value; refused when the field's schema does not allow it.

    Which code Plain gives for a key that no schema has is not documented; here it is `not_found`.
    """
    schema = context.store.by("field_schemas", "key", key)
    if schema is None:
        raise not_found(f"{path}key", f"There is no thread field with the key {key}.")
    if schema["type"] != type_:
        raise invalid(f"{path}type", f"The thread field {key} is of type {schema['type']}.")
    member = _MEMBERS[type_]
    value = given.get(member)
    others = [m for m in _COLUMNS if m != member and given.get(m) is not None]
    if value is None or others:
        raise invalid(f"{path}{member}", f"A field of type {type_} takes {member}, and only that.")
    if type_ == "ENUM" and value not in json.loads(schema["enum_values"]):
        raise invalid(f"{path}{member}", "Is none of the field's values.")
    if type_ == "DATE":
        value = moment_of(f"{path}{member}", value)
    columns: dict[str, Any] = dict.fromkeys(_COLUMNS.values())
    columns[_COLUMNS[member]] = int(value) if type_ == "BOOL" else value
    return {"key": key, "type": type_, **columns}


def default_columns(context: Context) -> list[dict[str, Any]]:
    """The values that fields start with on a new thread."""
    found: list[dict[str, Any]] = []
    for schema in context.store.rows("SELECT * FROM field_schemas ORDER BY place, id"):
        column = _COLUMNS[_MEMBERS[schema["type"]]]
        value = schema[f"default_{column.partition('_')[0]}"]
        if value is not None:
            columns: dict[str, Any] = dict.fromkeys(_COLUMNS.values())
            columns[column] = value
            found.append({"key": schema["key"], "type": schema["type"], **columns})
    return found


def unfilled(context: Context, thread_id: str) -> list[BadField]:
    """The required fields that a thread lacks, of those that count for it."""
    fields = {row["key"]: row for row in field_rows(context, thread_id)}
    labels = {row["label_type_id"] for row in label_rows(context, thread_id)}
    required = context.store.rows("SELECT * FROM field_schemas WHERE required ORDER BY place, id")
    return [
        BadField(f"threadFields.{schema['key']}", f"{schema['label']} must be set.", "REQUIRED")
        for schema in required
        if schema["key"] not in fields and _counts(context, schema, fields, labels)
    ]


def _counts(context: Context, schema: Row, fields: Mapping[str, Row], labels: set[str]) -> bool:
    of_labels: list[str] = json.loads(schema["depends_on_labels"])
    if of_labels and not labels & {*of_labels}:
        return False
    depends = depends_on(schema)
    if depends is None:
        return True
    other = context.store.by("field_schemas", "id", depends["threadFieldSchemaId"])
    field = None if other is None else fields.get(other["key"])
    if field is None:
        return False
    wanted: str = depends["threadFieldSchemaValue"]
    if field["type"] == "BOOL":
        return bool(field["boolean_value"]) == (wanted == "true")
    return str(field["string_value"]) == wanted


def field_rows(context: Context, thread_id: str) -> list[Row]:
    """The fields of a thread as they are kept."""
    return context.store.rows(
        "SELECT * FROM thread_fields WHERE thread_id = ? ORDER BY id", [thread_id]
    )


def fields_of(context: Context, thread_id: str) -> list[Object]:
    """The fields of a thread."""
    return [as_field(row) for row in field_rows(context, thread_id)]


def as_field(row: Row) -> Object:
    """A field as the API shows it."""
    boolean = row["boolean_value"]
    return {
        "id": row["id"],
        "threadId": row["thread_id"],
        "key": row["key"],
        "type": row["type"],
        "isAiGenerated": False,
        "stringValue": row["string_value"],
        "booleanValue": None if boolean is None else bool(boolean),
        "numberValue": row["number_value"],
        "dateValue": date_time(row["date_value"]),
        **made(row),
    }
