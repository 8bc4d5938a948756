"""Help centers with their articles. There is one from the start, and more can be made."""

import re
from collections.abc import Mapping
from typing import Any

from .._context import Context
from .._domain import Domain
from .._ids import stable_id
from .._members import Object
from .._paging import Order, connection
from .._refusals import MutationRefused, not_found
from .._store import Row, Store, Table
from .actors import MADE, actor, as_system, made, moment, stamped, touched
from .inputs import blank, existing, invalid, refuse

_CENTER = "help_center_id"

DOMAIN = Domain(
    tables=(
        Table(
            "help_centers",
            {
                "id": "TEXT PRIMARY KEY",
                "name": "TEXT NOT NULL",
                "internal_name": "TEXT NOT NULL",
                "type": "TEXT NOT NULL",
                "description": "TEXT",
                "subdomain": "TEXT NOT NULL UNIQUE",
                **MADE,
            },
        ),
        Table(
            "article_groups",
            {
                "id": "TEXT PRIMARY KEY",
                "help_center_id": "TEXT NOT NULL REFERENCES help_centers (id) ON DELETE CASCADE",
                "name": "TEXT NOT NULL",
                "slug": "TEXT NOT NULL",
                "parent_id": "TEXT REFERENCES article_groups (id) ON DELETE CASCADE",
                **MADE,
            },
            ("UNIQUE (help_center_id, slug)",),
        ),
        Table(
            "articles",
            {
                "id": "TEXT PRIMARY KEY",
                "help_center_id": "TEXT NOT NULL REFERENCES help_centers (id) ON DELETE CASCADE",
                "group_id": "TEXT REFERENCES article_groups (id) ON DELETE SET NULL",
                "title": "TEXT NOT NULL",
                "description": "TEXT",
                "icon": "TEXT",
                "content": "TEXT NOT NULL",
                "slug": "TEXT NOT NULL",
                "status": "TEXT NOT NULL",
                "status_changed_at": "TEXT NOT NULL",
                "status_changed_by": "TEXT NOT NULL",
                **MADE,
            },
            ("UNIQUE (help_center_id, slug)",),
        ),
    )
)

_READ = ("helpCenter:read",)
_ARTICLE = ("helpCenterArticle:read",)
_GROUP = ("helpCenterArticleGroup:read",)


def seed_help_center(store: Store, now: str) -> None:
    """Make sure that there is a help center."""
    if store.row("SELECT 1 FROM help_centers") is None:
        by = {"created_at": now, "created_by": as_system(), "updated_at": now}
        store.insert(
            "help_centers",
            {
                "id": stable_id("hc", "sandbox"),
                "name": "Sandbox",
                "internal_name": "Sandbox",
                "type": "PUBLIC",
                "subdomain": "sandbox",
                **by,
                "updated_by": as_system(),
            },
        )


@DOMAIN.loader("HelpCenter")
def load_help_center(context: Context, help_center_id: str) -> Object | None:
    """The help center with this id."""
    row = context.store.by("help_centers", "id", help_center_id)
    return None if row is None else _as_center(row)


@DOMAIN.query("helpCenter", permissions=_READ)
def help_center(context: Context, id: str) -> Object | None:
    """The help center with Plain's id."""
    return load_help_center(context, id)


@DOMAIN.query("helpCenters", permissions=_READ)
def help_centers(context: Context, **page: Any) -> Object:
    """A page of help centers."""
    return connection(
        context.store, "help centers", "help_centers", [], [], Order("id"), page, _as_center
    )


@DOMAIN.query("helpCenterArticle", permissions=_ARTICLE)
def help_center_article(context: Context, id: str) -> Object | None:
    """The article with Plain's id."""
    row = context.store.by("articles", "id", id)
    return None if row is None else as_article(row)


@DOMAIN.query("helpCenterArticleBySlug", permissions=_ARTICLE)
def help_center_article_by_slug(context: Context, helpCenterId: str, slug: str) -> Object | None:
    """The article of a help center with the slug."""
    row = _by_slug(context, "articles", helpCenterId, slug)
    return None if row is None else as_article(row)


@DOMAIN.query("helpCenterArticleGroup", permissions=_GROUP)
def help_center_article_group(context: Context, id: str) -> Object | None:
    """The group with Plain's id."""
    row = context.store.by("article_groups", "id", id)
    return None if row is None else _as_group(row)


