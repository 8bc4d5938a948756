"""What can go wrong, as a value and as a line of text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final, Self

from .latency import parse_latency, seconds

GRAMMAR: Final = """\
KIND[=ARGUMENT] [before|after] [OPERATION ...] [N%] [#NUMBERS]

  reset            the connection is reset
  stale            the connection is closed without an answer, as one that was kept too long
  hang             no answer, ever
  cut[=PART]       the answer ends amid its body, behind this part of it (default: 0.5)
  drip[=TIME]      the answer comes byte by byte, this far apart (default: 10ms)
  STATUS[=BODY]    an HTTP status, like 503; BODY is json (default), html, text, string (a bare
                   JSON string), void (an object with neither data nor errors), empty, or a time:
                   then in the header retry-after, as in 429=2s
  quota=N/TIME     429 beyond so many requests in a window, as in quota=10/1s
  latency=TIME     a delay: 200ms, 0.1..0.5, exp:0.2, normal:0.2:0.05, lognormal:0.2:0.6
  graphql[=CODE]   an error list under HTTP 200 (default: INTERNAL_SERVER_ERROR)
  refuse[=CODE]    a mutation's error (default: internal)
  forbidden[=PERMISSION,...]   the key lacks these permissions (default: all)
  unauthorized     the key is not valid
  enum[=VALUE]     enum values that no client knows yet
  member[=NAME]    members of unions that no client knows yet

before: it was not carried out (default). after: it was. An operation is a root field or a
method's name, and may hold *; `query` and `mutation` are all of these. #3 is the third of the
requests that fit, #3-5 the third to the fifth, #3+ all from the third, #1,4 two of them. N% draws
by the seed.

  cut upsertCustomer #3                    the third upsert is cut off, after it was carried out
  reset after mutation 10%                 one in ten mutations is done, and says nothing
  429=1s #20-29                            a burst of ten
"""

_ALWAYS_AFTER: Final = frozenset({"cut", "drip", "enum", "member"})
_ALWAYS_BEFORE: Final = frozenset({"latency", "quota", "forbidden", "unauthorized"})
_EITHER: Final = frozenset({"reset", "stale", "hang", "graphql", "refuse"})
_BARE: Final = frozenset({"reset", "stale", "hang", "unauthorized"})
_NEEDED: Final = frozenset({"latency", "quota"})
_BODIES: Final = ("json", "html", "text", "string", "void", "empty")
_NUMBERS: Final = re.compile(r"\d+(-\d+|\+)?(,\d+(-\d+|\+)?)*")
_OPERATION: Final = re.compile(r"[A-Za-z_*][\w*]*")


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, of some requests."""

    kind: str
    argument: str | None = None
    after: bool = False
    """Whether the request has been carried out by then."""
    operations: tuple[str, ...] = ()
    """Of which operations: root fields or names of methods, `*` in them stands for anything;
    `query` and `mutation` for all of these. None: of all."""
    chance: float = 1.0
    """How likely it is, from 0 to 1."""
    numbers: str | None = None
    """Of which of the requests that fit, from 1: `3`, `3-5`, `3+`, `1,4`. None: of all."""

    def __post_init__(self) -> None:
        _check(self)
        if self.kind in _ALWAYS_AFTER:
            object.__setattr__(self, "after", True)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The fault that a line describes, in the grammar of `--fault`; ValueError."""
        first, *words = text.split() or [""]
        kind, given, argument = first.partition("=")
        fault = cls(kind, argument if given else None, kind in _ALWAYS_AFTER)
        operations: list[str] = []
        for word in words:
            if word in ("before", "after"):
                if word == "before" and kind in _ALWAYS_AFTER:
                    raise ValueError(f"{kind} is always after the request was carried out")
                fault = replace(fault, after=word == "after")
            elif word.endswith("%"):
                fault = replace(fault, chance=_percent(word))
            elif word.startswith("#"):
                fault = replace(fault, numbers=word[1:])
            elif _OPERATION.fullmatch(word):
                operations.append(word)
            else:
                raise ValueError(f"{word!r} is neither a moment, an operation, N% nor #N")
        return replace(fault, operations=tuple(operations))

    def __str__(self) -> str:
        parts = [self.kind if self.argument is None else f"{self.kind}={self.argument}"]
        if self.after and self.kind not in _ALWAYS_AFTER:
            parts.append("after")
        parts += self.operations
        if self.chance < 1:
            parts.append(f"{self.chance * 100:g}%")
        if self.numbers is not None:
            parts.append(f"#{self.numbers}")
        return " ".join(parts)

    @property
    def status(self) -> int | None:
        """The HTTP status that is answered, where the fault is one."""
        return int(self.kind) if self.kind.isdecimal() else None

    def fits(self, operations: Iterable[str], kind: str | None) -> bool:
        """Whether a request for these root fields, of this kind of operation, can meet it."""
        if self.kind == "refuse" and kind != "mutation":
            return False
        if not self.operations:
            return True
        wanted = [_field(name) for name in self.operations]
        return kind in wanted or any(
            fnmatchcase(name, pattern) for name in operations for pattern in wanted
        )

    def has_turn(self, number: int) -> bool:
        """Whether it is the turn of the request with this number among those that fit."""
        return self.numbers is None or any(
            _within(number, part) for part in self.numbers.split(",")
        )


def as_fault(fault: Fault | str) -> Fault:
    """A fault, also where it is given as a line."""
    return Fault.parse(fault) if isinstance(fault, str) else fault


def quota_of(argument: str) -> tuple[int, float]:
    """`10/1s`: how many requests, in how many seconds; ValueError."""
    count, slash, window = argument.partition("/")
    if not count.isdecimal() or not int(count):
        raise ValueError(f"quota={argument}: {count!r} is no number of requests")
    return int(count), seconds(window) if slash else 60.0


def _check(fault: Fault) -> None:
    kind, argument = fault.kind, fault.argument
    known = _ALWAYS_AFTER | _ALWAYS_BEFORE | _EITHER
    status = fault.status
    if status is None and kind not in known:
        names = ", ".join(sorted(known))
        raise ValueError(f"{kind!r} is no fault; they are {names}, or a status like 503")
    if status is not None and not 200 <= status <= 599:
        raise ValueError(f"{kind} is no status of a response")
    if fault.after and kind in _ALWAYS_BEFORE:
        raise ValueError(f"{kind} is always before the request is carried out")
    if argument is None and kind in _NEEDED:
        raise ValueError(f"{kind} needs an argument, as in {kind}={_EXAMPLES[kind]}")
    if argument is not None and (kind in _BARE or not argument):
        raise ValueError(f"{kind} takes no argument" if kind in _BARE else f"{kind}= is empty")
    if argument is not None:
        _check_argument(kind, argument)
    if not 0 <= fault.chance <= 1:
        raise ValueError(f"the chance is from 0 to 1 (0% to 100%), not {fault.chance}")
    if fault.numbers is not None and not _NUMBERS.fullmatch(fault.numbers):
        raise ValueError(f"#{fault.numbers}: numbers look like #3, #3-5, #3+ or #1,4")


_EXAMPLES: Final = {"latency": "200ms", "quota": "10/1s"}


def _check_argument(kind: str, argument: str) -> None:
    if kind == "latency":
        parse_latency(argument)
    elif kind == "quota":
        quota_of(argument)
    elif kind == "drip" or (kind.isdecimal() and argument not in _BODIES):
        seconds(argument)
    elif kind == "cut" and not 0 <= _number(argument) < 1:
        raise ValueError(f"cut={argument}: the part is from 0 to below 1")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def _percent(word: str) -> float:
    number = _number(word[:-1])
    if not 0 <= number <= 100:
        raise ValueError(f"{word} is no part of a hundred")
    return number / 100


def _field(name: str) -> str:
    """The root field of a method's name; a root field stays as it is."""
    first, *more = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in more)


def _within(number: int, part: str) -> bool:
    if part.endswith("+"):
        return number >= int(part[:-1])
    first, _, last = part.partition("-")
    return int(first) <= number <= int(last or first)
