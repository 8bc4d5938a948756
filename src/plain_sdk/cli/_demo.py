"""`plain-sdk demo`: the documented example against a sandbox in the same process."""

import argparse
import json
from collections.abc import Awaitable
from typing import Any

import anyio

from .._api import schema_path
from .._client import AsyncPlainClient
from .._errors import PlainMutationError
from .._outcome import Err, Ok, capture
from ._exit import CHECK_FAILED, OK, complain, missing_extra
from ._parsers import Commands

_EXAMPLE: dict[str, Any] = {
    "identifier": {"emailAddress": "donald@example.com"},
    "onCreate": {
        "fullName": "Donald Duck",
        "shortName": "Donald",
        "email": {"email": "donald@example.com", "isVerified": True},
        "externalId": "c_123",
        "customerGroupIdentifiers": [{"customerGroupKey": "enterprise"}],
    },
    "onUpdate": {
        "fullName": {"value": "Donald Duck"},
        "shortName": {"value": "Donald"},
        "email": {"email": "donald@example.com", "isVerified": True},
        "externalId": {"value": "c_123"},
    },
}
_UPDATE: dict[str, Any] = {**_EXAMPLE, "onUpdate": {"fullName": "Donald Fauntleroy Duck"}}
_CONFLICT: dict[str, Any] = {
    "identifier": {"externalId": "c_456"},
    "onCreate": {
        "fullName": "Daisy Duck",
        "email": {"email": "donald@example.com", "isVerified": False},
        "externalId": "c_456",
    },
    "onUpdate": {},
}

_STEPS = (
    ("the documented example", _EXAMPLE, "CREATED"),
    ("the same again", _EXAMPLE, "NOOP"),
    ("a different name, as a bare value", _UPDATE, "UPDATED"),
    ("another customer with Donald's email", _CONFLICT, "customer_already_exists_with_email"),
)


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "demo",
        help="see upsert_customer in action, without a key or a network",
        description="Start a sandbox in this process and run the documented example through "
        "the client, over real HTTP on the loopback address. Needs no key and no network.",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    try:
        from ..sandbox import SandboxApp, SandboxServer
    except ImportError as error:
        raise missing_extra("demo", "sandbox", error) from None
    app = SandboxApp(schema_path().read_text(encoding="utf-8"), groups=("enterprise",))
    with SandboxServer(app) as server:
        print(f"A Plain sandbox is serving at {server.url}\n")
        return anyio.run(_demo, server.url)


async def _demo(url: str) -> int:
    async with AsyncPlainClient("plainApiKey_demo", url=url) as client:
        for number, (title, parts, expected) in enumerate(_STEPS, 1):
            print(f"{number}. upsert_customer: {title}")
            _show("sent", parts)
            call = client.upsert_customer(
                identifier=parts["identifier"],
                on_create=parts["onCreate"],
                on_update=parts["onUpdate"],
            )
            seen = await _report(call)
            if seen != expected:
                complain(f"the demo expected {expected}, but saw {seen}")
                return CHECK_FAILED
            print()
    return OK


async def _report(call: Awaitable[Any]) -> str:
    match await capture(call):
        case Ok(upserted):
            _show("came back", upserted.model_dump(mode="json", by_alias=True, exclude_none=True))
            print(f"   => {upserted.result}")
            return str(upserted.result)
        case Err(PlainMutationError() as error):
            print(f"   => {type(error).__name__}: {error}")
            print(f"      .code       {error.code}")
            print(f"      .type       {error.type}")
            print(f"      .request_id {error.request_id}")
            return str(error.code)
        case Err(error):
            print(f"   => {type(error).__name__}: {error}")
            return type(error).__name__


def _show(label: str, content: dict[str, Any]) -> None:
    print(f"   {label}:")
    for member, value in content.items():
        print(f"      {member}: {json.dumps(value, ensure_ascii=False)}")
