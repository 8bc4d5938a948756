"""Upserts that find their customer under another identity."""

from typing import Literal

from plain_graphql.fragments.customer import Customer
from plain_graphql.operations.customer import CUSTOMER
from plain_graphql.operations.customer_by_email import CUSTOMER_BY_EMAIL
from plain_graphql.operations.customer_by_external_id import CUSTOMER_BY_EXTERNAL_ID
from plain_graphql.operations.upsert_customer import (
    UPSERT_CUSTOMER,
    UpsertCustomerVariables,
    UpsertedCustomer,
)

from .._call.pipeline import Pipeline
from .._errors import PlainCustomerConflictError
from ..runtime.operations import RequestOptions
from .checks import upsert_variables
from .identities import claims, relinked


class RelinkedCustomer(UpsertedCustomer):
    """A customer found under a different identity from the one that was given."""

    matched_by: Literal["email", "external_id"]
    """The field by which the customer was found."""


async def relink(
    pipeline: Pipeline,
    variables: UpsertCustomerVariables,
    conflict: PlainCustomerConflictError,
    options: RequestOptions | None,
) -> UpsertedCustomer:
    """Update the customer who has the colliding member; the conflict when that would harm."""
    made = variables.input
    claimed = claims(made)
    other: Customer | None
    if conflict.member == "email":
        other = await pipeline.value(CUSTOMER_BY_EMAIL, {"email": claimed.email}, options)
    else:
        by_external_id = {"externalId": claimed.external_id}
        other = await pipeline.value(CUSTOMER_BY_EXTERNAL_ID, by_external_id, options)
    if other is None:
        # Whoever was in the way is gone.
        return await pipeline.value(UPSERT_CUSTOMER, variables, options)
    matched = await _identified(pipeline, variables, options)
    parts = relinked(made, conflict.member, matched, other)
    if parts is None:
        raise conflict
    again = upsert_variables(parts["identifier"], parts["on_create"], parts["on_update"])
    upserted = await pipeline.value(UPSERT_CUSTOMER, again, options)
    return RelinkedCustomer(
        result=upserted.result, customer=upserted.customer, matched_by=conflict.member
    )


async def _identified(
    pipeline: Pipeline, variables: UpsertCustomerVariables, options: RequestOptions | None
) -> Customer | None:
    identifier = variables.input.identifier
    if identifier.email_address is not None:
        email = {"email": identifier.email_address}
        return await pipeline.value(CUSTOMER_BY_EMAIL, email, options)
    if identifier.external_id is not None:
        external_id = {"externalId": identifier.external_id}
        return await pipeline.value(CUSTOMER_BY_EXTERNAL_ID, external_id, options)
    return await pipeline.value(CUSTOMER, {"customerId": identifier.customer_id}, options)
