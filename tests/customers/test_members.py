"""Members of a row, from whatever library their values come."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_sdk import UNSET, CustomerRow, PlainInputError
from plain_sdk._customers.members import Members, members_of
from plain_sdk._customers.prepared import _serialised, _validated, prepared
from plain_sdk._customers.rows import parts_of


class Scalar:
    """What a scalar of numpy looks like."""

    shape = ()

    def __init__(self, value: object) -> None:
        self._value = value

    def item(self) -> object:
        return self._value

    def __bool__(self) -> bool:
        raise AssertionError("went through bool()")


class NAType:
    """What pandas' NA looks like."""

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    def __eq__(self, other: object) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None  # type: ignore[assignment]


NA = NAType()


@pytest.mark.parametrize(
    ("member", "given", "made"),
    [
        ("is_verified", True, True),
        ("is_verified", Scalar(False), False),
        ("is_verified", None, None),
        ("is_verified", NA, None),
        ("is_verified", math.nan, None),
        ("external_id", 7, "7"),
        ("external_id", Scalar(7), "7"),
        ("external_id", 1002.0, "1002"),
        ("external_id", math.nan, None),
        ("external_id", NA, None),
        ("short_name", None, None),
        ("short_name", math.nan, UNSET),
        ("customer_group_keys", ["a", "b"], ("a", "b")),
        ("customer_group_keys", {"a": 1}.keys(), ("a",)),
        ("customer_group_keys", None, ()),
        ("customer_group_keys", math.nan, ()),
        ("tenant_external_ids", [Scalar(5)], ("5",)),
    ],
)
def test_what_a_value_means(member: str, given: Any, made: object) -> None:
    """Scalars hold their value; what stands for a missing one is none."""
    row = CustomerRow(**{"full_name": "A", "email": "a@x.org", member: given})
    assert getattr(members_of(row), member) == made


@pytest.mark.parametrize(
    ("member", "given", "says"),
    [
        ("is_verified", "false", "is_verified must be True, False or None, not 'false'"),
        ("is_verified", "no", "must be True, False or None, not 'no'"),
        ("is_verified", "0", "must be True, False or None, not '0'"),
        ("is_verified", 1, "must be True, False or None, not 1"),
        ("is_verified", Scalar("yes"), "must be True, False or None"),
        ("customer_group_keys", "enterprise", "a list of texts, like ['enterprise'], not 'enterp"),
        ("customer_group_keys", b"a", "must be a list of texts"),
        ("customer_group_keys", {"a": 1}, "must be a list of texts"),
        ("customer_group_keys", ["a", None], "must be a list of texts, but holds None"),
        ("customer_group_keys", ["a", " "], "must be a list of texts, but holds ' '"),
        ("tenant_external_ids", 7, "must be a list of texts"),
        ("external_id", 1.5, "must be text or a whole number, not 1.5"),
        ("external_id", 1e300, "must be text or a whole number"),
        ("external_id", True, "must be text or a whole number, not True"),
        ("full_name", None, "full_name is missing (None)"),
        ("full_name", math.nan, "full_name is missing (nan)"),
        ("email", 7, "email must be text, not 7"),
        ("short_name", 7, "short_name must be text, not 7"),
    ],
)
def test_what_no_member_takes(member: str, given: Any, says: str) -> None:
    """The error names the member, the value and the way out."""
    row = CustomerRow(**{"full_name": "A", "email": "a@x.org", member: given})
    for take in (prepared, CustomerRow.parts):
        with pytest.raises(PlainInputError) as caught:
            take(row)
        assert says in str(caught.value)


def test_numpy_and_pandas_themselves() -> None:
    """Where they are installed: their scalars, arrays and missing values."""
    numpy = pytest.importorskip("numpy")
    pandas = pytest.importorskip("pandas")
    made = members_of(
        CustomerRow(
            numpy.str_("A"),
            "a@x.org",
            numpy.int64(7),
            pandas.NA,
            numpy.bool_(False),
            numpy.array(["a"]),
            pandas.Series(["t"]),
        )
    )
    assert made == Members("A", "a@x.org", "7", UNSET, False, ("a",), ("t",))


TEXTS = st.text(min_size=1)


@given(
    st.builds(
        Members,
        full_name=TEXTS,
        email=TEXTS,
        external_id=st.none() | TEXTS,
        short_name=st.just(UNSET) | st.none() | TEXTS,
        is_verified=st.none() | st.booleans(),
        customer_group_keys=st.lists(TEXTS, max_size=2).map(tuple),
        tenant_external_ids=st.lists(TEXTS, max_size=2).map(tuple),
    )
)
def test_a_row_written_out_is_the_model_written_out(members: Members) -> None:
    """Byte by byte, or the same error: the fast way and the model's are one."""

    def outcome(write: Any) -> object:
        try:
            return write()
        except PlainInputError as error:
            return str(error)

    row = CustomerRow(*members)
    slow = outcome(lambda: _serialised(_validated(parts_of(members))))
    try:
        members_of(row)
    except PlainInputError:
        return
    assert outcome(lambda: prepared(row).input_json) == slow