@DOMAIN.query("helpCenterArticleGroupBySlug", permissions=_GROUP)
def help_center_article_group_by_slug(
    context: Context, helpCenterId: str, slug: str
) -> Object | None:
    """The group of a help center with the slug."""
    row = _by_slug(context, "article_groups", helpCenterId, slug)
    return None if row is None else _as_group(row)


@DOMAIN.mutation("createHelpCenter", permissions=("helpCenter:create",))
def create_help_center(context: Context, input: dict[str, Any]) -> Object:
    """A new help center."""
    refuse([*blank("publicName", input["publicName"]), *blank("subdomain", input["subdomain"])])
    if context.store.by("help_centers", "subdomain", input["subdomain"]) is not None:
        raise MutationRefused("domain_already_taken", "The subdomain is taken.")
    center_id = context.ids.new("hc")
    names = {"name": input["publicName"], "internal_name": input["internalName"]}
    rest = {name: input[name] for name in ("type", "description", "subdomain")}
    context.store.insert("help_centers", {"id": center_id, **names, **rest, **stamped(context)})
    return {"helpCenter": load_help_center(context, center_id)}


@DOMAIN.mutation(
    "upsertHelpCenterArticle",
    permissions=("helpCenterArticle:create", "helpCenterArticle:edit"),
)
def upsert_help_center_article(context: Context, input: dict[str, Any]) -> Object:
    """Create an article, or write the one with the id anew."""
    center = _center(context, input)
    refuse(blank("title", input["title"]))
    row, article_id = None, input.get("helpCenterArticleId")
    if article_id is not None:
        row = existing(context, "articles", article_id, "helpCenterArticleId", "article")
    group_id = input.get("helpCenterArticleGroupId")
    if group_id is not None:
        existing(context, "article_groups", group_id, "helpCenterArticleGroupId", "group")
    by = touched(context)
    columns: dict[str, Any] = {
        "title": input["title"],
        "description": input.get("description"),
        "icon": input.get("icon"),
        "content": input["contentHtml"],
        "group_id": group_id,
    }
    status = input.get("status") or (row["status"] if row else "DRAFT")
    changed_at = {"status_changed_at": by["updated_at"], "status_changed_by": by["updated_by"]}
    if row is None or row["status"] != status:
        columns |= {"status": status, **changed_at}
    if row is None or input.get("slug") is not None:
        columns["slug"] = _slug(
            context, "articles", center["id"], input.get("slug"), input["title"], article_id
        )
    if row is None:
        article_id = context.ids.new("hca")
        own = {"id": article_id, "help_center_id": center["id"]}
        context.store.insert("articles", {**own, **columns, **stamped(context)})
    else:
        context.store.update("articles", row["id"], {**columns, **by})
    assert article_id is not None
    return {"helpCenterArticle": help_center_article(context, article_id)}


@DOMAIN.mutation("deleteHelpCenterArticle", permissions=("helpCenterArticle:delete",))
def delete_help_center_article(context: Context, input: dict[str, Any]) -> Object:
    """Delete an article."""
    path = "helpCenterArticleId"
    row = existing(context, "articles", input[path], path, "article")
    context.store.write("DELETE FROM articles WHERE id = ?", [row["id"]])
    return {}


@DOMAIN.mutation("createHelpCenterArticleGroup", permissions=("helpCenterArticleGroup:create",))
def create_help_center_article_group(context: Context, input: dict[str, Any]) -> Object:
    """A new group of articles."""
    center = _center(context, input)
    refuse(blank("name", input["name"]))
    parent = input.get("parentHelpCenterArticleGroupId")
    if parent is not None:
        existing(context, "article_groups", parent, "parentHelpCenterArticleGroupId", "group")
    group_id, table = context.ids.new("hcag"), "article_groups"
    slug = _slug(context, table, center["id"], input.get("slug"), input["name"], None)
    own = {"id": group_id, "help_center_id": center["id"], "parent_id": parent}
    columns = {"name": input["name"], "slug": slug}
    context.store.insert(table, {**own, **columns, **stamped(context)})
    return {"helpCenterArticleGroup": help_center_article_group(context, group_id)}


