"""`plain-sdk schema pull`: a schema from anywhere, or a clear no that leaves the file alone."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import anyio
import httpx
import pytest
from graphql import build_schema, introspection_from_schema, print_schema
from scripted_server import ScriptedServer, answer, end_of_stream, head
from surface import CAME_LATER, PAIRS, schema_of

from plain_sdk import AsyncPlainClient, PlainMutationError
from plain_sdk.cli import main
from plain_sdk.cli._schema import schema_address
from plain_sdk.sandbox import SandboxServer

SDL = 'type Query {\n  b: Int\n  "About a."\n  a: Int @deprecated(reason: "old")\n}\n'
SORTED = 'type Query {\n  """About a."""\n  a: Int @deprecated(reason: "old")\n  b: Int\n}\n'
INTROSPECTION = dict(introspection_from_schema(build_schema(SDL)))


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "schema.graphql"


@pytest.mark.parametrize(
    "content",
    [
        SDL.encode(),
        SDL.encode("utf-8-sig"),
        json.dumps(INTROSPECTION).encode(),
        json.dumps({"data": INTROSPECTION}).encode(),
    ],
    ids=["SDL", "SDL with a mark", "introspection", "introspection with data"],
)
def test_each_form_from_a_file_and_from_an_address(content: bytes, output: Path) -> None:
    """All give the same text, in a stable order, with descriptions and deprecations."""
    file = output.with_name("source")
    file.write_bytes(content)
    assert main(["schema", "pull", str(file)]) == 0
    assert output.read_text() == SORTED
    output.unlink()
    with ScriptedServer(answer(body=content, headers={"content-type": "text/plain"})) as server:
        assert main(["schema", "pull", server.url, "--output", "schema.graphql"]) == 0
    assert output.read_text() == SORTED


def test_without_a_source_the_environments_address_counts(
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    sandbox: SandboxServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The schema of the sandbox that PLAIN_API_URL names, with or without a slash behind it."""
    for url in (sandbox.url, sandbox.url + "/"):
        monkeypatch.setenv("PLAIN_API_URL", url)
        assert main(["schema", "pull"]) == 0
        pulled = build_schema(output.read_text())
        assert pulled.type_map.keys() == schema_of("own").type_map.keys()
    # A source that is given goes first.
    output.unlink()
    output.with_name("source").write_text(SDL)
    assert main(["schema", "pull", "source"]) == 0
    assert output.read_text() == SORTED
    for wrong in ("localhost:8089", "ftp://127.0.0.1", "http://me:secret@127.0.0.1/graphql"):
        monkeypatch.setenv("PLAIN_API_URL", wrong)
        assert main(["schema", "pull"]) == 2
        told = capsys.readouterr().err
        assert "PLAIN_API_URL: url" in told
        assert "secret" not in told
    assert output.read_text() == SORTED


def test_without_either_the_public_address_counts() -> None:
    """Plain's own, as documented."""
    public = "https://core-api.uk.plain.com/graphql/v1/schema.graphql"
    assert schema_address({}) == schema_address({"PLAIN_API_URL": ""}) == public


