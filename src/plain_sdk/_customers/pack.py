"""Several upserts in one request, as aliased mutations.

GraphQL allows it, and Plain's tolerance of it is not documented; so it is off by default.
Plain carries the mutations of a request out one after the other. A request that fails as a
whole says nothing of its rows; as upserts are safe to repeat, the rows are sent again, in
halves when the request itself is what Plain does not accept, until the bad row stands alone.
"""

from functools import lru_cache
from typing import Any

from plain_graphql.operations.upsert_customer import (
    UPSERT_CUSTOMER,
    UpsertCustomerPayload,
    UpsertCustomerVariables,
    UpsertedCustomer,
)
from pydantic import RootModel, create_model

from .._call.pipeline import Caller
from .._call.responses import value_of
from .._errors import PlainError, PlainGraphQLError, PlainMutationError, PlainServerError
from .._outcome import Err, Ok, Outcome
from .._transports.base import WireAnswer
from ..runtime.models import InputModel, construct
from ..runtime.operations import Operation, RequestOptions


class PackData(RootModel[dict[str, UpsertCustomerPayload]]):
    """The `data` of a packed answer: a payload for each alias."""


@lru_cache(maxsize=128)
def packed_operation(
    size: int,
) -> Operation[PackData, dict[str, UpsertCustomerPayload], dict[str, UpsertCustomerPayload]]:
    """`upsertCustomer` so many times in one document, under the aliases r0, r1, ..."""
    _, found, rest = UPSERT_CUSTOMER.document.partition("){upsertCustomer(input:$input)")
    selection, closed, fragments = rest.partition("}fragment ")
    assert found
    assert closed
    declared = "".join(f"$i{n}:UpsertCustomerInput!" for n in range(size))
    roots = "".join(f"r{n}:upsertCustomer(input:$i{n}){selection}" for n in range(size))
    name = "upsertCustomers"
    members: Any = {f"i{n}": (Any, ...) for n in range(size)}
    return Operation(
        name=name,
        kind=UPSERT_CUSTOMER.kind,
        document=f"mutation {name}({declared}){{{roots}}}fragment {fragments}",
        repeatable=UPSERT_CUSTOMER.repeatable,
        permissions=UPSERT_CUSTOMER.permissions,
        done_codes=(),
        data_type=PackData,
        variables_type=create_model(f"Pack{size}Variables", __base__=InputModel, **members),
        payload=lambda data: data.root,
        unwrap=lambda payloads: payloads,
    )


async def upsert_pack(
    caller: Caller, pack: list[UpsertCustomerVariables], options: RequestOptions | None
) -> list[Outcome[UpsertedCustomer]]:
    """The outcome of each upsert of the pack, in its order."""
    if len(pack) == 1:
        return [await _alone(caller, pack[0], options)]
    operation = packed_operation(len(pack))
    inputs = {f"i{n}": upsert.input for n, upsert in enumerate(pack)}
    variables = construct(operation.variables_type, inputs)
    try:
        payloads = await caller.value(operation, variables, options)
    except (PlainGraphQLError, PlainServerError) as error:
        if isinstance(error, PlainServerError) and error.status_code in (502, 503, 504):
            # Not the pack is to blame: Plain is down, and would be for each half.
            return [Err(error) for _ in pack]
        middle = len(pack) // 2
        return [
            *await upsert_pack(caller, pack[:middle], options),
            *await upsert_pack(caller, pack[middle:], options),
        ]
    except PlainError as error:
        return [Err(error) for _ in pack]
    return [
        await _outcome(caller, upsert, payloads.get(f"r{n}"), options)
        for n, upsert in enumerate(pack)
    ]


async def _outcome(
    caller: Caller,
    upsert: UpsertCustomerVariables,
    payload: UpsertCustomerPayload | None,
    options: RequestOptions | None,
) -> Outcome[UpsertedCustomer]:
    if payload is None:
        return await _alone(caller, upsert, options)
    try:
        return Ok(value_of(UPSERT_CUSTOMER, payload, WireAnswer(200, {}, b"")))
    except PlainMutationError as error:
        if error.type == "INTERNAL":
            # A fault of this row alone: it is repeated alone, like any call.
            return await _alone(caller, upsert, options)
        return Err(error)
    except PlainError as error:
        return Err(error)


async def _alone(
    caller: Caller, upsert: UpsertCustomerVariables, options: RequestOptions | None
) -> Outcome[UpsertedCustomer]:
    try:
        return Ok(await caller.value(UPSERT_CUSTOMER, upsert, options))
    except PlainError as error:
        return Err(error)
