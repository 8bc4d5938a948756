"""`plain-sdk demo`: the documented example against a sandbox in the same process."""

import argparse
import json
import sys
from typing import Any, cast

import anyio

from .._api import schema_path
from .._client import AsyncPlainClient
from .._errors import PlainMutationError
from .._outcome import Err, Ok, Outcome, capture
from ._colour import Ink
from ._exit import CHECK_FAILED, OK, complain, missing_extra
from ._parser import wrapped
from ._parsers import Commands
from ._watching import Exchange, watch

_DONALD: dict[str, Any] = {
    "full_name": "Donald Duck",
    "email": {"email": "donald@example.com", "is_verified": True},
    "external_id": "c_123",
}
_STEPS: tuple[tuple[str, dict[str, Any], str], ...] = (
    (
        "Nobody has that email: the customer is created.",
        {
            "identifier": {"email_address": "donald@example.com"},
            "on_create": _DONALD,
            "on_update": {"full_name": "Donald Duck"},
        },
        "CREATED",
    ),
    (
        "The same again changes nothing, so it is safe to repeat.",
        {
            "identifier": {"email_address": "donald@example.com"},
            "on_create": _DONALD,
            "on_update": {"full_name": "Donald Duck"},
        },
        "NOOP",
    ),
    (
        "`on_update` changes what it names, and nothing else.",
        {
            "identifier": {"external_id": "c_123"},
            "on_create": _DONALD,
            "on_update": {"short_name": "Don"},
        },
        "UPDATED",
    ),
    (
        "Daisy may not have Donald's email: a refusal is an error that you can act on.",
        {
            "identifier": {"external_id": "c_456"},
            "on_create": {
                "full_name": "Daisy Duck",
                "email": {"email": "donald@example.com", "is_verified": False},
                "external_id": "c_456",
            },
        },
        "customer_already_exists_with_email",
    ),
)
_NEXT = """\
What next:
  plain-sdk sandbox                    a local Plain to call from your code
  plain-sdk reference upsert_customer  all that it takes and raises
  plain-sdk demo --verbose             the JSON behind these calls
"""


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "demo",
        help="see upsert_customer in action, without a key or a network",
        description="Start a sandbox in this process and run the documented example through "
        "the client, over real HTTP on the loopback address. Needs no key and no network.",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show what goes over the wire, as JSON"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    try:
        from ..sandbox import SandboxApp, SandboxServer
    except ImportError as error:
        raise missing_extra("demo", "sandbox", error) from None
    ink = Ink(sys.stdout)
    app = SandboxApp(schema_path().read_text(encoding="utf-8"), groups=("enterprise",))
    wire: list[Exchange] = []
    watch(app, lambda _: None, wire.append)
    with SandboxServer(app) as server:
        print(f"A Plain sandbox is serving at {server.url}\n")
        return anyio.run(_demo, server.url, ink, wire if arguments.verbose else None)


async def _demo(url: str, ink: Ink, wire: list[Exchange] | None) -> int:
    print(ink("dim", "async with AsyncPlainClient(api_key, url=url) as plain:\n"))
    async with AsyncPlainClient("plainApiKey_demo", url=url) as client:
        for number, (told, arguments, expected) in enumerate(_STEPS, 1):
            for line in wrapped(f"{number}. {told}", ink.columns - 1):
                print(ink("bold", line))
            print(ink("cyan", as_code("await plain.upsert_customer", arguments, ink.columns)))
            seen, answer = _said(await capture(client.upsert_customer(**arguments)))
            first, *more = wrapped(f"=> {seen}  {answer}", ink.columns - 1)
            word = f"=> {seen}"
            print(ink("green" if seen in _GOOD else "yellow", word) + first.removeprefix(word))
            print("".join(f"{line}\n" for line in more), end="")
            for exchange in wire or ():
                _show(ink, exchange)
            if wire:
                wire.clear()
            if seen != expected and expected not in answer:
                complain(f"the demo expected {expected}, but saw {seen}")
                return CHECK_FAILED
            print()
    for line in _NEXT.splitlines():
        print("\n".join(wrapped(line, ink.columns - 1)))
    return OK


_GOOD = ("CREATED", "NOOP", "UPDATED")


def _said(outcome: Outcome[Any]) -> tuple[str, str]:
    """What came of a call: a word, and the rest of the line."""
    match outcome:
        case Ok(upserted):
            customer = upserted.customer
            return str(upserted.result), f"{customer.full_name}, {customer.id}"
        case Err(PlainMutationError() as error):
            return type(error).__name__, f"code={error.code!r}: {error.message}"
        case Err(error):
            return type(error).__name__, str(error)


def as_code(call: str, arguments: dict[str, Any], columns: int) -> str:
    """A call as somebody would write it, within the terminal."""
    room = max(min(columns, 88) - 4, 20)
    lines = [
        line
        for name, value in arguments.items()
        for line in _argument(f"{name}=", value, "    ", room)
    ]
    return "\n".join([f"   {call}(", *(f"   {line}" for line in lines), "   )"])


def _argument(name: str, value: Any, indent: str, room: int) -> list[str]:
    text = json.dumps(value, ensure_ascii=False).replace("true", "True").replace("false", "False")
    if not isinstance(value, dict) or len(indent) + len(name) + len(text) + 1 <= room:
        return [f"{indent}{name}{text},"]
    members = cast("dict[str, Any]", value).items()
    inner = [line for k, v in members for line in _argument(f'"{k}": ', v, indent + "    ", room)]
    return [f"{indent}{name}{{", *inner, f"{indent}}},"]


def _show(ink: Ink, exchange: Exchange) -> None:
    """What went over the wire, a member in a line."""
    asked, answered = json.loads(exchange.request), json.loads(exchange.response)
    for title, content in (("sent", asked.get("variables")), ("came back", answered)):
        print(ink("dim", f"   {title}:"))
        for line in json.dumps(content, indent=2, ensure_ascii=False).splitlines():
            print(ink("dim", f"   {line}"))
