"""What an error says of a mutation: carried out, not carried out, or nobody knows."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import anyio
import pytest
from scripted_server import Behaviour, ScriptedServer, answer, hang, reset
from wire_support import each_way, run, safe, unsafe, upserted

from plain_sdk import (
    AsyncPlainClient,
    PlainClosedError,
    PlainError,
    PlainInputError,
    PlainMutationError,
    PlainOutcomeUnknownError,
    PlainPermissionError,
    PlainRateLimitError,
    PlainServerError,
    PlainTimeoutError,
)

Call = Callable[[AsyncPlainClient], Awaitable[Any]]


def partial(code: str) -> Any:
    """A response to a mutation that was carried out, of which a field failed."""
    return {
        "data": {"upsertCustomer": {"result": "CREATED", "customer": None, "error": None}},
        "errors": [{"message": 'missing "company:read"', "extensions": {"code": code},
                    "path": ["upsertCustomer", "customer", "company"]}],
    }  # fmt: skip


def refused(kind: str = "VALIDATION") -> Any:
    error = {"message": "no", "type": kind, "code": "c", "fields": []}
    return {"data": {"upsertCustomer": {"result": None, "customer": None, "error": error}}}


async def looked_up(client: AsyncPlainClient) -> object:
    return await client.customer("c_1")


LIMITED = {"errors": [{"message": "too many", "extensions": {"code": "RATE_LIMITED"}}]}

ROWS: list[tuple[str, Call, list[Behaviour], type[PlainError], str, int]] = [
    ("a field is forbidden", unsafe, [answer(partial("FORBIDDEN"))], PlainPermissionError,
     "carried_out", 1),
    ("a field is forbidden, though it could be repeated", safe, [answer(partial("FORBIDDEN"))],
     PlainPermissionError, "carried_out", 1),
    ("a field fails for a moment", unsafe, [answer(partial("INTERNAL_SERVER_ERROR"))],
     PlainServerError, "carried_out", 1),
    ("refused", unsafe, [answer(refused())], PlainMutationError, "not_carried_out", 1),
    ("lost, then refused", safe, [reset, answer(refused())], PlainMutationError, "unknown", 2),
    ("lost", unsafe, [reset], PlainOutcomeUnknownError, "unknown", 1),
    ("lost for ever", safe, [reset] * 4, PlainError, "unknown", 4),
    ("a fault", unsafe, [answer({}, status=500)], PlainOutcomeUnknownError, "unknown", 1),
    ("over the quota", unsafe, [answer(LIMITED, status=429)] * 4, PlainRateLimitError,
     "not_carried_out", 4),
    ("a query is lost", looked_up, [reset] * 4, PlainError, "not_carried_out", 4),
]  # fmt: skip


@each_way
@pytest.mark.parametrize(
    ("call", "behaviours", "kind", "outcome", "requests"),
    [pytest.param(*row[1:], id=row[0]) for row in ROWS],
)
def test_each_error_says_it(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, call: Call,
    behaviours: list[Behaviour], kind: type[PlainError], outcome: str, requests: int,
) -> None:  # fmt: skip
    """After so many requests that the server saw."""
    with ScriptedServer(*behaviours) as server:
        with pytest.raises(kind) as caught:
            run(way, monkeypatch, call, server.url)
        assert caught.value.outcome == outcome
        assert len(server.requests) == requests


@each_way
def test_a_field_that_fails_for_a_moment_is_asked_for_again(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where repeating the mutation does no harm."""
    flaky = answer(partial("INTERNAL_SERVER_ERROR"))
    with ScriptedServer(flaky, answer(upserted())) as server:
        assert run(way, monkeypatch, safe, server.url).result == "NOOP"
        assert len(server.requests) == 2


@each_way
@pytest.mark.parametrize("call", [safe, unsafe, looked_up])
def test_a_call_that_ends_while_it_waits_for_the_response(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    """By its timeout or because the client is closed: of a mutation, nobody knows."""
    outcome = "not_carried_out" if call is looked_up else "unknown"

    async def scenario(client: AsyncPlainClient) -> None:
        with pytest.raises((PlainTimeoutError, PlainOutcomeUnknownError)) as timed_out:
            await call(client)
        assert timed_out.value.outcome == outcome
        closed: list[PlainError] = []

        async def be_closed() -> None:
            with pytest.raises(PlainClosedError) as caught:
                await call(client)
            closed.append(caught.value)

        async with anyio.create_task_group() as group:
            group.start_soon(be_closed)
            with anyio.fail_after(20):
                while len(server.requests) < 2:
                    await anyio.sleep(0.001)
            await client.aclose()
        assert [error.outcome for error in closed] == [outcome]
        with pytest.raises(PlainClosedError) as caught:
            await call(client)
        assert caught.value.outcome == "not_carried_out"

    with ScriptedServer(hang) as server:
        run(way, monkeypatch, scenario, server.url, options={"timeout": 0.3})


async def test_what_was_never_sent_was_not_carried_out(client: AsyncPlainClient) -> None:
    """Nor is an error made of its text alone sure of anything that it cannot know."""
    with pytest.raises(PlainInputError) as caught:
        await client.delete_customer(cast("Any", 7))
    assert caught.value.outcome == "not_carried_out"
    assert PlainTimeoutError("x").outcome == PlainServerError("x").outcome == "unknown"
    assert PlainMutationError("x").outcome == "not_carried_out"
