"""Customers who exist under another identity: which one is meant, and what may change.

The decisions are pure; `_relink` looks up and sends. The rules never give a customer an
identity that is another's, and never take an email or an external id away.
"""

from dataclasses import dataclass
from typing import Any, Literal

from plain_graphql.fragments.customer import Customer
from plain_graphql.inputs import UpsertCustomerInput

Member = Literal["email", "external_id"]


@dataclass(frozen=True)
class Claims:
    """Who the customer of an upsert claims to be."""

    email: str
    external_id: str | None


def claims(made: UpsertCustomerInput) -> Claims:
    """The identities that an upsert gives to its customer."""
    update = made.on_update
    changed = update.external_id.value if update.external_id is not None else None
    return Claims(
        email=update.email.email if update.email is not None else made.on_create.email.email,
        external_id=made.identifier.external_id or made.on_create.external_id or changed,
    )


def relinked(
    made: UpsertCustomerInput, member: Member, matched: Customer | None, other: Customer
) -> dict[str, Any] | None:
    """The parts of the upsert that updates `other` instead; None when that would harm.

    `matched` is whom the identifier means, `other` who has the colliding member.
    """
    claimed = claims(made)
    if matched is not None and matched.id != other.id:
        # Two customers of Plain's claim what the row claims; only a person can merge them.
        return None
    update = made.on_update.model_dump(exclude_unset=True)
    # The customer keeps its email: whose it is otherwise would be lost.
    update.pop("email", None)
    if member == "email":
        if other.external_id not in (None, claimed.external_id):
            return None
        if claimed.external_id is not None:
            update["external_id"] = {"value": claimed.external_id}
    else:
        update.pop("external_id", None)
    return {
        "identifier": {"customer_id": other.id},
        "on_create": made.on_create,
        "on_update": update,
    }
