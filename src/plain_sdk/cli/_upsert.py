"""`plain-sdk upsert-customer`: one upsert from a file of JSON."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, cast

import anyio

from .. import _defaults as defaults
from .._client import AsyncPlainClient
from ._exit import OK, CommandError
from ._parsers import Commands

_DESCRIPTION = f"""\
Create a customer, or update the one that the identifier matches. The file holds the
JSON that Plain documents for upsertCustomer, with or without its `input` wrapper:

  {{"identifier": {{"emailAddress": "donald@example.com"}},
   "onCreate": {{"fullName": "Donald Duck",
                "email": {{"email": "donald@example.com", "isVerified": true}}}},
   "onUpdate": {{"fullName": {{"value": "Donald Duck"}}}}}}

Prints the result as JSON. The key is read from {defaults.KEY_VARIABLE}, the address from
{defaults.URL_VARIABLE} (default: {defaults.PUBLIC_URL}).
"""


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "upsert-customer",
        help="create or update one customer",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--file", required=True, help="the JSON file, or - for standard input")
    parser.add_argument(
        "--timeout", type=float, default=defaults.TIMEOUT, help="seconds (default: %(default)g)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    parts = upsert_parts(read_json(arguments.file), arguments.file)
    answer = anyio.run(_upsert, parts, arguments.timeout)
    _print(answer)
    return OK


def _print(answer: dict[str, Any]) -> None:
    # What the terminal cannot show is escaped: the upsert is done, and must not look failed.
    plain_text = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    try:
        print(json.dumps(answer, indent=2, ensure_ascii=plain_text), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(
            f"the upsert is done, but the result cannot be printed: {error.strerror}"
        ) from None


async def _upsert(parts: dict[str, Any], seconds: float) -> dict[str, Any]:
    async with AsyncPlainClient(timeout=seconds) as client:
        upserted = await client.upsert_customer(**parts)
        return upserted.model_dump(mode="json", by_alias=True)


def upsert_parts(content: object, name: str) -> dict[str, Any]:
    """The arguments of `upsert_customer` from the documented JSON."""
    members = _members(content, name)
    if set(members) == {"input"}:
        members = _members(members["input"], f"{name}: input")
    known = {
        "identifier": "identifier",
        "onCreate": "on_create",
        "on_create": "on_create",
        "onUpdate": "on_update",
        "on_update": "on_update",
    }
    if unknown := [member for member in members if member not in known]:
        raise CommandError(
            f"{name}: {unknown[0]!r} is not known; the fields are identifier, onCreate, onUpdate"
        )
    parts = {known[member]: value for member, value in members.items()}
    if missing := [member for member in ("identifier", "on_create") if member not in parts]:
        wire = {"on_create": "onCreate"}.get(missing[0], missing[0])
        raise CommandError(f"{name}: {wire!r} is missing")
    return parts


def _members(content: object, name: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise CommandError(f"{name}: must be a JSON object, not {type(content).__name__}")
    return cast("dict[str, Any]", content)


def read_json(file: str) -> object:
    """The JSON of a file, or of standard input."""
    if file == "-" and sys.stdin is None:
        raise CommandError("-: standard input is closed")
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CommandError(f"{file}: is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise CommandError(
            f"{file}:{error.lineno}:{error.colno}: is not JSON: {error.msg}"
        ) from None
    except ValueError as error:
        raise CommandError(f"{file}: cannot be used: {error}") from None
    except RecursionError:
        raise CommandError(f"{file}: is nested too deeply") from None
