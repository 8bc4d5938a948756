"""Users: the people of the workspace, who are there from the start: nobody signs up here."""

from typing import Any

from .._context import Context
from .._domain import Domain
from .._ids import stable_id
from .._members import Object
from .._paging import Order, connection
from .._store import Row, Store, Table
from .actors import MADE, as_system, made, moment

DOMAIN = Domain(
    tables=(
        Table(
            "users",
            {
                "id": "TEXT PRIMARY KEY",
                "email": "TEXT NOT NULL UNIQUE",
                "full_name": "TEXT NOT NULL",
                "status_changed_at": "TEXT NOT NULL",
                **MADE,
            },
        ),
    )
)

FIRST = "ada@sandbox.example"
"""The user of a sandbox that is given none: a workspace is always somebody's."""


def seed_user(store: Store, email: str, now: str) -> None:
    """Make sure that there is a user with this address. The address alone tells the id."""
    if store.by("users", "email", email) is not None:
        return
    name = email.partition("@")[0].replace(".", " ").replace("_", " ").title()
    by = {"created_at": now, "created_by": as_system(), "updated_at": now}
    store.insert(
        "users",
        {
            "id": stable_id("u", email),
            "email": email,
            "full_name": name,
            "status_changed_at": now,
            **by,
            "updated_by": as_system(),
        },
    )


@DOMAIN.loader("User")
def load_user(context: Context, user_id: str) -> Object | None:
    """The user with this id."""
    row = context.store.by("users", "id", user_id)
    return None if row is None else _as_user(row)


@DOMAIN.query("user", permissions=("user:read",))
def user(context: Context, userId: str) -> Object | None:
    """The user with Plain's id."""
    return load_user(context, userId)


@DOMAIN.query("userByEmail", permissions=("user:read",))
def user_by_email(context: Context, email: str) -> Object | None:
    """The user with the email address; case does not count."""
    row = context.store.row("SELECT * FROM users WHERE lower(email) = ?", [email.strip().lower()])
    return None if row is None else _as_user(row)


@DOMAIN.query("users", permissions=("user:read",))
def users(context: Context, filters: Any = None, **page: Any) -> Object:
    """A page of users. All of them may be assigned to anything."""
    filters = filters or {}
    none = any(value is False for value in filters.values())
    where = ["0"] if none else []
    return connection(context.store, "users", "users", where, [], Order("id"), page, _as_user)


def user_named(context: Context, identifier: Any) -> Object | None:
    """The user that a component names, by id or email address."""
    if identifier.get("userId") is not None:
        return load_user(context, identifier["userId"])
    return user_by_email(context, identifier.get("emailAddress") or "")


def _as_user(row: Row) -> Object:
    return {
        "__typename": "User",
        "id": row["id"],
        "fullName": row["full_name"],
        "publicName": row["full_name"].partition(" ")[0],
        "email": row["email"],
        "slackIdentities": [],
        "status": "ONLINE",
        "statusChangedAt": moment(row, "status_changed_at"),
        "isDeleted": False,
        **made(row),
    }
