"""Results as tables, for notebooks: any object with members, or a list of them.

Nothing here needs pydantic, or a notebook: IPython and its like ask for `_repr_html_`.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final, TypeVar, cast

NodeT = TypeVar("NodeT")

_MOST_ROWS: Final = 100
_MOST_ITEMS: Final = 3
_TELLING: Final = ("iso8601", "email", "full_name", "name", "title", "text", "id")
"""Members that stand for a whole object within a cell; the first that it has."""


class Nodes(list[NodeT]):
    """A list that a notebook shows as a table; a list like any other else."""

    def _repr_html_(self) -> str:
        return as_table(self)


def as_table(found: Sequence[object]) -> str:
    """A table in HTML: a row for each of several objects, or a row for each member of one.

    Members that are None in all of them are left out, and so is what is beyond the hundredth.
    """
    if not found:
        return "<p>nothing</p>"
    shown = found[:_MOST_ROWS]
    members = [_members(value) for value in shown]
    names = dict.fromkeys(name for held in members for name, value in held.items() if value != "")
    if len(found) == 1:
        rows = [(_cell("th", name) + _cell("td", members[0][name])) for name in names]
        return _table([f"<tr>{row}</tr>" for row in rows])
    head = f"<tr>{''.join(_cell('th', name) for name in names)}</tr>"
    body = [
        f"<tr>{''.join(_cell('td', held.get(name, '')) for name in names)}</tr>" for held in members
    ]
    more = f"<p>and {len(found) - len(shown)} more</p>" if len(found) > len(shown) else ""
    return _table([head, *body]) + more


def _table(rows: Iterable[str]) -> str:
    return f"<table>{''.join(rows)}</table>"


def _cell(kind: str, text: str) -> str:
    return f'<{kind} style="text-align:left">{escape(text)}</{kind}>'


def _members(value: object) -> dict[str, str]:
    """The members of an object by their names, as text; a value that has none is one itself."""
    held = _held(value)
    if held is None:
        return {"": _text(value)}
    return {name: _text(member) for name, member in held.items() if name != "typename__"}


def _held(value: object) -> Mapping[str, object] | None:
    fields = getattr(type(value), "model_fields", None) or getattr(
        type(value), "__dataclass_fields__", None
    )
    if fields is None:
        return None
    held: dict[str, object] = getattr(value, "__dict__", None) or {
        name: getattr(value, name) for name in fields
    }
    return {name: held[name] for name in fields if name in held}


def _text(value: object) -> str:
    """A value within a cell."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        told = [_text(item) for item in items[:_MOST_ITEMS]]
        return ", ".join([*told, *(["…"] if len(items) > len(told) else [])])
    held = _held(value)
    if held is None:
        return str(value)
    for name in _TELLING:
        if isinstance(held.get(name), str):
            return str(held[name])
    told = [f"{name}={text}" for name, member in held.items()
            if name != "typename__" and (text := _text(member))]  # fmt: skip
    return ", ".join(told) or type(value).__name__