def test_what_changed_is_told(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """New and gone fields, breaking and dangerous changes; or that nothing did."""
    source = output.with_name("source")
    source.write_text(SDL)
    assert main(["schema", "pull", "source"]) == 0
    assert "1 mutations" not in capsys.readouterr().out
    assert main(["schema", "pull", "source"]) == 0
    assert capsys.readouterr().out == "schema.graphql: unchanged\n"
    source.write_text(SDL.replace("b: Int", "c: Int"))
    output.chmod(0o640)
    assert main(["schema", "pull", "source"]) == 0
    out = capsys.readouterr().out
    assert "1 breaking changes:\n  Query.b was removed.\n0 dangerous changes\n" in out
    assert "new: c\ngone: b\n" in out
    assert output.stat().st_mode & 0o777 == 0o640


async def cut(request: object, writer: object) -> bool:
    """Half a download."""
    writer.write(head(200, 10_000) + SDL.encode())  # type: ignore[attr-defined]
    return False


BAD_ANSWERS = {
    "a web page": (answer(body=b"<!DOCTYPE html><html>"), "is a web page, not a schema"),
    "not found": (answer({}, status=404), "answered with HTTP 404; is it the right address"),
    "a fault": (answer({}, status=500), "answered with HTTP 500"),
    "nothing": (answer(body=b""), "is empty"),
    "half a download": (cut, "the download broke off"),
    "no answer": (end_of_stream, "the download broke off"),
    "other JSON": (answer({"data": {"x": 1}}), "not an introspection result"),
    "half a schema": (answer(body=SDL.encode()[:-3]), "Syntax Error"),
    "no query type": (answer(body=b"type A { a: Int }"), "Query root type must be provided"),
    "a broken schema": (answer(body=b"type Query { a: B }"), "Unknown type 'B'"),
    "no text": (answer(body=b"\xff\xfe\x00"), "is not UTF-8 text"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_bad_answer_changes_nothing(
    name: str, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is told with the address, exit code 2, and the file as it was."""
    behaviour, says = BAD_ANSWERS[name]
    output.write_text(SORTED)
    with ScriptedServer(behaviour) as server:
        assert main(["schema", "pull", server.url]) == 2
        told = capsys.readouterr().err
        assert says in told
        assert server.url in told
    assert output.read_text() == SORTED
    assert [path.name for path in output.parent.iterdir()] == ["schema.graphql"]


def test_bad_places(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Offline, an unknown scheme, an absent file, a file that is something else."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source = output.with_name("source")
    source.write_text(SDL)
    output.write_text("my notes\n")
    for arguments, says in (
        ([f"http://127.0.0.1:{port}/schema"], "cannot be reached"),
        (["ftp://127.0.0.1/schema"], "is neither an http address nor a file"),
        (["http://[/"], "cannot be reached"),
        (["absent"], "absent: cannot be read: No such file"),
        (["."], ".: cannot be read: Is a directory"),
        (["source"], "schema.graphql: already exists and is not a schema"),
        (["source", "--output", "source/schema.graphql"], "cannot be written"),
    ):
        assert main(["schema", "pull", *arguments]) == 2, arguments
        assert says in capsys.readouterr().err
    assert output.read_text() == "my notes\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is told, and nothing is left in it."""
    output.with_name("source").write_text(SDL)
    output.parent.chmod(0o500)
    assert main(["schema", "pull", "source"]) == 2
    assert "schema.graphql: cannot be written: Permission denied" in capsys.readouterr().err
    output.parent.chmod(0o700)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("which", [0, 1], ids=["older", "newer"])
def test_the_sandbox_serves_any_version(pair: tuple[str, str], which: int, tmp_path: Path) -> None:
    """With its rules where it has them, and an honest refusal elsewhere."""
    (tmp_path / "served.graphql").write_text(print_schema(schema_of(pair[which])))
    process = subprocess.Popen(
        [sys.executable, "-m", "plain_sdk", "sandbox", "--port", "0", "--schema",
         str(tmp_path / "served.graphql")],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split()[3]

        async def use() -> None:
            async with AsyncPlainClient("k", url=url) as client:
                upserted = await client.upsert_customer(
                    identifier={"email_address": "a@x.org"},
                    on_create={
                        "full_name": "A",
                        "email": {"email": "a@x.org", "is_verified": True},
                    },
                )
                assert upserted.created
                assert await client.customers().total_count() == 1
                with pytest.raises(PlainMutationError) as caught:
                    await client.regenerate_workspace_hmac()
                assert caught.value.code == "not_yet_implemented"

        anyio.run(use)
        query = f'{{ __type(name: "{CAME_LATER}") {{ name }} }}'
        headers = {"authorization": "Bearer k"}
        found = httpx.post(url, json={"query": query}, headers=headers, trust_env=False).json()
        assert (found["data"]["__type"] is None) == (which == 0)
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def test_a_bad_schema_for_the_sandbox(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sandbox: SandboxServer
) -> None:
    """Is told before the sandbox starts."""
    file = tmp_path / "bad.graphql"
    for arguments, says in (
        (["--schema", str(file)], "cannot be read"),
        (["--schema", __file__], "Syntax Error"),
    ):
        assert main(["sandbox", "--port", "0", *arguments]) == 2
        assert says in capsys.readouterr().err
