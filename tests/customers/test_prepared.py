"""A row's upsert, prepared once: its bytes, its key and its digest."""

import hashlib
from typing import Any

import pytest

from plain_sdk import CustomerRow, PlainInputError
from plain_sdk._customers.prepared import PreparedUpsert, prepared


def upsert(**on_update: Any) -> PreparedUpsert:
    parts: Any = {
        "identifier": {"external_id": "e1"},
        "on_create": {
            "full_name": "Ann \N{LATIN SMALL LETTER A WITH DIAERESIS}",
            "email": {"email": "a@x.io", "is_verified": True},
        },
        "on_update": on_update,
    }
    return prepared(parts)


def test_the_digest_of_a_row_is_the_same_in_every_version() -> None:
    """Checkpoint files hold it: another digest would send every customer again."""
    content = (
        '{"identifier":{"externalId":"e1"},"onCreate":{"fullName":"Ann \u00e4",'
        '"email":{"email":"a@x.io","isVerified":true}},'
        '"onUpdate":{"fullName":{"value":"Ann"}}}'
    )
    made = upsert(full_name="Ann")
    assert made.input_json == content.encode()
    assert made.digest == hashlib.sha256(content.encode()).digest()
    assert made.digest.hex() == ("a5e67f34fe53e19eac715b2d80505aabca67f0935cc3c433b01b695aee80bf8f")
    assert made.encoded.json == b'{"input":' + made.input_json + b"}"


def test_the_digest_does_not_depend_on_the_order_of_fields() -> None:
    """Of equal content only the order differs, in a part and in the whole."""
    one = upsert(full_name="Ann", short_name="A", external_id="e2")
    other = upsert(external_id="e2", short_name="A", full_name="Ann")
    assert one.digest == other.digest
    create: Any = {"email": {"is_verified": True, "email": "a@x.io"}, "full_name": "A"}
    swapped: Any = {"on_create": create, "identifier": {"email_address": "a@x.io"}}
    row = CustomerRow(full_name="A", email="a@x.io", is_verified=True)
    swapped["on_update"] = dict(reversed(list(row.parts()["on_update"].items())))  # type: ignore[union-attr]
    assert prepared(swapped).digest == prepared(row).digest


def test_nulls_that_are_dropped_do_not_change_the_order() -> None:
    """What is left of a part after its nulls are gone is in the schema's order as well."""
    base: Any = {"email": {"email": "a@x.io", "is_verified": True}, "full_name": "A"}
    identifier: Any = {"email_address": "a@x.io"}
    plain: Any = {"identifier": identifier, "on_create": base}
    nulls: Any = {"identifier": identifier, "on_create": {"short_name": None, **base}}
    assert prepared(plain).digest == prepared(nulls).digest


def test_the_digest_tells_what_is_left_out_from_what_is_cleared() -> None:
    """None is sent as null, and an absent field is not sent."""
    digests = {upsert().digest, upsert(short_name=None).digest, upsert(short_name="A").digest}
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (CustomerRow("A", "A@x.io"), "email:a@x.io"),
        (CustomerRow("A", "A@x.io", external_id="E1"), "external_id:E1"),
        ({"identifier": {"customer_id": "c_1"},
          "on_create": {"full_name": "A", "email": {"email": "a@x.io", "is_verified": False}}},
         "customer_id:c_1"),
    ],
)  # fmt: skip
def test_the_key_is_the_identifier(row: Any, key: str) -> None:
    """Case counts in ids, not in emails."""
    assert prepared(row).key == key


@pytest.mark.parametrize("row", [None, 1, {}, {"identifier": {"external_id": "x"}}, []])
def test_what_is_no_row_is_told(row: Any) -> None:
    """A row is a CustomerRow, or has the parts of an upsert."""
    with pytest.raises(PlainInputError, match="CustomerRow"):
        prepared(row)
