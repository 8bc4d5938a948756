"""Many upserts: in packs, with relinking."""

from collections.abc import AsyncIterable, Iterable

from plain_graphql.operations.upsert_customer import UpsertedCustomer

from .._bulk.outcomes import Outcomes, PackCall, Settled
from .._call.pipeline import Pipeline
from .._config import OnConflict, bulk_options
from .._errors import PlainCustomerConflictError, PlainError
from .._outcome import Err, Ok, Outcome
from ..runtime.operations import RequestOptions
from .pack import upsert_pack
from .prepared import PreparedUpsert, prepared
from .relink import relink
from .rows import UpsertRow
from .upsert import checked_on_conflict


def upsert_rows(
    pipeline: Pipeline,
    rows: Iterable[UpsertRow] | AsyncIterable[UpsertRow],
    *,
    max_running: int,
    in_order: bool,
    pack: int,
    options: RequestOptions | None,
    on_conflict: OnConflict,
) -> Outcomes[UpsertRow, UpsertedCustomer]:
    """The outcomes of the upserts of many rows."""
    checked_on_conflict(on_conflict)
    call = _pack_call(pipeline, bulk_options(options), on_conflict)
    return Outcomes(call, rows, max_running=max_running, in_order=in_order, pack=pack)


def _pack_call(
    pipeline: Pipeline, options: RequestOptions, on_conflict: OnConflict
) -> PackCall[UpsertRow, UpsertedCustomer]:
    async def call(rows: list[UpsertRow]) -> list[Settled[UpsertedCustomer]]:
        settled: dict[int, Settled[UpsertedCustomer]] = {}
        ready: dict[int, PreparedUpsert] = {}
        for index, row in enumerate(rows):
            try:
                ready[index] = prepared(row)
            except PlainError as error:
                settled[index] = Settled(Err(error))
        outcomes = await upsert_prepared(pipeline, list(ready.values()), options, on_conflict)
        for (index, upsert), outcome in zip(ready.items(), outcomes, strict=True):
            settled[index] = Settled(outcome, upsert.key)
        return [settled[index] for index in range(len(rows))]

    return call


async def upsert_prepared(
    pipeline: Pipeline,
    upserts: list[PreparedUpsert],
    options: RequestOptions,
    on_conflict: OnConflict,
) -> list[Outcome[UpsertedCustomer]]:
    """The outcome of each upsert of a pack, which may be empty, in its order."""
    if not upserts:
        return []
    outcomes = await upsert_pack(pipeline, upserts, options)
    if on_conflict == "raise":
        return outcomes
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Err) and isinstance(outcome.error, PlainCustomerConflictError):
            variables = upserts[index].variables
            try:
                outcomes[index] = Ok(await relink(pipeline, variables, outcome.error, options))
            except PlainError as error:
                outcomes[index] = Err(error)
    return outcomes
