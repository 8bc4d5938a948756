"""What each place for a checkpoint promises: a file, a Redis, a PostgreSQL."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from plain_sdk import (
    AsyncPlainClient,
    CustomerRow,
    PlainCheckpointError,
    PlainConfigurationError,
    SyncSummary,
)
from plain_sdk._customer_sync.checkpoint import Checkpoint, Claims, Refusal
from plain_sdk.sandbox import SandboxServer

CLAIMS = Claims("a@x.org", "e1")

Open = Callable[..., Checkpoint]


@pytest.fixture(params=["file", "redis", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a checkpoint that is empty yet."""
    if request.param == "file":
        return str(tmp_path / "c.db")
    server: str = request.getfixturevalue(f"{request.param}_url")
    return f"{server}#{tmp_path.name}"


@pytest.fixture
def open_it(address: str) -> Open:
    """Opens it."""
    return partial(Checkpoint, address, url="u", api_key="first")


async def note(checkpoint: Checkpoint, key: str, claims: Claims = CLAIMS) -> None:
    checkpoint.planned(key, b"\x00\xff" * 16, 3, "then", claims)
    await checkpoint.save()


async def test_what_is_saved_is_there_for_the_next_run(open_it: Open) -> None:
    """Each state, byte for byte; and each run has its number."""
    with open_it() as checkpoint:
        assert checkpoint.run == 1
        for key in ("sent", "done", "refused ä\U0001f600"):
            await note(checkpoint, key, Claims(f"{key}@x.org", None))
        checkpoint.done("done", "later", "CREATED", "c_1", Claims("done@x.org", "e1"))
        checkpoint.refused("refused ä\U0001f600", "later", Refusal("bad", "onCreate.email", True))
        await checkpoint.save()
    with open_it() as checkpoint:
        assert checkpoint.run == 2
        sent, done = checkpoint.record("sent"), checkpoint.record("done")
        refused = checkpoint.record("refused ä\U0001f600")
        assert sent is not None
        assert done is not None
        assert refused is not None
        assert (sent.state, sent.digest, sent.at) == ("sending", b"\x00\xff" * 16, "then")
        assert (done.state, done.at, done.run, done.place) == ("done", "later", 1, 3)
        assert refused.refusal == Refusal("bad", "onCreate.email", True)
        assert checkpoint.record("other") is None
        assert checkpoint.same_customer("new", Claims(None, "e1")) == (["done"], None)


async def test_what_becomes_untrue_is_saved_too(open_it: Open) -> None:
    """A row whose customer another row has changed is sent again by the next run."""
    with open_it() as checkpoint:
        await note(checkpoint, "a")
        checkpoint.outdated(["a"])
        await checkpoint.save()
    with open_it() as checkpoint:
        record = checkpoint.record("a")
        assert record is not None
        assert record.digest == b""


async def test_one_sync_at_a_time(open_it: Open, address: str) -> None:
    """The second is told so, also when it is a rehearsal; afterwards it can."""
    with open_it() as checkpoint:
        for rehearsal in (False, True):
            with pytest.raises(PlainCheckpointError, match="in use by another sync") as caught:
                open_it(rehearsal=rehearsal)
            assert caught.value.path.rpartition("#")[2] == address.rpartition("#")[2]
        await note(checkpoint, "a")
    open_it().close()


async def test_a_rehearsal_writes_nothing(open_it: Open) -> None:
    """It sees what there is, and what it notes is gone with it; two may go at once."""
    with open_it() as checkpoint:
        await note(checkpoint, "a")
    with open_it(rehearsal=True) as rehearsal, open_it(rehearsal=True) as another:
        assert rehearsal.record("a") is not None
        assert another.record("a") is not None
        await note(rehearsal, "b")
    with open_it() as checkpoint:
        assert checkpoint.record("b") is None
        assert checkpoint.run == 2


async def test_a_rehearsal_before_the_first_run_leaves_nothing(open_it: Open) -> None:
    """Every row would be sent."""
    with open_it(rehearsal=True) as rehearsal:
        assert rehearsal.record("a") is None
    with open_it() as checkpoint:
        assert checkpoint.run == 1


