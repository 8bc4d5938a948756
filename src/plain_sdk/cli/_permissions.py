"""`plain-sdk permissions`: what a key needs for the operations that are used, and what it lacks."""

import argparse
import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from .. import _defaults as defaults
from ._exit import KEY, OK, CommandError
from ._parsers import Commands
from ._reference import print_table

if TYPE_CHECKING:
    from ._catalogue import AnyOperation

_DESCRIPTION = f"""\
Print the permissions that an API key needs for operations, with all that they select: those
named, those that the Python files of a folder use, or all. With a key in {defaults.KEY_VARIABLE},
it also asks Plain (or {defaults.URL_VARIABLE}) what the key has, and says what it lacks.

(derived): Plain does not document it; it follows from how Plain names its permissions.
"""


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "permissions",
        help="what an API key needs, and what yours lacks",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "operation", nargs="*", help="operations, like create_thread or createThread"
    )
    parser.add_argument(
        "--used-in", type=Path, metavar="PATH", help="the operations that Python files here use"
    )
    parser.add_argument(
        "--package", default="plain_graphql", metavar="NAME",
        help="a generated package of your own, as it is imported",
    )  # fmt: skip
    parser.add_argument("--offline", action="store_true", help="do not ask what the key has")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from ._catalogue import operations

    try:
        known = operations(arguments.package)
    except ImportError as error:
        raise CommandError(f"{arguments.package}: cannot be imported: {error}") from None
    named: list[str] = arguments.operation
    chosen: dict[str, list[str]] = {_method(name, known): [] for name in named}
    if arguments.used_in is not None:
        chosen |= _used(arguments.used_in, set(known))
    elif not chosen:
        chosen = {name: [] for name in known}
    needed: dict[str, list[str]] = {}
    derived: set[str] = set()
    for name in chosen:
        derived.update(known[name].derived_permissions)
        for permission in known[name].permissions:
            needed.setdefault(permission, []).append(name)
    # What is documented for one operation is no guess for another.
    derived -= {p for n in chosen for p in known[n].permissions
                if p not in known[n].derived_permissions}  # fmt: skip
    rows: list[tuple[str, ...]] = [("permission", "needed by")]
    for permission in sorted(needed):
        told = f"{permission} (derived)" if permission in derived else permission
        rows.append((told, _shortened(needed[permission])))
    print_table(rows)
    _print_uses(chosen)
    if arguments.offline or not os.environ.get(defaults.KEY_VARIABLE):
        return OK
    has = anyio.run(_permissions_of_the_key)
    lacking = [permission for permission in sorted(needed) if permission not in has]
    if not lacking:
        print("\nThe key has all of them.")
        return OK
    print(f"\nThe key lacks {len(lacking)} of {len(needed)}:")
    for permission in lacking:
        print(f"  {permission}")
    return KEY


def _method(name: str, known: "dict[str, AnyOperation]") -> str:
    """The method of an operation that may be given by its name in GraphQL."""
    if name in known:
        return name
    for method, operation in known.items():
        if operation.name == name:
            return method
    near = difflib.get_close_matches(name, [*known, *(o.name for o in known.values())], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise CommandError(f"{name}: there is no such operation{hint}")


def _used(path: Path, known: set[str]) -> dict[str, list[str]]:
    from ._used import used_in

    if not path.exists():
        raise CommandError(f"{path}: does not exist")
    try:
        found = used_in(path, known)
    except SyntaxError as error:
        raise CommandError(f"{error.filename}:{error.lineno}: is not Python: {error.msg}") from None
    except OSError as error:
        raise CommandError(f"{error.filename or path}: {error.strerror}") from None
    if not found:
        raise CommandError(f"{path}: no operation is used there")
    return found


def _shortened(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _print_uses(chosen: dict[str, list[str]]) -> None:
    used = [(name, ", ".join(places[:2]) + (", ..." if len(places) > 2 else ""))
            for name, places in chosen.items() if places]  # fmt: skip
    if used:
        print()
        print_table([("method", "used in"), *sorted(used)])


async def _permissions_of_the_key() -> frozenset[str]:
    from .._client import AsyncPlainClient

    async with AsyncPlainClient() as client:
        return frozenset((await client.my_permissions()).permissions)
