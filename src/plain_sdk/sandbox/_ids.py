"""Ids and times in Plain's notation, from a clock and randomness that are passed in."""

import hashlib
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class IdFactory:
    """ULIDs with a prefix: sorted by time, and strictly increasing within one factory."""

    def __init__(self, clock: Callable[[], float], randomness: random.Random) -> None:
        self._clock = clock
        self._randomness = randomness
        self._last = 0

    def new(self, prefix: str) -> str:
        """A new id, like `c_01G8JVJ6A3CX5ZSJ4AVJYC42HW`."""
        milliseconds = int(self._clock() * 1000)
        value = (milliseconds << 80) | self._randomness.getrandbits(80)
        self._last = value = max(value, self._last + 1)
        return f"{prefix}_{crockford(value)}"


def crockford(value: int) -> str:
    """A 128-bit number in the 26 characters of a ULID."""
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def made_at(ulid: str) -> str:
    """When an id of the factory was made, as ISO 8601: a ULID starts with its time."""
    milliseconds = 0
    for character in ulid.rpartition("_")[2][:10]:
        milliseconds = milliseconds * 32 + _CROCKFORD.index(character)
    return iso(milliseconds / 1000)


@lru_cache(maxsize=4096)
def stable_id(prefix: str, text: str) -> str:
    """An id that is always the same for the same text."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"{prefix}_{crockford(int.from_bytes(digest[:16], 'big'))}"


def iso(seconds: float) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return _iso(int(seconds * 1000))


@lru_cache(maxsize=64)
def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def date_time(text: str | None) -> dict[str, str] | None:
    """A time as the API's `DateTime` object."""
    if text is None:
        return None
    return {"__typename": "DateTime", "iso8601": text, "unixTimestamp": _unix(text)}


@lru_cache(maxsize=1024)
def _unix(text: str) -> str:
    return str(round(datetime.fromisoformat(text).timestamp() * 1000))


def system_clock() -> float:
    """Seconds since 1970."""
    return time.time()