@DOMAIN.mutation("updateHelpCenterArticleGroup", permissions=("helpCenterArticleGroup:edit",))
def update_help_center_article_group(context: Context, input: dict[str, Any]) -> Object:
    """Another name."""
    path = "helpCenterArticleGroupId"
    row = existing(context, "article_groups", input[path], path, "group")
    refuse(blank("name", input.get("name")))
    name = {"name": row["name"] if input.get("name") is None else input["name"]}
    context.store.update("article_groups", row["id"], {**name, **touched(context)})
    return {"helpCenterArticleGroup": help_center_article_group(context, row["id"])}


@DOMAIN.mutation("deleteHelpCenterArticleGroup", permissions=("helpCenterArticleGroup:delete",))
def delete_help_center_article_group(context: Context, input: dict[str, Any]) -> Object:
    """Delete a group; its articles are in none then."""
    path = "helpCenterArticleGroupId"
    row = existing(context, "article_groups", input[path], path, "group")
    context.store.write("DELETE FROM article_groups WHERE id = ?", [row["id"]])
    return {}


def _center(context: Context, input: Mapping[str, Any]) -> Row:
    row = context.store.by("help_centers", "id", input["helpCenterId"])
    if row is None:
        raise not_found("helpCenterId", "The help center does not exist.")
    return row


def _by_slug(context: Context, table: str, center_id: str, slug: str) -> Row | None:
    where = f"SELECT * FROM {table} WHERE {_CENTER} = ? AND slug = ?"
    return context.store.row(where, [center_id, slug])


def _slug(
    context: Context, table: str, center_id: str, given: str | None, name: str, row_id: str | None
) -> str:
    """The slug that is given, or one of the name that is not taken."""
    if given is not None:
        refuse(blank("slug", given))
        other = _by_slug(context, table, center_id, given)
        if other is not None and other["id"] != row_id:
            raise invalid("slug", "Another one has this slug.")
        return given
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "untitled"
    slug, number = stem, 2
    while _by_slug(context, table, center_id, slug) is not None:
        slug, number = f"{stem}-{number}", number + 1
    return slug


def _page_of(table: str, column: str, value: str, shown: Any) -> Any:
    def page_of(context: Context, **page: Any) -> Object:
        name = f"{table} of {value}"
        return connection(
            context.store, name, table, [f"{column} = ?"], [value], Order("id"), page, shown
        )

    return page_of


def _as_center(row: Row) -> Object:
    center_id = row["id"]
    mechanism = {"__typename": "HelpCenterAuthMechanismWorkosAuthkit"}
    return {
        "id": center_id,
        "type": row["type"],
        "publicName": row["name"],
        "internalName": row["internal_name"],
        "description": row["description"],
        "domainSettings": {"domainName": f"{row['subdomain']}.sandbox.example"},
        "authMechanism": mechanism,
        "isChatEnabled": False,
        "isDeleted": False,
        "articles": _page_of("articles", _CENTER, center_id, as_article),
        "articleGroups": _page_of("article_groups", _CENTER, center_id, _as_group),
        **made(row),
    }


def _as_group(row: Row) -> Object:
    center_id, parent_id = row[_CENTER], row["parent_id"]

    def center(context: Context) -> Object | None:
        return load_help_center(context, center_id)

    def parent(context: Context) -> Object | None:
        return None if parent_id is None else help_center_article_group(context, parent_id)

    return {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "helpCenter": center,
        "parentArticleGroup": parent,
        "childArticleGroups": _page_of("article_groups", "parent_id", row["id"], _as_group),
        "articles": _page_of("articles", "group_id", row["id"], as_article),
        **made(row),
    }


def as_article(row: Row) -> Object:
    """An article as the API shows it."""
    center_id, group_id = row[_CENTER], row["group_id"]

    def center(context: Context) -> Object | None:
        return load_help_center(context, center_id)

    def group(context: Context) -> Object | None:
        return None if group_id is None else help_center_article_group(context, group_id)

    return {
        "id": row["id"],
        "title": row["title"],
        "description": row["description"],
        "icon": row["icon"],
        "contentHtml": row["content"],
        "slug": row["slug"],
        "status": row["status"],
        "statusChangedAt": moment(row, "status_changed_at"),
        "statusChangedBy": actor(row["status_changed_by"]),
        "helpCenter": center,
        "articleGroup": group,
        **made(row),
    }
