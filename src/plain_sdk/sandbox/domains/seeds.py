"""What a sandbox has from the start."""

from collections.abc import Iterable

from .._ids import IdFactory
from .._store import Store
from .companies import infer_companies
from .groups import seed_group
from .help_centers import seed_help_center
from .tenants import seed_tenant
from .tiers import seed_tier
from .users import FIRST, seed_user
from .workspace import seed_workspace


def seed(
    store: Store,
    ids: IdFactory,
    now: str,
    *,
    groups: Iterable[str] = (),
    tenants: Iterable[str] = (),
    tiers: Iterable[str] = (),
    users: Iterable[str] = (),
) -> str:
    """Make sure that all of it is there, and tell when the workspace began."""
    with store.transaction():
        for key in groups:
            seed_group(store, ids.new, key)
        for external_id in tenants:
            seed_tenant(store, ids.new, external_id)
        for external_id in tiers:
            seed_tier(store, ids.new, external_id)
        for email in [*users] or [FIRST]:
            seed_user(store, email, now)
        infer_companies(store, ids)
        seed_help_center(store, now)
        return seed_workspace(store, now)
