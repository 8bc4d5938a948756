"""The exit codes of the command, and how an error becomes one."""

import contextlib
import sys
from typing import Final

from .._errors import (
    PlainAuthenticationError,
    PlainCheckpointError,
    PlainConfigurationError,
    PlainError,
    PlainGraphQLError,
    PlainInputError,
    PlainMutationError,
    PlainPermissionError,
)

OK: Final = 0
CHECK_FAILED: Final = 1
USAGE: Final = 2
REFUSED: Final = 3
KEY: Final = 4
NO_ANSWER: Final = 5
UNWRITABLE: Final = 6
INTERRUPTED: Final = 130

EXIT_CODES: Final = """\
exit codes:
  0    done
  1    a check failed, like `generate --check`
  2    the command's arguments, a file or the configuration is invalid; nothing was sent
  3    Plain refused the input, or some of the rows; or rows were left out as invalid
  4    the API key is not valid or lacks a permission
  5    no usable response: connection, timeout, quota, or a fault on Plain's side
  6    a file of the sync cannot be written, is being written by others, or is in use by another
       sync; what was sent is recorded
  130  interrupted
"""


class CommandError(Exception):
    """The command cannot do what it was asked; the message says why and what to do."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code


def exit_code(error: PlainError) -> int:
    """The exit code for an error of the client."""
    match error:
        case PlainInputError() | PlainConfigurationError():
            return USAGE
        case PlainAuthenticationError() | PlainPermissionError():
            return KEY
        case PlainMutationError() | PlainGraphQLError():
            return REFUSED
        case PlainCheckpointError():
            return UNWRITABLE
        case _:
            return NO_ANSWER


def complain(message: str) -> None:
    """Tell the user on standard error, if anybody listens: the exit code tells it, too."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            print(f"plain-sdk: {message}", file=sys.stderr, flush=True)


def missing_extra(command: str, extra: str, error: ImportError) -> CommandError:
    """An optional package is not installed."""
    absent = error.name or error
    return CommandError(
        f"`plain-sdk {command}` needs the {extra!r} extra ({absent} is not installed): "
        f"pip install 'plain-sdk[{extra}]'"
    )
