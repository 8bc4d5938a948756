"""Colour where somebody sees it: on a terminal, unless NO_COLOR is set."""

import os
import re
import shutil
from typing import Final, TextIO

_CODES: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Ink:
    """Styles texts for a stream; for what is no terminal, it leaves them as they are."""

    def __init__(self, stream: TextIO) -> None:
        self.is_terminal = stream.isatty()
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self._on = self.is_terminal and not plain

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._on else text

    def line(self, *parts: tuple[str, str]) -> str:
        """Styled parts in one line, cut where the terminal ends."""
        left = self.columns - 1 if self.is_terminal else None
        shown: list[str] = []
        for style, text in parts:
            text = re.sub(r"\s*\n\s*", " ", text)
            if left is not None:
                text, left = (
                    (text if len(text) <= left else text[: max(left - 1, 0)] + "…"),
                    max(left - len(text), 0),
                )
            shown.append(self(style, text) if style else text)
            if left == 0:
                break
        return "".join(shown)

    @property
    def columns(self) -> int:
        """The width of the terminal."""
        return shutil.get_terminal_size().columns
