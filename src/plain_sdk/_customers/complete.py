"""What an upsert leaves undone for a customer who existed, and a sync does behind it.

An upsert without `is_verified` leaves the email alone, because it cannot be changed without
saying whether it is verified; Plain's response says what it is. Groups and tenants are given on
creation only, and have operations of their own.
"""

from typing import Any

from plain_graphql.enums import UpsertResult
from plain_graphql.operations.add_customer_to_customer_groups import (
    ADD_CUSTOMER_TO_CUSTOMER_GROUPS,
)
from plain_graphql.operations.add_customer_to_tenants import ADD_CUSTOMER_TO_TENANTS
from plain_graphql.operations.upsert_customer import UPSERT_CUSTOMER, UpsertedCustomer

from .._call.pipeline import Pipeline
from .._errors import PlainNotAppliedError
from ..runtime.operations import RequestOptions
from .arrived import differences, has_other_email
from .checks import upsert_variables
from .members import Members
from .prepared import PreparedUpsert
from .rows import parts_of


async def completed(
    pipeline: Pipeline,
    upsert: PreparedUpsert,
    upserted: UpsertedCustomer,
    options: RequestOptions | None,
) -> UpsertedCustomer:
    """The customer as the row says; `PlainNotAppliedError` names what did not arrive.

    Raises what the further requests meet, such as a conflict about the email.
    """
    members = upsert.members
    if members is not None and not upserted.created:
        if members.is_verified is None and has_other_email(members, upserted.customer):
            upserted = await _with_email(pipeline, members, upserted, options)
        await _add_memberships(pipeline, members, upserted.customer.id, options)
    if missing := differences(upsert, upserted):
        raise PlainNotAppliedError(
            f"the customer's {' and '.join(missing)} in Plain still "
            f"{'differs' if len(missing) == 1 else 'differ'} from the row",
            fields=missing,
            operation=UPSERT_CUSTOMER.name,
        )
    return upserted


async def _with_email(
    pipeline: Pipeline,
    members: Members,
    upserted: UpsertedCustomer,
    options: RequestOptions | None,
) -> UpsertedCustomer:
    customer = upserted.customer
    verified = customer.email.is_verified
    email: Any = {"email": {"email": members.email, "is_verified": verified}}
    create: Any = parts_of(members)["on_create"]
    variables = upsert_variables({"customer_id": customer.id}, create, email)
    changed = await pipeline.value(UPSERT_CUSTOMER, variables, options)
    # What `upserted` tells besides, as how the customer was found, is kept.
    return upserted.model_copy(
        update={"result": UpsertResult.UPDATED, "customer": changed.customer}
    )


async def _add_memberships(
    pipeline: Pipeline, members: Members, customer_id: str, options: RequestOptions | None
) -> None:
    if members.customer_group_keys:
        keys = [{"customer_group_key": key} for key in members.customer_group_keys]
        groups = {"input": {"customer_id": customer_id, "customer_group_identifiers": keys}}
        await pipeline.value(ADD_CUSTOMER_TO_CUSTOMER_GROUPS, groups, options)
    if members.tenant_external_ids:
        tenants = [{"external_id": each} for each in members.tenant_external_ids]
        customer = {"customer_id": customer_id}
        added = {"input": {"customer_identifier": customer, "tenant_identifiers": tenants}}
        await pipeline.value(ADD_CUSTOMER_TO_TENANTS, added, options)
