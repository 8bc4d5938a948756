"""`plain-sdk completion`: what makes a shell complete this command."""

import argparse
import os
from typing import cast

from ._exit import OK, CommandError, missing_extra
from ._parsers import Commands

SHELLS = ("bash", "zsh", "fish")

_DESCRIPTION = """\
Print a script that makes your shell complete commands, options and files:

  bash   plain-sdk completion bash > ~/.local/share/bash-completion/completions/plain-sdk
  zsh    plain-sdk completion zsh > "${fpath[1]}/_plain-sdk"
  fish   plain-sdk completion fish > ~/.config/fish/completions/plain-sdk.fish

To try it in this bash:  eval "$(plain-sdk completion bash)"

The script is static: pressing Tab starts no Python. Print it anew after an update.
"""


def add_parser(commands: Commands) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "completion",
        help="print what makes your shell complete this command",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", nargs="?", choices=SHELLS, help="default: the one of $SHELL")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    shell = arguments.shell or os.path.basename(os.environ.get("SHELL", ""))
    if shell not in SHELLS:
        raise CommandError(f"say which shell: {', '.join(SHELLS)}")
    try:
        import shtab
    except ImportError as error:
        raise missing_extra("completion", "cli", error) from None
    from . import make_parser

    print(shtab.complete(with_files(make_parser()), shell))
    return OK


_NAMES_OF_FILES = ("file", "db", "schema", "output", "checkpoint", "queries", "old", "new")


def with_files(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The same parser, whose arguments that are files are completed as files."""
    import shtab

    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if isinstance(action, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            parts = cast("dict[str, argparse.ArgumentParser]", action.choices)
            for part in parts.values():
                with_files(part)
        elif action.dest in _NAMES_OF_FILES and action.choices is None:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    return parser
