"""One upsert or many: with relinking, and in packs."""

from plain_graphql.base_client import RequestOptions
from plain_graphql.operations.upsert_customer import (
    UPSERT_CUSTOMER,
    UpsertCustomerVariables,
    UpsertedCustomer,
)

from ._bulk import BatchCall
from ._caller import Caller
from ._errors import PlainConfigurationError, PlainCustomerConflictError, PlainError
from ._outcome import Err, Ok, Outcome
from ._pack import upsert_pack
from ._relink import relink
from ._rows import UpsertRow, row_variables
from ._settings import OnConflict


def checked_on_conflict(on_conflict: str) -> None:
    """Refuse a value that is not one of the two."""
    if on_conflict not in ("raise", "relink"):
        raise PlainConfigurationError(
            f"on_conflict must be 'raise' or 'relink', not {on_conflict!r}"
        )


async def upsert_one(
    caller: Caller,
    variables: UpsertCustomerVariables,
    options: RequestOptions | None,
    on_conflict: OnConflict,
) -> UpsertedCustomer:
    """One upsert; a conflict is raised, or resolved where that harms nobody."""
    try:
        return await caller.value(UPSERT_CUSTOMER, variables, options)
    except PlainCustomerConflictError as conflict:
        if on_conflict == "raise":
            raise
        return await relink(caller, variables, conflict, options)


def upsert_rows(
    caller: Caller, options: RequestOptions, on_conflict: OnConflict
) -> BatchCall[UpsertRow, UpsertedCustomer]:
    """Upserts a batch of rows: alone when it is one, else in one request."""

    async def call(rows: list[UpsertRow]) -> list[Outcome[UpsertedCustomer]]:
        made: dict[int, UpsertCustomerVariables] = {}
        outcomes: dict[int, Outcome[UpsertedCustomer]] = {}
        for index, row in enumerate(rows):
            try:
                made[index] = row_variables(row)
            except PlainError as error:
                outcomes[index] = Err(error)
        if made:
            packed = await upsert_pack(caller, list(made.values()), options)
            outcomes.update(zip(made, packed, strict=True))
        for index, outcome in list(outcomes.items()):
            if (
                on_conflict == "relink"
                and isinstance(outcome, Err)
                and isinstance(outcome.error, PlainCustomerConflictError)
            ):
                try:
                    found = await relink(caller, made[index], outcome.error, options)
                    outcomes[index] = Ok(found)
                except PlainError as error:
                    outcomes[index] = Err(error)
        return [outcomes[index] for index in range(len(rows))]

    return call
