"""The Redis in which processes share a quota. Needs the extra `plain-sdk[redis]`, and asyncio."""

import asyncio
import contextlib
import hashlib
import json
import logging
import time
import weakref
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from .._errors import PlainConfigurationError
from .lease import REPORT
from .leased_quota import LeasedQuota
from .quota_script import SCRIPT

if TYPE_CHECKING:
    from redis.asyncio import Redis

logger = logging.getLogger("plain_sdk")

TIMEOUT: Final = 0.25
"""Seconds for which Redis is waited for."""
_SHA: Final = hashlib.sha1(SCRIPT.encode()).hexdigest()
_SCHEMES: Final = ("redis://", "rediss://", "unix://")


@dataclass(frozen=True)
class Holder:
    """A process that shares a quota."""

    name: str
    """Its machine and its process id."""
    spent: int
    """Requests that it sent in this window."""
    leased: int
    """Requests that it holds and has not used."""
    in_flight: int


class SharedQuota:
    """A quota that processes and machines share through a Redis.

        shared = SharedQuota("redis://localhost:6379/0")
        async with AsyncPlainClient(quota=shared) as client: ...

    Each process leases a handful of requests at a time, for a second, so that most calls ask
    nobody. Interactive calls go before bulk ones, whichever process they are in; a refusal for
    quota stops all. What Plain says of limit, remaining and reset counts more than any count here.
    While Redis is away, slow or wrong, calls go on with what Plain's headers tell; a warning is
    logged once, and Redis is used again when it is back. The clocks of the machines don't matter.
    A Valkey should do as well, but was not tried.

    Args:
        redis: The address, like `redis://localhost:6379/0` or `rediss://...`, or a client of
            redis-py's asyncio, which stays yours to close, and belongs to one event loop.
        prefix: What the names begin with. They hold a hash of the API key, never the key.
        timeout: Seconds for which Redis is waited for at most. Default: 0.25.

    Under trio nothing is shared, because redis-py stands on asyncio.

    Raises PlainConfigurationError when redis-py is not installed, or the address is none.
    """

    def __init__(
        self, redis: "str | Redis", *, prefix: str = "plain-quota", timeout: float = TIMEOUT
    ) -> None:
        self._redis = redis
        self._prefix = prefix
        self.timeout = timeout
        self._quotas: weakref.WeakValueDictionary[str, LeasedQuota] = weakref.WeakValueDictionary()
        if isinstance(redis, str):
            # An address that is none is told now, not in the middle of a call.
            _client(redis, timeout)

    def quota(self, api_key: str, url: str) -> LeasedQuota:
        """The quota of a key at an address, for all clients in this process."""
        name = hashed(api_key, url)
        quota = self._quotas.get(name)
        if quota is None:
            quota = self._quotas[name] = LeasedQuota()
        return quota

    def link(self, quota: LeasedQuota, api_key: str, url: str) -> "Link":
        """What carries exchanges out for a client in the running event loop."""
        return Link(quota, self._connect, self._names(api_key, url), self.timeout)

    async def holders(self, api_key: str, url: str) -> list[Holder]:
        """Who shares the quota at the moment.

        Raises whatever redis-py raises.
        """
        connection, is_own = self._connect()
        try:
            window, holders = self._names(api_key, url)
            reply: Any = await cast("Awaitable[Any]", connection.hgetall(holders))
            seq = await cast("Awaitable[Any]", connection.hget(window, "seq"))
            seconds, micros = await cast("Any", connection).time()
        finally:
            if is_own:
                await connection.aclose()
        now = seconds * 1000 + micros // 1000
        found: list[dict[str, Any]] = [json.loads(value) for value in reply.values()]
        return sorted(
            (
                Holder(str(held["label"]), held["spent"], held["stock"], held["in_flight"])
                for held in found
                if held["till"] > now and held["seq"] == float(seq or 0)
            ),
            key=lambda holder: holder.name,
        )

    def _names(self, api_key: str, url: str) -> tuple[str, str]:
        # In braces, so that a cluster has both in one place.
        tag = f"{{{self._prefix}:{hashed(api_key, url)}}}"
        return f"{tag}:window", f"{tag}:holders"

    def _connect(self) -> "tuple[Redis, bool]":
        """A connection, and whether it is ours to close."""
        if isinstance(self._redis, str):
            return _client(self._redis, self.timeout), True
        return self._redis, False


