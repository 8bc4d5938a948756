"""Who acts in the workspace: machine users with their keys, and the system itself."""

from collections.abc import Callable
from typing import Any

from .._context import Context
from .._domain import Domain
from .._ids import date_time, stable_id
from .._keys import ApiKey
from .._members import Object
from .._paging import listed
from .._store import Store
from .actors import SYSTEM_ID

DOMAIN = Domain(
    tables=(
        """CREATE TABLE IF NOT EXISTS workspace (
            one INTEGER PRIMARY KEY CHECK (one = 1), created_at TEXT NOT NULL)""",
    )
)

WORKSPACE_ID = stable_id("w", "sandbox")
"""There is one workspace."""


def seed_workspace(store: Store, now: str) -> str:
    """When the workspace began: now, unless the database has seen a sandbox before."""
    store.write("INSERT OR IGNORE INTO workspace (one, created_at) VALUES (1, ?)", [now])
    row = store.row("SELECT created_at FROM workspace")
    assert row is not None
    return str(row["created_at"])


@DOMAIN.query("myPermissions", permissions=())
def my_permissions(context: Context) -> Object:
    """What the key that asks may do."""
    return {"permissions": _permissions(context, context.key)}


@DOMAIN.query("myMachineUser", permissions=())
def my_machine_user(context: Context) -> Object:
    """Who the key that asks belongs to."""
    return load_machine_user(context, context.key.machine_user_id)


@DOMAIN.query("permissions", permissions=())
def permissions(context: Context) -> Object:
    """Every permission that there is."""
    return {"permissions": list(context.permissions)}


@DOMAIN.query("myWorkspace", permissions=("workspace:read",))
def my_workspace(context: Context) -> Object:
    """The workspace of the key that asks."""
    return {
        "id": context.workspace_id,
        "name": "Sandbox",
        "publicName": "Sandbox",
        "isDemoWorkspace": False,
        "domainNames": ["sandbox.example"],
        "domainName": "sandbox.example",
        "workspaceEmailSettings": {"isEnabled": True, "bccEmailAddresses": []},
        "workspaceChatSettings": {"isEnabled": True},
        **made_by(system_actor, context.started),
    }


@DOMAIN.query("workspace", permissions=("workspace:read",))
def workspace(context: Context, workspaceId: str) -> Object | None:
    """The workspace with Plain's id: there is one."""
    return my_workspace(context) if workspaceId == context.workspace_id else None


@DOMAIN.query("machineUser", permissions=("machineUser:read",))
def machine_user(context: Context, machineUserId: str) -> Object | None:
    """The machine user with Plain's id: each key that was named has one, and so has who asks."""
    found = _machine_users(context)
    return found.get(machineUserId)


@DOMAIN.query("machineUsers", permissions=("machineUser:read",))
def machine_users(context: Context, filters: Any = None, **page: Any) -> Object:
    """A page of machine users."""
    wanted = (filters or {}).get("type")
    every = [u for u in _machine_users(context).values() if wanted in (None, u["type"])]
    return listed(f"machine users of type {wanted}", every, page)


def _machine_users(context: Context) -> dict[str, Object]:
    keys = (*context.keys.named, context.key)
    ids = dict.fromkeys(key.machine_user_id for key in keys)
    return {machine_user_id: load_machine_user(context, machine_user_id) for machine_user_id in ids}


def system_actor() -> Object:
    """The actor of what nobody asked for: groups that are seeded, companies that are inferred."""
    return {"__typename": "SystemActor", "systemId": SYSTEM_ID}


def made_by(by: Callable[[], Object], at: str) -> Object:
    """The members that tell when and by whom something was made that did not change since."""
    return {
        "createdAt": date_time(at),
        "createdBy": by(),
        "updatedAt": date_time(at),
        "updatedBy": by(),
    }


@DOMAIN.loader("MachineUser")
def load_machine_user(context: Context, machine_user_id: str) -> Object:
    name = f"Machine user {machine_user_id[-6:]}"

    def api_keys(context: Context, **page: Any) -> Object:
        return listed(f"API keys of {machine_user_id}", _api_keys(context, machine_user_id), page)

    def api_key(context: Context, apiKeyId: str) -> Object | None:
        keys = _api_keys(context, machine_user_id)
        return next((key for key in keys if key["id"] == apiKeyId), None)

    return {
        "__typename": "MachineUser",
        "id": machine_user_id,
        "fullName": name,
        "publicName": name,
        "type": "API_USER",
        "apiKey": api_key,
        "apiKeys": api_keys,
        "isDeleted": False,
        **made_by(system_actor, context.started),
    }


def _api_keys(context: Context, machine_user_id: str) -> list[Object]:
    return [
        {
            # A name for the key that does not tell it.
            "id": stable_id("apiKey", key.key),
            "permissions": _permissions(context, key),
            "isDeleted": False,
            **made_by(system_actor, context.started),
        }
        for key in {*context.keys.named, context.key}
        if key.machine_user_id == machine_user_id
    ]


def _permissions(context: Context, key: ApiKey) -> list[str]:
    return list(context.permissions) if key.permissions is None else sorted(key.permissions)
