"""A store in Redis. Needs the extra `plain-sdk[redis]`, and asyncio, which redis-py stands on."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, cast

from ..._errors import PlainConfigurationError
from .base import KEEP, Claim, Overdue

if TYPE_CHECKING:
    from redis.asyncio import Redis

# The server's clock counts, in milliseconds. KEYS: the event's hash, and the set of events whose
# body is kept, by the moment at which somebody may claim them.
_NOW: Final = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
_CLAIM: Final = (
    _NOW
    + """
local held = redis.call('HMGET', KEYS[1], 'state', 'until')
if held[1] == 'done' then return 2 end
if held[1] and tonumber(held[2]) > now then return 1 end
local till = now + ARGV[3]
redis.call('HSET', KEYS[1], 'state', 'running', 'token', ARGV[2], 'until', till)
redis.call('HINCRBY', KEYS[1], 'attempts', 1)
redis.call('HDEL', KEYS[1], 'body')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if ARGV[5] == '1' then
  redis.call('HSET', KEYS[1], 'body', ARGV[6])
  redis.call('ZADD', KEYS[2], till, ARGV[1])
end
return 0
"""
)
_RENEW: Final = (
    _NOW
    + """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then return 0 end
local till = now + ARGV[3]
redis.call('HSET', KEYS[1], 'until', till)
redis.call('ZADD', KEYS[2], 'XX', till, ARGV[1])
return 1
"""
)
_DONE: Final = """
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'state', 'done')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_RELEASE: Final = (
    _NOW
    + """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then return end
if ARGV[3] == '' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
else
  local till = now + ARGV[3]
  redis.call('HSET', KEYS[1], 'token', '', 'until', till)
  redis.call('ZADD', KEYS[2], 'XX', till, ARGV[1])
end
"""
)
_OVERDUE: Final = (
    _NOW
    + """
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)) do
  local key = ARGV[1] .. id
  local body = redis.call('HGET', key, 'body')
  if body then
    local till = now + ARGV[3]
    redis.call('HSET', key, 'token', ARGV[2], 'until', till)
    redis.call('ZADD', KEYS[1], till, id)
    return {id, body, redis.call('HINCRBY', key, 'attempts', 1)}
  end
  redis.call('ZREM', KEYS[1], id)
end
return false
"""
)
_CLAIMS: Final = (Claim.GRANTED, Claim.RUNNING, Claim.DONE)


class RedisStore:
    """Remembers events in Redis: for any number of processes and machines.

    How much a restart of Redis forgets is for its own settings to say (`appendfsync`).

    Args:
        redis: The address, like `redis://localhost:6379/0`, or a client of redis-py's asyncio,
            which stays yours to close.
        prefix: What the keys begin with.
        keep: Seconds that a handled event is remembered, and that a body is kept at most.

    Raises `PlainConfigurationError` when redis-py is not installed, or the address is none.
    """

    def __init__(
        self, redis: "str | Redis", *, prefix: str = "plain-webhooks", keep: float = KEEP
    ) -> None:
        self._own: Redis | None = None
        if isinstance(redis, str):
            self._own = redis = _connected(redis)
        self._redis = redis
        # In braces, so that a cluster has all of them in one place.
        self._event = f"{{{prefix}}}:event:"
        self._unfinished = f"{{{prefix}}}:unfinished"
        self._keep = _milliseconds(keep)

    async def claim(
        self, event_id: str, token: str, lease: float, body: bytes | None = None
    ) -> Claim:
        """Claim an event for `lease` seconds."""
        kept = "0" if body is None else "1"
        found = await self._run(
            _CLAIM, event_id, token, _milliseconds(lease), self._keep, kept, body or b""
        )
        return _CLAIMS[int(found)]

    async def renew(self, event_id: str, token: str, lease: float) -> bool:
        """Extend the lease."""
        return bool(await self._run(_RENEW, event_id, token, _milliseconds(lease)))

    async def done(self, event_id: str) -> None:
        """The event was handled."""
        await self._run(_DONE, event_id, self._keep)

    async def release(self, event_id: str, token: str, retry_in: float | None = None) -> None:
        """The event was not handled."""
        delay = "" if retry_in is None else _milliseconds(retry_in)
        await self._run(_RELEASE, event_id, token, delay)

    async def overdue(self, token: str, lease: float) -> Overdue | None:
        """Claim an event that is to be tried again."""
        found = await _result(self._redis.eval(
            _OVERDUE, 1, self._unfinished, self._event, token, str(_milliseconds(lease))
        ))  # fmt: skip
        if not found:
            return None
        event_id, body, attempts = found
        return Overdue(_bytes(event_id).decode(), _bytes(body), int(attempts))

    async def aclose(self) -> None:
        """Close the connections, unless the client is yours."""
        if self._own is not None:
            await self._own.aclose()

    async def _run(self, script: str, event_id: str, *arguments: str | bytes | int) -> Any:
        key = self._event + event_id
        given = cast("list[str]", [event_id, *arguments])
        return await _result(self._redis.eval(script, 2, key, self._unfinished, *given))


def _connected(address: str) -> "Redis":
    try:
        from redis.asyncio import Redis
    except ImportError:
        raise PlainConfigurationError(
            "RedisStore needs the 'redis' extra: pip install 'plain-sdk[redis]'"
        ) from None
    try:
        made: Redis = cast("Any", Redis).from_url(address)
    except ValueError as error:
        # It may hold a password, so the address is not told.
        raise PlainConfigurationError(f"the address of Redis is none: {error}") from None
    return made


async def _result(reply: object) -> Any:
    # redis-py's types allow for its clients that are not asyncio's.
    return await cast("Awaitable[Any]", reply)


def _milliseconds(seconds: float) -> int:
    return max(round(seconds * 1000), 1)


def _bytes(value: object) -> bytes:
    """A client of yours may decode what it reads."""
    return value if isinstance(value, bytes) else str(value).encode()
