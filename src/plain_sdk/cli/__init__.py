"""The command `plain-sdk`."""

import sys
from collections.abc import Sequence
from importlib import import_module

from .._errors import PlainError
from .._version import __version__
from ._exit import EXIT_CODES, INTERRUPTED, OK, USAGE, CommandError, complain, exit_code
from ._parser import Parser

_GROUPS = {
    "start here": {
        "demo": "see upsert_customer in action, without a key or a network",
        "sandbox": "serve a local Plain",
    },
    "customers": {
        "upsert-customer": "create or update one customer",
        "sync": "create or update the customers of a file",
    },
    "what comes from Plain": {
        "webhooks": "send, check and look at webhooks",
    },
    "what the client can do": {
        "operations": "list the client's operations, and how much of a schema they cover",
        "reference": "print the reference of the client's methods and types as Markdown",
        "permissions": "what an API key needs, and what yours lacks",
        "quota": "what is left of the key's quota, and who uses it",
    },
    "following Plain's schema": {
        "schema": "fetch Plain's schema, and see what changed in it",
        "generate": "compile schema.graphql and queries/ into the client",
    },
    "the shell": {
        "completion": "print what makes your shell complete this command",
    },
}
"""The commands with what they are for, as `--help` lists them."""

_MODULES = {
    "upsert-customer": "._upsert",
    "operations": "._reference",
    "sync": ".sync._command",
    "webhooks": ".webhooks._command",
}
"""Where a command is; others are in a module of their own name."""

_HELPS = {name: text for group in _GROUPS.values() for name, text in group.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is returned."""
    given = sys.argv[1:] if argv is None else [*argv]
    try:
        arguments = make_parser(given).parse_args(given)
        code: int = arguments.run(arguments)
    except CommandError as error:
        complain(str(error))
        return error.code
    except PlainError as error:
        complain(str(error))
        return exit_code(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has stopped reading; that is not worth a traceback.
        sys.stderr.close()
        return OK
    return code


def make_parser(given: Sequence[str] | None = None) -> Parser:
    """The parser of the command that is called, and none of the others'; all of them with None.

    Each command imports what it stands on, and `--version` stands on nothing.
    """
    parser = Parser(
        prog="plain-sdk",
        description="Plain's API from the shell, a local Plain, and the client's compiler.",
        epilog=EXIT_CODES,
        raw=True,
    )
    parser.add_argument(
        "-V", "--version", action="version", version=f"plain-sdk {__version__}",
        help="print the version",
    )  # fmt: skip
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    called = next((word for word in given or () if not word.startswith("-")), None)
    for name, text in _HELPS.items():
        if name in commands.choices:
            continue
        if given is None or _module(name) == _module(called or ""):
            # It may describe its neighbour, too.
            import_module(_module(name), __name__).add_parser(commands)
        else:
            commands.add_parser(name, help=text)
    parser.list_commands(_GROUPS)
    return parser


def _module(name: str) -> str:
    return _MODULES.get(name, f"._{name.replace('-', '_')}")


__all__ = ["USAGE", "main", "make_parser"]
