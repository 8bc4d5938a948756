"""`plain-sdk webhooks`: what its commands take."""

import argparse
from pathlib import Path

from .._parsers import Commands
from . import _listen, _send, _verify
from ._saved import SECRET_VARIABLE

_SEND = f"""\
Post a sample of an event, as Plain would: its headers, its body, its signature. Try a receiver
with it before Plain has a target for it:

  plain-sdk webhooks send thread.thread_created --to http://127.0.0.1:8000/plain --secret S
  plain-sdk webhooks send --all --to http://127.0.0.1:8000/plain --secret S

The secret may also be in the environment, as {SECRET_VARIABLE}. The exit code is 0 when every
delivery was answered with 2xx, which is what Plain takes for success; redirects are not.
"""
_VERIFY = """\
Check a request that was saved: its signature, its body, and, with --tolerance, its age. The file
holds the whole request (headers, an empty line, the body), as `listen --save` writes it, or the
body alone, with --signature. The exit code is 0 when all is well, 1 when not.
"""
_LISTEN = """\
Print what arrives, on the loopback address, and answer as a receiver would: 200, or 401 when the
signature does not hold. With --forward, the request goes on to another address as it came, and
that address's answer is given back.
"""


def add_parser(commands: Commands) -> None:
    """Describe the commands."""
    parser = commands.add_parser(
        "webhooks", help="send, check and look at webhooks", description="Try webhooks out."
    )
    kinds = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _describe_send(kinds)
    _describe_verify(kinds)
    _describe_listen(kinds)


def _describe_send(kinds: Commands) -> None:
    send = kinds.add_parser(
        "send", help="post a signed sample", description=_SEND,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    send.add_argument("event_type", nargs="?", help="like thread.thread_created")
    send.add_argument("--all", action="store_true", help="one of each type")
    send.add_argument("--to", metavar="URL", required=True, help="where the receiver is")
    _add_secret(send, "what to sign with; without one, the signature is left out")
    send.add_argument("--event-id", metavar="ID", help="to deliver one again (default: a new one)")
    send.add_argument(
        "--attempt", metavar="N", type=_positive, default=1, help="default: %(default)s"
    )
    send.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, default=15.0, help="default: %(default)g"
    )
    send.set_defaults(run=_send.run)


def _describe_verify(kinds: Commands) -> None:
    verify = kinds.add_parser(
        "verify", help="check a saved request", description=_VERIFY,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verify.add_argument("file", help="the request, or its body; - for standard input")
    _add_secret(verify, "what it should be signed with; may be repeated", many=True)
    verify.add_argument(
        "--signature", metavar="HEX", help="the signature, where the file is the body alone"
    )
    verify.add_argument(
        "--tolerance", metavar="SECONDS", type=_seconds,
        help="refuse what was sent longer ago, like 300 (default: the age is only told)",
    )  # fmt: skip
    verify.set_defaults(run=_verify.run)


def _describe_listen(kinds: Commands) -> None:
    listen = kinds.add_parser(
        "listen", help="print what arrives", description=_LISTEN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    listen.add_argument(
        "--port", type=_port, default=8000, help="default: %(default)s; 0: any that is free"
    )
    _add_secret(listen, "what to check with; without one, signatures are not checked", many=True)
    listen.add_argument("--forward", metavar="URL", help="where requests go on to")
    listen.add_argument(
        "--save", metavar="FOLDER", type=Path, help="write each request to a file, for `verify`"
    )
    listen.add_argument("--full", action="store_true", help="print whole bodies")
    listen.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="default: on terminals"
    )
    listen.set_defaults(run=_listen.run)


def _add_secret(parser: argparse.ArgumentParser, what: str, *, many: bool = False) -> None:
    parser.add_argument(
        "--secret", metavar="SECRET", action="append" if many else "store",
        help=f"{what} (default: {SECRET_VARIABLE} of the environment)",
    )  # fmt: skip


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port (0 to 65535)")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return number
