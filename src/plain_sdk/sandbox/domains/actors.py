"""Who did something, and when: how it is kept, and how the API shows it."""

import json
from collections.abc import Callable
from typing import Any

from .._context import Context
from .._ids import date_time, made_at, stable_id
from .._members import Object
from .._store import Row

MADE = {"created_at": "TEXT", "created_by": "TEXT", "updated_at": "TEXT", "updated_by": "TEXT"}
"""The columns of whatever is made and changed by somebody."""

SYSTEM_ID = stable_id("sys", "sandbox")
_SYSTEM = json.dumps({"__typename": "SystemActor", "systemId": SYSTEM_ID})
_KINDS = {
    "MachineUserActor": ("machineUser", "MachineUser", "machineUserId"),
    "UserActor": ("user", "User", "userId"),
    "CustomerActor": ("customer", "Customer", "customerId"),
}


def acting(context: Context) -> str:
    """The actor of this request, as it is kept."""
    actor = {"__typename": "MachineUserActor", "machineUserId": context.key.machine_user_id}
    return json.dumps(actor)


def as_customer(customer_id: str) -> str:
    """A customer as an actor, as it is kept."""
    return json.dumps({"__typename": "CustomerActor", "customerId": customer_id})


def as_system() -> str:
    """Plain itself as an actor, as it is kept."""
    return _SYSTEM


def stamped(context: Context, by: str | None = None) -> dict[str, str]:
    """The columns of what is made now, by whoever asks unless told otherwise."""
    now, by = context.now(), by or acting(context)
    return {"created_at": now, "created_by": by, "updated_at": now, "updated_by": by}


def touched(context: Context, by: str | None = None) -> dict[str, str]:
    """The columns of what is changed now."""
    return {"updated_at": context.now(), "updated_by": by or acting(context)}


def actor(kept: str | None) -> Callable[[Context], Object | None]:
    """The member that shows an actor that was kept."""

    def shown(context: Context) -> Object | None:
        return None if kept is None else shown_actor(context, kept)

    return shown


def shown_actor(context: Context, kept: str) -> Object:
    """An actor with what it leads to. A customer who is gone is a deleted one."""
    known: Object = json.loads(kept)
    if known["__typename"] not in _KINDS:
        return known
    member, kind, id_of = _KINDS[known["__typename"]]
    who: Object | None = None
    if kind == "Customer":
        who = context.find(kind, known[id_of])
        if who is None:
            return {**known, "__typename": "DeletedCustomerActor"}

    def leads_to(context: Context) -> Object | None:
        return who or context.find(kind, known[id_of])

    return {**known, member: leads_to}


def made(row: Row) -> Object:
    """The members that tell when and by whom. Earlier sandboxes did not keep it of everything:
    then its id tells when."""
    created = row["created_at"] or made_at(row["id"])
    by = row["created_by"] or _SYSTEM
    return {
        "createdAt": date_time(created),
        "createdBy": actor(by),
        "updatedAt": date_time(row["updated_at"] or created),
        "updatedBy": actor(row["updated_by"] or by),
    }


def moment(row: Row, column: str) -> Any:
    """The member that shows a time that was kept."""
    return date_time(row[column])
