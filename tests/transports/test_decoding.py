"""Compression undone within a bound: tables and laws, no wire."""

import functools
import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_sdk._transports.base import UnreadableResponseError
from plain_sdk._transports.decoding import decoded

LIMIT = 1000
gzipped = functools.partial(gzip.compress, mtime=0)
"""The same bytes each time: they are in the names of tests."""


def pack(layer: str, body: bytes) -> bytes:
    if layer == "gzip":
        return gzipped(body)
    return zlib.compress(body) if layer == "deflate" else body


def deflate_raw(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        (None, b"body"),
        ("", b"body"),
        ("identity", b"body"),
        ("gzip", gzipped(b"body")),
        ("GZip", gzipped(b"body")),
        ("x-gzip", gzipped(b"body")),
        ("deflate", zlib.compress(b"body")),
        ("deflate", deflate_raw(b"body")),
        ("deflate, gzip", gzipped(zlib.compress(b"body"))),
        ("gzip, gzip ,identity", gzipped(gzipped(b"body"))),
    ],
)
def test_each_encoding_is_undone_the_last_first(encoding: str | None, packed: bytes) -> None:
    """Names in any case, either form of deflate, one inside another."""
    assert decoded(packed, encoding, 200, LIMIT) == b"body"


@pytest.mark.parametrize(
    ("encoding", "packed", "says", "passing"),
    [
        ("br", b"x", "encoded as 'br', which was not asked for", False),
        ("gzip, zstd", b"x", "encoded as 'zstd'", False),
        ("gzip", b"not gzip", "gzip encoding is broken", True),
        ("gzip", gzipped(b"body")[:-1], "gzip encoding is broken", True),
        ("deflate", b"", "deflate encoding is broken", True),
        ("gzip,gzip,gzip,gzip,gzip", b"x", "encoded 5 times", False),
    ],
)
def test_what_cannot_be_undone_is_told(
    encoding: str, packed: bytes, says: str, passing: bool
) -> None:
    """With the status; what broke on the way may come whole the next time."""
    with pytest.raises(UnreadableResponseError, match=says) as caught:
        decoded(packed, encoding, 206, LIMIT)
    assert (caught.value.status, caught.value.passing) == (206, passing)


@pytest.mark.parametrize("encoding", ["identity", "gzip", "deflate", "gzip, deflate"])
@pytest.mark.parametrize(("size", "fits"), [(LIMIT - 1, True), (LIMIT, True), (LIMIT + 1, False)])
def test_the_limit_counts_what_the_body_grows_to(encoding: str, size: int, fits: bool) -> None:
    """Up to the limit it is read, a byte more is refused."""
    body = packed = b"x" * size
    for layer in encoding.split(", "):
        packed = pack(layer, packed)
    if fits:
        assert decoded(packed, encoding, 200, LIMIT) == body
        return
    with pytest.raises(UnreadableResponseError, match="larger than 1000 bytes"):
        decoded(packed, encoding, 200, LIMIT)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_bomb_grows_no_further_than_the_limit(layers: int) -> None:
    """A gigabyte in a megabyte, or in a kilobyte when it is packed twice."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(256)), packer.flush()])
    for _ in range(layers - 1):
        bomb = gzipped(bomb)
    tracemalloc.start()
    with pytest.raises(UnreadableResponseError, match="larger than"):
        decoded(bomb, ", ".join(["gzip"] * layers), 200, 1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


@given(st.binary(max_size=LIMIT), st.lists(st.sampled_from(["gzip", "deflate"]), max_size=4))
def test_whatever_was_packed_comes_back(body: bytes, layers: list[str]) -> None:
    """Through as many layers as are undone, each no larger than the limit."""
    packed = body
    for layer in layers:
        packed = pack(layer, packed)
    assert decoded(packed, ", ".join(layers), 200, 2 * LIMIT) == body
