"""The preview: everything is shown, and nothing of it is taken for HTML."""

import re
import time
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_sdk import PlainInputError
from plain_sdk import components as c
from plain_sdk._components.markdown import Span, spans

ALL: list[Any] = [
    c.text("**Plan** of [Acme](https://acme.example)", size="L"),
    c.plain_text("no **markdown**", color="MUTED"),
    c.row([c.text("left")], [c.badge("right", color="RED")]),
    c.copy_button("ord_1", tooltip="Copy it"),
    c.divider(),
    c.spacer("L"),
    c.link_button("Open", "https://x.example/1"),
    c.workflow_button("Refund", workflow_key="refund"),
    c.date_time("2026-01-31T13:00:00+01:00"),
    c.user(email_address="daisy@example.com"),
    c.container([c.text("within"), c.row([c.text("deep")], [c.text("deeper")])]),
]
SHOWN = [
    "Plan", "no **markdown**", "left", "right", "ord_1", "Open", "Refund",
    "31 Jan 2026, 12:00 UTC", "daisy@example.com", "within", "deep", "deeper",
]  # fmt: skip


class Reader(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_kind_is_shown_in_html_and_in_text() -> None:
    """In a notebook, in a page, in a terminal."""
    shown = c.preview(ALL)
    assert shown._repr_html_() == shown.html
    assert shown.html in shown.page
    assert shown.page.startswith("<!doctype html>")
    found = Reader(shown.html)
    for text in SHOWN:
        assert text in found.text
        assert text in str(shown)
    assert "strong" in found.tags
    assert ("href", "https://acme.example") in found.attributes
    assert all(len(line) <= 60 for line in str(shown).splitlines())
    assert repr(shown) == "<Preview of 11 components>"
    assert c.preview(ALL[0]).components == [ALL[0]]


def test_nothing_comes_from_elsewhere() -> None:
    """No script, style sheet, font or picture."""
    found = Reader(c.preview(ALL).page)
    assert not {"script", "link", "img", "iframe"} & {*found.tags}
    assert "@import" not in c.preview(ALL).page
    assert "url(" not in c.preview(ALL).page


HOSTILE = '<script>alert("1")</script> & \' " </div> [x](javascript:alert(1))'


@pytest.mark.parametrize(
    "make",
    [c.text, c.plain_text, c.badge, c.copy_button, lambda t: c.copy_button("v", tooltip=t),
     lambda t: c.link_button(t, "https://x.example"),
     lambda t: c.link_button("x", "https://x.example/" + t.replace(" ", "")),
     lambda t: c.workflow_button(t, workflow_id=t), lambda t: c.user(user_id=t)],
    ids=range(9),
)  # fmt: skip
def test_what_a_component_says_is_no_html(make: Any) -> None:
    """Neither in texts nor in attributes."""
    for place in ([make(HOSTILE)], [c.row([make(HOSTILE)], [c.text("x")])]):
        found = Reader(c.preview(place).html)
        assert "script" not in found.tags
        assert {name for name, _ in found.attributes} <= {
            "style", "href", "title", "target", "rel", "width", "height", "viewbox", "fill",
            "stroke", "x", "y", "rx", "d",
        }  # fmt: skip


@pytest.mark.parametrize("url", ["javascript:alert(1)", "JavaScript:x", "data:text/html,x"])
def test_an_address_that_runs_something_is_no_link(url: str) -> None:
    """It is shown where it would lead, and not gone to."""
    shown = [c.text(f"[x]({url})")]
    if not url.endswith(")"):
        shown.append(c.link_button("x", url))
    found = Reader(c.preview(shown).html)
    assert not [name for name, _ in found.attributes if name == "href"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a **b** c", [Span("a "), Span("b", bold=True), Span(" c")]),
        ("__b__", [Span("b", bold=True)]),
        ("*i* _j_", [Span("i", italic=True), Span(" "), Span("j", italic=True)]),
        ("**_x_**", [Span("x", bold=True, italic=True)]),
        ("[l](https://x)", [Span("l", url="https://x")]),
        ("**[l](https://x)**", [Span("l", bold=True, url="https://x")]),
        ("2 * 3 * 4", [Span("2 * 3 * 4")]),
        ("snake_case_name", [Span("snake_case_name")]),
        ("** x **", [Span("** x **")]),
        ("**open", [Span("**open")]),
    ],
    ids=range(10),
)
def test_the_little_markdown_that_there_is(text: str, told: list[Span]) -> None:
    """Bold, italic and links; everything else is text."""
    assert list(spans(text)) == told


@given(st.text(min_size=1, max_size=200))
def test_any_text_is_shown_whole(text: str) -> None:
    """Without markup, a text is one piece; as plain text, it is what the browser shows."""
    if not re.search(r"[*_\[]", text):
        assert list(spans(text)) == [Span(text)]
    shown = c.preview([c.plain_text(text)])
    assert re.sub(r"\s|\x00|\ufffd", "", Reader(shown.html).text) == re.sub(
        r"\s|\x00|\ufffd", "", text
    )


@pytest.mark.parametrize(
    "text", ["*" * 10_000, "**a" * 3333, "[" * 10_000, "_a " * 3333, "[a](" * 2500]
)
def test_a_text_full_of_signs_takes_no_longer(text: str) -> None:
    """No time that grows with the square."""
    begun = time.process_time()
    c.preview([c.text(text)]).html  # noqa: B018
    assert time.process_time() - begun < 5


def test_what_plain_would_refuse_is_not_shown() -> None:
    """It is told instead, with its place."""
    with pytest.raises(PlainInputError, match=r"components\[1\]\.component_text\.text is required"):
        c.preview([c.text("x"), {"component_text": {}}])  # type: ignore[list-item]
    with pytest.raises(PlainInputError, match="must be a list of components, not str"):
        c.preview("x")  # type: ignore[arg-type]
