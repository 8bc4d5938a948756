"""`plain-sdk sandbox`: a local Plain."""

import argparse
import contextlib
import errno
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .. import _defaults as defaults
from .._api import schema_path
from .._faults.fault import GRAMMAR, Fault
from ._colour import Ink
from ._exit import OK, CommandError, missing_extra
from ._parsers import Commands
from ._schema_file import read_schema
from ._watching import Seen, watch

if TYPE_CHECKING:
    from ..sandbox import SandboxServer

_DESCRIPTION = f"""\
Serve a local Plain over HTTP, with the documented rules, on the loopback address. A browser shows
there what it holds and what it was asked, has faults to switch on, and a query editor.

`--coverage` lists the operations of the client that it carries out; what it has no rules for
is refused as not_yet_implemented. What your input refers to can be there from the start:

  plain-sdk sandbox --port 8089 --group enterprise

Then, in another terminal:

  {defaults.URL_VARIABLE}=http://127.0.0.1:8089/graphql/v1 {defaults.KEY_VARIABLE}=any-key \\
    plain-sdk upsert-customer --file customer.json
"""

_FAULTS = f"""\
--fault takes a line, and may be repeated:

  {GRAMMAR.replace(chr(10), chr(10) + "  ").rstrip()}
"""


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "sandbox",
        help="serve a local Plain",
        description=_DESCRIPTION,
        epilog=_FAULTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_port, default=8089, help="default: %(default)s; 0: any")
    parser.add_argument(
        "--db", metavar="FILE", default=":memory:", help="SQLite file (default: in memory)"
    )
    parser.add_argument(
        "--schema", metavar="FILE", type=Path,
        help="another version of the API, as SDL or introspection JSON (default: our own); what "
        "the sandbox has no rules for is refused as not_yet_implemented",
    )  # fmt: skip
    parser.add_argument(
        "--api-key", metavar="KEY[=PERMISSION,...]", action="append", default=[],
        help="a key to accept: with every permission, or only with those named, like "
        "k2=customer:read. May be repeated. Default: every key, with every permission",
    )  # fmt: skip
    parser.add_argument(
        "--group", metavar="KEY", action="append", default=[],
        help="a customer group that exists from the start. May be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--tenant", metavar="EXTERNAL_ID", action="append", default=[],
        help="a tenant that exists from the start. May be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--tier", metavar="EXTERNAL_ID", action="append", default=[],
        help="a tier that exists from the start. May be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--user", metavar="EMAIL", action="append", default=[],
        help="a user that exists from the start. May be repeated. Default: there is one",
    )  # fmt: skip
    parser.add_argument(
        "--coverage", action="store_true",
        help="list the client's operations and whether the sandbox carries them out, and stop",
    )  # fmt: skip
    parser.add_argument(
        "--rate-limit", type=_count, default=450, metavar="N",
        help="requests per window (default: %(default)s, as on Plain's smallest plan); 0: no limit",
    )  # fmt: skip
    parser.add_argument(
        "--rate-window", type=_seconds, default=60.0, metavar="SECONDS",
        help="length of the window (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--latency", type=_seconds, default=0.0, metavar="SECONDS", help="delay of every response"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="do not show the requests")
    parser.add_argument(
        "--deletion-delay", type=_seconds, default=0.0, metavar="SECONDS",
        help="how long a customer is still there after deleteCustomer was accepted (default: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--fault", metavar="FAULT", action="append", default=[], type=_fault,
        help="something that goes wrong, like 'reset after mutation 10%%'; see below",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=None, metavar="N",
        help="what ids and faults are drawn by (default: another one each time)",
    )  # fmt: skip
    parser.add_argument(
        "--webhook", metavar="URL", action="append", default=[],
        help="an address to send every webhook to, besides those of createWebhookTarget: https, or "
        "http on this machine. May be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--secret", metavar="SECRET", default=None,
        help="what webhooks and requests for cards are signed with (default: they are not)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    if arguments.coverage:
        print(_coverage())
        return OK
    starting = start(arguments)
    # Also where a script started it in the background, and where a supervisor ends it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with starting as server:
        print(f"Plain sandbox at {server.url} (press Ctrl-C to stop)", flush=True)
        print(f"A page to look at it: {server.page_url}", flush=True)
        keys = arguments.api_key
        print(f"API keys: {'as given' if keys else 'every key is accepted'}", flush=True)
        # Said when the last request's line is out: they are printed by the server's thread.
        with contextlib.suppress(KeyboardInterrupt):
            server.wait()
    print("\nstopped")
    return OK


def start(arguments: argparse.Namespace) -> "SandboxServer":
    """The server that the arguments describe, not yet running."""
    try:
        from ..sandbox import SandboxApp, SandboxServer, parse_key
    except ImportError as error:
        raise missing_extra("sandbox", "sandbox", error) from None
    try:
        keys = tuple(parse_key(text) for text in arguments.api_key)
    except ValueError as error:
        raise CommandError(f"--api-key: {error}") from None
    try:
        app = SandboxApp(
            _schema(arguments.schema),
            database=arguments.db,
            keys=keys,
            groups=tuple(arguments.group),
            tenants=tuple(arguments.tenant),
            tiers=tuple(arguments.tier),
            users=tuple(arguments.user),
            rate_limit=arguments.rate_limit,
            rate_window=arguments.rate_window,
            latency=arguments.latency,
            deletion_delay=arguments.deletion_delay,
            faults=arguments.fault,
            seed=arguments.seed,
            secret=arguments.secret,
        )
    except sqlite3.Error as error:
        raise CommandError(f"--db {arguments.db}: cannot be used: {error}") from None
    if not arguments.quiet:
        watch(app, show)
    try:
        for url in arguments.webhook:
            app.send_webhooks(url)
    except ValueError as error:
        app.close()
        raise CommandError(f"--webhook {error}") from None
    try:
        return SandboxServer(app, port=arguments.port)
    except OSError as error:
        app.close()
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"port {arguments.port} is in use; choose another with --port; 0 picks a free one"
            ) from None
        raise CommandError(f"port {arguments.port}: {error.strerror}") from None


def show(seen: Seen) -> None:
    """Print a line for a request; nobody has to be there to read it."""
    ink = Ink(sys.stdout)
    good = "green" if seen.went_well else "red"
    line = ink.line(
        ("dim", time.strftime("%H:%M:%S ")),
        (good, f"{seen.status} "),
        ("bold", f"{seen.what:<24} "),
        ("dim", f"{seen.seconds * 1000:5.0f} ms  "),
        ("" if seen.went_well else good, seen.answer),
    )
    with contextlib.suppress(OSError, ValueError):
        print(line.rstrip(), flush=True)


def _coverage() -> str:
    try:
        from ..sandbox import carried_out
        from ._coverage import coverage, table
    except ImportError as error:
        raise missing_extra("sandbox", "sandbox", error) from None
    return table(coverage(), {"root fields of the API in all": len(carried_out())})


def _schema(file: Path | None) -> str:
    """The SDL to serve."""
    from graphql import print_schema

    if file is None:
        return schema_path().read_text(encoding="utf-8")
    return print_schema(read_schema(file, "sandbox --schema"))


def _fault(text: str) -> Fault:
    try:
        return Fault.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port (0 to 65535)")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is negative")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return number
