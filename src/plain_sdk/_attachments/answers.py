"""What a response of the file storage means. Pure functions."""

import re
from typing import Final
from urllib.parse import urlsplit

from .._call.limits import limits_of
from .._call.retry import Effect, FailedAttempt
from .._errors import PlainAttachmentError, PlainResponseError
from .._transports.base import WireResponse

_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_PASSING_CODES: Final = frozenset(
    {"InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown"}
)
"""Codes of S3 that pass, some of which come with HTTP 400."""


def refused(
    response: WireResponse, operation: str, what: str, *, url: str = ""
) -> FailedAttempt | None:
    """What the response says went wrong; None where it is one of success."""
    status = response.status
    if 200 <= status < 300:
        return None
    code, told = _error_of(response.body)
    host = urlsplit(url).hostname or "the storage"
    if 300 <= status < 400:
        told = "redirects are not followed"
    error = PlainAttachmentError(
        f"{host} refused {what}{': ' + told if told else ''}",
        status_code=status,
        code=code,
        operation=operation,
    )
    passing = status in _PASSING or code in _PASSING_CODES
    return FailedAttempt(error, Effect.NONE, passing, limits_of(response.headers).retry_after)


def _error_of(body: bytes) -> tuple[str | None, str]:
    """The code and the message of an error as S3 writes it, in XML. Read without a parser: the
    body may be anything."""
    text = body[:20_000].decode("utf-8", "replace")
    code, message = (
        re.search(rf"<{name}>([^<]{{1,1000}})</{name}>", text) for name in ("Code", "Message")
    )
    return (code[1] if code else None), (message[1] if message else "")


def check_address(url: str, api_url: str, operation: str) -> None:
    """Refuse an address to which no file may go: not encrypted, where the API's own is."""
    scheme = urlsplit(url).scheme
    # A local Plain keeps its files locally.
    if scheme == "https" or (scheme == "http" and not api_url.startswith("https:")):
        return
    raise PlainResponseError(
        f"Plain named an address for the file that is not https but {scheme or 'nothing'!r}",
        operation=operation,
    )
