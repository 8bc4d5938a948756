"""What the environment asks of connections: a proxy, and certificates. Checked at construction."""

import os
import ssl
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from .._errors import PlainConfigurationError
from .base import is_loopback

_PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class WireEnvironment:
    """Where a client's connections go through, and whom they trust."""

    # A proxy's address may hold a password.
    proxy: str | None = field(default=None, repr=False)
    certificates: tuple[str | None, str | None] = (None, None)
    """A file and a folder of certificate authorities, instead of certifi's."""

    def tls(self) -> ssl.SSLContext:
        """The context of TLS connections, made once per process and set of certificates."""
        return _context(*self.certificates)


def wire_environment(url: str) -> WireEnvironment:
    """What the environment asks for this address; `PlainConfigurationError` when it cannot be."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    secure = urlsplit(url).scheme == "https"
    if secure and file and not Path(file).is_file():
        raise PlainConfigurationError(f"SSL_CERT_FILE names {file!r}, which is not a file")
    if secure and folder and not Path(folder).is_dir():
        raise PlainConfigurationError(f"SSL_CERT_DIR names {folder!r}, which is not a folder")
    environment = WireEnvironment(_proxy(url), (file or None, folder or None))
    if secure and (file or folder):
        # What cannot be read is told now, not at the first call.
        environment.tls()
    return environment


def _proxy(url: str) -> str | None:
    if is_loopback(url):
        # A proxy elsewhere cannot reach this machine's own loopback address.
        return None
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    proxies = getproxies()
    name = parts.scheme if proxies.get(parts.scheme) else "all"
    proxy = proxies.get(name)
    if not proxy or proxy_bypass(parts.hostname or ""):
        return None
    variable = f"{name.upper()}_PROXY"
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        scheme, host = urlsplit(address).scheme, urlsplit(address).hostname or ""
        _ = urlsplit(address).port
        if not address.isprintable() or " " in address:
            raise ValueError
        if not host.isascii() or "xn--" in host:
            import idna

            idna.encode(host.encode("ascii") if host.isascii() else host)
    except ValueError:
        scheme, host = "", ""
    # The address is not shown: it may hold a password.
    if scheme not in _PROXY_SCHEMES or not host:
        raise PlainConfigurationError(
            f"{variable} is not the address of a proxy that can be used; it starts with "
            f"{', '.join(f'{known}://' for known in _PROXY_SCHEMES)}"
        )
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise PlainConfigurationError(
            f"{variable} is a SOCKS proxy, which needs a package more: pip install 'httpx[socks]'"
        )
    return address


@lru_cache(maxsize=8)
def _context(file: str | None, folder: str | None) -> ssl.SSLContext:
    if file is None and folder is None:
        import certifi

        file = certifi.where()
    try:
        return ssl.create_default_context(cafile=file, capath=folder)
    except (ssl.SSLError, OSError) as error:
        raise PlainConfigurationError(
            f"the certificates of {file or folder!r} cannot be read: {error}"
        ) from None
