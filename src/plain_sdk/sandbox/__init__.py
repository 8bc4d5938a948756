"""A local Plain: the API over real HTTP, with the documented rules, on SQLite.

Needs the extra `plain-sdk[sandbox]`.
"""

from collections.abc import Iterable

from .._api import schema_path

try:
    from .._faults.fault import Fault as Fault
    from ._app import PATH as PATH
    from ._app import SandboxApp as SandboxApp
    from ._clock import Clock as Clock
    from ._coverage import carried_out as carried_out
    from ._keys import ApiKey as ApiKey
    from ._keys import parse_key as parse_key
    from ._rate import Usage as Usage
    from ._seen import SeenRequest as SeenRequest
    from ._server import SandboxServer as SandboxServer
    from .webhooks.sender import DeliveryAttempt as DeliveryAttempt
except ImportError as error:
    if error.name is None or error.name.startswith("plain"):
        raise
    raise ImportError(
        f"plain_sdk.sandbox needs the 'sandbox' extra ({error.name} is not installed): "
        "pip install 'plain-sdk[sandbox]'",
        name=error.name,
    ) from None

__all__ = [
    "PATH", "ApiKey", "Clock", "DeliveryAttempt", "Fault", "SandboxApp", "SandboxServer",
    "SeenRequest", "Usage", "carried_out", "parse_key", "sandbox",
]  # fmt: skip


def sandbox(
    *,
    keys: Iterable[ApiKey] = (),
    groups: Iterable[str] = (),
    tenants: Iterable[str] = (),
    tiers: Iterable[str] = (),
    users: Iterable[str] = (),
    database: str = ":memory:",
    rate_limit: int = 0,
    port: int = 0,
    faults: Iterable[Fault | str] = (),
    seed: int | None = None,
) -> SandboxServer:
    """A local Plain for a `with` block; its `url` is what a client needs.

    Args:
        keys: The API keys to accept. None: every key, with every permission.
        groups: Keys of customer groups that exist from the start.
        tenants: External ids of tenants that exist from the start.
        tiers: External ids of tiers that exist from the start.
        users: Email addresses of users that exist from the start; none given: there is one.
        database: A file for SQLite, or in memory.
        rate_limit: Requests per minute; 0 means no quota.
        port: The port on the loopback address; 0 picks a free one.
        faults: What goes wrong, as `Fault`s or as lines like `reset after mutation 10%`.
        seed: What ids and faults are drawn by. None: another one each time.
    """
    app = SandboxApp(
        schema_path().read_text(encoding="utf-8"),
        database=database,
        keys=tuple(keys),
        groups=tuple(groups),
        tenants=tuple(tenants),
        tiers=tuple(tiers),
        users=tuple(users),
        rate_limit=rate_limit,
        faults=faults,
        seed=seed,
    )
    return SandboxServer(app, port=port)


def __dir__() -> list[str]:
    return __all__