class Link:
    """Carries exchanges out, one at a time, beside the calls of one client in one event loop."""

    def __init__(
        self,
        quota: LeasedQuota,
        connect: "Callable[[], tuple[Redis, bool]]",
        names: tuple[str, str],
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quota = quota
        self._names = names
        self._timeout = timeout
        self._clock = clock
        self._redis, self._is_own = connect()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    def look(self) -> None:
        """Begin an exchange if there is something to ask for or to tell."""
        if self._task is not None or self._is_closed:
            return
        if self._timer is not None and not self._quota.is_waited_for:
            # Nobody waits, and what has gone is told when the time has come.
            return
        now = self._clock()
        if not self._quota.is_due(now):
            if self._timer is None and self._quota.is_untold:
                # Perhaps no other call comes.
                self._timer = asyncio.get_running_loop().call_later(REPORT, self._look_again)
            return
        arguments = self._quota.begin_exchange(now)
        if arguments is not None:
            # Nothing of the call that happens to be the first is of any concern to it.
            self._task = asyncio.get_running_loop().create_task(
                self._exchange(arguments), context=Context()
            )

    def _look_again(self) -> None:
        self._timer = None
        self.look()

    async def _exchange(self, arguments: list[str | int]) -> None:
        is_done = False
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._run(arguments)
            is_back = self._quota.end_exchange(reply, self._clock())
            is_done = True
            if is_back:
                logger.info("the quota is shared through Redis again")
        except Exception as error:
            is_done = True
            if self._quota.fail_exchange(self._clock()):
                # An error of redis-py may tell the address, but no password.
                logger.warning(
                    "the quota cannot be shared through Redis (%s: %s); each process goes by "
                    "Plain's headers until Redis is back",
                    type(error).__name__, error,
                )  # fmt: skip
        finally:
            self._task = None
            if not is_done:
                self._quota.give_up_exchange()

    async def _run(self, arguments: list[str | int]) -> object:
        from redis.exceptions import NoScriptError

        window, holders = self._names
        given = cast("list[str]", arguments)
        try:
            return await _result(self._redis.evalsha(_SHA, 2, window, holders, *given))
        except NoScriptError:
            return await _result(self._redis.eval(SCRIPT, 2, window, holders, *given))

    async def aclose(self) -> None:
        """End the exchange under way, and close the connection unless it is yours."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if self._is_own:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(self._timeout):
                    await self._redis.aclose()


_ADDRESSES: "weakref.WeakValueDictionary[str, SharedQuota]" = weakref.WeakValueDictionary()


def shared_through(quota: "str | Redis | SharedQuota") -> SharedQuota:
    """What a client's `quota` means; one for each address in this process."""
    if isinstance(quota, SharedQuota):
        return quota
    if not isinstance(quota, str):
        if not hasattr(quota, "evalsha"):
            raise PlainConfigurationError(
                "quota must be an address like 'redis://localhost:6379/0', a client of "
                f"redis.asyncio, or a SharedQuota, not {type(quota).__name__}"
            )
        return SharedQuota(quota)
    shared = _ADDRESSES.get(quota)
    if shared is None:
        shared = SharedQuota(quota)
        _ADDRESSES[quota] = shared
    return shared


def hashed(api_key: str, url: str) -> str:
    """What names hold of a key and an address."""
    return hashlib.sha256(f"plain-sdk quota\0{url}\0{api_key}".encode()).hexdigest()[:32]


def _client(address: str, timeout: float) -> "Redis":
    if not address.startswith(_SCHEMES):
        # It may hold a password, so it is not told.
        raise PlainConfigurationError(
            "quota is not the address of a Redis, like 'redis://localhost:6379/0'"
        )
    try:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ImportError:
        raise PlainConfigurationError(
            "a shared quota needs the 'redis' extra: pip install 'plain-sdk[redis]'"
        ) from None
    try:
        made: Redis = cast("Any", Redis).from_url(
            address,
            socket_connect_timeout=timeout,
            socket_timeout=timeout,
            retry=cast("Any", Retry)(NoBackoff(), 0),
            decode_responses=False,
        )
    except ValueError as error:
        raise PlainConfigurationError(f"quota is not the address of a Redis: {error}") from None
    return made


async def _result(reply: object) -> object:
    # redis-py's types allow for its clients that are not asyncio's.
    return await cast("Awaitable[object]", reply)
