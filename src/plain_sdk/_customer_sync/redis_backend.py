"""Checkpoints in Redis. Needs the extra `plain-sdk[redis]`."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from .._errors import PlainCheckpointError, PlainConfigurationError
from .mirrored import Held, Stored

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")

_LOCKED: Final = 30.0
"""Seconds for which a lock is kept when its holder's machine is gone without a word."""
_RENEWED: Final = 8.0
_SOCKET: Final = 10.0
"""Seconds for which Redis is waited for."""
_AT_ONCE: Final = 500

# KEYS: the lock. ARGV: the token that was seen, our token, milliseconds.
_LOCK: Final = """
local held = redis.call('GET', KEYS[1]) or ''
if held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
# KEYS: the lock, what is told of the checkpoint, its rows. ARGV: our token, milliseconds, how many
# of the members belong to the former; members and values.
_SAVE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local at = 4
local about = 4 + 2 * tonumber(ARGV[3])
while at < about do redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]) at = at + 2 end
while at < #ARGV do redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1]) at = at + 2 end
return 1
"""
_RENEW: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_UNLOCK: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class RedisBackend:
    """One checkpoint in Redis.

    The lock names the connections of its holder: it ends with them, and else when it is not
    renewed. How much a restart of Redis forgets is for its own settings to say (`appendfsync`).
    """

    def __init__(self, shown: str, address: str, name: str) -> None:
        self._shown = shown
        self._token = f"plain-sync-{secrets.token_hex(8)}"
        self._redis = _connected(address, self._token)
        # In braces, so that a cluster has all of them in one place.
        tag = f"{{plain-sync:{name}}}"
        self._lock, self._about, self._rows = f"{tag}:lock", f"{tag}:about", f"{tag}:rows"
        self._over = threading.Event()
        self._renewing: threading.Thread | None = None

    def open(self, *, lock: bool) -> Held:
        """What it holds."""
        return self._tried(lambda: self._opened(lock=lock))

    def _opened(self, *, lock: bool) -> Held:
        holder = cast("Any", self._redis.get(self._lock))
        if holder and self._is_alive(holder):
            raise self._in_use()
        if lock:
            given = [holder or "", self._token, str(round(_LOCKED * 1000))]
            if not self._redis.eval(_LOCK, 1, self._lock, *given):
                raise self._in_use()
            self._renewing = threading.Thread(
                target=self._renew, name="plain-sdk checkpoint", daemon=True
            )
            self._renewing.start()
        about: dict[str, str] = cast("Any", self._redis.hgetall(self._about))
        return Held(about, self._stored())

    def _is_alive(self, holder: str) -> bool:
        """Whether the holder of the lock is connected; where that is not told, it is."""
        from redis.exceptions import ResponseError

        try:
            clients: list[dict[str, str]] = cast("Any", self._redis).client_list()
        except ResponseError:
            return True
        return any(client.get("name") == holder for client in clients)

    def _stored(self) -> Iterator[Stored]:
        from redis.exceptions import RedisError

        found: Iterator[Stored] = cast("Any", self._redis).hscan_iter(self._rows, count=1000)
        try:
            yield from found
        except RedisError as error:
            raise self._error(error) from None

    def save(self, about: dict[str, str], rows: list[Stored]) -> None:
        """Keep these. Many rows go in several steps, each of which is whole."""
        self._tried(lambda: self._save(about, rows))

    def _save(self, about: dict[str, str], rows: list[Stored]) -> None:
        for start in range(0, max(len(rows), 1), _AT_ONCE):
            members = [*about.items(), *rows[start : start + _AT_ONCE]]
            given = [self._token, str(round(_LOCKED * 1000)), str(len(about))]
            given.extend(text for member in members for text in member)
            if not self._redis.eval(_SAVE, 3, self._lock, self._about, self._rows, *given):
                raise PlainCheckpointError(
                    f"checkpoint {self._shown!r} is another sync's by now, because its lock was "
                    "not renewed in time; run again",
                    path=self._shown,
                )

    def close(self) -> None:
        """Give the lock back."""
        from redis.exceptions import RedisError

        self._over.set()
        if self._renewing is not None:
            self._renewing.join()
        with suppress(RedisError):
            self._redis.eval(_UNLOCK, 1, self._lock, self._token)
        self._redis.close()

    def _renew(self) -> None:
        from redis.exceptions import RedisError

        while not self._over.wait(_RENEWED):
            with suppress(RedisError):
                given = [self._token, str(round(_LOCKED * 1000))]
                self._redis.eval(_RENEW, 1, self._lock, *given)

    def _tried(self, action: Callable[[], T]) -> T:
        from redis.exceptions import RedisError

        try:
            return action()
        except RedisError as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> PlainCheckpointError:
        return PlainCheckpointError(
            f"checkpoint {self._shown!r} cannot be used: {type(error).__name__}: {error}",
            path=self._shown,
        )

    def _in_use(self) -> PlainCheckpointError:
        return PlainCheckpointError(
            f"checkpoint {self._shown!r} is in use by another sync; wait until it ends, or use "
            "another name behind '#'",
            path=self._shown,
        )


def _connected(address: str, name: str) -> "Redis":
    try:
        from redis import Redis
    except ImportError:
        raise PlainConfigurationError(
            "a checkpoint in Redis needs the 'redis' extra: pip install 'plain-sdk[redis]'"
        ) from None
    try:
        made: Redis = cast("Any", Redis).from_url(
            address,
            client_name=name,
            decode_responses=True,
            socket_timeout=_SOCKET,
            socket_connect_timeout=_SOCKET,
        )
    except ValueError as error:
        raise PlainConfigurationError(f"checkpoint is no address of a Redis: {error}") from None
    return made
