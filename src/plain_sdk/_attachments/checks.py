"""What Plain would refuse of a file, told before anything is sent. Pure functions."""

from pathlib import PurePath
from typing import Final

from .._errors import InputProblem, PlainInputError

_MB: Final = 2**20
"""Bytes. Plain does not say which of the two megabytes it means; nothing is refused here that fits
the larger one."""
_MOST: Final = {
    "EMAIL": 6 * _MB,
    "CHAT": 100 * _MB,
    "SLACK": 50 * _MB,
    "MS_TEAMS": 50 * _MB,
    "DISCORD": 50 * _MB,
    "THREAD_DISCUSSION": 50 * _MB,
    "NOTE": 50 * _MB,
}
"""Bytes of all files of one message together, so that one alone is bound by it too. Of custom
timeline entries Plain does not say."""
_WHOLE_NUMBERS: Final = 2**31 - 1
"""The size is a whole number of GraphQL, which has 32 bits."""
_BANNED: Final = frozenset(
    {
        "bat", "bin", "chm", "com", "cpl", "crt", "exe", "hlp", "hta", "inf", "ins", "isp", "jse",
        "lnk", "mdb", "msc", "msi", "msp", "mst", "pcd", "pif", "reg", "scr", "sct", "shs", "vba",
        "vbe", "vbs", "wsf", "wsh", "wsl",
    }
)  # fmt: skip


def check_file(name: str | None, size: int, attachment_type: str, operation: str) -> str:
    """The file's name; `PlainInputError` says what Plain would not take of it."""
    problems: list[InputProblem] = []
    if name is None:
        problems.append(InputProblem("file_name", "is required: the source does not tell it"))
    elif (why := _wrong_with_name(name)) is not None:
        problems.append(InputProblem("file_name", why))
    most = _MOST.get(attachment_type, _WHOLE_NUMBERS)
    if size == 0:
        problems.append(InputProblem("source", "is empty; Plain takes no file without content"))
    elif size > most:
        told = f"{most // _MB} MB are allowed for all files of one {attachment_type} message"
        if most == _WHOLE_NUMBERS:
            told = "Plain's API cannot be told of more than 2 GB"
        problems.append(InputProblem("source", f"has {size:,} bytes; {told}"))
    if problems:
        raise PlainInputError(problems, operation=operation)
    assert name is not None
    return name


def _wrong_with_name(name: str) -> str | None:
    if not name.strip():
        return "is blank"
    # Windows takes the dots and spaces at its end for nothing.
    ending = PurePath(name.rstrip(". ")).suffix[1:].lower()
    if ending in _BANNED:
        return f"ends in .{ending}, which Plain takes no files of; send it in an archive"
    return None
