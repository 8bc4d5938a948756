"""`plain-sdk quota`: what is left of a key's quota, and who holds what of it."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

import anyio

from .. import _defaults as defaults
from .._call.quota import QuotaStatus
from .._client import AsyncPlainClient
from ._exit import OK, CommandError
from ._parsers import Commands

if TYPE_CHECKING:
    from .._call.shared_quota import Holder, SharedQuota

_DESCRIPTION = f"""\
Print what is left of the quota of the key in {defaults.KEY_VARIABLE}: limit, remaining, when it
resets, and what others use. It asks Plain (or {defaults.URL_VARIABLE}) for the key's permissions,
which takes one request each time. With --quota also who shares it, and what each holds.
"""


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "quota",
        help="what is left of a key's quota, and who holds what",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quota", metavar="ADDRESS",
        help="the Redis in which processes share it, like redis://localhost:6379/0",
    )  # fmt: skip
    parser.add_argument("--watch", action="store_true", help="again and again, until Ctrl-C")
    parser.add_argument(
        "--every", type=float, default=5.0, metavar="SECONDS",
        help="how often with --watch (default: %(default)g)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    if not arguments.every > 0:
        raise CommandError("--every must be more than 0")
    anyio.run(_show, arguments)
    return OK


async def _show(arguments: argparse.Namespace) -> None:
    shared: SharedQuota | None = None
    if arguments.quota is not None:
        from .._call.shared_quota import shared_through

        shared = shared_through(arguments.quota)
    async with AsyncPlainClient() as client:
        while True:
            await client.my_permissions()
            holders = await _holders(shared)
            if not arguments.watch:
                print("\n".join(table(client.quota, holders)))
                return
            told = line(client.quota, holders)
            # A line that renews itself, where somebody looks; else one below the other.
            print(f"\r\033[K{told}" if sys.stdout.isatty() else told, flush=True,
                  end="" if sys.stdout.isatty() else "\n")  # fmt: skip
            await anyio.sleep(arguments.every)


async def _holders(shared: "SharedQuota | None") -> "list[Holder]":
    if shared is None:
        return []
    from redis.exceptions import RedisError

    try:
        return await shared.holders(
            os.environ[defaults.KEY_VARIABLE],
            os.environ.get(defaults.URL_VARIABLE) or defaults.PUBLIC_URL,
        )
    except (RedisError, OSError, TimeoutError) as error:
        raise CommandError(f"the Redis of --quota cannot be asked: {error}") from None


def table(status: QuotaStatus, holders: "list[Holder]") -> list[str]:
    """Lines that say everything."""
    if status.limit is None:
        return ["Plain's response told nothing of a quota"]
    lines = [
        f"limit      {status.limit} requests per window",
        f"remaining  {status.remaining}",
        f"reset      in {max(0.0, status.reset_in or 0.0):.1f} s",
    ]
    if status.parked_for:
        lines.append(f"parked     for {status.parked_for:.1f} s, because Plain refused a request")
    if holders:
        width = max(len(holder.name) for holder in holders)
        lines += ["", f"{'process':{width}}   sent  held  in flight"]
        lines += [
            f"{holder.name:{width}}  {holder.spent:5}  {holder.leased:4}  {holder.in_flight:9}"
            for holder in holders
        ]
    return lines


def line(status: QuotaStatus, holders: "list[Holder]") -> str:
    """The same in short."""
    if status.limit is None:
        return "Plain's response told nothing of a quota"
    left = max(0.0, status.reset_in or 0.0)
    told = f"{status.remaining} of {status.limit} left, reset in {left:.1f} s"
    if status.others_per_second:
        told += f", others {status.others_per_second:g}/s"
    if holders:
        held = sum(holder.leased for holder in holders)
        told += f", shared by {len(holders)}, {held} held"
    return told
