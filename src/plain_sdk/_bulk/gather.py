"""A handful of different calls at once."""

from collections.abc import Awaitable
from typing import Any

import anyio

from .._errors import PlainError
from .._outcome import Err, Ok, Outcome
from .stopping import STOPPING


async def gather(calls: tuple[Awaitable[Any], ...]) -> tuple[Outcome[Any], ...]:
    """The outcomes of a handful of calls that run at once, in the order of the calls."""
    outcomes: dict[int, Outcome[Any]] = {}
    stopped: list[PlainError] = []

    async def one(index: int, call: Awaitable[Any]) -> None:
        try:
            outcomes[index] = Ok(await call)
        except STOPPING as error:
            stopped.append(error)
            tasks.cancel_scope.cancel()
        except PlainError as error:
            outcomes[index] = Err(error)

    try:
        async with anyio.create_task_group() as tasks:
            for index, call in enumerate(calls):
                tasks.start_soon(one, index, call)
    finally:
        for call in calls:
            # A call that never began must not be left behind without having been awaited.
            close = getattr(call, "close", None)
            if close is not None:
                close()
    if stopped:
        raise stopped[0]
    return tuple(outcomes[index] for index in range(len(calls)))
