"""What a resolver knows of the request that it answers."""

from collections.abc import Callable
from dataclasses import dataclass

from ._ids import IdFactory, iso
from ._keys import ApiKey, KeyRing
from ._refusals import MutationRefused
from ._store import Store


@dataclass(frozen=True)
class Context:
    """The store, the key that asks, all keys, and the time."""

    store: Store
    key: ApiKey
    keys: KeyRing
    ids: IdFactory
    clock: Callable[[], float]
    started: str
    """When the workspace began, as ISO 8601."""
    permissions: tuple[str, ...]
    """What a key may do that may do everything."""
    refusal: MutationRefused | None = None
    """What all mutations of this request are refused with: a fault that somebody asked for."""
    refused_after: bool = False
    """Whether they have been carried out by then."""

    def now(self) -> str:
        """The time as ISO 8601."""
        return iso(self.clock())
