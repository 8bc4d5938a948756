"""Snippets: texts that are written once and used often."""

from collections.abc import Mapping
from typing import Any

from .._context import Context
from .._domain import Domain
from .._members import Object
from .._paging import Order, connection
from .._store import Row, Table
from .actors import MADE, actor, made, moment, stamped, touched
from .inputs import blank, existing, refuse, unwrapped

DOMAIN = Domain(
    tables=(
        Table(
            "snippets",
            {
                "id": "TEXT PRIMARY KEY",
                "name": "TEXT NOT NULL",
                "text": "TEXT NOT NULL",
                "markdown": "TEXT",
                "path": "TEXT",
                "deleted_at": "TEXT",
                "deleted_by": "TEXT",
                **MADE,
            },
        ),
    )
)

_READ = ("snippet:read",)


@DOMAIN.query("snippet", permissions=_READ)
def snippet(context: Context, snippetId: str) -> Object | None:
    """The snippet with Plain's id, deleted ones too."""
    row = context.store.by("snippets", "id", snippetId)
    return None if row is None else _as_snippet(row)


@DOMAIN.query("snippets", permissions=_READ)
def snippets(context: Context, **page: Any) -> Object:
    """A page of the snippets that are not deleted."""
    where = ["deleted_at IS NULL"]
    return connection(
        context.store, "snippets", "snippets", where, [], Order("id"), page, _as_snippet
    )


@DOMAIN.mutation("createSnippet", permissions=("snippet:create",))
def create_snippet(context: Context, input: dict[str, Any]) -> Object:
    """A new snippet."""
    refuse([*blank("name", input["name"]), *blank("text", input["text"])])
    columns = {name: input.get(name) for name in ("name", "text", "markdown", "path")}
    snippet_id = context.ids.new("snip")
    context.store.insert("snippets", {"id": snippet_id, **columns, **stamped(context)})
    return {"snippet": snippet(context, snippet_id)}


@DOMAIN.mutation("updateSnippet", permissions=("snippet:edit",))
def update_snippet(context: Context, input: dict[str, Any]) -> Object:
    """Change what is given."""
    row = _existing(context, input)
    wanted = unwrapped(input, {n: n for n in ("name", "text", "markdown", "path")})
    refuse([*blank("name.value", wanted.get("name")), *blank("text.value", wanted.get("text"))])
    context.store.update("snippets", row["id"], {**wanted, **touched(context)})
    return {"snippet": snippet(context, row["id"])}


@DOMAIN.mutation("deleteSnippet", permissions=("snippet:delete",))
def delete_snippet(context: Context, input: dict[str, Any]) -> Object:
    """Mark a snippet as deleted."""
    row, by = _existing(context, input), touched(context)
    deleted = {"deleted_at": by["updated_at"], "deleted_by": by["updated_by"]}
    context.store.update("snippets", row["id"], {**deleted, **by})
    return {"snippet": snippet(context, row["id"])}


def _existing(context: Context, input: Mapping[str, Any]) -> Row:
    where = "deleted_at IS NULL"
    return existing(context, "snippets", input["snippetId"], "snippetId", "snippet", where)


def _as_snippet(row: Row) -> Object:
    return {
        "id": row["id"],
        "name": row["name"],
        "text": row["text"],
        "markdown": row["markdown"],
        "path": row["path"],
        "isDeleted": row["deleted_at"] is not None,
        "deletedAt": moment(row, "deleted_at"),
        "deletedBy": actor(row["deleted_by"]),
        **made(row),
    }
