"""Components as text, for a terminal."""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .._errors import printable
from .html import moment_told
from .markdown import spans

WIDTH: Final = 60
"""Characters of a line."""


def as_text(components: Iterable[Mapping[str, Any]]) -> str:
    """The components one below the other."""
    return "\n".join(line for component in components for line in _lines(component, WIDTH))


def _lines(component: Mapping[str, Any], width: int) -> list[str]:
    ((kind, given),) = component.items()
    match kind:
        case "componentContainer":
            held = [x for one in given["containerContent"] for x in _lines(one, width - 4)]
            edge = "─" * (width - 2)
            return [f"┌{edge}┐", *(f"│ {line:<{width - 4}} │" for line in held), f"└{edge}┘"]
        case "componentRow":
            return _row(given, width)
        case "componentDivider":
            return ["─" * width]
        case "componentSpacer":
            return [""]
        case _:
            return _wrapped(_told(kind, given), width)


def _row(given: Mapping[str, Any], width: int) -> list[str]:
    """Both sides in one line where they have room, or else below each other."""
    half = (width - 2) // 2
    main, aside = (
        [x for one in given[side] for x in _lines(one, half)]
        for side in ("rowMainContent", "rowAsideContent")
    )
    height = max(len(main), len(aside))
    main += [""] * (height - len(main))
    aside += [""] * (height - len(aside))
    return [
        f"{left:<{half}}  {right:>{width - 2 - half}}".rstrip()
        for left, right in zip(main, aside, strict=True)
    ]


def _told(kind: str, given: Mapping[str, Any]) -> str:
    match kind:
        case "componentText":
            return "".join(
                span.text if span.url is None else f"{span.text} <{span.url}>"
                for span in spans(given["text"])
            )
        case "componentPlainText":
            return str(given["plainText"])
        case "componentBadge":
            return f"[{given['badgeLabel']}]"
        case "componentCopyButton":
            return f"❐ {given['copyButtonValue']}"
        case "componentLinkButton":
            label = given.get("linkButtonLabel") or given.get("label") or ""
            return f"↗ {label} <{given.get('linkButtonUrl') or given.get('url') or ''}>"
        case "componentWorkflowButton":
            return f"▷ {given['workflowButtonLabel']}"
        case "componentDateTime":
            return moment_told(given["dateTimeIso8601"])
        case _:
            (name,) = given["userIdentifier"].values()
            return f"@{name}"


def _wrapped(text: str, width: int) -> list[str]:
    return [
        line
        for paragraph in printable(text).split("\n")
        for line in textwrap.wrap(paragraph, width) or [""]
    ]
