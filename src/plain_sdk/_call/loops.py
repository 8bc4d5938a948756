"""Something for each event loop, made when the loop first needs it."""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from anyio.lowlevel import current_token

StateT = TypeVar("StateT")


class PerLoop(Generic[StateT]):
    """The state of the event loop that asks, so that a client works in any of them."""

    def __init__(self, make: Callable[[bool], StateT], abandon: Callable[[StateT], None]) -> None:
        """`make` is told whether it is asyncio; `abandon` gets the state of a dead loop."""
        self._make = make
        self._abandon = abandon
        self._states: dict[object, StateT] = {}
        self._last: tuple[object, StateT] | None = None

    def get(self) -> StateT:
        """The state of the running event loop."""
        loop = asyncio._get_running_loop()
        last = self._last
        if last is not None and loop is not None and last[0] is loop:
            return last[1]
        key = self.current()
        state = self._states.get(key)
        if state is None:
            self._forget_dead_loops()
            state = self._states[key] = self._make(loop is not None)
        self._last = (key, state)
        return state

    def pop_all(self) -> list[tuple[object, StateT]]:
        """Every state with its event loop. None is kept."""
        states = list(self._states.items())
        self._states.clear()
        self._last = None
        return states

    @staticmethod
    def current() -> object:
        """The running event loop, as `pop_all` names it."""
        loop = asyncio._get_running_loop()
        return loop if loop is not None else current_token().native_token

    def _forget_dead_loops(self) -> None:
        for key in list(self._states):
            if _is_dead(key):
                state = self._states.pop(key, None)
                if state is not None:
                    self._abandon(state)


def _is_dead(loop: Any) -> bool:
    if isinstance(loop, asyncio.AbstractEventLoop):
        return loop.is_closed()
    try:
        loop.run_sync_soon(_nothing)
    except RuntimeError:
        return True
    return False


def _nothing() -> None:
    """What a trio loop is asked to do, to see whether it still can."""
