"""Customers as rows: what a table or a file holds of them, and the upsert it means."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, TypeAlias, TypedDict

from ..runtime.unset import UNSET, Unset

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
    """Whether you have verified the email. None: not verified when the customer is created,
    and the email of an existing customer is left alone; otherwise it is updated too."""
    customer_group_keys: tuple[str, ...] = ()
    """Groups to put a new customer in. Only possible on creation."""
    tenant_external_ids: tuple[str, ...] = ()
    """Tenants to put a new customer in. Only possible on creation."""

    def parts(self) -> "UpsertParts":
        """The arguments of `upsert_customer`."""
        verified = bool(self.is_verified)
        create: dict[str, Any] = {
            "full_name": self.full_name,
            "email": {"email": self.email, "is_verified": verified},
        }
        update: dict[str, Any] = {"full_name": self.full_name}
        if self.external_id is not None:
            create["external_id"] = self.external_id
        if self.short_name is not UNSET:
            create["short_name"] = update["short_name"] = self.short_name
        if self.customer_group_keys:
            create["customer_group_identifiers"] = [
                {"customer_group_key": key} for key in self.customer_group_keys
            ]
        if self.tenant_external_ids:
            create["tenant_identifiers"] = [
                {"external_id": external_id} for external_id in self.tenant_external_ids
            ]
        if self.is_verified is not None:
            update["email"] = {"email": self.email, "is_verified": verified}
        identifier: Any = (
            {"external_id": self.external_id}
            if self.external_id is not None
            else {"email_address": self.email}
        )
        return {"identifier": identifier, "on_create": create, "on_update": update}  # type: ignore[typeddict-item]


class UpsertParts(TypedDict):
    """The arguments of `upsert_customer`, for one row of many."""

    identifier: "UpsertCustomerIdentifierLike"
    on_create: "UpsertCustomerOnCreateLike"
    on_update: "NotRequired[UpsertCustomerOnUpdateLike | None]"


UpsertRow: TypeAlias = CustomerRow | UpsertParts
