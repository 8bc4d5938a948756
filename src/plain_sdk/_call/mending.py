"""Mends JSON that is nearly right: a byte order mark, and text that was cut within a character.

JavaScript writes a text that was cut within an emoji with half of a surrogate pair, `\\ud83d`.
Strict parsers refuse the whole response for it; here, the half becomes U+FFFD.
"""

import re
from typing import Final

_BOM: Final = b"\xef\xbb\xbf"
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}(?P<low>\\u[dD][c-fC-F][0-9a-fA-F]{2})?"
    rb"|(?P<lone>u[dD][c-fC-F][0-9a-fA-F]{2})|(?P<other>.))",
    re.DOTALL,
)


def mended(body: bytes) -> bytes | None:
    """The body with what is nearly right put right; None when nothing of it can be."""
    better = body.removeprefix(_BOM)
    if b"\\u" in better:
        better = _ESCAPE.sub(_whole, better)
    try:
        better.decode()
    except UnicodeDecodeError:
        better = better.decode("utf-8", "replace").encode()
    return None if better == body else better


def _whole(escape: re.Match[bytes]) -> bytes:
    return escape[0] if escape["low"] or escape["other"] else rb"\ufffd"
