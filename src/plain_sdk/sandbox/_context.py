"""What a resolver knows of the request that it answers."""

from collections.abc import Callable
from dataclasses import dataclass

from ._events import Recorder
from ._ids import IdFactory, iso
from ._keys import ApiKey, KeyRing
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
    workspace_id: str
    events: Recorder
    """Takes note of what Plain has a webhook for."""

    def now(self) -> str:
        """The time as ISO 8601."""
        return iso(self.clock())
