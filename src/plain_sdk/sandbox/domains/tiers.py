"""Tiers, and the companies and tenants in them. Each of those is in one at most."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._context import Context
from .._domain import Domain
from .._members import Object
from .._paging import Order, connection
from .._refusals import not_found
from .._store import Row, Store, Table
from .actors import MADE, made, stamped, touched
from .inputs import blank, existing, invalid, named, only_one, refuse, unwrapped

DOMAIN = Domain(
    tables=(
        Table(
            "tiers",
            {
                "id": "TEXT PRIMARY KEY",
                "name": "TEXT NOT NULL",
                "external_id": "TEXT UNIQUE",
                "color": "TEXT NOT NULL",
                "is_default": "INTEGER NOT NULL DEFAULT 0",
                "default_priority": "INTEGER NOT NULL DEFAULT 2",
                **MADE,
            },
        ),
        Table(
            "tier_memberships",
            {
                "id": "TEXT PRIMARY KEY",
                "tier_id": "TEXT NOT NULL REFERENCES tiers (id) ON DELETE CASCADE",
                "company_id": "TEXT UNIQUE",
                "tenant_id": "TEXT UNIQUE",
                **MADE,
            },
            indexes=("tier_id",),
        ),
    )
)

COLUMNS = {"tierId": "id", "externalId": "external_id"}
_READ = ("tier:read",)
_JOIN = ("tierMembership:read", "tierMembership:create")
_LEAVE = ("tierMembership:read", "tierMembership:delete")
_KINDS = {"companyId": ("companies", "company_id"), "tenantId": ("tenants", "tenant_id")}


def seed_tier(store: Store, new_id: Callable[[str], str], external_id: str) -> None:
    """Make sure that there is a tier with this external id."""
    if store.by("tiers", "external_id", external_id) is None:
        name = external_id.replace("_", " ").replace("-", " ").title()
        tier = {"id": new_id("tier"), "external_id": external_id, "name": name, "color": "#6B7280"}
        store.insert("tiers", tier)


@DOMAIN.loader("Tier")
def load_tier(context: Context, tier_id: str) -> Object | None:
    """The tier with this id."""
    row = context.store.by("tiers", "id", tier_id)
    return None if row is None else _as_tier(row)


@DOMAIN.loader("TierOfTenant")
def tier_of_tenant(context: Context, tenant_id: str) -> Object | None:
    """The tier that a tenant is in."""
    row = context.store.by("tier_memberships", "tenant_id", tenant_id)
    return None if row is None else load_tier(context, row["tier_id"])


@DOMAIN.loader("TierOfCompany")
def tier_of_company(context: Context, company_id: str) -> Object | None:
    """The tier that a company is in."""
    row = context.store.by("tier_memberships", "company_id", company_id)
    return None if row is None else load_tier(context, row["tier_id"])


@DOMAIN.query("tier", permissions=_READ)
def tier(context: Context, tierId: str) -> Object | None:
    """The tier with Plain's id."""
    return load_tier(context, tierId)


@DOMAIN.query("tiers", permissions=_READ)
def tiers(context: Context, **page: Any) -> Object:
    """A page of tiers."""
    return connection(context.store, "tiers", "tiers", [], [], Order("id"), page, _as_tier)


@DOMAIN.mutation("createTier", permissions=("tier:create",))
def create_tier(context: Context, input: dict[str, Any]) -> Object:
    """A new tier, with the members that are named."""
    refuse(blank("name", input["name"]))
    if (external_id := input.get("externalId")) is not None:
        _check_external_id(context, external_id, None)
    tier_id = context.ids.new("tier")
    priority = input.get("defaultThreadPriority", input.get("defaultPriority"))
    context.store.insert(
        "tiers",
        {
            "id": tier_id,
            "name": input["name"],
            "external_id": external_id,
            "color": input.get("color") or "#6B7280",
            "is_default": int(bool(input.get("isDefault"))),
            "default_priority": 2 if priority is None else _priority(priority),
            **stamped(context),
        },
    )
    for index, member in enumerate(input.get("memberIdentifiers") or ()):
        _join(context, tier_id, _member(context, member, f"memberIdentifiers.{index}"))
    return {"tier": load_tier(context, tier_id)}


@DOMAIN.mutation("updateTier", permissions=("tier:edit",))
def update_tier(context: Context, input: dict[str, Any]) -> Object:
    """Change what is given."""
    row = existing(context, "tiers", input["tierId"], "tierId", "tier")
    columns = {
        "name": "name",
        "externalId": "external_id",
        "color": "color",
        "isDefault": "is_default",
        "defaultThreadPriority": "default_priority",
    }
    wanted = unwrapped(input, columns)
    refuse(blank("name.value", wanted.get("name")))
    if wanted.get("external_id") is not None:
        _check_external_id(context, wanted["external_id"], row["id"])
    if "default_priority" in wanted:
        _priority(wanted["default_priority"])
    context.store.update("tiers", row["id"], {**wanted, **touched(context)})
    return {"tier": load_tier(context, row["id"])}


@DOMAIN.mutation("deleteTier", permissions=("tier:delete",))
def delete_tier(context: Context, input: dict[str, Any]) -> Object:
    """Delete a tier; its members are in none then."""
    row = existing(context, "tiers", input["tierId"], "tierId", "tier")
    context.store.write("UPDATE threads SET tier_id = NULL WHERE tier_id = ?", [row["id"]])
    context.store.write("DELETE FROM tiers WHERE id = ?", [row["id"]])
    return {"tier": _as_tier(row)}


