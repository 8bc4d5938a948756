"""UI components: what is not acceptable of an input, and how the API shows what was given."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .._context import Context
from .._ids import date_time
from .._members import Object
from .._refusals import BadField
from .inputs import moment_of, refuse
from .users import user_named

Given = Mapping[str, Any]

_MOST = {
    "text": 10_000,
    "plainText": 10_000,
    "badgeLabel": 500,
    "copyButtonValue": 1000,
    "copyButtonTooltipLabel": 500,
    "linkButtonLabel": 500,
    "workflowButtonLabel": 500,
}
"""The most characters of a member, as documented."""

_NAMES: Mapping[str, Mapping[str, str]] = {
    "ComponentText": {"size": "textSize", "color": "textColor"},
    "ComponentDivider": {"spacingSize": "dividerSpacingSize"},
    "ComponentSpacer": {"size": "spacerSize"},
    "ComponentLinkButton": {"url": "linkButtonUrl", "label": "linkButtonLabel"},
}
"""What is deprecated, and its name of today; both are shown."""

_DEFAULTS = {
    "ComponentText": {"textSize": "M", "textColor": "NORMAL"},
    "ComponentPlainText": {"plainTextSize": "M", "plainTextColor": "NORMAL"},
    "ComponentDivider": {"dividerSpacingSize": "S"},
}
_NEEDED = {
    "ComponentSpacer": ("spacerSize",),
    "ComponentLinkButton": ("linkButtonUrl", "linkButtonLabel"),
    "ComponentText": ("text",),
    "ComponentPlainText": ("plainText",),
    "ComponentBadge": ("badgeLabel",),
    "ComponentCopyButton": ("copyButtonValue",),
    "ComponentWorkflowButton": ("workflowButtonLabel",),
}
_INNER = ("rowMainContent", "rowAsideContent", "containerContent")


def components_given(inputs: Sequence[Given], path: str = "components") -> list[Object]:
    """The components of an input as they are kept; refused when one is not acceptable."""
    bad: list[BadField] = []
    kept = [_kept(given, f"{path}.{index}", bad) for index, given in enumerate(inputs)]
    refuse(bad)
    return kept


def components_shown(context: Context, kept: Iterable[Object]) -> list[Object]:
    """Components as the API shows them."""
    return [_shown(context, component) for component in kept]


def text_of(kept: Iterable[Object]) -> str:
    """The words in components, for previews and for searching."""
    words: list[str] = []
    for component in kept:
        words += [component[m] for m in ("text", "plainText", "badgeLabel") if component.get(m)]
        for member in _INNER:
            words.append(text_of(component.get(member, ())))
    return " ".join(word for word in words if word)


def _kept(given: Given, path: str, bad: list[BadField]) -> Object:
    chosen = [(member, value) for member, value in given.items() if value is not None]
    if len(chosen) != 1:
        bad.append(BadField(path, "Exactly one component is needed.", "VALIDATION"))
        return {}
    member, value = chosen[0]
    path = f"{path}.{member}"
    kind = member[0].upper() + member[1:]
    names: Mapping[str, str] = _NAMES.get(kind, {})
    kept: Object = {"__typename": kind, **_DEFAULTS.get(kind, {})}
    given_members: Given = value
    kept.update({names.get(m, m): v for m, v in given_members.items() if v is not None})
    for needed in _NEEDED.get(kind, ()):
        if not str(kept.get(needed) or "").strip():
            bad.append(BadField(f"{path}.{needed}", "Must not be blank.", "REQUIRED"))
    for name, most in _MOST.items():
        if len(str(kept.get(name) or "")) > most:
            message = f"Must not be longer than {most} characters."
            bad.append(BadField(f"{path}.{name}", message, "VALIDATION"))
    if kind == "ComponentLinkButton" and kept.get("linkButtonUrl") and not _is_url(kept):
        bad.append(BadField(f"{path}.linkButtonUrl", "Must be a valid URL.", "VALIDATION"))
    if kind == "ComponentDateTime":
        kept["dateTimeIso8601"] = moment_of(f"{path}.dateTimeIso8601", kept["dateTimeIso8601"])
    for inner in _INNER:
        if inner in kept:
            if not kept[inner]:
                bad.append(BadField(f"{path}.{inner}", "Must not be empty.", "VALIDATION"))
            kept[inner] = [_kept(c, f"{path}.{inner}.{n}", bad) for n, c in enumerate(kept[inner])]
    return kept


def _is_url(kept: Given) -> bool:
    try:
        parts = urlsplit(kept["linkButtonUrl"])
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path))


def _shown(context: Context, kept: Object) -> Object:
    shown = {**kept}
    kind = kept["__typename"]
    for old, new in _NAMES.get(kind, {}).items():
        shown[old] = kept.get(new)
    for inner in _INNER:
        if inner in kept:
            shown[inner] = components_shown(context, kept[inner])
    if kind == "ComponentDateTime":
        shown["dateTimeIso8601"] = date_time(kept["dateTimeIso8601"])
    if kind == "ComponentUser":
        shown["user"] = user_named(context, kept["userIdentifier"])
    return shown
