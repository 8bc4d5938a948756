"""Cards made at once, within the time that there is."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio

from .protocol import TTL, Card, CardRequest, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plain_graphql.mappings import ComponentLike

LOGGER: Final = logging.getLogger("plain_sdk.cards")

CardHandler: TypeAlias = "Callable[[CardRequest], Awaitable[Card | Sequence[ComponentLike] | None]]"
"""Makes one card: components, nothing, or a `Card` that also says for how long."""


@dataclass(frozen=True)
class Registered:
    """A card, and how long it may be shown."""

    make: CardHandler
    ttl: float | None


async def answer_with_cards(
    request: CardRequest,
    registered: Mapping[str, Registered],
    seconds: float,
    respond: Callable[[list[dict[str, Any]]], Awaitable[None]],
) -> None:
    """Respond with every card that was asked for, in that order, within the time.

    What is still running then is cancelled. That it may take its time to stop, as a thread does,
    does not hold up the response.
    """
    made = {key: _hidden(key) for key in request.card_keys}
    waiting = {key for key in made if key in registered}
    done = anyio.Event()
    for key in made:
        if key not in waiting:
            LOGGER.warning("the card %r is asked for, and nobody makes it", key)

    async def make(key: str, card: Registered) -> None:
        try:
            found = await card.make(request)
            whole = found if isinstance(found, Card) else Card(found)
            answer = written(key, whole, card.ttl)
            if key in waiting:
                made[key] = answer
        except Exception:
            LOGGER.exception("the card %r failed", key)
        finally:
            # Also where what it waits for was cancelled.
            waiting.discard(key)
            if not waiting:
                done.set()

    fault: Exception | None = None
    async with anyio.create_task_group() as group:
        for key in sorted(waiting):
            group.start_soon(make, key, registered[key])
        if waiting:
            with anyio.move_on_after(seconds):
                await done.wait()
        for key in sorted(waiting):
            LOGGER.error("the card %r was not made within %g s", key, seconds)
        # What comes too late changes nothing that is being sent.
        waiting.clear()
        try:
            await respond(list(made.values()))
        except Exception as error:
            fault = error
        group.cancel_scope.cancel()
    if fault is not None:
        raise fault


def _hidden(key: str) -> dict[str, Any]:
    """A card that is not shown, and soon asked for again."""
    return {"key": key, "timeToLiveSeconds": TTL[0], "components": None}
