"""The small language of `--map`: columns, texts, fallbacks and a few functions. No code is run.

{First Name} {Last Name}        several columns
{Name|Email}                    the first that has a value
{First} {Last} || {Email}       the same for whole templates
{traits.email}  {_id.$oid}      a path into JSON
{tags:split(",")}               a list; also lower, upper, trim, before, after, replace, given
"enterprise"                    a constant
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from ..._exit import CommandError

Values: TypeAlias = Mapping[str, Any]


def _split(text: str, separator: str = ";") -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def _before(text: str, mark: str) -> str:
    return text.partition(mark)[0].strip()


def _after(text: str, mark: str) -> str:
    return text.partition(mark)[2].strip() if mark in text else text


_FUNCTIONS: Final[dict[str, tuple[int, int, Callable[..., object]]]] = {
    "lower": (0, 0, str.lower),
    "upper": (0, 0, str.upper),
    "trim": (0, 0, str.strip),
    "split": (0, 1, _split),
    "before": (1, 1, _before),
    "after": (1, 1, _after),
    "replace": (2, 2, str.replace),
    # A date of confirmation, say: whoever has one is verified.
    "given": (0, 0, bool),
}
_CALL: Final = re.compile(
    rf":\s*({'|'.join(_FUNCTIONS)})\s*(?:\(\s*((?:\"(?:[^\"\\]|\\.)*\"\s*,?\s*)*)\))?\s*$"
)
_TEXT: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"")


@dataclass(frozen=True)
class Source:
    """Columns, the first of which that has a value counts, and functions on it."""

    columns: tuple[str, ...]
    calls: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def value(self, values: Values) -> object:
        """What it is for a row; None when no column has a value."""
        for column in self.columns:
            found = looked_up(values, column)
            if not is_empty(found):
                for name, arguments in self.calls:
                    found = _called(name, found, arguments)
                return found
        return None


@dataclass(frozen=True)
class Template:
    """Texts and sources, one behind the other."""

    parts: tuple[str | Source, ...]

    @property
    def sources(self) -> list[Source]:
        """The sources in it."""
        return [part for part in self.parts if isinstance(part, Source)]

    def value(self, values: Values) -> object:
        """A text; what the source gives, where it stands alone; None when no source has a value."""
        if len(self.parts) == 1:
            (part,) = self.parts
            return part if isinstance(part, str) else part.value(values)
        pieces: list[str] = []
        has_value = not self.sources
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
            elif not is_empty(found := part.value(values)):
                has_value = True
                pieces.append(_as_text(found))
        return "".join(pieces).strip() if has_value else None


@dataclass(frozen=True)
class Expression:
    """Templates, the first of which that has a value counts."""

    alternatives: tuple[Template, ...]
    text: str
    """As it was written."""

    def value(self, values: Values) -> object:
        """What it is for a row; None when it has no value."""
        for template in self.alternatives:
            found = template.value(values)
            if not is_empty(found):
                return found
        return None

    @property
    def columns(self) -> list[str]:
        """The columns that it uses."""
        sources = [source for template in self.alternatives for source in template.sources]
        return list(dict.fromkeys(column for source in sources for column in source.columns))


def parsed(text: str, columns: Sequence[str] | None, *, may_be_true: bool = False) -> Expression:
    """The expression that a text means; `CommandError` when it means none.

    `columns` are those that there are, if that is known: a column's own name counts before
    anything else that the text could mean. `may_be_true` lets true and false stand for themselves.
    """
    bare = text.strip()
    if columns is not None and (text in columns or bare in columns):
        return Expression((Template((Source((text if text in columns else bare,)),)),), text)
    if _TEXT.fullmatch(bare):
        return Expression((Template((str(json.loads(bare)),)),), text)
    if may_be_true and bare.lower() in ("true", "false", "yes", "no"):
        return Expression((Template((bare,)),), text)
    if "{" not in text and "||" not in text:
        return Expression((Template((Source((bare,)),)),), text)
    templates = [_template(part.strip(), text, columns) for part in _alternatives(text)]
    return Expression(tuple(templates), text)


def looked_up(values: Values, column: str) -> object:
    """A column's value, or what a path with dots leads to in JSON."""
    if column in values:
        return _plain(values[column])
    if "." not in column:
        return None
    found: object = dict(values)
    for step in column.split("."):
        if isinstance(found, dict):
            found = cast("dict[str, object]", found).get(step)
        elif isinstance(found, list) and step.isdecimal():
            items = cast("list[object]", found)
            found = items[int(step)] if int(step) < len(items) else None
        else:
            return None
    return _plain(found)


def is_empty(value: object) -> bool:
    """Whether it says nothing."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _plain(value: object) -> object:
    """A value of MongoDB's extended JSON without its wrapper."""
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, object]", value)
    if len(members) == 1:
        ((name, held),) = members.items()
        if name in ("$oid", "$numberLong", "$numberInt", "$numberDecimal", "$uuid"):
            return str(held)
    return members


def _called(name: str, value: object, arguments: tuple[str, ...]) -> object:
    if name == "split" and isinstance(value, list):
        return cast("list[object]", value)
    if name == "given":
        return True
    return _FUNCTIONS[name][2](_as_text(value), *arguments)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(_as_text(each) for each in cast("list[object]", value))
    return str(value)


def _alternatives(text: str) -> Iterator[str]:
    """The parts between `||`, of which those within braces are none."""
    depth, begin = 0, 0
    for place, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0 and text.startswith("||", place) and place >= begin:
            yield text[begin:place]
            begin = place + 2
    yield text[begin:]


def _template(text: str, whole: str, columns: Sequence[str] | None) -> Template:
    parts: list[str | Source] = []
    rest = text
    if _TEXT.fullmatch(text):
        return Template((str(json.loads(text)),))
    while rest:
        before, brace, behind = rest.partition("{")
        if before:
            parts.append(before)
        if not brace:
            break
        inner, closed, rest = behind.partition("}")
        if not closed:
            raise CommandError(f"{whole!r}: a brace is not closed")
        parts.append(_source(inner, whole, columns))
    if not any(isinstance(part, Source) for part in parts):
        if len(parts) == 1 and columns is not None and parts[0] in columns:
            return Template((Source((str(parts[0]),)),))
        raise CommandError(
            f'{whole!r}: {text!r} has no column in braces; a constant is written "in quotes"'
        )
    return Template(tuple(parts))


def _source(inner: str, whole: str, columns: Sequence[str] | None) -> Source:
    known = columns or ()
    if inner in known:
        return Source((inner,))
    calls: list[tuple[str, tuple[str, ...]]] = []
    rest = inner
    while rest not in known and (call := _CALL.search(rest)) is not None:
        arguments = tuple(str(json.loads(each)) for each in _TEXT.findall(call[2] or ""))
        least, most, _ = _FUNCTIONS[call[1]]
        if not least <= len(arguments) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            raise CommandError(f"{whole!r}: {call[1]} takes {count} texts in quotes")
        calls.insert(0, (call[1], arguments))
        rest = rest[: call.start()]
    names = (rest,) if rest in known else tuple(name.strip() for name in rest.split("|"))
    if not all(names):
        raise CommandError(f"{whole!r}: a column is missing in {{{inner}}}")
    return Source(names, tuple(calls))
