"""Schemas of thread fields: which fields threads have, and what may be in them."""

import json
from collections.abc import Mapping
from typing import Any

from .._context import Context
from .._domain import Domain
from .._ids import date_time
from .._members import Object
from .._paging import Order, connection
from .._store import Row, Table
from .actors import MADE, made, stamped, touched
from .inputs import blank, existing, invalid, moment_of, refuse

DOMAIN = Domain(
    tables=(
        Table(
            "field_schemas",
            {
                "id": "TEXT PRIMARY KEY",
                "label": "TEXT NOT NULL",
                "key": "TEXT NOT NULL UNIQUE",
                "description": "TEXT NOT NULL",
                "place": "INTEGER NOT NULL",
                "type": "TEXT NOT NULL",
                "enum_values": "TEXT NOT NULL",
                "default_string": "TEXT",
                "default_boolean": "INTEGER",
                "default_number": "REAL",
                "default_date": "TEXT",
                "required": "INTEGER NOT NULL",
                "ai": "INTEGER NOT NULL",
                "readonly": "INTEGER NOT NULL",
                "depends_on_field": "TEXT",
                "depends_on_labels": "TEXT NOT NULL",
                **MADE,
            },
        ),
    )
)

_READ = ("threadFieldSchema:read",)
_EDIT = ("threadFieldSchema:edit",)
_PLAIN = {
    "order": "place",
    "isRequired": "required",
    "isAiAutoFillEnabled": "ai",
    "isClientReadonly": "readonly",
}
_WRAPPED = {
    "label": "label",
    "description": "description",
    "defaultStringValue": "default_string",
    "defaultBooleanValue": "default_boolean",
    "defaultNumberValue": "default_number",
    "defaultDateValue": "default_date",
}


@DOMAIN.query("threadFieldSchema", permissions=_READ)
def thread_field_schema(context: Context, threadFieldSchemaId: str) -> Object | None:
    """The schema with Plain's id."""
    row = context.store.by("field_schemas", "id", threadFieldSchemaId)
    return None if row is None else _as_schema(row)


@DOMAIN.query("threadFieldSchemas", permissions=_READ)
def thread_field_schemas(context: Context, **page: Any) -> Object:
    """A page of schemas, in their own order."""
    table = "(SELECT *, printf('%012d', place) AS sort_key FROM field_schemas)"
    return connection(
        context.store, "field schemas", table, [], [], Order("sort_key"), page, _as_schema
    )


@DOMAIN.mutation("createThreadFieldSchema", permissions=("threadFieldSchema:create",))
def create_thread_field_schema(context: Context, input: dict[str, Any]) -> Object:
    """A new field for threads; its key is its own."""
    refuse([*blank("label", input["label"]), *blank("key", input["key"])])
    if context.store.by("field_schemas", "key", input["key"]) is not None:
        raise invalid("key", "Another thread field has this key.")
    if input["type"] == "ENUM" and not input["enumValues"]:
        raise invalid("enumValues", "A field of type ENUM needs values.")
    date = input.get("defaultDateValue")
    depends = input.get("dependsOnThreadField")
    schema_id = context.ids.new("tfs")
    context.store.insert(
        "field_schemas",
        {
            "id": schema_id,
            "label": input["label"],
            "key": input["key"],
            "description": input["description"],
            "place": input["order"],
            "type": input["type"],
            "enum_values": json.dumps(input["enumValues"]),
            "default_string": input.get("defaultStringValue"),
            "default_boolean": input.get("defaultBooleanValue"),
            "default_number": input.get("defaultNumberValue"),
            "default_date": None if date is None else moment_of("defaultDateValue", date),
            "required": int(input["isRequired"]),
            "ai": int(input["isAiAutoFillEnabled"]),
            "readonly": int(bool(input.get("isClientReadonly"))),
            "depends_on_field": None if depends is None else json.dumps(depends),
            "depends_on_labels": json.dumps(input.get("dependsOnLabelTypeIds") or []),
            **stamped(context),
        },
    )
    return {"threadFieldSchema": thread_field_schema(context, schema_id)}


