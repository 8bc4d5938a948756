"""Stores to test with."""

from collections.abc import Callable

from plain_sdk.webhooks import DeliveryStore

Clock = Callable[[], float]


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


MakeStore = Callable[[], DeliveryStore]
