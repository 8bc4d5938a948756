"""Several upserts in one request, as aliased mutations.

Plain carries the mutations of a request out one after the other. A request that fails as a
whole says nothing of its rows; as upserts are safe to repeat, the rows are sent again, in
halves when the request itself is what Plain does not accept, until the bad row stands alone.
"""

from functools import lru_cache

from plain_graphql.operations.upsert_customer import (
    UPSERT_CUSTOMER,
    UpsertCustomerPayload,
    UpsertedCustomer,
)
from pydantic import RootModel

from .._bulk.packing import packed_document
from .._call.call import EncodedVariables
from .._call.pipeline import Pipeline
from .._call.responses import value_of
from .._errors import PlainError, PlainGraphQLError, PlainMutationError, PlainServerError
from .._outcome import Err, Ok, Outcome
from .._transports.base import WireResponse
from ..runtime.models import InputModel
from ..runtime.operations import Operation, RequestOptions
from .prepared import PreparedUpsert


class PackData(RootModel[dict[str, UpsertCustomerPayload]]):
    """The `data` of a packed response: a payload for each alias."""


@lru_cache(maxsize=128)
def packed_operation(
    size: int,
) -> Operation[PackData, dict[str, UpsertCustomerPayload], dict[str, UpsertCustomerPayload]]:
    """`upsertCustomer` so many times in one request."""
    return Operation(
        name=f"{UPSERT_CUSTOMER.name}s",
        kind=UPSERT_CUSTOMER.kind,
        document=packed_document(UPSERT_CUSTOMER, size),
        repeatable=UPSERT_CUSTOMER.repeatable,
        permissions=UPSERT_CUSTOMER.permissions,
        done_codes=(),
        data_type=PackData,
        variables_type=InputModel,
        payload=lambda data: data.root,
        unwrap=lambda payloads: payloads,
    )


async def upsert_pack(
    pipeline: Pipeline, pack: list[PreparedUpsert], options: RequestOptions | None
) -> list[Outcome[UpsertedCustomer]]:
    """The outcome of each upsert of the pack, in its order."""
    if len(pack) == 1:
        return [await _alone(pipeline, pack[0], options)]
    operation = packed_operation(len(pack))
    inputs = (b'"i%d":%b' % (n, upsert.input_json) for n, upsert in enumerate(pack))
    variables = EncodedVariables(b"{" + b",".join(inputs) + b"}")
    try:
        payloads = await pipeline.value(operation, variables, options)
    except (PlainGraphQLError, PlainServerError) as error:
        if isinstance(error, PlainServerError) and error.status_code in (502, 503, 504):
            # Not the pack is to blame: Plain is down, and would be for each half.
            return [Err(error) for _ in pack]
        middle = len(pack) // 2
        return [
            *await upsert_pack(pipeline, pack[:middle], options),
            *await upsert_pack(pipeline, pack[middle:], options),
        ]
    except PlainError as error:
        return [Err(error) for _ in pack]
    return [
        await _outcome(pipeline, upsert, payloads.get(f"r{n}"), options)
        for n, upsert in enumerate(pack)
    ]


async def _outcome(
    pipeline: Pipeline,
    upsert: PreparedUpsert,
    payload: UpsertCustomerPayload | None,
    options: RequestOptions | None,
) -> Outcome[UpsertedCustomer]:
    if payload is None:
        return await _alone(pipeline, upsert, options)
    try:
        return Ok(value_of(UPSERT_CUSTOMER, payload, WireResponse(200, {}, b"")))
    except PlainMutationError as error:
        if error.type == "INTERNAL":
            # A fault of this row alone: it is repeated alone, like any call.
            return await _alone(pipeline, upsert, options)
        return Err(error)
    except PlainError as error:
        return Err(error)


async def _alone(
    pipeline: Pipeline, upsert: PreparedUpsert, options: RequestOptions | None
) -> Outcome[UpsertedCustomer]:
    try:
        return Ok(await pipeline.value(UPSERT_CUSTOMER, upsert.encoded, options))
    except PlainError as error:
        return Err(error)
