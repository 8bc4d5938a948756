"""What a sync promises, against a local Plain: at the end it holds what the rows say."""

import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import StartSandbox, create

from plain_sdk import AsyncPlainClient, CustomerRow, Err, PlainNotAppliedError, SyncSummary
from plain_sdk._errors import PlainCustomerConflictError
from plain_sdk.sandbox import SandboxServer, sandbox

ANN = CustomerRow("Ann", "ann@x.org", external_id="e1")


async def held(client: AsyncPlainClient) -> dict[str, tuple[str, str | None]]:
    """The customers by email: name and external id."""
    found = client.customers()
    return {c.email.email: (c.full_name, c.external_id) async for c in found}


async def test_an_email_that_changed_arrives(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    """By a second request, with what Plain says of its verification; then nothing is sent."""
    server, file = start_sandbox(), tmp_path / "c.db"
    async with AsyncPlainClient("full", url=server.url) as client:
        await client.upsert_customer(
            identifier={"external_id": "e1"},
            on_create={
                "full_name": "Ann", "external_id": "e1",
                "email": {"email": "old@x.org", "is_verified": True},
            },
        )  # fmt: skip
        before = server.usage.admitted
        summary = await client.sync_customers([ANN], checkpoint=file)
        assert summary == SyncSummary(rows=1, updated=1)
        assert server.usage.admitted - before == 2
        (found,) = await client.customers().collect()
        assert (found.email.email, found.email.is_verified) == ("ann@x.org", True)
        before = server.usage.admitted
        assert (await client.sync_customers([ANN], checkpoint=file)).unchanged == 1
        assert server.usage.admitted == before
        # Case is no change.
        shouted = replace(ANN, email="ANN@x.org")
        assert (await client.sync_customers([shouted], checkpoint=file)).noop == 1


async def test_groups_and_tenants_of_existing_customers_are_added(
    start_sandbox: StartSandbox, tmp_path: Path
) -> None:
    """Also one that the row names later; those that are there stay."""
    server = start_sandbox(groups=("a", "b"), tenants=("t",))
    file = tmp_path / "c.db"
    async with AsyncPlainClient("full", url=server.url) as client:

        async def groups() -> list[str]:
            customer = await client.customer_by_external_id("e1")
            assert customer is not None
            found = client.customer_group_memberships(customer.id)
            return [m.customer_group.key async for m in found]

        await client.sync_customers([replace(ANN, customer_group_keys=("a",))], checkpoint=file)
        assert await groups() == ["a"]
        row = replace(ANN, customer_group_keys=("b",), tenant_external_ids=("t",))
        summary = await client.sync_customers([row], checkpoint=file)
        assert summary == SyncSummary(rows=1, noop=1)
        assert await groups() == ["a", "b"]
        row = replace(row, customer_group_keys=("nobody",))
        assert (await client.sync_customers([row], checkpoint=file)).refused == 1


async def test_what_did_not_arrive_is_not_called_done(tmp_path: Path) -> None:
    """Plain reports success, but shows another name: the row is refused, and sent again."""
    from scripted_server import ScriptedServer, answer
    from wire_support import upserted

    shown = upserted("UPDATED", fullName="Bob", externalId="e1", email={
        "email": "ann@x.org", "isVerified": False})  # fmt: skip
    with ScriptedServer(answer(shown)) as server:
        async with AsyncPlainClient("full", url=server.url) as client:
            for run in (1, 2):
                async with client.sync_customers([ANN], checkpoint=tmp_path / "c.db") as sync:
                    (outcome,) = [outcome async for outcome in sync]
                assert isinstance(outcome.outcome, Err)
                assert isinstance(outcome.outcome.error, PlainNotAppliedError)
                assert outcome.outcome.error.fields == ("full_name",)
                assert "full_name in Plain still differs" in str(outcome.outcome.error)
                assert sync.summary == SyncSummary(rows=1, refused=1)
                assert len(server.requests) == run


@pytest.mark.parametrize("pack", [1, 3])
async def test_an_email_that_is_handed_down_arrives(
    start_sandbox: StartSandbox, tmp_path: Path, pack: int
) -> None:
    """Each wants the email of the next: who conflicts is sent again when that one is through."""
    server, file = start_sandbox(), tmp_path / "c.db"
    rows = [CustomerRow(f"U{n}", f"u{n}@x.org", external_id=f"e{n}") for n in range(7)]
    async with AsyncPlainClient("full", url=server.url) as client:
        await client.sync_customers(rows, checkpoint=file)
        moved = [replace(row, email=f"u{n + 1}@x.org") for n, row in enumerate(rows)]
        async with client.sync_customers(moved, checkpoint=file, pack=pack) as sync:
            outcomes = [outcome async for outcome in sync]
        assert sync.summary == SyncSummary(rows=7, updated=7)
        assert sorted(outcome.index for outcome in outcomes) == list(range(7))
        assert await held(client) == {f"u{n + 1}@x.org": (f"U{n}", f"e{n}") for n in range(7)}
        assert outcomes[0].attempts >= 2


async def test_swapped_emails_are_told(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    """No order of requests can do it: both rows say so, once each, and again in the next run."""
    server, file = start_sandbox(), tmp_path / "c.db"
    one, two = ANN, CustomerRow("Bob", "bob@x.org", external_id="e2")
    async with AsyncPlainClient("full", url=server.url) as client:
        await client.sync_customers([one, two], checkpoint=file)
        swapped = [replace(one, email=two.email), replace(two, email=one.email)]
        for _ in range(2):
            async with client.sync_customers(swapped, checkpoint=file) as sync:
                errors = [o.outcome.error async for o in sync if isinstance(o.outcome, Err)]
            assert [type(error) for error in errors] == [PlainCustomerConflictError] * 2
            assert sync.summary == SyncSummary(rows=2, refused=2)


async def test_one_customer_under_two_keys_is_never_falsely_unchanged(
    start_sandbox: StartSandbox, tmp_path: Path
) -> None:
    """By email, then by external id, then by email again: the last row's content is in Plain."""
    server, file = start_sandbox(), tmp_path / "c.db"
    by_email = CustomerRow("First", "ann@x.org")
    async with AsyncPlainClient("full", url=server.url) as client:

        async def sync(row: CustomerRow) -> SyncSummary:
            return await client.sync_customers([row], checkpoint=file, on_conflict="relink")

        await sync(by_email)
        await sync(replace(ANN, full_name="Second"))
        assert await sync(by_email) == SyncSummary(rows=1, updated=1)
        assert (await held(client))["ann@x.org"] == ("First", "e1")
        assert await sync(by_email) == SyncSummary(rows=1, unchanged=1)


async def test_two_rows_for_one_customer_are_told(
    start_sandbox: StartSandbox, tmp_path: Path
) -> None:
    """By the email that they share; or, when only Plain knows it, behind the second request."""
    server = start_sandbox()
    async with AsyncPlainClient("full", url=server.url) as client:
        rows = [CustomerRow("First", "ann@x.org"), replace(ANN, full_name="Second")]
        async with client.sync_customers(rows, checkpoint=tmp_path / "a.db") as sync:
            (error,) = [o.outcome.error async for o in sync if isinstance(o.outcome, Err)]
        assert "is the customer of row 1 under another key" in str(error)
        assert sync.summary == SyncSummary(rows=2, created=1, refused=1)
        await client.upsert_customer(
            identifier={"email_address": "ann@x.org"},
            on_create=create("ann@x.org"),
            on_update={"external_id": {"value": "e1"}},
        )
        rows[1] = replace(rows[1], email="other@x.org")
        async with client.sync_customers(rows, checkpoint=tmp_path / "b.db", pack=2) as sync:
            (error,) = [o.outcome.error async for o in sync if isinstance(o.outcome, Err)]
        assert "is the customer of row 1" in str(error)
        assert sync.summary.refused == 1
        # The second row has taken the email along, so both have a customer now.
        again = await client.sync_customers(rows, checkpoint=tmp_path / "b.db", pack=2)
        assert again == SyncSummary(rows=2, created=1, noop=1)


EMAILS = st.sampled_from(["a@x.org", "b@x.org", "c@x.org"])
ROWS = st.builds(
    CustomerRow,
    full_name=st.sampled_from(["One", "Two"]),
    email=EMAILS,
    external_id=st.sampled_from([None, "e1", "e2", "e3"]),
    is_verified=st.sampled_from([None, None, True]),
)
FILES = st.lists(st.lists(ROWS, min_size=1, max_size=4), min_size=1, max_size=5)


@pytest.mark.parametrize("pack", [1, 3])
@settings(max_examples=int(os.environ.get("PLAIN_SURVEY", "15")), deadline=None)
@given(
    files=FILES,
    kills=st.lists(st.integers(0, 6), max_size=5),
    relink=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_plain_holds_what_the_last_file_says_or_the_summary_tells(
    pack: int,
    files: list[list[CustomerRow]],
    kills: list[int],
    relink: list[bool],
) -> None:
    """Whatever emails change, are swapped, are relinked, and whenever a run is killed."""

    async def runs() -> None:
        with sandbox(rate_limit=0) as server, tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "c.db"
            for number, rows in enumerate(files):
                on_conflict: Any = "relink" if relink[number] else "raise"
                last = number == len(files) - 1
                if not last and number < len(kills):
                    await _killed(server, rows, file, on_conflict, pack, kills[number])
                    continue
                async with AsyncPlainClient("full", url=server.url) as client:
                    given = {"on_conflict": on_conflict, "pack": pack, "checkpoint": file}
                    async with client.sync_customers(rows, **given) as sync:
                        errors = {
                            o.index: o.outcome.error
                            async for o in sync
                            if isinstance(o.outcome, Err)
                        }
                    refused = set(errors)
                    told_of = {
                        int(number) - 1
                        for error in errors.values()
                        if isinstance(error, PlainNotAppliedError)
                        for number in re.findall(r"customer of row (\d+), too", str(error))
                    }
                    there = await held(client)
                s = sync.summary
                assert s.refused + s.refused_before == len(refused)
                arrived = [row for place, row in enumerate(rows) if place not in refused]
                assert s.complete is not bool(refused)
                assert len(arrived) == (s.created + s.updated + s.noop + s.unchanged + s.repeated)
                for place, row in enumerate(rows):
                    # A row that came up before in this form is told of there.
                    if {place, rows.index(row)} & (refused | told_of):
                        continue
                    assert row.email in there, (rows, refused, there)
                    name, external_id = there[row.email]
                    assert name == row.full_name
                    assert row.external_id in (None, external_id)

    anyio.run(runs)


async def _killed(
    server: SandboxServer, rows: list[CustomerRow], file: Path, on_conflict: Any, pack: int, at: int
) -> None:
    """A run that dies once the server has taken so many requests."""
    before = server.usage.admitted
    async with AsyncPlainClient("full", url=server.url) as client:
        with anyio.CancelScope() as scope:
            async with client.sync_customers(
                rows, checkpoint=file, on_conflict=on_conflict, pack=pack, max_running=2
            ) as sync:
                async for _ in sync:
                    if server.usage.admitted - before >= at:
                        scope.cancel()
                        await anyio.lowlevel.checkpoint()