@DOMAIN.mutation("updateThreadFieldSchema", permissions=_EDIT)
def update_thread_field_schema(context: Context, input: dict[str, Any]) -> Object:
    """Change what is given. Key and type stay."""
    row = _existing(context, input["threadFieldSchemaId"], "threadFieldSchemaId")
    wanted = {c: input[m] for m, c in _PLAIN.items() if input.get(m) is not None}
    for member, column in _WRAPPED.items():
        if input.get(member) is not None and "value" in input[member]:
            wanted[column] = input[member]["value"]
    refuse(blank("label.value", wanted.get("label")))
    if wanted.get("default_date") is not None:
        wanted["default_date"] = moment_of("defaultDateValue.value", wanted["default_date"])
    if input.get("enumValues") is not None:
        wanted["enum_values"] = json.dumps(input["enumValues"])
    if input.get("dependsOnLabelTypeIds") is not None:
        wanted["depends_on_labels"] = json.dumps(input["dependsOnLabelTypeIds"])
    if (depends := input.get("dependsOnThreadField")) is not None:
        value = depends.get("value")
        wanted["depends_on_field"] = None if value is None else json.dumps(value)
    context.store.update("field_schemas", row["id"], {**wanted, **touched(context)})
    return {"threadFieldSchema": thread_field_schema(context, row["id"])}


@DOMAIN.mutation("deleteThreadFieldSchema", permissions=("threadFieldSchema:delete",))
def delete_thread_field_schema(context: Context, input: dict[str, Any]) -> Object:
    """Delete a schema; the values that threads have stay."""
    row = _existing(context, input["threadFieldSchemaId"], "threadFieldSchemaId")
    context.store.write("DELETE FROM field_schemas WHERE id = ?", [row["id"]])
    return {}


@DOMAIN.mutation("reorderThreadFieldSchemas", permissions=_EDIT)
def reorder_thread_field_schemas(context: Context, input: dict[str, Any]) -> Object:
    """Give schemas other places."""
    for index, place in enumerate(input["threadFieldSchemaOrders"]):
        path = f"threadFieldSchemaOrders.{index}.threadFieldSchemaId"
        row = _existing(context, place["threadFieldSchemaId"], path)
        context.store.update(
            "field_schemas", row["id"], {"place": place["order"], **touched(context)}
        )
    rows = context.store.rows("SELECT * FROM field_schemas ORDER BY place, id")
    return {"threadFieldSchemas": [_as_schema(row) for row in rows]}


def _existing(context: Context, schema_id: str, path: str) -> Row:
    return existing(context, "field_schemas", schema_id, path, "thread field schema")


def depends_on(row: Row) -> Mapping[str, Any] | None:
    """The value of another field that makes this one count; None where it always does."""
    text = row["depends_on_field"]
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found


def _as_schema(row: Row) -> Object:
    boolean, depends = row["default_boolean"], depends_on(row)
    return {
        "id": row["id"],
        "label": row["label"],
        "key": row["key"],
        "description": row["description"],
        "order": row["place"],
        "type": row["type"],
        "enumValues": json.loads(row["enum_values"]),
        "defaultStringValue": row["default_string"],
        "defaultBooleanValue": None if boolean is None else bool(boolean),
        "defaultNumberValue": row["default_number"],
        "defaultDateValue": date_time(row["default_date"]),
        "isRequired": bool(row["required"]),
        "isAiAutoFillEnabled": bool(row["ai"]),
        "isClientReadonly": bool(row["readonly"]),
        "dependsOnThreadField": depends,
        "dependsOnLabels": [{"labelTypeId": i} for i in json.loads(row["depends_on_labels"])],
        **made(row),
    }
