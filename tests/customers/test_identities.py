"""Customers under another identity: who is claimed and what may change, as tables."""

from typing import Any

import pytest
from plain_graphql.fragments.customer import Customer
from plain_graphql.inputs import UpsertCustomerInput

from plain_sdk._customers.identities import Claims, Member, claims, relinked


def upsert(
    identifier: dict[str, str],
    on_update: dict[str, Any] | None = None,
    external_id: str | None = None,
) -> UpsertCustomerInput:
    """An upsert that would create a customer with the email new@x.io."""
    create: dict[str, Any] = {
        "full_name": "Ann",
        "email": {"email": "new@x.io", "is_verified": True},
    }
    if external_id is not None:
        create["external_id"] = external_id
    return UpsertCustomerInput.model_validate(
        {"identifier": identifier, "on_create": create, "on_update": on_update or {}}
    )


def customer(id: str, external_id: str | None = None) -> Customer:
    """A customer of Plain's."""
    return Customer.model_construct(id=id, external_id=external_id)


MAIL = {"email": {"email": "changed@x.io", "is_verified": False}}


@pytest.mark.parametrize(
    ("made", "email", "external_id"),
    [
        (upsert({"email_address": "a@x.io"}), "new@x.io", None),
        (upsert({"email_address": "a@x.io"}, MAIL), "changed@x.io", None),
        (upsert({"customer_id": "c_1"}), "new@x.io", None),
        (upsert({"external_id": "of identifier"}), "new@x.io", "of identifier"),
        (upsert({"customer_id": "c_1"}, None, "of create"), "new@x.io", "of create"),
        (upsert({"customer_id": "c_1"}, {"external_id": "of update"}), "new@x.io", "of update"),
        (upsert({"customer_id": "c_1"}, {"external_id": None}), "new@x.io", None),
        (upsert({"external_id": "of identifier"}, {"external_id": "of update"}, "of create"),
         "new@x.io", "of identifier"),
        (upsert({"customer_id": "c_1"}, {"external_id": "of update"}, "of create"),
         "new@x.io", "of create"),
    ],
)  # fmt: skip
def test_who_the_customer_of_an_upsert_claims_to_be(
    made: UpsertCustomerInput, email: str, external_id: str | None
) -> None:
    """The email of the update before that of the creation; the id of the identifier first."""
    assert claims(made) == Claims(email, external_id)


ID = {"external_id": "e1"}
ADDRESS = {"email_address": "a@x.io"}
SET = {"external_id": {"value": "e1"}}


@pytest.mark.parametrize(
    ("made", "member", "matched", "other", "on_update"),
    [
        # The email collides: whoever has it gets the claimed external id, if it has no other.
        (upsert(ID), "email", None, customer("c_2"), SET),
        (upsert(ID), "email", None, customer("c_2", "e1"), SET),
        (upsert(ID), "email", None, customer("c_2", "e9"), None),
        (upsert(ADDRESS), "email", None, customer("c_2"), {}),
        (upsert(ADDRESS), "email", None, customer("c_2", "e9"), None),
        (upsert(ID, MAIL), "email", None, customer("c_2"), SET),  # the email stays as it is
        (upsert(ID, {"external_id": "e5"}), "email", None, customer("c_2"), SET),
        (upsert(ADDRESS, {"external_id": None}), "email", None, customer("c_2"),
         {"external_id": {"value": None}}),
        (upsert(ID, {"full_name": "Bob"}), "email", None, customer("c_2"),
         {"full_name": {"value": "Bob"}, **SET}),
        # The external id collides: whoever has it keeps it, and keeps its email.
        (upsert(ADDRESS, None, "e1"), "external_id", None, customer("c_2", "e1"), {}),
        (upsert(ADDRESS, {"external_id": "e1"}), "external_id", None, customer("c_2", "e1"), {}),
        (upsert(ADDRESS, MAIL, "e1"), "external_id", None, customer("c_2", "e1"), {}),
        (upsert(ADDRESS, {"short_name": None}, "e1"), "external_id", None, customer("c_2", "e1"),
         {"short_name": {"value": None}}),
        (upsert(ID), "external_id", None, customer("c_2", "e9"), {}),
        # The identifier means the very customer who collides.
        (upsert(ID), "email", customer("c_2", "e1"), customer("c_2", "e1"), SET),
        (upsert(ADDRESS, None, "e1"), "external_id", customer("c_2"), customer("c_2"), {}),
        # It means another: two customers claim to be the same.
        (upsert(ID), "email", customer("c_3", "e1"), customer("c_2"), None),
        (upsert(ADDRESS, None, "e1"), "external_id", customer("c_3"), customer("c_2", "e1"), None),
    ],
)  # fmt: skip
def test_what_a_relinked_upsert_changes(
    made: UpsertCustomerInput,
    member: Member,
    matched: Customer | None,
    other: Customer,
    on_update: dict[str, Any] | None,
) -> None:
    """The update of the other customer by its id; None when somebody would lose an identity."""
    parts = relinked(made, member, matched, other)
    if on_update is None:
        assert parts is None
    else:
        assert parts == {
            "identifier": {"customer_id": "c_2"},
            "on_create": made.on_create,
            "on_update": on_update,
        }


def test_what_was_given_is_not_changed_by_relinking() -> None:
    """The upsert may be sent again as it was."""
    made = upsert(ID, {**MAIL, "external_id": "e5"})
    before = made.model_copy(deep=True)
    relinked(made, "email", None, customer("c_2"))
    relinked(made, "external_id", None, customer("c_2"))
    assert made == before
    assert made.on_update.model_fields_set == before.on_update.model_fields_set
