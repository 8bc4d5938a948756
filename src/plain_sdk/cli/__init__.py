"""The command `plain-sdk`."""

import argparse
import sys
from collections.abc import Sequence

from .._errors import PlainError
from .._version import __version__
from . import _demo, _generate, _permissions, _quota, _reference, _sandbox, _schema, _upsert
from ._exit import EXIT_CODES, INTERRUPTED, OK, CommandError, complain, exit_code
from .sync import _command as _sync
from .webhooks import _command as _webhooks


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is returned."""
    parser = argparse.ArgumentParser(
        prog="plain-sdk",
        description="Plain's API from the shell, a local Plain, and the client's compiler.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"plain-sdk {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (
        _demo,
        _upsert,
        _sync,
        _sandbox,
        _webhooks,
        _reference,
        _permissions,
        _quota,
        _schema,
        _generate,
    ):
        command.add_parser(commands)
    arguments = parser.parse_args(argv)
    try:
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
