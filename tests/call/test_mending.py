"""JSON that is nearly right, put right: tables and laws, no wire."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_sdk._call.mending import mended


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'"cut \ud83d"', rb'"cut \ufffd"'),
        (rb'"\uD83D\uDE00"', None),
        (rb'"\ud83d\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"'),
        (rb'"\ude00"', rb'"\ufffd"'),
        (rb'"\ude00\ud83d"', rb'"\ufffd\ufffd"'),
        (rb'"\\ud83d"', None),  # a backslash, then letters
        (rb'"\\\ud83d"', rb'"\\\ufffd"'),
        (rb'"\u00e4\n"', None),
        (b'\xef\xbb\xbf{"data": 1}', b'{"data": 1}'),
        (b'"\xff"', b'"\xef\xbf\xbd"'),
        (b'"\xed\xa0\xbd"', b'"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"'),
        (b'{"data": 1}', None),
        (b"", None),
    ],
)
def test_halves_of_characters_become_the_replacement_character(
    body: bytes, expected: bytes | None
) -> None:
    """And a byte order mark goes; None where there is nothing to mend."""
    assert mended(body) == expected


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cs"])), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_what_is_right_is_left_alone(content: Any) -> None:
    """Of valid JSON, in either spelling, nothing is changed."""
    for ascii_only in (True, False):
        body = json.dumps(content, ensure_ascii=ascii_only).encode()
        assert mended(body) is None


@given(st.text(st.characters(exclude_categories=[])))
def test_a_text_that_was_cut_anywhere_can_be_read(text: str) -> None:
    """JavaScript writes halves as escapes; what is mended holds no half any more."""
    body = json.dumps(text).encode()
    read: str = json.loads(mended(body) or body)
    assert read.encode().decode() == read
