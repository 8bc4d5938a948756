"""What the user said of the columns: in options, or in a TOML file that can be kept."""

import difflib
import json
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, cast

from ...._customers.rows import CustomerRow
from ..._exit import CommandError

MEMBERS: Final = tuple(member.name for member in fields(CustomerRow))
REQUIRED: Final = ("full_name", "email")
_LISTS: Final = ("ignore", "where", "null", "literal")
_KNOWN: Final = ("columns", *_LISTS, "ignore_rest")


@dataclass
class ColumnMap:
    """What the user said of the columns."""

    columns: dict[str, str] = field(default_factory=dict[str, str])
    """By member: the expression for it."""
    ignored: set[str] = field(default_factory=set[str])
    where: list[str] = field(default_factory=list[str])
    """Conditions on rows, like `type=identify`."""
    nulls: set[str] = field(default_factory=set[str])
    """Texts that stand for no value."""
    literal: set[str] = field(default_factory=set[str])
    """Members whose cells are taken as they are, however odd they look."""
    ignore_rest: bool = False
    """Whether columns that nobody mapped are ignored."""

    def add(self, given: str) -> None:
        """Take in one `member=expression`."""
        member, equals, expression = given.partition("=")
        if not equals or not expression:
            raise CommandError(f"--map {given!r}: must be FIELD=COLUMN, like email=E-Mail")
        check_member("--map", member)
        if self.columns.get(member, expression) != expression:
            raise CommandError(
                f"--map: {member} is both {self.columns[member]!r} and {expression!r}; for a "
                f"fallback: {member}={{A|B}}"
            )
        self.columns[member] = expression

    def read(self, file: str) -> None:
        """Take in a TOML file: a table `columns`, and lists."""
        try:
            content = tomllib.loads(Path(file).read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise CommandError(f"{file}: is not TOML: {error}") from None
        if unknown := [name for name in content if name not in _KNOWN]:
            raise CommandError(
                f"{file}: {unknown[0]!r} is not known; it can have [columns], "
                f"{', '.join(_LISTS)} and ignore_rest"
            )
        columns: object = content.get("columns", {})
        if not isinstance(columns, dict) or not texts(
            list(cast("dict[str, Any]", columns).values())
        ):
            raise CommandError(f'{file}: columns must be a table like email = "E-Mail"')
        for member, expression in cast("dict[str, str]", columns).items():
            check_member(f"{file}: columns", member)
            self.columns[member] = expression
        lists = {name: content.get(name, []) for name in _LISTS}
        for name, given in lists.items():
            if not texts(given):
                raise CommandError(f"{file}: {name} must be a list of texts")
        for member in cast("list[str]", lists["literal"]):
            check_member(f"{file}: literal", member)
        rest: object = content.get("ignore_rest", False)
        if not isinstance(rest, bool):
            raise CommandError(f"{file}: ignore_rest must be true or false")
        self.ignored.update(lists["ignore"])
        self.where.extend(lists["where"])
        self.nulls.update(lists["null"])
        self.literal.update(lists["literal"])
        self.ignore_rest = self.ignore_rest or rest

    def save(self, path: Path) -> None:
        """Write it to a mapping file."""
        try:
            path.write_text(self.as_toml(), encoding="utf-8")
        except OSError as error:
            raise CommandError(
                f"--save-mapping {path}: cannot be written: {error.strerror}"
            ) from None

    def as_toml(self) -> str:
        """The same as a mapping file."""
        lines: list[str] = []
        for name, given in (
            ("ignore", sorted(self.ignored)),
            ("where", self.where),
            ("null", sorted(self.nulls)),
            ("literal", sorted(self.literal)),
        ):
            if given:
                lines.append(f"{name} = {json.dumps(given, ensure_ascii=False)}")
        if self.ignore_rest:
            lines.append("ignore_rest = true")
        lines.append("[columns]")
        for member, expression in self.columns.items():
            lines.append(f"{member} = {json.dumps(expression, ensure_ascii=False)}")
        return "\n".join(lines) + "\n"


def check_member(where: str, member: str) -> None:
    """Refuse what is no field of a customer."""
    if member not in MEMBERS:
        near = difflib.get_close_matches(member, MEMBERS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the fields are {', '.join(MEMBERS)}"
        raise CommandError(f"{where}: {member!r} is not a field of a customer; {hint}")


def texts(given: object) -> bool:
    """Whether it is a list of texts."""
    return isinstance(given, list) and all(
        isinstance(each, str) for each in cast("list[object]", given)
    )
