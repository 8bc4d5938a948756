"""Templates, and how values look in them: escaped, all but components, which escape theirs."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .components import shown
from .outcomes import glance, printed, trouble

_LONGEST = 200_000
"""Characters of JSON that are shown."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("plain_sdk.sandbox.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "moment": _moment, "initials": _initials, "hue": _hue, "pretty": _pretty, "words": _words,
        "components": _components, "path": _path, "size": _size, "lines": _lines,
        "trouble": trouble, "glance": glance, "printed": printed,
    }  # fmt: skip
    environment.filters.update(filters)
    return environment


def render(template: str, /, **values: Any) -> bytes:
    """A template, filled in."""
    return _environment().get_template(template).render(values).encode("utf-8", "replace")


@cache
def static(name: str) -> bytes | None:
    """A file that the page needs; None where there is none of this name."""
    folder = files("plain_sdk.sandbox.page").joinpath("static")
    found = {file.name: file for file in folder.iterdir()}.get(name)
    return None if found is None else found.read_bytes()


def _components(given: Sequence[Mapping[str, Any]]) -> Markup:
    return Markup(shown(given))


def _path(text: str) -> str:
    return quote(text, safe="")


def _moment(at: str | datetime) -> Markup:
    """A time, which the browser turns into its own zone's."""
    moment = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), f"{moment:%Y-%m-%d %H:%M:%S} UTC", f"{moment:%d %b %H:%M:%S}"
    )


def _initials(name: str) -> str:
    words = name.split() or ["?"]
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()


def _hue(name: str) -> int:
    """A color of a name's own."""
    return sum(ord(character) * (at + 7) for at, character in enumerate(name)) % 360


def _pretty(value: Any) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "\n… (the rest is not shown)"


def _lines(headers: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers.items())


def _words(name: str) -> str:
    """`ThreadLinkCreatedEntry` and `WAITING_FOR_CUSTOMER`, to be read."""
    if name.isupper():
        return name.replace("_", " ").capitalize()
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced.strip().removesuffix(" entry").capitalize()


def _size(count: int) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000 or unit == "MB":
            break
        count = round(count / 1000)
    return f"{count} {unit}"
