"""Recorded answers: what is kept, what is not, and what a replay says."""

import json
from pathlib import Path

import pytest

from plain_sdk import AsyncPlainClient, PlainGraphQLError
from plain_sdk.testing import Cassette, CassetteError, PlainSandbox

KEY = "plainApiKey_very_secret"
EMAIL = "donald.duck@real.example"


async def conversation(plain: AsyncPlainClient, email: str, name: str) -> tuple[str, str | None]:
    """An upsert, a look at it, and a list."""
    upserted = await plain.upsert_customer(
        identifier={"email_address": email},
        on_create={
            "full_name": name, "email": {"email": email, "is_verified": True},
            "external_id": "internal-77",
        },
        on_update={"full_name": name},
    )  # fmt: skip
    found = await plain.customer_by_email(email)
    assert found == upserted.customer
    assert [c async for c in plain.customers()] == [found]
    return upserted.customer.full_name, found.external_id


async def recorded(path: Path) -> None:
    with PlainSandbox() as sandbox:
        cassette = Cassette(path, through=sandbox.http_client()._transport)
        assert cassette.is_recording
        async with AsyncPlainClient(
            KEY, url=sandbox.url, http_client=cassette.http_client()
        ) as plain:
            await conversation(plain, EMAIL, "Donald Duck")


async def test_a_replay_needs_neither_plain_nor_the_people(tmp_path: Path) -> None:
    """The file names nobody and no key; another caller's values come back as theirs."""
    path = tmp_path / "cassettes" / "answers.json"
    await recorded(path)
    text = path.read_text(encoding="utf-8")
    for private in ("duck", "Duck", "Donald", "internal-77", KEY, "very_secret"):
        assert private not in text
    cassette = Cassette(path)
    assert not cassette.is_recording
    assert cassette.unplayed == ["upsertCustomer", "customerByEmail", "customers"]
    with pytest.raises(CassetteError, match="not asked for: upsertCustomer"):
        cassette.check()
    async with AsyncPlainClient("any", http_client=cassette.http_client()) as plain:
        told = await conversation(plain, "daisy@other.example", "Daisy Duck")
        assert told == ("Daisy Duck", "internal-77")
        cassette.check()
        with pytest.raises(PlainGraphQLError, match=r"answers\.json has no answer") as caught:
            await plain.customer_by_email("daisy@other.example")
        assert caught.value.errors[0].code == "NOT_RECORDED"
        assert caught.value.attempts == 1


async def test_what_is_not_personal_has_to_be_the_same(tmp_path: Path) -> None:
    """A call with other flags is another call."""
    path = tmp_path / "answers.json"
    await recorded(path)
    async with AsyncPlainClient("any", http_client=Cassette(path).http_client()) as plain:
        with pytest.raises(PlainGraphQLError):
            await plain.customers(filters={"is_marked_as_spam": True}).first()


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    """By its name."""
    for content in ("{", "[]", "{}", json.dumps({"plain_sdk_cassette": 99, "exchanges": []})):
        path = tmp_path / "x.json"
        path.write_text(content)
        with pytest.raises(CassetteError, match=r"x\.json"):
            Cassette(path)
    with pytest.raises(CassetteError, match=r"none\.json"):
        Cassette(tmp_path / "none.json", mode="replay")


async def test_what_is_recorded_over_a_socket_leaves_none_open(
    tmp_path: Path, plain_sandbox: PlainSandbox
) -> None:
    """By httpx's own transport, to an address; warnings are errors."""
    made = plain_sandbox.customer(EMAIL)
    cassette = Cassette(tmp_path / "answers.json")
    url = plain_sandbox.serve().url
    async with AsyncPlainClient(KEY, url=url, http_client=cassette.http_client()) as plain:
        assert await plain.customer(made.id) == made
    assert "duck" not in cassette.path.read_text(encoding="utf-8")
