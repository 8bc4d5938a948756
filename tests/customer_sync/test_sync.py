"""A sync with a checkpoint: sends what changed, once, whatever happens to it."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import Behaviour, ScriptedServer, answer, hang
from support import StartSandbox, create
from wire_support import created_as_sent, each_way, run

from plain_sdk import (
    AsyncPlainClient,
    CustomerRow,
    Err,
    PlainAuthenticationError,
    PlainCheckpointError,
    PlainInputError,
    PlainMutationError,
    PlainPermissionError,
    SyncSummary,
)
from plain_sdk._customer_sync.checkpoint import Checkpoint, Claims
from plain_sdk._customer_sync.policy import Decision, decide
from plain_sdk.sandbox import ApiKey

# httpx nests async generators, of which trio warns when an exchange is given up half done.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return tmp_path / "customers.sync.db"


def rows(count: int) -> list[CustomerRow]:
    return [
        CustomerRow(f"Customer {number}", f"u{number}@example.com", external_id=f"e{number}")
        for number in range(count)
    ]


async def test_only_what_changed_is_sent_again(
    start_sandbox: StartSandbox, checkpoint: Path
) -> None:
    """The second run sends nothing, the third the changed rows, and no others."""
    server = start_sandbox()
    table = rows(300)
    async with AsyncPlainClient("full", url=server.url) as client:
        first = await client.sync_customers(table, checkpoint=checkpoint)
        assert first == SyncSummary(rows=300, created=300)
        assert first.complete
        sent = server.usage.admitted

        second = await client.sync_customers(table, checkpoint=checkpoint)
        assert second == SyncSummary(rows=300, unchanged=300)
        assert server.usage.admitted == sent

        for number in (5, 50, 299):
            table[number] = replace(table[number], full_name="Changed")
        async with client.sync_customers(table, checkpoint=checkpoint) as sync:
            seen = [outcome.index async for outcome in sync]
        assert sorted(seen) == [5, 50, 299]
        assert sync.summary == SyncSummary(rows=300, unchanged=297, updated=3)
        assert server.usage.admitted == sent + 3
        changed = [c async for c in client.customers() if c.full_name == "Changed"]
        assert {c.external_id for c in changed} == {"e5", "e50", "e299"}


async def test_a_row_that_is_wrong_itself_is_sent_again_when_it_changed_or_when_told(
    checkpoint: Path,
) -> None:
    """Until then each run reports it with its reason, and sends nothing."""
    with ScriptedServer(refusing("input_validation", "VALIDATION")) as server:
        async with AsyncPlainClient("full", url=server.url) as client:
            row = rows(1)[0]

            async def sync(row: Any, **settings: Any) -> tuple[SyncSummary, list[Any], int]:
                before = len(server.requests)
                async with client.sync_customers([row], checkpoint=checkpoint, **settings) as sync:
                    outcomes = [o async for o in sync]
                return sync.summary, outcomes, len(server.requests) - before

            summary, (outcome,), _ = await sync(row)
            assert summary == SyncSummary(rows=1, refused=1)
            assert not summary.complete
            assert outcome.attempts == 1

            summary, (outcome,), sent = await sync(row)
            assert summary == SyncSummary(rows=1, refused_before=1)
            assert sent == 0
            assert outcome.attempts == 0
            assert outcome.item is row
            assert isinstance(outcome.outcome, Err)
            assert isinstance(outcome.outcome.error, PlainMutationError)
            assert outcome.outcome.error.code == "input_validation"
            assert "onCreate.email" in outcome.outcome.error.message
            assert "--retry-refused" in outcome.outcome.error.message

            summary, _, sent = await sync(row, retry_refused=True)
            assert (summary.refused, sent) == (1, 1)
            summary, _, sent = await sync(replace(row, full_name="Other"))
            assert (summary.refused, sent) == (1, 1)


def refusing(code: str, field_type: str) -> Behaviour:
    """Refuses every upsert for its email."""
    field = {"field": "onCreate.email", "message": "no", "type": field_type}
    error = {"message": "no", "type": "VALIDATION", "code": code, "fields": [field]}
    return answer({"data": {"upsertCustomer": {"result": None, "customer": None, "error": error}}})


async def test_a_refusal_that_depended_on_the_moment_is_sent_again_by_the_next_run(
    start_sandbox: StartSandbox, checkpoint: Path
) -> None:
    """A group that is made since, an email that is free since: without any flag."""
    server = start_sandbox(groups=("enterprise",))
    async with AsyncPlainClient("full", url=server.url) as client:
        grouped = replace(rows(1)[0], customer_group_keys=("nobody",))
        first = await client.sync_customers([grouped], checkpoint=checkpoint)
        assert first == SyncSummary(rows=1, refused=1)
        assert (await client.sync_customers([grouped], checkpoint=checkpoint)).refused == 1
        taken = await client.upsert_customer(
            identifier={"email_address": "u1@example.com"}, on_create=create("u1@example.com")
        )
        row = rows(2)[1]
        assert (await client.sync_customers([row], checkpoint=checkpoint)).refused == 1
        await client.delete_customer(customer_id=taken.customer.id)
        assert (await client.sync_customers([row], checkpoint=checkpoint)).created == 1


async def test_a_conflict_is_sent_again_once_it_may_be_relinked(
    client: AsyncPlainClient, checkpoint: Path
) -> None:
    """A refusal that the new policy can cure is not final."""
    await client.upsert_customer(
        identifier={"email_address": "u0@example.com"}, on_create=create("u0@example.com")
    )
    table = rows(1)
    assert (await client.sync_customers(table, checkpoint=checkpoint)).refused == 1
    assert (await client.sync_customers(table, checkpoint=checkpoint)).refused == 1
    cured = await client.sync_customers(table, checkpoint=checkpoint, on_conflict="relink")
    assert (cured.updated, cured.relinked, cured.complete) == (1, 1, True)


async def test_rows_with_one_key(client: AsyncPlainClient, checkpoint: Path) -> None:
    """The same row twice is one row; another row with its key is refused, naming both."""
    table = rows(3)
    table += [table[0], replace(table[1], full_name="Other")]
    async with client.sync_customers(table, checkpoint=checkpoint, max_running=1) as sync:
        errors = {o.index: o.outcome.error async for o in sync if isinstance(o.outcome, Err)}
    assert sync.summary == SyncSummary(rows=5, created=3, repeated=1, refused=1)
    assert isinstance(errors[4], PlainInputError)
    assert "key external_id:e1 of row 2 but different content" in str(errors[4])
    again = await client.sync_customers(table, checkpoint=checkpoint)
    assert again == SyncSummary(rows=5, unchanged=3, repeated=1, refused=1)


async def test_a_dry_run_counts_and_leaves_everything_as_it_was(
    start_sandbox: StartSandbox, checkpoint: Path
) -> None:
    """Also when there is no checkpoint yet, and when there is one."""
    server = start_sandbox()
    async with AsyncPlainClient("full", url=server.url) as client:
        planned = await client.sync_customers(rows(20), checkpoint=checkpoint, dry_run=True)
        assert planned == SyncSummary(rows=20, to_send=20)
        assert not checkpoint.exists()
        await client.sync_customers(rows(10), checkpoint=checkpoint)
        sent = server.usage.admitted
        for _ in range(2):
            planned = await client.sync_customers(rows(20), checkpoint=checkpoint, dry_run=True)
            assert planned == SyncSummary(rows=20, unchanged=10, to_send=10)
        assert server.usage.admitted == sent


async def test_two_syncs_on_one_file_refuse_each_other(
    client: AsyncPlainClient, checkpoint: Path
) -> None:
    """The second says so before it sends anything, and can start when the first has ended."""
    async with client.sync_customers(rows(5), checkpoint=checkpoint) as first:
        with pytest.raises(PlainCheckpointError, match="in use by another sync"):
            await client.sync_customers(rows(5), checkpoint=checkpoint)
        async for _ in first:
            pass
    assert first.summary.created == 5
    assert (await client.sync_customers(rows(5), checkpoint=checkpoint)).unchanged == 5


async def test_files_that_are_no_checkpoint(client: AsyncPlainClient, tmp_path: Path) -> None:
    """Each is refused with the way out, and left as it is."""
    text = tmp_path / "text.db"
    text.write_text("these are notes, " * 100)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("create table notes (text)")
    db.close()
    newer = tmp_path / "newer.db"
    Checkpoint(newer, url=client._config.url).close()
    db = sqlite3.connect(newer)
    db.execute("pragma user_version = 99")
    db.close()
    elsewhere = tmp_path / "elsewhere.db"
    Checkpoint(elsewhere, url="http://elsewhere").close()
    for path, message in [
        (text, "is not a checkpoint, or is damaged"),
        (other, "belongs to another application"),
        (newer, "was made by a newer version"),
        (elsewhere, "belongs to http://elsewhere, not to"),
        (tmp_path, "give the path of a file"),
        (tmp_path / "absent" / "file.db", "in a folder that you can write to"),
    ]:
        before = path.read_bytes() if path.is_file() else None
        with pytest.raises(PlainCheckpointError, match=message) as caught:
            await client.sync_customers(rows(1), checkpoint=path)
        assert caught.value.path == str(path)
        assert before is None or path.read_bytes() == before


async def test_a_full_disk_ends_the_sync_and_the_next_run_goes_on(
    client: AsyncPlainClient, checkpoint: Path
) -> None:
    """Nothing is sent that could not be recorded as being sent."""
    table = rows(2000)
    with pytest.raises(PlainCheckpointError, match="the disk is full"):
        async with client.sync_customers(table, checkpoint=checkpoint) as sync:
            sync._checkpoint._db.execute("pragma max_page_count = 20")
            async for _ in sync:
                pass
    there = await client.customers().total_count()
    assert there is not None
    assert 0 < there < 2000
    again = await client.sync_customers(table, checkpoint=checkpoint)
    assert again.complete
    assert await client.customers().total_count() == 2000
    # Those that were in flight when the disk was full are the only ones that were sent twice.
    assert again.noop <= 32
    assert again.unchanged + again.noop + again.created == 2000


async def test_a_broken_key_ends_the_sync_with_nothing_lost(
    start_sandbox: StartSandbox, checkpoint: Path
) -> None:
    """The next run, with a good key, sends what is missing."""
    server = start_sandbox(keys=(ApiKey("good"),))
    async with AsyncPlainClient("bad", url=server.url) as client:
        with pytest.raises(PlainAuthenticationError):
            async with client.sync_customers(rows(100), checkpoint=checkpoint) as sync:
                async for _ in sync:
                    pytest.fail("no row has an outcome")
        assert sync.unfinished
        assert not sync.summary.complete
    async with AsyncPlainClient("good", url=server.url) as client:
        assert (await client.sync_customers(rows(100), checkpoint=checkpoint)).created == 100


async def test_an_error_of_the_source_comes_as_it_is(
    client: AsyncPlainClient, checkpoint: Path
) -> None:
    """After the outcomes of what was in flight."""

    def broken() -> Iterator[CustomerRow]:
        yield from rows(10)
        raise LookupError("the cursor is gone")

    with pytest.raises(LookupError, match="the cursor is gone"):
        async with client.sync_customers(broken(), checkpoint=checkpoint) as sync:
            seen = [outcome.index async for outcome in sync]
            pytest.fail(f"ended without the error, after {seen}")
    assert sync.summary == SyncSummary(rows=10, created=10)
    assert await client.customers().total_count() == 10


@each_way
def test_finishing_waits_for_answers_and_leaving_does_not(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, checkpoint: Path
) -> None:
    """What was cancelled is in doubt, and is sent again; what was finished is not."""
    finished = ScriptedServer(created_as_sent)
    # The first is answered: until one is, bulk work sends nothing else.
    cancelled = ScriptedServer(created_as_sent, hang)
    with finished as server:

        async def finish(client: AsyncPlainClient) -> None:
            async with client.sync_customers(rows(50), checkpoint=checkpoint) as sync:
                async for _ in sync:
                    sync.finish()
            assert 1 <= sync.summary.created < 50
            assert sync.summary.created == len(server.requests)

        run(way, monkeypatch, finish, server.url)
    with cancelled as server:

        async def leave(client: AsyncPlainClient) -> None:
            file = checkpoint.with_name("other.db")
            async with client.sync_customers(rows(50), checkpoint=file, max_running=4) as sync:
                while len(server.requests) < 5:
                    await anyio.lowlevel.checkpoint()
            assert [left.in_doubt for left in sync.unfinished] == [True] * 4
            planned = await client.sync_customers(rows(50), checkpoint=file, dry_run=True)
            assert planned == SyncSummary(rows=50, unchanged=1, to_send=49)

        run(way, monkeypatch, leave, server.url)


async def test_a_key_that_lacks_a_permission_refuses_no_row(
    start_sandbox: StartSandbox, checkpoint: Path
) -> None:
    """With a better key they pass; nothing was recorded against them."""
    from plain_sdk.sandbox import parse_key

    server = start_sandbox(keys=(parse_key("poor=customer:read"), ApiKey("good")))
    for pack in (1, 10):
        async with AsyncPlainClient("poor", url=server.url) as client:
            with pytest.raises(PlainPermissionError):
                await client.sync_customers(rows(40), checkpoint=checkpoint, pack=pack)
    async with AsyncPlainClient("good", url=server.url) as client:
        summary = await client.sync_customers(rows(40), checkpoint=checkpoint)
        assert summary == SyncSummary(rows=40, created=40)


async def test_a_checkpoint_belongs_to_the_workspace_of_a_key(
    start_sandbox: StartSandbox, checkpoint: Path
) -> None:
    """Another key is refused, unless it is said to be of the same workspace."""
    server = start_sandbox(keys=(ApiKey("first-key"), ApiKey("second-key")))
    async with AsyncPlainClient("first-key", url=server.url) as client:
        assert (await client.sync_customers(rows(3), checkpoint=checkpoint)).created == 3
        assert (await client.sync_customers(rows(3), checkpoint=checkpoint)).unchanged == 3
    assert b"first-key" not in checkpoint.read_bytes()
    async with AsyncPlainClient("second-key", url=server.url) as client:
        with pytest.raises(PlainCheckpointError, match="was made with another API key"):
            await client.sync_customers(rows(3), checkpoint=checkpoint)
        again = await client.sync_customers(rows(4), checkpoint=checkpoint, same_workspace=True)
        assert (again.unchanged, again.created) == (3, 1)
        assert (await client.sync_customers(rows(4), checkpoint=checkpoint)).unchanged == 4


async def test_a_lone_surrogate_is_a_row_of_its_own(
    client: AsyncPlainClient, checkpoint: Path
) -> None:
    """It is refused with its place, and stops nothing."""
    table = [*rows(2), CustomerRow("x", "a@b.c", external_id="\ud800")]
    async with client.sync_customers(table, checkpoint=checkpoint) as sync:
        errors = {o.index: o.outcome.error async for o in sync if isinstance(o.outcome, Err)}
    assert sync.summary == SyncSummary(rows=3, created=2, refused=1)
    assert "identifier.external_id contains a lone surrogate" in str(errors[2])


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=8), max_size=5))
def test_each_run_sends_exactly_what_differs(runs: list[list[tuple[int, int]]]) -> None:
    """A model of a checkpoint: the last content of each key, and first come in a run."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sync.db"
        held: dict[str, bytes] = {}
        for table in runs:
            met: set[str] = set()
            with Checkpoint(path, url="u") as checkpoint:
                for place, (number, version) in enumerate(table):
                    key, digest = f"k{number}", bytes([version])
                    decision = decide(
                        checkpoint.record(key), digest,
                        run=checkpoint.run, retry_refused=False,
                    )  # fmt: skip
                    if key in met:
                        same = held[key] == digest
                        assert decision is (Decision.REPEATED if same else Decision.CLASHING)
                    elif held.get(key) == digest:
                        assert decision is Decision.UNCHANGED
                        checkpoint.seen(key, place)
                    else:
                        assert decision is Decision.SEND
                        checkpoint.planned(key, digest, place, "now", Claims(None, None))
                        checkpoint.commit()
                        checkpoint.done(key, "now", "CREATED", f"c_{key}", Claims(None, None))
                        held[key] = digest
                    met.add(key)
