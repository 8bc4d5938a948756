"""How the command speaks: grouped help, near misses, one line for what is wrong.

The parser stays argparse's. A command that is called for a fraction of a second cannot wait for
cyclopts, typer or click to load (0.2 to 0.4 s, to argparse's hundredth), and it works without any
extra; with `plain-sdk[cli]`, rich-argparse colours the help and shtab writes the completions.
"""

import argparse
import difflib
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, NoReturn, TypeVar

from ._exit import USAGE

NamespaceT = TypeVar("NamespaceT")

_WIDEST: Final = 100
"""Columns that help is written in at most; texts that stand as they are have no more."""


_FEW: Final = 4
"""Options that the usage lists one by one."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are a line with a way out, and whose bare call shows help."""

    def __init__(self, *names: Any, raw: bool = False, **settings: Any) -> None:
        raw = raw or settings.get("formatter_class") is argparse.RawDescriptionHelpFormatter
        self._raw = raw
        self._lists: Mapping[str, Mapping[str, str]] = {}
        settings["formatter_class"] = partial(_formatter, raw=raw)
        super().__init__(*names, **settings)

    def add_subparsers(self, **settings: Any) -> Any:
        """As argparse does, but without writing a part of the help for it."""
        settings.setdefault("prog", self.prog)
        return super().add_subparsers(**settings)  # pyright: ignore[reportUnknownVariableType]

    def list_commands(self, groups: Mapping[str, Mapping[str, str]]) -> None:
        """Have the help list the commands in groups, with what each is for."""
        self._lists = groups

    def format_help(self) -> str:
        """The help; where commands are listed in groups, these stand first."""
        formatter = self._get_formatter()
        formatter.add_usage(self._short_usage(), self._actions, self._mutually_exclusive_groups)
        formatter.add_text(self._fitting(self.description))
        for title, commands in self._lists.items():
            formatter.start_section(title)
            formatter.add_arguments(
                [argparse.Action([], name, help=text) for name, text in commands.items()]
            )
            formatter.end_section()
        for group in self._action_groups:
            listed = self._lists and group.title != "options"
            actions = [] if listed else group._group_actions
            formatter.start_section(group.title)
            formatter.add_text(group.description)
            formatter.add_arguments(actions)
            formatter.end_section()
        formatter.add_text(self._fitting(self.epilog))
        return formatter.format_help()

    def _short_usage(self) -> str | None:
        """The usage; of many options it only says that there are some."""
        given = [action for action in self._actions if not action.option_strings]
        if self.usage or len(self._actions) - len(given) <= _FEW:
            return self.usage
        required = [a for a in self._actions if a.option_strings and a.required]
        names = [f"{a.option_strings[-1]} {a.metavar or a.dest.upper()}" for a in required]
        places = [f"[{a.dest}]" if a.nargs == "?" else str(a.metavar or a.dest) for a in given]
        return " ".join(["%(prog)s [options]", *names, *places])

    def _fitting(self, text: str | None) -> str | None:
        """A text that stands as it is written; where the terminal is too narrow, it is wrapped."""
        if text is None or not self._raw:
            return text
        return "\n".join(part for line in _lines(text) for part in wrapped(line, _width()))

    def parse_known_args(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As argparse does, but what is not known is told by the command that does not know it."""
        given = sys.argv[1:] if args is None else [*args]
        if not given and self._subparsers is not None:
            self.print_help()
            self.exit(USAGE)
        found, unknown = super().parse_known_args(given, namespace)
        if unknown and self._subparsers is None:
            options = [name for action in self._actions for name in action.option_strings]
            wrong = next((text for text in unknown if text.startswith("-")), unknown[0])
            kind = "option" if wrong.startswith("-") else "argument"
            near = near_miss(wrong.partition("=")[0], options)
            self.error(f"{wrong}: there is no such {kind}{near}")
        return found, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = [str(choice) for choice in action.choices]
            near = near_miss(str(value), choices)
            if action.nargs == argparse.PARSER:
                self.error(f"{value}: there is no such command{near or _one_of(choices)}")
            raise argparse.ArgumentError(
                action, f"invalid choice: {value!r}{near or _one_of(choices)}"
            )

    def error(self, message: str) -> NoReturn:
        """Says what is wrong and where there is help, and exits with 2."""
        self.exit(USAGE, f"{self.prog}: {message}\n`{self.prog} --help` says how it is used\n")


def near_miss(wrong: str, known: Iterable[str]) -> str:
    """The name that was probably meant, as the end of a message; nothing when there is none."""
    near = difflib.get_close_matches(wrong, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _one_of(choices: list[str]) -> str:
    return f"; one of {', '.join(choices)}"


def _formatter(prog: str, *, raw: bool) -> argparse.HelpFormatter:
    """Rich's, where it is installed; it respects NO_COLOR and what is no terminal."""
    width = _width()
    kind: Any
    try:
        from rich_argparse import RawDescriptionRichHelpFormatter, RichHelpFormatter
    except ImportError:
        kind = argparse.RawDescriptionHelpFormatter if raw else argparse.HelpFormatter
    else:
        kind = _as_written(RawDescriptionRichHelpFormatter if raw else RichHelpFormatter)
    made: argparse.HelpFormatter = kind(
        prog, width=width, max_help_position=24 if width >= 70 else 8
    )
    return made


@cache
def _as_written(kind: Any) -> Any:
    """Our texts are no markup (`plain-sdk[excel]` is not a style), and our titles no titles."""
    own = {"text_markup": False, "help_markup": False, "group_name_formatter": str}
    return type("Help", (kind,), own)


def _width() -> int:
    return max(min(shutil.get_terminal_size().columns, _WIDEST) - 2, 20)


def _lines(text: str) -> list[str]:
    """The lines of a text; where one is too long for the terminal, paragraphs flow anew."""
    lines = text.splitlines()
    if all(len(line) <= _width() for line in lines):
        return lines
    flowing: list[str] = []
    for line in lines:
        is_text = bool(line) and not line[0].isspace()
        if flowing and is_text and flowing[-1] and not flowing[-1][0].isspace():
            flowing[-1] += f" {line}"
        else:
            flowing.append(line)
    return flowing


def wrapped(line: str, width: int) -> list[str]:
    """A line of a text, broken where the terminal ends; what follows keeps its place."""
    if len(line) <= width:
        return [line]
    # A table's second column, or else the line's own indentation and a little more.
    own = len(line) - len(line.lstrip())
    place = re.match(r"\s*(?:\S.*?\s{2,}|\d\. )", line)
    margin = (
        len(place[0]) if place and len(place[0]) < 0.6 * width else min(own and own + 2, width // 4)
    )
    return textwrap.wrap(
        line, width, subsequent_indent=" " * margin, drop_whitespace=True,
        break_long_words=False, break_on_hyphens=False, replace_whitespace=False,
    ) or [""]  # fmt: skip