@DOMAIN.mutation("addMembersToTier", permissions=_JOIN)
def add_members_to_tier(context: Context, input: dict[str, Any]) -> Object:
    """Move members into the tier, out of whichever they are in."""
    row = tier_named(context, input["tierIdentifier"], "tierIdentifier")
    members = _members(context, input["memberIdentifiers"])
    return {"memberships": [_join(context, row["id"], member) for member in members]}


@DOMAIN.mutation("removeMembersFromTier", permissions=_LEAVE)
def remove_members_from_tier(context: Context, input: dict[str, Any]) -> Object:
    """Take members out of their tiers, and hand back the memberships that were."""
    members = _members(context, input["memberIdentifiers"])
    return {"memberships": [m for m in (_leave(context, member) for member in members) if m]}


@DOMAIN.mutation("updateTenantTier", permissions=_JOIN)
def update_tenant_tier(context: Context, input: dict[str, Any]) -> Object:
    """Move a tenant into a tier, or out of its tier when none is given."""
    columns = {"tenantId": "id", "externalId": "external_id"}
    row = named(
        context, "tenants", columns, input["tenantIdentifier"], "tenantIdentifier", "tenant"
    )
    return {"tenantTierMembership": _moved(context, input, ("tenant_id", row["id"]))}


@DOMAIN.mutation("updateCompanyTier", permissions=_JOIN)
def update_company_tier(context: Context, input: dict[str, Any]) -> Object:
    """Move a company into a tier, or out of its tier when none is given."""
    company = context.find("CompanyNamed", _company_key(input["companyIdentifier"]))
    if company is None:
        raise not_found("companyIdentifier", "The company does not exist.")
    return {"companyTierMembership": _moved(context, input, ("company_id", company["id"]))}


def tier_named(context: Context, identifier: Mapping[str, Any], path: str) -> Row:
    """The tier that an input names; refused when there is none."""
    return named(context, "tiers", COLUMNS, identifier, path, "tier")


def _company_key(identifier: Mapping[str, Any]) -> str:
    return str(only_one(identifier, ("companyId", "companyDomainName"), "companyIdentifier")[1])


def _moved(context: Context, input: Mapping[str, Any], member: tuple[str, str]) -> Object | None:
    if input.get("tierIdentifier") is None:
        _leave(context, member)
        return None
    row = tier_named(context, input["tierIdentifier"], "tierIdentifier")
    return _join(context, row["id"], member)


def _members(context: Context, identifiers: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [_member(context, i, f"memberIdentifiers.{n}") for n, i in enumerate(identifiers)]


def _member(context: Context, identifier: Mapping[str, Any], path: str) -> tuple[str, str]:
    member, value = only_one(identifier, _KINDS, path)
    table, column = _KINDS[member]
    return column, existing(context, table, value, f"{path}.{member}", table)["id"]


def _join(context: Context, tier_id: str, member: tuple[str, str]) -> Object:
    column, member_id = member
    row = context.store.by("tier_memberships", column, member_id)
    if row is not None and row["tier_id"] == tier_id:
        return _as_membership(row)
    _leave(context, member)
    membership = {"id": context.ids.new("tm"), "tier_id": tier_id, column: member_id}
    context.store.insert("tier_memberships", {**membership, **stamped(context)})
    row = context.store.by("tier_memberships", column, member_id)
    assert row is not None
    return _as_membership(row)


def _leave(context: Context, member: tuple[str, str]) -> Object | None:
    row = context.store.by("tier_memberships", *member)
    context.store.write(f"DELETE FROM tier_memberships WHERE {member[0]} = ?", [member[1]])
    return None if row is None else _as_membership(row)


def _priority(value: int) -> int:
    if value not in range(4):
        raise invalid("defaultThreadPriority", "Must be 0, 1, 2 or 3.")
    return value


def _check_external_id(context: Context, external_id: str, row_id: str | None) -> None:
    other = context.store.by("tiers", "external_id", external_id)
    if other is not None and other["id"] != row_id:
        raise invalid("externalId", "Another tier has this external id.")


def _as_membership(row: Row) -> Object:
    common = {"id": row["id"], "tierId": row["tier_id"], **made(row)}
    if row["company_id"] is None:
        return {"__typename": "TenantTierMembership", "tenantId": row["tenant_id"], **common}
    return {"__typename": "CompanyTierMembership", "companyId": row["company_id"], **common}


def _as_tier(row: Row) -> Object:
    tier_id = row["id"]

    def memberships(context: Context, **page: Any) -> Object:
        where, name = ["tier_id = ?"], f"members of {tier_id}"
        return connection(
            context.store, name, "tier_memberships", where, [tier_id], Order("id"), page,
            _as_membership,
        )  # fmt: skip

    return {
        "id": tier_id,
        "name": row["name"],
        "externalId": row["external_id"],
        "color": row["color"],
        "isDefault": bool(row["is_default"]),
        "defaultThreadPriority": row["default_priority"],
        "defaultPriority": row["default_priority"],
        "isMachineTier": False,
        "memberships": memberships,
        "serviceLevelAgreements": [],
        **made(row),
    }
