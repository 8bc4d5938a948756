"""Undoes the compression of a response, within a bound on what it grows to.

HTTP clients decompress a chunk at a time without one, so that a kilobyte can become gigabytes.
We ask for what the standard library can undo within a bound, and undo nothing else.
"""

import zlib
from typing import Final

from .base import UnreadableResponseError

ACCEPTED: Final = "gzip, deflate"
"""What `Accept-Encoding` says."""

_MOST_LAYERS: Final = 4


def decoded(body: bytes, encoding: str | None, status: int, limit: int) -> bytes:
    """The body without its encodings, the last of which is undone first.

    Raises `UnreadableResponseError` when it is, or becomes, larger than the limit, or when an
    encoding is not known.
    """
    layers = [layer.strip().lower() for layer in (encoding or "").split(",") if layer.strip()]
    if len(body) > limit:
        raise too_large(status, limit)
    if len(layers) > _MOST_LAYERS:
        raise UnreadableResponseError(status, f"the response is encoded {len(layers)} times")
    for layer in reversed(layers):
        if layer != "identity":
            body = _undone(body, layer, status, limit)
    return body


def refuse_encoded(encoding: str | None, status: int) -> None:
    """Refuse a response that is fetched as it is, and comes in an encoding all the same."""
    if encoding is not None and encoding.strip().lower() not in ("", "identity"):
        why = f"the response is encoded as {encoding[:40]!r}, which was not asked for"
        raise UnreadableResponseError(status, why)


def too_large(status: int, limit: int) -> UnreadableResponseError:
    """The error of a response over the limit."""
    return UnreadableResponseError(
        status, f"the response is larger than {limit} bytes; it was not read in full"
    )


def _undone(body: bytes, layer: str, status: int, limit: int) -> bytes:
    if layer in ("gzip", "x-gzip"):
        windows = [zlib.MAX_WBITS | 16]
    elif layer == "deflate":
        # Meant is zlib's format; some servers send the bare stream.
        windows = [zlib.MAX_WBITS, -zlib.MAX_WBITS]
    else:
        why = f"the response is encoded as {layer[:40]!r}, which was not asked for"
        raise UnreadableResponseError(status, why)
    for window in windows:
        inflater = zlib.decompressobj(window)
        try:
            content = inflater.decompress(body, limit + 1)
        except zlib.error:
            continue
        if len(content) > limit:
            raise too_large(status, limit)
        if inflater.eof:
            return content
    why = f"the response's {layer} encoding is broken"
    raise UnreadableResponseError(status, why, passing=True)
