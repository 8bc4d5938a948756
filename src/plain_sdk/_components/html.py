"""Components as HTML, on its own: no style sheet, script or font from elsewhere."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

from .markdown import spans

_SIZES: Final = {"S": "12px", "M": "14px", "L": "18px"}
_GAPS: Final = {"XS": "4px", "S": "8px", "M": "12px", "L": "20px", "XL": "32px"}
_COLORS: Final = {
    "NORMAL": "#1c1c21", "MUTED": "#6f6f7a", "SUCCESS": "#18794e", "WARNING": "#a15c07",
    "ERROR": "#c62a2f",
}  # fmt: skip
_BADGES: Final = {
    "GREY": ("#ececef", "#4b4b55"), "GREEN": ("#d7f3e3", "#18794e"),
    "YELLOW": ("#fdf0c7", "#8a5a00"), "RED": ("#fbdfe0", "#b3262b"), "BLUE": ("#dce9fd", "#1f5bb5"),
}  # fmt: skip
_BUTTON: Final = (
    "display:inline-block;padding:3px 10px;border:1px solid #d5d5dc;border-radius:6px;"
    "background:#fff;color:#1c1c21;font-size:13px;text-decoration:none;"
    "max-width:100%;box-sizing:border-box;overflow-wrap:anywhere"
)
_COPY: Final = (
    '<svg width="11" height="11" viewBox="0 0 11 11" fill="none" stroke="currentColor">'
    '<rect x="3.5" y="3.5" width="7" height="7" rx="1"/><path d="M.5 7.5v-7h7"/></svg>'
)
_SAFE: Final = ("http:", "https:", "mailto:", "tel:")


def as_html(components: Iterable[Mapping[str, Any]]) -> str:
    """A frame as wide as Plain's, with the components in it."""
    return (
        '<div style="max-width:360px;padding:12px;border:1px solid #e4e4e9;border-radius:8px;'
        "background:#fff;color:#1c1c21;font:14px/1.45 system-ui,-apple-system,'Segoe UI',"
        'sans-serif;text-align:left">' + _stacked(components) + "</div>"
    )


