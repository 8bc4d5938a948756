"""`plain-sdk quota`: what is left of a key's quota, and who holds what of it."""

import argparse
import os
import shutil
import sys
from typing import TYPE_CHECKING

import anyio

from .. import _defaults as defaults
from .._call.quota import QuotaStatus
from .._client import AsyncPlainClient
from .._errors import PlainError
from ._colour import Ink
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
        await client.my_permissions()
        holders = await _holders(shared)
        if arguments.watch:
            await _watch(client, shared, holders, arguments.every)
        else:
            print("\n".join(table(client.quota, holders)))


async def _watch(
    client: AsyncPlainClient, shared: "SharedQuota | None", holders: "list[Holder]", every: float
) -> None:
    """A block that renews itself, where somebody looks; else a line below the other."""
    ink = Ink(sys.stdout)
    told, above = "", 0
    try:
        while True:
            told = told or line(client.quota, holders, ink.columns if ink.is_terminal else None)
            if ink.is_terminal:
                room = shutil.get_terminal_size()
                block = [told, *holders_table(holders, room.columns - 1, room.lines - 1)]
                block = [ink.line(("", text)) for text in block]
                up = f"\x1b[{above}A" if above else ""
                print(f"\r{up}\x1b[J" + "\n".join(block), end="", flush=True)
                above = len(block) - 1
            else:
                print(told, flush=True)
            await anyio.sleep(every)
            told = ""
            try:
                await client.my_permissions()
                holders = await _holders(shared)
            except (PlainError, CommandError) as error:
                # Tomorrow's outage is no reason to stop looking.
                told = str(error)
    finally:
        if ink.is_terminal:
            print()


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
    return [*lines, *holders_table(holders)]


def holders_table(
    holders: "list[Holder]", columns: int = 80, lines: int | None = None
) -> list[str]:
    """Who holds what, below an empty line; nothing when nobody is known to."""
    if not holders:
        return []
    room = len(holders)
    if lines is not None and len(holders) + 3 > lines:
        room = max(lines - 4, 0)
    width = min(max(len(holder.name) for holder in holders), max(columns - 24, 8))
    width = max(width, len("process"))
    shown = [
        f"{_cut(holder.name, width):{width}}  {holder.spent:5}  {holder.leased:4}  "
        f"{holder.in_flight:9}"
        for holder in holders[:room]
    ]
    more = [f"… and {len(holders) - room} more"] if room < len(holders) else []
    return ["", f"{'process':{width}}   sent  held  in flight", *shown, *more]


def _cut(name: str, width: int) -> str:
    # The end tells more: the process, where the machine's name is long.
    return name if len(name) <= width else "…" + name[-(width - 1) :]


def line(status: QuotaStatus, holders: "list[Holder]", columns: int | None = None) -> str:
    """The same in short; what does not fit goes, the least first."""
    if status.limit is None:
        return "Plain's response told nothing of a quota"
    left = max(0.0, status.reset_in or 0.0)
    told = f"{status.remaining} of {status.limit} left, reset in {left:.1f} s"
    more: list[str] = []
    if status.parked_for:
        more.append(f"parked for {status.parked_for:.1f} s")
    if status.others_per_second:
        more.append(f"others {status.others_per_second:.0f}/s")
    if holders:
        held = sum(holder.leased for holder in holders)
        more.append(f"shared by {len(holders)}, {held} held")
    for part in more:
        if columns is None or len(told) + 2 + len(part) < columns:
            told += f", {part}"
    return told
