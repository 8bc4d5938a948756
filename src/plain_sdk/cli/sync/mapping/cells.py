"""What a cell means for a member of a customer, and which cells a tool has mangled.

A spreadsheet's `1.23457E+11` is no id any more, and `#N/A` is nobody's name. What can be undone
without a doubt is undone, and counted; the rest is refused with the way out.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, cast

from ..reading.rows import LARGEST_CELL

_LISTS: Final = ("customer_group_keys", "tenant_external_ids")
_TRUE: Final = """true t yes y 1 1.0 on x checked enabled verified confirmed wahr ja j vrai oui
verdadero si s\u00ed vero verdadeiro sim waar tak prawda sant ano \u2713 \u2714 \u2611 \u662f"""
_FALSE: Final = """false f no n 0 0.0 off unchecked disabled unverified unconfirmed falsch nein faux
non falso n\u00e3o onwaar nee nie fa\u0142sz falskt ne \u2717 \u2718 \u2610 \u5426"""
BOOLEANS: Final = {
    **dict.fromkeys(_TRUE.split(), True),
    **dict.fromkeys(_FALSE.split(), False),
    "true()": True,
    "false()": False,
    "=true()": True,
    "=false()": False,
    "not verified": False,
}
_NONE: Final = """NULL null Null NIL nil None none NONE NaN nan NAN NA N/A n/a N/a #N/A #NA <NA> NaT
(null) [null] <null> undefined Undefined (none) (blank) (empty)"""
NO_VALUES: Final = frozenset(_NONE.split())
"""What tools write where there is no value."""
_ERROR: Final = re.compile(
    r"#(?:[A-Z\u00c4\u00d6\u00dc0-9/]+[!?]|NV|N/D|SPILL!|ERROR!|GETTING_DATA|#+)"
)
_WRAPPED: Final = re.compile(r'="((?:[^"]|"")*)"')
_SHORTENED: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]\d+")
_FRACTION: Final = re.compile(r"(\d+)\.0+")
_ANGLE: Final = re.compile(r"[^<>]*<([^<>\s]+)>")
_EMAIL: Final = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>().]+(?:\.[^@\s,;<>().]+)*")
_ODD_START: Final = frozenset("=#'<([\\nNuU-")
_ODD_WITHIN: Final = {
    "email": re.compile(r"[<:]"),
    "external_id": re.compile(r"\.0|[eE][+-]"),
    "customer_group_keys": re.compile(r"[eE][+-]"),
    "tenant_external_ids": re.compile(r"[eE][+-]"),
}
"""What a cell must look like to be looked at twice; most do not."""


@dataclass(frozen=True)
class Bad:
    """A cell that cannot be used."""

    message: str


@dataclass
class Cells:
    """Reads cells."""

    nulls: Collection[str] = ()
    literal: Collection[str] = ()
    text_only: bool = True
    """Whether everything is text, as in CSV."""
    undone: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """By member and example: cells that were freed from what a tool had put around them."""

    def value(self, member: str, value: object) -> object:
        """The member's value; None when the cell says nothing, `Bad` when it cannot be used."""
        if value is None or value == "":
            return None
        if isinstance(value, str):
            if member != "full_name" and not value.strip():
                return None
            if len(value) > LARGEST_CELL:
                return Bad(f"has {len(value)} characters; the limit is {LARGEST_CELL}")
            if self.nulls and value.strip() in self.nulls:
                return None
            if _is_odd(member, value) and member not in self.literal:
                found = self._looked_at(member, value)
                if not isinstance(found, str):
                    return found
                value = found
        elif isinstance(value, float) and value != value:
            return None
        if member == "is_verified":
            return _truth(value)
        if member in _LISTS:
            return self._list(value)
        return self._text(member, value)

    def _text(self, member: str, value: object) -> object:
        if member == "external_id":
            if isinstance(value, int) and not isinstance(value, bool):
                return str(value)
            if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
                return str(int(value))
        if not isinstance(value, str):
            return Bad(f"must be text, not {shown(value)}")
        if member == "email":
            value = value.strip()
            if not _EMAIL.fullmatch(value):
                several = " (one address a row)" if value.count("@") > 1 else ""
                return Bad(f"{shown(value)} is not an email address{several}")
            return value
        if member == "external_id" and self.text_only:
            return value.strip()
        return value

    def _list(self, value: object) -> object:
        given = value
        if isinstance(value, str) and self.text_only:
            value = [part.strip() for part in value.split(";") if part.strip()]
        if isinstance(value, list):
            made = [
                str(each) if isinstance(each, int) and not isinstance(each, bool) else each
                for each in cast("list[object]", value)
            ]
            texts = [each for each in made if isinstance(each, str)]
            if len(texts) == len(made):
                bad = [each for each in texts if _SHORTENED.fullmatch(each)]
                return Bad(_shortened(bad[0])) if bad else (tuple(texts) or None)
        return Bad(f"must be a list of strings, not {shown(given)}")

    def _looked_at(self, member: str, value: str) -> object:
        """The cell without what a tool has put around it; None, or `Bad`."""
        text = value.strip()
        if text == r"\N":
            self.undone[member, r"\N as no value"] += 1
            return None
        if member == "is_verified" and text.lower() in BOOLEANS:
            return value
        if text in NO_VALUES:
            quoted = f"'{text}'" if re.search(r"[^\w/]", text) else text
            return Bad(
                f"is {text!r}, as tools write it for no value; give --null {quoted} if it is "
                f"none, or --literal {member}"
            )
        if _ERROR.fullmatch(text):
            return Bad(f"is {text!r}, an error of a spreadsheet; mend it, or give --null '{text}'")
        if (wrapped := _WRAPPED.fullmatch(text)) is not None:
            self.undone[member, f"{_example(text)} as {_example(wrapped[1])}"] += 1
            return wrapped[1].replace('""', '"') or None
        if text.startswith("="):
            return Bad(f"is a formula, {shown(text)}; export its value")
        is_id = member in ("external_id", *_LISTS)
        if is_id and _SHORTENED.fullmatch(text):
            return Bad(_shortened(text))
        undone = text
        if is_id and len(text) > 1 and text[0] == "'" and "'" not in text[1:]:
            undone = text[1:]
        elif member == "external_id" and (fraction := _FRACTION.fullmatch(text)) is not None:
            undone = fraction[1]
        elif member == "email":
            undone = text.removeprefix("mailto:")
            if (angle := _ANGLE.fullmatch(undone)) is not None:
                undone = angle[1]
        if undone != text:
            self.undone[member, f"{_example(text)} as {_example(undone)}"] += 1
            if len(self.undone) > 100:
                # Each is another value; one example of a member is enough.
                self._condense()
            return undone
        return value

    def _condense(self) -> None:
        first: dict[str, str] = {}
        for (member, example), count in list(self.undone.items()):
            kept = first.setdefault(member, example)
            if kept != example:
                self.undone[member, kept] += count
                del self.undone[member, example]


def _is_odd(member: str, value: str) -> bool:
    if value[0] in _ODD_START or value[0].isspace():
        return True
    within = _ODD_WITHIN.get(member)
    return within is not None and within.search(value) is not None


def _truth(value: object) -> object:
    if isinstance(value, bool):
        return value
    known = BOOLEANS.get(str(value).strip().lower())
    return Bad(f"must be true or false, not {shown(value)}") if known is None else known


def _shortened(text: str) -> str:
    return (
        f"is {text!r}, a number that a spreadsheet has shortened; its digits are lost. Export "
        "the column as text"
    )


def _example(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:27]}..."


def shown(value: object) -> str:
    """A value for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
