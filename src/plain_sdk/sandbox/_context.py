"""What a resolver knows of the request that it answers."""

from collections.abc import Callable
from dataclasses import dataclass

from ._ids import IdFactory, iso
from ._keys import ApiKey
from ._store import Store


@dataclass(frozen=True)
class Context:
    """The store, the key that asks, and the time."""

    store: Store
    key: ApiKey
    ids: IdFactory
    clock: Callable[[], float]

    def now(self) -> str:
        """The time as ISO 8601."""
        return iso(self.clock())
