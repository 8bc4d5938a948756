"""Marks on names, so that a fragment's class, and each nested one, can be told from others."""

import re
from typing import Final

_MARK: Final = "Zq7q"


def marked(name: str) -> str:
    """A fragment's name as ariadne-codegen gets to see it.

    It names the class of a nested selection by the path to it, which may be the very name of
    another fragment; with the mark at its end, a fragment's class can be told.
    """
    return f"{name}{_MARK}"


def is_marked(name: str) -> bool:
    """Whether a name is a fragment's own."""
    return name.endswith(_MARK)


def numbered(name: str, number: int) -> str:
    """A field's name as ariadne-codegen gets to see it, different for each selection of it.

    The paths `label_type` and `label`, `type` would become one class.
    """
    return f"{name}_zx7q{number}q"


def unnumbered(name: str) -> str:
    """A field's name, or a class's path of such names, without the numbers."""
    return re.sub(r"(?:_zx|Zx)7q\d+q", "", name)


def without_mark(name: str) -> str:
    """A name without marks, but with its numbers."""
    return name.replace(_MARK, "")


def unmarked(name: str) -> str:
    """A name without marks and numbers."""
    return without_mark(unnumbered(name))
