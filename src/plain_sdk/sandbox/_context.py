"""What a resolver knows of the request that it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ._events import Recorder
from ._ids import IdFactory, iso
from ._keys import ApiKey, KeyRing
from ._refusals import MutationRefused
from ._store import Store


def _nobody() -> None:
    """There are no webhooks to tell."""


Loader = Callable[["Context", str], dict[str, Any] | None]
"""An object of the API by its id; None where there is none."""


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
    base_url: str
    """The sandbox's own address as the caller knows it, without a path."""
    events: Recorder
    """Takes note of what Plain has a webhook for."""
    loaders: Mapping[str, Loader]
    """Of every type that others lead to."""
    secret: str | None = None
    """What requests to endpoints are signed with; None: they are not."""
    targets_changed: Callable[[], None] = _nobody
    """To be called when webhook targets were made, changed or deleted."""
    deletion_delay: float = 0.0
    """Seconds after which a customer is gone whose deletion was accepted."""
    refusal: MutationRefused | None = None
    """What all mutations of this request are refused with: a fault that somebody asked for."""
    refused_after: bool = False
    """Whether they have been carried out by then."""

    def find(self, kind: str, object_id: str | None) -> dict[str, Any] | None:
        """The object of a type with this id; None where there is none."""
        return None if object_id is None else self.loaders[kind](self, object_id)

    def now(self) -> str:
        """The time as ISO 8601."""
        return iso(self.clock())
