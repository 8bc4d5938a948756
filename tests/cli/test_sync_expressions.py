"""The small language of `--map`."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_sdk.cli._exit import CommandError
from plain_sdk.cli.sync.mapping.expression import parsed

ROW: dict[str, Any] = {
    "Name": "Ann Ek", "First Name": " Ann ", "Empty": " ", "Email": "ANN@x.org", "a|b": "pipe",
    "tags": "vip, beta,", "a:lower": "colon", "site": "https://x.org/ann",
}  # fmt: skip
JSON: dict[str, Any] = {
    "_id": {"$oid": "64f0"}, "n": {"$numberLong": "5"}, "traits": {"email": "a@x", "tags": ["a"]},
    "list": [{"x": 1}], "ok": True, "dotted.name": "whole",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Name", "Ann Ek"),
        ("{Name}", "Ann Ek"),
        ("{First Name} {Empty}", "Ann"),
        ("<{Name}> {Email}", "<Ann Ek> ANN@x.org"),
        ("{Empty|Name}", "Ann Ek"),
        ("{Empty|Absent|Email}", "ANN@x.org"),
        ("({Empty}) || {Name}", "Ann Ek"),
        ('{Empty} || "nobody"', "nobody"),
        ("{Empty}", None),
        ('"a, b"', "a, b"),
        ("{Email:lower}", "ann@x.org"),
        ("{Name : upper}", "ANN EK"),
        ("{First Name:trim}", "Ann"),
        ('{tags:split(",")}', ["vip", "beta"]),
        ('{Email:lower:before("@")}', "ann"),
        ('{site:after("//"):replace("/", " ")}', "x.org ann"),
        ("{Name:given}", True),
        ("{Empty:given}", None),
        ("a|b", "pipe"),
        ("{a|b}", "pipe"),
        ("{a:lower}", "colon"),
    ],
)
def test_what_an_expression_gives(text: str, value: object) -> None:
    """Of a row of CSV. A column's own name counts before anything else it could mean."""
    assert parsed(text, list(ROW)).value(ROW) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("_id", "64f0"),
        ("{_id.$oid}", "64f0"),
        ("n", "5"),
        ("traits.email", "a@x"),
        ("{traits.tags}", ["a"]),
        ("{list.0.x}", 1),
        ("{list.7.x}", None),
        ("ok", True),
        ("dotted.name", "whole"),
        ("{traits.absent|traits.email}", "a@x"),
        ("traits.email.deeper", None),
    ],
)
def test_what_a_path_leads_to(text: str, value: object) -> None:
    """Of an object of JSON, with what kind of value stands there."""
    assert parsed(text, None).value(JSON) == value


@pytest.mark.parametrize("word", ["true", "No"])
def test_true_and_false_stand_for_themselves_where_they_can(word: str) -> None:
    """Unless a column is called so."""
    assert parsed(word, ["x"], may_be_true=True).value({"x": "1"}) == word
    assert parsed(word, [word], may_be_true=True).value({word: "1"}) == "1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{Name", "a brace is not closed"),
        ("{|}", "a column is missing"),
        ("x || y", 'a constant is written "in quotes"'),
        ("{Name:before}", "before takes 1 texts in quotes"),
        ('{Name:lower("x")}', "lower takes 0 texts in quotes"),
    ],
)
def test_what_is_no_expression(text: str, says: str) -> None:
    """The message quotes it."""
    with pytest.raises(CommandError) as caught:
        parsed(text, ["Name"])
    assert says in str(caught.value)
    assert repr(text) in str(caught.value)


@given(st.text(max_size=30), st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5)))
def test_any_text_is_an_expression_or_an_error(text: str, row: dict[str, str]) -> None:
    """And nothing else happens, whatever is in it."""
    try:
        made = parsed(text, list(row))
    except CommandError:
        return
    assert isinstance(made.value(row), str | list | bool | None)
