"""An event on a terminal: a line that says what, then what it is about."""

import json
import sys
from datetime import datetime
from typing import Any, Final

from ..._errors import printable
from ..._webhooks.event import WebhookEvent
from ...runtime.events import EventModel, UnknownPayload

_COLORS: Final = {"good": "32", "bad": "31", "type": "1;36", "dim": "2"}
_LONGEST: Final = 100


class Paint:
    """Colors, or none."""

    def __init__(self, choice: str) -> None:
        self._on = choice == "always" or (choice == "auto" and sys.stdout.isatty())

    def __call__(self, color: str, text: str) -> str:
        return f"\x1b[{_COLORS[color]}m{text}\x1b[0m" if self._on else text


def told(event: WebhookEvent, paint: Paint, *, full: bool = False) -> list[str]:
    """What an event says, a line each. Nothing of it can control the terminal."""
    known = "" if not isinstance(event.payload, UnknownPayload) else " (of no known type)"
    meta = event.metadata
    lines = [
        f"  {paint('type', _clean(event.type))}{known}",
        f"  {paint('dim', 'event')}    {_clean(event.id)}, {_at(event.timestamp)}",
        f"  {paint('dim', 'delivery')} attempt {meta.attempt_number}, {_at(meta.timestamp)},"
        f" version {_clean(meta.version or 'unversioned')}",
    ]
    payload = event.payload
    for name in type(payload).model_fields:
        held: object = getattr(payload, name)
        if name != "event_type" and held is not None:
            lines.append(f"  {paint('dim', name)} {_clean(_summary(held))}")
    if full or payload.extra:
        shown = event.raw if full else payload.extra
        lines += [f"  {line}" for line in _clean_json(shown).splitlines()]
    return lines


def _summary(held: object) -> str:
    """The parts of an object that people know it by."""
    if not isinstance(held, EventModel):
        return str(held)
    fields: dict[str, Any] = {n: getattr(held, n) for n in type(held).model_fields}
    names = ("id", "ref", "title", "full_name", "name", "key", "status", "priority", "subject",
             "text", "text_content", "string_value")  # fmt: skip
    parts = [str(fields[n]) for n in names if isinstance(fields.get(n), str | int | float)]
    customer = fields.get("customer")
    if isinstance(customer, EventModel):
        parts.append(f"of {_summary(customer)}")
    return " · ".join(part[:_LONGEST] for part in parts) or type(held).__name__


def _at(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


def _clean(text: str) -> str:
    return " ".join(printable(text).split())


def _clean_json(value: object) -> str:
    # Escapes keep what could control the terminal.
    return json.dumps(value, indent=2, ensure_ascii=True)
