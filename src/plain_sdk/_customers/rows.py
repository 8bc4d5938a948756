"""Customers as rows: what a table or a file holds of them, and the upsert it means."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, TypeAlias, TypedDict

from ..runtime.unset import UNSET, Unset
from .members import Members, members_of

if TYPE_CHECKING:
    from plain_graphql.mappings import (
        UpsertCustomerIdentifierLike,
        UpsertCustomerOnCreateLike,
        UpsertCustomerOnUpdateLike,
    )


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as a row of a table; the upsert is derived from it.

    The customer is identified by `external_id` when there is one, else by `email`.
    """

    full_name: str
    email: str
    external_id: str | None = None
    short_name: str | None | Unset = UNSET
    """None clears it; when not given, it stays as it is."""
    is_verified: bool | None = None
    """Whether you have verified the email. None: not verified when the customer is created, and
    an existing customer keeps its email; a sync changes it, and keeps what Plain says of it."""
    customer_group_keys: tuple[str, ...] = ()
    """Groups to put a new customer in; a sync puts existing customers in them, too."""
    tenant_external_ids: tuple[str, ...] = ()
    """Tenants to put a new customer in; a sync puts existing customers in them, too."""

    def parts(self) -> "UpsertParts":
        """The arguments of `upsert_customer`; `PlainInputError` when a value is no such member.

        Scalars and arrays of numpy and pandas are taken for what they hold; NaN and NA are
        missing values. A whole number is an id; a text is neither a truth value nor a list.
        """
        return parts_of(members_of(self))


def parts_of(members: Members) -> "UpsertParts":
    """The arguments of `upsert_customer` for a row's members."""
    m = members
    create: dict[str, Any] = {
        "full_name": m.full_name,
        "email": {"email": m.email, "is_verified": m.is_verified is True},
    }
    update: dict[str, Any] = {"full_name": m.full_name}
    if m.external_id is not None:
        create["external_id"] = m.external_id
    if m.short_name is not UNSET:
        create["short_name"] = update["short_name"] = m.short_name
    if m.customer_group_keys:
        create["customer_group_identifiers"] = [
            {"customer_group_key": key} for key in m.customer_group_keys
        ]
    if m.tenant_external_ids:
        create["tenant_identifiers"] = [
            {"external_id": external_id} for external_id in m.tenant_external_ids
        ]
    if m.is_verified is not None:
        update["email"] = {"email": m.email, "is_verified": m.is_verified}
    identifier: Any = (
        {"external_id": m.external_id} if m.external_id is not None else {"email_address": m.email}
    )
    return {"identifier": identifier, "on_create": create, "on_update": update}  # type: ignore[typeddict-item]


class UpsertParts(TypedDict):
    """The arguments of `upsert_customer`, for one row of many."""

    identifier: "UpsertCustomerIdentifierLike"
    on_create: "UpsertCustomerOnCreateLike"
    on_update: "NotRequired[UpsertCustomerOnUpdateLike | None]"


UpsertRow: TypeAlias = CustomerRow | UpsertParts