async def test_it_belongs_to_a_workspace_and_an_address(open_it: Open) -> None:
    """Another key is refused unless it is said to be good; a refusal leaves no lock."""
    with open_it() as checkpoint:
        await note(checkpoint, "a")
        checkpoint.done("a", "now", "CREATED", "c_1", CLAIMS)
        await checkpoint.save()
    with pytest.raises(PlainCheckpointError, match="another API key"):
        open_it(api_key="second")
    with pytest.raises(PlainCheckpointError, match="belongs to u, not to v"):
        open_it(url="v")
    open_it(api_key="second", same_workspace=True).close()
    open_it(api_key="second").close()
    open_it(api_key="first").close()
    with pytest.raises(PlainCheckpointError, match="another API key"):
        open_it(api_key="third")


HOLDER = """
import sys, time, anyio
from plain_sdk._customer_sync.checkpoint import Checkpoint, Claims
async def main():
    checkpoint = Checkpoint(sys.argv[1], url="u", api_key="first")
    checkpoint.planned("saved", b"1", 0, "now", Claims(None, None))
    await checkpoint.save()
    checkpoint.planned("noted", b"1", 0, "now", Claims(None, None))
    print("ready", flush=True)
    time.sleep(60)
anyio.run(main)
"""


def test_a_kill_ends_the_lock_and_keeps_what_was_saved(open_it: Open, address: str) -> None:
    """At once, by the time that the process is gone; and nothing that was not saved."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, address], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    with pytest.raises(PlainCheckpointError, match="in use by another sync"):
        open_it()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with opened_soon(open_it) as checkpoint:
        assert checkpoint.record("saved") is not None
        assert checkpoint.record("noted") is None


def opened_soon(open_it: Open) -> Checkpoint:
    """A server may need a moment to see that a connection is gone."""
    for _ in range(200):
        try:
            return open_it()
        except PlainCheckpointError as error:
            assert "in use" in str(error)
            subprocess.run(["sleep", "0.01"], check=True)
    return open_it()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_sync_sends_what_changed(sandbox: SandboxServer, address: str, backend: str) -> None:
    """Under both event loops; the second run of two at once is told."""
    rows = [
        CustomerRow(f"C {n}", f"{backend}{n}@x.org", external_id=f"{backend}{n}") for n in range(60)
    ]

    async def sync() -> None:
        async with AsyncPlainClient("full", url=sandbox.url) as client:
            async with client.sync_customers(rows[:40], checkpoint=address) as first:
                with pytest.raises(PlainCheckpointError, match="in use by another sync"):
                    await client.sync_customers(rows, checkpoint=address)
                async for _ in first:
                    continue
            assert first.summary == SyncSummary(rows=40, created=40)
            planned = await client.sync_customers(rows, checkpoint=address, dry_run=True)
            assert planned.to_send == 20
            second = await client.sync_customers(rows, checkpoint=address)
            assert second == SyncSummary(rows=60, created=20, unchanged=40)

    anyio.run(sync, backend=backend)


def test_a_lock_that_was_lost_stops_the_sync(redis_url: str, tmp_path: Path) -> None:
    """Somebody else has it by now: nothing of ours is written any more."""
    from redis import Redis

    with Checkpoint(f"{redis_url}#{tmp_path.name}", url="u") as checkpoint:
        client: Any = Redis.from_url(redis_url)
        client.set(f"{{plain-sync:{tmp_path.name}}}:lock", "somebody")
        checkpoint.planned("a", b"1", 0, "now", CLAIMS)

        async def save() -> None:
            with pytest.raises(PlainCheckpointError, match="another sync's by now"):
                await checkpoint.save()

        anyio.run(save)
        client.close()


@pytest.mark.parametrize(
    "address", ["redis://user:secret@127.0.0.1:1/0", "postgresql://user:secret@127.0.0.1:1/db"]
)
def test_a_server_that_is_not_there_is_told_without_its_password(address: str) -> None:
    """As an error of the checkpoint."""
    with pytest.raises(PlainCheckpointError, match="cannot be used") as caught:
        Checkpoint(address, url="u")
    assert "secret" not in str(caught.value)
    assert "secret" not in caught.value.path


@pytest.mark.parametrize(
    ("module", "address", "extra"),
    [("redis", "redis://localhost", "redis"), ("psycopg", "postgresql://localhost", "postgres")],
)
def test_the_packages_are_optional(
    monkeypatch: pytest.MonkeyPatch, module: str, address: str, extra: str
) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(PlainConfigurationError, match=rf"plain-sdk\[{extra}\]"):
        Checkpoint(address, url="u")
