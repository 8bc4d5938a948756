"""Marks on the names of fragments, so that a class of theirs can be told."""

from typing import Final

_MARK: Final = "Zq"


def marked(name: str) -> str:
    """A fragment's name as ariadne-codegen gets to see it.

    It names the class of a nested selection by the path to it, which may be the very name of
    another fragment; with the mark at its end, a fragment's class can be told.
    """
    return f"{name}{_MARK}"


def is_marked(name: str) -> bool:
    """Whether a name is a fragment's own."""
    return name.endswith(_MARK)


def unmarked(text: str) -> str:
    """A name, or a whole document, without marks."""
    return text.replace(_MARK, "")
