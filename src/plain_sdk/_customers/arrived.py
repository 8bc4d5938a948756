"""Whether a customer, as Plain shows it, is what a row says. Pure functions.

Plain may tidy what it stores; so spaces, the case of an email and the composition of letters
do not count.
"""

import unicodedata
from collections.abc import Iterator

from plain_graphql.fragments.customer import Customer
from plain_graphql.inputs import UpsertCustomerInput
from plain_graphql.operations.upsert_customer import UpsertedCustomer

from ..runtime.unset import UNSET
from .members import Members
from .prepared import PreparedUpsert, email_key


def differences(upsert: PreparedUpsert, upserted: UpsertedCustomer) -> tuple[str, ...]:
    """The fields in which the customer is not what the row says, like `email`."""
    customer = upserted.customer
    if upsert.members is not None:
        return tuple(_of_members(upsert.members, customer))
    return tuple(_of_input(upsert.variables.input, customer, created=upserted.created))


def has_other_email(members: Members, customer: Customer) -> bool:
    """Whether the customer has another email than the row."""
    return email_key(members.email) != email_key(customer.email.email)


def _of_members(wanted: Members, customer: Customer) -> Iterator[str]:
    if not _same(wanted.full_name, customer.full_name):
        yield "full_name"
    if has_other_email(wanted, customer):
        yield "email"
    if wanted.external_id is not None and not _same(wanted.external_id, customer.external_id):
        yield "external_id"
    if wanted.short_name is not UNSET and not _same(wanted.short_name, customer.short_name):
        yield "short_name"
    if wanted.is_verified is not None and wanted.is_verified != customer.email.is_verified:
        yield "is_verified"


def _of_input(made: UpsertCustomerInput, customer: Customer, *, created: bool) -> Iterator[str]:
    """Of the branch that happened, what it gives."""
    create, update = made.on_create, made.on_update
    part = create if created else update
    for name in ("full_name", "short_name", "external_id"):
        if name not in part.model_fields_set:
            continue
        given = getattr(part, name)
        wanted = given if created else getattr(given, "value", None)
        if not created and given is not None and "value" not in given.model_fields_set:
            continue
        if not _same(wanted, getattr(customer, name)):
            yield name
    email = create.email if created else update.email
    if email is not None:
        if email_key(email.email) != email_key(customer.email.email):
            yield "email"
        if email.is_verified != customer.email.is_verified:
            yield "is_verified"


def _same(wanted: object, found: object) -> bool:
    if wanted == found:
        return True
    return _tidied(wanted) == _tidied(found)


def _tidied(text: object) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()) if isinstance(text, str) else ""
