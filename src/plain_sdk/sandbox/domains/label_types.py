"""Label types: what threads can be labelled with."""

from collections.abc import Mapping
from typing import Any

from .._context import Context
from .._domain import Domain
from .._members import Object
from .._paging import Order, connection
from .._store import Row, Table
from .actors import MADE, actor, made, moment, stamped, touched
from .inputs import blank, existing, invalid, refuse, too_long, unwrapped

DOMAIN = Domain(
    tables=(
        Table(
            "label_types",
            {
                "id": "TEXT PRIMARY KEY",
                "name": "TEXT NOT NULL",
                "icon": "TEXT",
                "color": "TEXT",
                "type": "TEXT NOT NULL",
                "description": "TEXT",
                "parent_id": "TEXT REFERENCES label_types (id)",
                "position": "TEXT NOT NULL",
                "external_id": "TEXT UNIQUE",
                "excluded": "INTEGER NOT NULL DEFAULT 0",
                "archived_at": "TEXT",
                "archived_by": "TEXT",
                **MADE,
            },
        ),
    )
)

_READ = ("labelType:read",)
_EDIT = ("labelType:edit",)


@DOMAIN.loader("LabelType")
def load_label_type(context: Context, label_type_id: str) -> Object | None:
    """The label type with this id."""
    row = context.store.by("label_types", "id", label_type_id)
    return None if row is None else _as_label_type(row)


@DOMAIN.query("labelType", permissions=_READ)
def label_type(context: Context, labelTypeId: str) -> Object | None:
    """The label type with Plain's id."""
    return load_label_type(context, labelTypeId)


@DOMAIN.query("labelTypeByExternalId", permissions=_READ)
def label_type_by_external_id(context: Context, externalId: str) -> Object | None:
    """The label type with the external id."""
    row = context.store.by("label_types", "external_id", externalId)
    return None if row is None else _as_label_type(row)


@DOMAIN.query("labelTypes", permissions=_READ)
def label_types(context: Context, filters: Any = None, **page: Any) -> Object:
    """A page of label types, archived ones too unless the filter tells."""
    wanted = (filters or {}).get("isArchived")
    where = [] if wanted is None else [f"archived_at IS {'NOT ' if wanted else ''}NULL"]
    return connection(
        context.store, "label types", "label_types", where, [], Order("id"), page, _as_label_type
    )


@DOMAIN.mutation("createLabelType", permissions=("labelType:create",))
def create_label_type(context: Context, input: dict[str, Any]) -> Object:
    """A new label type, at the end."""
    _check(context, {"name": input["name"], "external_id": input.get("externalId")}, None)
    parent = input.get("parentLabelTypeId")
    if parent is not None:
        existing(context, "label_types", parent, "parentLabelTypeId", "label type")
    label_type_id = context.ids.new("lt")
    context.store.insert(
        "label_types",
        {
            "id": label_type_id,
            "name": input["name"],
            "icon": input.get("icon"),
            "color": input.get("color"),
            "type": input.get("type") or "DEFAULT",
            "description": input.get("description"),
            "parent_id": parent,
            "position": f"{context.store.count('SELECT count(*) FROM label_types'):08}",
            "external_id": input.get("externalId"),
            "excluded": int(bool(input.get("isExcludedFromAi"))),
            **stamped(context),
        },
    )
    return {"labelType": load_label_type(context, label_type_id)}


@DOMAIN.mutation("updateLabelType", permissions=_EDIT)
def update_label_type(context: Context, input: dict[str, Any]) -> Object:
    """Change what is given."""
    row = _existing(context, input)
    columns = {
        "name": "name",
        "icon": "icon",
        "color": "color",
        "description": "description",
        "externalId": "external_id",
        "isExcludedFromAi": "excluded",
    }
    wanted = unwrapped(input, columns)
    if "excluded" in wanted:
        wanted["excluded"] = int(bool(wanted["excluded"]))
    _check(context, wanted, row["id"])
    return _changed(context, row, wanted)


@DOMAIN.mutation("archiveLabelType", permissions=_EDIT)
def archive_label_type(context: Context, input: dict[str, Any]) -> Object:
    """Archive a label type; the labels that there are stay."""
    row, by = _existing(context, input), touched(context)
    if row["archived_at"] is not None:
        return {"labelType": _as_label_type(row)}
    archived = {"archived_at": by["updated_at"], "archived_by": by["updated_by"]}
    return _changed(context, row, archived)


@DOMAIN.mutation("unarchiveLabelType", permissions=_EDIT)
def unarchive_label_type(context: Context, input: dict[str, Any]) -> Object:
    """Take it back."""
    return _changed(context, _existing(context, input), {"archived_at": None, "archived_by": None})


def _existing(context: Context, input: Mapping[str, Any]) -> Row:
    return existing(context, "label_types", input["labelTypeId"], "labelTypeId", "label type")


def _changed(context: Context, row: Row, columns: Mapping[str, Any]) -> Object:
    context.store.update("label_types", row["id"], {**columns, **touched(context)})
    return {"labelType": load_label_type(context, row["id"])}


def _check(context: Context, columns: Mapping[str, Any], row_id: str | None) -> None:
    external_id = columns.get("external_id")
    refuse([*blank("name", columns.get("name")), *too_long("externalId", external_id, 500)])
    other = context.store.by("label_types", "external_id", external_id)
    if other is not None and other["id"] != row_id:
        raise invalid("externalId", "Another label type has this external id.")


def _as_label_type(row: Row) -> Object:
    parent_id = row["parent_id"]

    def parent(context: Context) -> Object | None:
        return context.find("LabelType", parent_id)

    return {
        "id": row["id"],
        "name": row["name"],
        "icon": row["icon"],
        "color": row["color"],
        "type": row["type"],
        "description": row["description"],
        "parentLabelType": parent,
        "position": row["position"],
        "externalId": row["external_id"],
        "isArchived": row["archived_at"] is not None,
        "archivedAt": moment(row, "archived_at"),
        "archivedBy": actor(row["archived_by"]),
        "isExcludedFromAi": bool(row["excluded"]),
        **made(row),
    }
