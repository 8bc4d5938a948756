"""One upsert or many: with relinking, and in packs."""

from plain_graphql.operations.upsert_customer import (
    UPSERT_CUSTOMER,
    UpsertCustomerVariables,
    UpsertedCustomer,
)

from .._bulk.outcomes import BatchCall
from .._call.pipeline import Caller
from .._config import OnConflict
from .._errors import PlainConfigurationError, PlainCustomerConflictError, PlainError
from .._outcome import Err, Ok, Outcome
from ..runtime.operations import RequestOptions
from .pack import upsert_pack
from .relink import relink
from .rows import UpsertRow, row_variables


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
        upserted = await upsert_batch(caller, list(made.values()), options, on_conflict)
        outcomes.update(zip(made, upserted, strict=True))
        return [outcomes[index] for index in range(len(rows))]

    return call


async def upsert_batch(
    caller: Caller,
    batch: list[UpsertCustomerVariables],
    options: RequestOptions,
    on_conflict: OnConflict,
) -> list[Outcome[UpsertedCustomer]]:
    """The outcome of each upsert of a batch, which may be empty, in its order."""
    if not batch:
        return []
    outcomes = await upsert_pack(caller, batch, options)
    for index, outcome in enumerate(outcomes):
        if (
            on_conflict == "relink"
            and isinstance(outcome, Err)
            and isinstance(outcome.error, PlainCustomerConflictError)
        ):
            try:
                outcomes[index] = Ok(await relink(caller, batch[index], outcome.error, options))
            except PlainError as error:
                outcomes[index] = Err(error)
    return outcomes
