"""Which transport carries the calls of a client."""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from .. import _defaults as defaults
from .._errors import PlainConfigurationError
from .base import Transport, TransportOptions
from .environment import WireEnvironment

if TYPE_CHECKING:
    import httpx

TransportName: TypeAlias = Literal["auto", "httpx", "aiohttp"]


def chosen(
    transport: str | None, http_client: "httpx.AsyncClient | None", environment: WireEnvironment
) -> TransportName:
    """The transport that the argument or the environment names.

    `PlainConfigurationError` when it is not there, or cannot do what is asked of it.
    """
    where, name = "transport", transport
    if name is None:
        where = defaults.TRANSPORT_VARIABLE
        # A user's own client is the stronger word.
        name = (os.environ.get(where) or "auto") if http_client is None else "auto"
    if name in ("auto", "httpx"):
        return cast("TransportName", name)
    if name != "aiohttp":
        raise PlainConfigurationError(f"{where} must be 'auto', 'httpx' or 'aiohttp', not {name!r}")
    if http_client is not None:
        raise PlainConfigurationError(f"{where} is 'aiohttp', but http_client is httpx's; drop one")
    if not aiohttp_installed():
        raise PlainConfigurationError(
            f"{where} is 'aiohttp', which is not installed: pip install 'plain-sdk[aiohttp]'"
        )
    if environment.proxy is not None:
        raise PlainConfigurationError(
            f"{where} is 'aiohttp', but the environment asks for a proxy; use 'auto' or 'httpx'"
        )
    return "aiohttp"


def make_transport(
    options: TransportOptions,
    environment: WireEnvironment,
    http_client: "httpx.AsyncClient | None",
    name: TransportName,
    *,
    asyncio: bool,
) -> Transport:
    """The fastest transport that can do what is needed.

    A user's own client always wins. aiohttp is used under asyncio when it is installed and the
    environment does not ask for a proxy.
    """
    if name == "aiohttp" and not asyncio:
        raise PlainConfigurationError("aiohttp works under asyncio only; use transport='httpx'")
    free = name != "httpx" and http_client is None and environment.proxy is None
    if asyncio and free and aiohttp_installed():
        from .over_aiohttp import AiohttpTransport

        return AiohttpTransport(options, environment)
    from .over_httpx import HttpxTransport

    return HttpxTransport(options, environment, http_client, asyncio=asyncio)


def aiohttp_installed() -> bool:
    """Whether aiohttp is there."""
    return find_spec("aiohttp") is not None
