"""A local Plain: the API over real HTTP, with the documented rules, on SQLite.

Needs the extra `plain-sdk[sandbox]`.
"""

from collections.abc import Iterable

from .._api import schema_path

try:
    from ._app import PATH as PATH
    from ._app import SandboxApp as SandboxApp
    from ._keys import ApiKey as ApiKey
    from ._keys import parse_key as parse_key
    from ._rate import Usage as Usage
    from ._server import SandboxServer as SandboxServer
except ImportError as error:
    if error.name is None or error.name.startswith("plain"):
        raise
    raise ImportError(
        f"plain_sdk.sandbox needs the 'sandbox' extra ({error.name} is not installed): "
        "pip install 'plain-sdk[sandbox]'",
        name=error.name,
    ) from None

__all__ = ["PATH", "ApiKey", "SandboxApp", "SandboxServer", "Usage", "parse_key", "sandbox"]


def sandbox(
    *,
    keys: Iterable[ApiKey] = (),
    groups: Iterable[str] = (),
    tenants: Iterable[str] = (),
    database: str = ":memory:",
    rate_limit: int = 0,
    port: int = 0,
) -> SandboxServer:
    """A local Plain for a `with` block; its `url` is what a client needs.

    Args:
        keys: The API keys to accept. None: every key, with every permission.
        groups: Keys of customer groups that exist from the start.
        tenants: External ids of tenants that exist from the start.
        database: A file for SQLite, or in memory.
        rate_limit: Requests per minute; 0 means no quota.
        port: The port on the loopback address; 0 picks a free one.
    """
    app = SandboxApp(
        schema_path().read_text(encoding="utf-8"),
        database=database,
        keys=tuple(keys),
        groups=tuple(groups),
        tenants=tuple(tenants),
        rate_limit=rate_limit,
    )
    return SandboxServer(app, port=port)


def __dir__() -> list[str]:
    return __all__
