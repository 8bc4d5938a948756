"""Who may look at the page: a browser on this machine, at an address of this machine.

The sandbox listens on the loopback address alone, but any site that somebody visits can have its
name point there, and would then read the page as its own. So the name that the browser asked for
counts; and what changes something has to come from the page itself.
"""

from typing import Final
from urllib.parse import urlsplit

_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})

HEADERS: Final = {
    # Nothing is loaded from any other address, whatever a customer is called.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
"""What every answer of the page carries."""


def is_local(host: str) -> bool:
    """Whether a `Host` header names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name in _LOCAL


def is_own(origin: str | None, host: str) -> bool:
    """Whether what a request changes was asked for by the page, by its `Origin` header."""
    return origin == f"http://{host}"
