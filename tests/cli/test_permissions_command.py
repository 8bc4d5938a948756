"""`plain-sdk permissions`: what a key needs for the operations that are used, and what it lacks."""

import re
from pathlib import Path

import pytest
from support import StartSandbox

from plain_sdk.cli import main
from plain_sdk.sandbox import ApiKey

SOURCE = """
from plain_sdk import AsyncPlainClient


async def work(client: AsyncPlainClient, rows, thread):
    print(thread.customer)
    async with client.upsert_customers(rows, on_conflict="relink") as outcomes:
        pass
    async with client.map(client.thread, ["th_1"]) as threads:
        pass
    return await client.raw.create_thread(title="x")
"""


@pytest.fixture(autouse=True)
def without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLAIN_API_KEY", raising=False)


def rows(out: str) -> dict[str, str]:
    found = (re.split(r" {2,}", line) for line in out.splitlines() if "  " in line)
    return {row[0]: row[-1] for row in found}


def test_what_operations_need(capsys: pytest.CaptureFixture[str]) -> None:
    """By the method's name or Plain's, each permission with the operations that need it."""
    assert main(["permissions", "createThread", "threads", "create_note"]) == 0
    told = rows(capsys.readouterr().out)
    assert told["thread:create"] == "create_thread"
    assert told["thread:read"] == "create_thread, threads"
    assert told["customer:read"] == "create_thread, threads, create_note"
    assert "note:create (derived)" in told
    assert "thread:edit" not in told


def test_what_a_source_tree_needs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Methods that are called or handed to `map`; with the file and the line of the use."""
    (tmp_path / "app.py").write_text(SOURCE)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "other.py").write_text("client.delete_customer('c_1')")
    assert main(["permissions", "--used-in", str(tmp_path)]) == 0
    told = rows(capsys.readouterr().out)
    for method, line in (("upsert_customer", 7), ("customer", 7), ("thread", 9),
                         ("create_thread", 11)):  # fmt: skip
        assert told[method] == f"{tmp_path / 'app.py'}:{line}"
    assert {"customer:edit", "thread:create"} <= told.keys()
    assert not {"customer:delete", "delete_customer"} & told.keys()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["craeteThread"], "did you mean createThread?"),
        (["--used-in", "nowhere"], "nowhere: does not exist"),
        (["--used-in", "empty"], "empty: no operation is used there"),
        (["--used-in", "broken.py"], "broken.py:1: is not Python"),
        (["--package", "no_such_package"], "no_such_package: cannot be imported"),
    ],
)
def test_mistakes_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], told: str,
) -> None:  # fmt: skip
    """With the way out where there is one, and exit code 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.py").write_text("def f(:")
    assert main(["permissions", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_what_a_key_lacks(
    capsys: pytest.CaptureFixture[str], start_sandbox: StartSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """As `myPermissions` tells; exit code 4 while something is missing, 0 otherwise."""
    sandbox = start_sandbox(
        keys=[ApiKey("some", frozenset({"thread:create", "thread:read"})), ApiKey("all")]
    )
    monkeypatch.setenv("PLAIN_API_URL", sandbox.url)
    monkeypatch.setenv("PLAIN_API_KEY", "some")
    assert main(["permissions", "createThread"]) == 4
    out = capsys.readouterr().out
    lacking = out.partition("The key lacks 12 of 14:")[2].split()
    assert lacking == [
        "customer:read", "escalationPath:read", "label:read", "labelType:read",
        "machineUser:read", "surveyResponse:read", "tenant:read", "threadDiscussion:read",
        "threadField:read", "threadLink:read", "tier:read", "user:read",
    ]  # fmt: skip
    assert main(["permissions", "createThread", "--offline"]) == 0
    monkeypatch.setenv("PLAIN_API_KEY", "all")
    assert main(["permissions"]) == 0
    assert "The key has all of them." in capsys.readouterr().out
