"""Which transport carries the calls of a client."""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .base import Transport, TransportOptions, is_loopback

if TYPE_CHECKING:
    import httpx


def make_transport(
    options: TransportOptions, http_client: "httpx.AsyncClient | None", *, asyncio: bool
) -> Transport:
    """The fastest transport that can do what is needed.

    A caller's own client always wins. aiohttp is used under asyncio when it is installed
    and nothing in the environment asks for a proxy or other certificates.
    """
    if http_client is None and asyncio and aiohttp_can_do(options.url):
        from .over_aiohttp import AiohttpTransport

        return AiohttpTransport(options)
    from .over_httpx import HttpxTransport

    return HttpxTransport(options, http_client)


def aiohttp_can_do(url: str) -> bool:
    """Whether aiohttp is there, and enough for this address in this environment."""
    if find_spec("aiohttp") is None:
        return False
    if is_loopback(url):
        return True
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    proxies = getproxies()
    wants_proxy = (parts.scheme in proxies or "all" in proxies) and not proxy_bypass(
        parts.hostname or ""
    )
    own_certificates = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return not wants_proxy and not own_certificates