def as_page(fragment: str) -> str:
    """A whole page with a fragment."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Components</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        f'<body style="margin:24px;background:#f6f6f8">{fragment}</body></html>'
    )


def _stacked(components: Iterable[Mapping[str, Any]]) -> str:
    return "".join(f'<div style="margin:4px 0">{_one(component)}</div>' for component in components)


def _beside(components: Iterable[Mapping[str, Any]], side: str) -> str:
    parts = "".join(
        f'<div style="min-width:0;max-width:100%;overflow-wrap:anywhere">{_one(component)}</div>'
        for component in components
    )
    grow = "1 1 auto" if side == "flex-start" else "0 1 auto"
    return (
        f'<div style="flex:{grow};min-width:0;display:flex;flex-wrap:wrap;gap:6px;'
        f'align-items:center;justify-content:{side}">{parts}</div>'
    )


def _one(component: Mapping[str, Any]) -> str:
    ((kind, given),) = component.items()
    return _KINDS[kind](given)


def _text(given: Mapping[str, Any]) -> str:
    size = given.get("textSize") or given.get("size")
    color = given.get("textColor") or given.get("color")
    shown: list[str] = []
    for span in spans(given["text"]):
        piece = escape(span.text)
        piece = f"<em>{piece}</em>" if span.italic else piece
        piece = f"<strong>{piece}</strong>" if span.bold else piece
        shown.append(piece if span.url is None else _link(span.url, piece, "color:#1f5bb5"))
    return _paragraph("".join(shown), size, color)


def _plain_text(given: Mapping[str, Any]) -> str:
    shown = escape(given["plainText"])
    return _paragraph(shown, given.get("plainTextSize"), given.get("plainTextColor"))


def _paragraph(content: str, size: str | None, color: str | None) -> str:
    style = (
        f"font-size:{_SIZES.get(size or 'M', '14px')};color:{_COLORS.get(color or 'NORMAL', '')}"
    )
    return f'<div style="{style};white-space:pre-wrap;overflow-wrap:anywhere">{content}</div>'


def _link(url: str, content: str, style: str) -> str:
    if not url.lower().startswith(_SAFE):
        # Where it would lead is shown, and not gone to.
        return f'<span style="{style}" title="{escape(url)}">{content}</span>'
    return (
        f'<a href="{escape(url)}" style="{style}" target="_blank" rel="noopener noreferrer">'
        f"{content}</a>"
    )


def _badge(given: Mapping[str, Any]) -> str:
    ground, ink = _BADGES.get(given.get("badgeColor") or "GREY", _BADGES["GREY"])
    return (
        f'<span style="display:inline-block;padding:1px 8px;border-radius:10px;font-size:12px;'
        f'background:{ground};color:{ink};overflow-wrap:anywhere">{escape(given["badgeLabel"])}'
        "</span>"
    )


def _copy_button(given: Mapping[str, Any]) -> str:
    told = escape(given.get("copyButtonTooltipLabel") or given["copyButtonValue"])
    value = escape(given["copyButtonValue"])
    return f'<span style="{_BUTTON}" title="{told}">{_COPY} {value}</span>'


def _divider(given: Mapping[str, Any]) -> str:
    size = given.get("dividerSpacingSize") or given.get("spacingSize")
    return f'<hr style="border:0;border-top:1px solid #e4e4e9;margin:{_GAPS.get(size or "S")} 0">'


def _spacer(given: Mapping[str, Any]) -> str:
    size = given.get("spacerSize") or given.get("size")
    return f'<div style="height:{_GAPS.get(size or "S")}"></div>'


def _link_button(given: Mapping[str, Any]) -> str:
    label = given.get("linkButtonLabel") or given.get("label") or ""
    url = given.get("linkButtonUrl") or given.get("url") or ""
    return _link(url, f"{escape(label)} ↗", _BUTTON)


def _workflow_button(given: Mapping[str, Any]) -> str:
    (name,) = given["workflowButtonWorkflowIdentifier"].values()
    label = escape(given["workflowButtonLabel"])
    return f'<span style="{_BUTTON}" title="{escape(name)}">▷ {label}</span>'


def _date_time(given: Mapping[str, Any]) -> str:
    shown = escape(moment_told(given["dateTimeIso8601"]))
    return f'<time datetime="{escape(given["dateTimeIso8601"])}">{shown}</time>'


def moment_told(iso8601: str) -> str:
    """A time to be read; which time zone the viewer has, only Plain knows."""
    moment = datetime.fromisoformat(iso8601)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%d %b %Y, %H:%M UTC")


def _user(given: Mapping[str, Any]) -> str:
    (name,) = given["userIdentifier"].values()
    return (
        '<span style="display:inline-flex;gap:6px;align-items:center"><span style="width:18px;'
        "height:18px;border-radius:50%;background:#dce9fd;color:#1f5bb5;font-size:11px;"
        f'display:inline-flex;align-items:center;justify-content:center">'
        f"{escape(name[:1].upper())}</span>{escape(name)}</span>"
    )


def _row(given: Mapping[str, Any]) -> str:
    sides = _beside(given["rowMainContent"], "flex-start") + _beside(
        given["rowAsideContent"], "flex-end"
    )
    return f'<div style="display:flex;gap:12px;align-items:center">{sides}</div>'


def _container(given: Mapping[str, Any]) -> str:
    return (
        '<div style="padding:6px 10px;border:1px solid #e4e4e9;border-radius:6px">'
        f"{_stacked(given['containerContent'])}</div>"
    )


_KINDS: Final = {
    "componentText": _text,
    "componentPlainText": _plain_text,
    "componentBadge": _badge,
    "componentCopyButton": _copy_button,
    "componentDivider": _divider,
    "componentSpacer": _spacer,
    "componentLinkButton": _link_button,
    "componentWorkflowButton": _workflow_button,
    "componentDateTime": _date_time,
    "componentUser": _user,
    "componentRow": _row,
    "componentContainer": _container,
}
