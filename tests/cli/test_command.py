"""The command, as a user runs it: in a process of its own, with its exit codes."""

import ast
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from example import EXAMPLE
from support import ROOT, create

from plain_sdk import AsyncPlainClient, capture
from plain_sdk._api import schema_path
from plain_sdk.cli import main, make_parser
from plain_sdk.cli._colour import Ink
from plain_sdk.cli._watching import Seen, watch
from plain_sdk.sandbox import PATH, SandboxApp, SandboxServer

GOOD = {
    "identifier": {"emailAddress": "donald@example.com"},
    "onCreate": {
        "fullName": "Donald Duck",
        "email": {"email": "donald@example.com", "isVerified": True},
    },
    "onUpdate": {"fullName": {"value": "Donald Duck"}},
}


def run(
    *arguments: str, stdin: str | bytes = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with a clean environment."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PLAIN_")}
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "plain_sdk", *arguments],
        input=data, capture_output=True, env={**clean, **environment}, timeout=60,
    )  # fmt: skip
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


@pytest.fixture
def environment(sandbox: SandboxServer) -> dict[str, str]:
    return {"PLAIN_API_KEY": "full", "PLAIN_API_URL": sandbox.url}


def test_the_demo_shows_the_four_outcomes() -> None:
    """CREATED, NOOP, UPDATED, and a refusal unwrapped, with what was sent and came back."""
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    outcomes = re.findall(r"=> (\w+)", done.stdout)
    assert outcomes == ["CREATED", "NOOP", "UPDATED", "PlainCustomerConflictError"]
    assert "code='customer_already_exists_with_email'" in done.stdout
    assert "sent:" not in done.stdout
    assert all(len(line) < 80 for line in done.stdout.splitlines())
    calls = re.findall(r"(?ms)^   (await plain\.upsert_customer\(.*?^   \))", done.stdout)
    assert [len(compile(call, "demo", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT).co_code) > 0
            for call in calls] == [True] * 4  # fmt: skip
    assert "What next:" in done.stdout


def test_the_demo_shows_the_wire_when_asked() -> None:
    """Behind each call, what was sent and what came back, as JSON."""
    done = run("demo", "--verbose")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("sent:") == done.stdout.count("came back:") == 4
    assert '"emailAddress": "donald@example.com"' in done.stdout


async def test_a_request_is_told_before_its_answer_is_out() -> None:
    """So who has the answer finds what is told of it, and lines come in the order of the calls."""
    app = SandboxApp(schema_path().read_text(encoding="utf-8"))
    told: list[Seen] = []
    at_the_end: list[list[str]] = []
    watch(app, told.append)
    scope = {
        "type": "http", "method": "POST", "path": PATH,
        "headers": [(b"content-type", b"application/json"), (b"authorization", b"Bearer k")],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b'{"query": "query q { __typename }"}'}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            at_the_end.append([seen.what for seen in told])

    await app(scope, receive, send)
    assert at_the_end == [["q"]]
    assert [seen.status for seen in told] == [200]
    app.close()


def test_a_bare_call_shows_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Commands in groups, and exit code 2: nothing was asked for."""
    for arguments in ([], ["schema"], ["webhooks"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
        assert "usage: plain-sdk" in capsys.readouterr().out.lower()
    with pytest.raises(SystemExit):
        main(["-V"])
    assert capsys.readouterr().out.startswith("plain-sdk ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["snadbox"], "plain-sdk: snadbox: there is no such command; did you mean sandbox?"),
        (
            ["sandbox", "--quite"],
            "sandbox: --quite: there is no such option; did you mean --quiet?",
        ),
        (["sync", "a.csv", "--dry-rum"], "did you mean --dry-run?"),
        (["schema", "pul"], "plain-sdk schema: pul: there is no such command; did you mean pull?"),
        (["webhooks", "nothing"], "there is no such command; one of send, verify, listen"),
        (["completion", "bsh"], "invalid choice: 'bsh'; did you mean bash?"),
        (["demo", "now"], "now: there is no such argument"),
    ],
)
def test_near_misses_are_told(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command that does not know the word, with the way to its help."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert "--help` says how it is used" in said


def test_every_command_is_listed_and_the_modules_of_others_stay_unread() -> None:
    """`--version` and `--help` import no command, and a command not the others."""
    code = (
        "import sys; from plain_sdk.cli import make_parser\n"
        "make_parser({}); print(sorted(m for m in sys.modules if m.startswith('plain_sdk.cli.')\n"
        "  or m in ('httpx', 'pydantic', 'rich.console', 'graphql')))"
    )
    for given, loaded in (
        (["-V"], ["_exit", "_parser"]),
        (["demo"], ["_colour", "_demo", "_exit", "_parser", "_parsers", "_watching"]),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code.format(given)], capture_output=True, text=True, timeout=60
        )
        assert done.stdout.strip() == str([f"plain_sdk.cli.{name}" for name in loaded]), done.stderr
    listed = make_parser().format_help()
    choices = make_parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert choices is not None
    assert [name for name in choices if f"\n  {name} " not in listed] == []


@pytest.mark.parametrize("columns", ["50", "80", "120"])
def test_help_fits_the_terminal(columns: str) -> None:
    """With and without colour; where it is no terminal or NO_COLOR is set, without."""
    for arguments in (["--help"], ["sandbox", "--help"], ["sync", "--help"]):
        done = run(*arguments, COLUMNS=columns, FORCE_COLOR="1", NO_COLOR="1")
        plain = re.sub(r"\x1b\[\d*m", "", done.stdout)
        assert max(len(line) for line in plain.splitlines()) <= int(columns)
        assert not re.search(r"\x1b\[(3\d|9\d)", done.stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_the_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The script is made of the parser, and valid where that shell can be asked."""
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "upsert-customer" in script
    assert "dry-run" in script
    if program := shutil.which(shell):
        checked = subprocess.run([program, "-n"], input=script, text=True, capture_output=True)
        assert checked.returncode == 0, checked.stderr


def test_bash_completes_commands_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    """As pressing Tab does."""
    main(["completion", "bash"])
    script = capsys.readouterr().out
    ask = (
        "COMP_WORDS=({words}); COMP_CWORD={at}; COMP_LINE='{words}'; COMP_POINT=${{#COMP_LINE}}; "
        "$(complete -p plain-sdk | sed 's/.*-F \\([^ ]*\\).*/\\1/') plain-sdk; "
        "echo ${{COMPREPLY[@]}}"
    )
    for words, at, found in (("plain-sdk sand", 1, "sandbox"),
                             ("plain-sdk sync --dry", 2, "--dry-run")):  # fmt: skip
        code = f"{script}\n{ask.format(words=words, at=at)}"
        done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=60)
        assert done.stdout.strip() == found, done.stderr


async def test_the_sandbox_shows_what_comes(tmp_path: Path) -> None:
    """A line for each request: the operation, the status, and what came of it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plain_sdk", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found
    try:
        async with AsyncPlainClient("k", url=found[0]) as client:
            await client.upsert_customer(
                identifier={"email_address": "donald@example.com"},
                on_create=create("donald@example.com"),
            )
            await capture(client.delete_customer("c_nobody"))
            await client.customers().collect()
            await capture(client.query("{ xyzzy }"))
    finally:
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=30)[0]
    lines = [re.sub(r"^[\d:]+ |  +[\d.]+ ms", "", x) for x in output.splitlines() if " ms" in x]
    assert lines == [
        "200 upsertCustomer  CREATED",
        "200 deleteCustomer  not_found: The customer does not exist.",
        "200 customers  1 nodes",
        "400 a query without a name  GRAPHQL_VALIDATION_FAILED: "
        "Cannot query field 'xyzzy' on type 'Query'.",
    ]


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not for those who set NO_COLOR; lines end where a terminal does."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "11")
    assert Ink(Terminal())("red", "x") == "\x1b[31mx\x1b[0m"
    assert Ink(io.StringIO())("red", "x") == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Ink(Terminal())("red", "x") == "x"
    assert (
        Ink(Terminal()).line(("red", "12345"), ("", " a\nlonger text"), ("", "z")) == "12345 a l…"
    )
    assert (
        Ink(io.StringIO()).line(("red", "12345"), ("", " a\nlonger text")) == "12345 a longer text"
    )


def test_upserting_a_file(environment: dict[str, str], tmp_path: Path) -> None:
    """CREATED, then NOOP; the wrapper `input` may be there or not."""
    file = tmp_path / "customer.json"
    file.write_text(json.dumps({"input": EXAMPLE}))
    first = run("upsert-customer", "--file", str(file), **environment)
    assert first.returncode == 0, first.stderr
    answer = json.loads(first.stdout)
    assert answer["result"] == "CREATED"
    assert answer["customer"]["fullName"] == "Minnie Mouse"
    inner = json.dumps(EXAMPLE)
    again = run("upsert-customer", "--file", "-", stdin=inner, **environment)
    assert json.loads(again.stdout)["result"] == "NOOP"


def test_a_byte_order_mark_is_no_obstacle(environment: dict[str, str]) -> None:
    """Editors on Windows write one."""
    stdin = b"\xef\xbb\xbf" + json.dumps(GOOD).encode()
    assert run("upsert-customer", "--file", "-", stdin=stdin, **environment).returncode == 0


def refused(
    parts: Any = GOOD, key: str = "full", file: str = "-", url: str | None = None, **more: Any
) -> Any:
    return parts, key, file, url, more


REFUSED = [
    ("unknown group",
     refused({**GOOD, "onCreate": {**GOOD["onCreate"],  # type: ignore[dict-item]
              "customerGroupIdentifiers": [{"customerGroupKey": "nope"}]}}),
     3, "code not_found, request id"),
    ("key not valid", refused(key="wrong"), 4, "The API key is not valid"),
    ("key lacks permissions", refused(key="reader"), 4, 'missing "customer:create"'),
    ("nobody listens", refused(url="http://127.0.0.1:9/graphql/v1"), 5, "no connection"),
    ("wrong path", refused(url="/x"), 5, "HTTP 404"),
    ("no key", refused(key=""), 2, "PLAIN_API_KEY is empty"),
    ("wrong url", refused(url="nonsense"), 2, "url 'nonsense' is not an http or https address"),
    ("two identifiers", refused({**GOOD, "identifier": {"emailAddress": "a", "customerId": "b"}}),
     2, "identifier exactly one of external_id, email_address, customer_id must be set"),
    ("no identifier", refused({**GOOD, "identifier": {}}), 2, "none given"),
    ("unknown member", refused({**GOOD, "onUpdate": {"fulName": "x"}}), 2,
     "on_update.fulName is not known; did you mean 'full_name'?"),
    ("unknown part", refused({**GOOD, "onDelete": {}}), 2, "'onDelete' is not known"),
    ("a part is missing", refused({"identifier": {"customerId": "c"}}), 2, "'onCreate' is missing"),
    ("blank email", refused({**GOOD, "identifier": {"emailAddress": " "}}), 2,
     "identifier.email_address is blank"),
    ("null name", refused({**GOOD, "onUpdate": {"fullName": None}}), 2,
     "on_update.full_name cannot be cleared"),
    ("a list", refused([1]), 2, "-: must be a JSON object, not list"),
    ("input is a list", refused({"input": []}), 2, "-: input: must be a JSON object, not list"),
    ("not JSON", refused(stdin="{nope"), 2, "-:1:2: is not JSON"),
    ("not text", refused(stdin=b"\xff\xfe{}"), 2, "-: is not UTF-8 text"),
    ("nested too deeply", refused(stdin="[" * 200_000), 2, "is nested too deeply"),
    ("no such file", refused(file="/nowhere/x.json"), 2, "cannot be read: No such file"),
    ("a folder", refused(file="/"), 2, "/: cannot be read: Is a directory"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "code", "says"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_each_failure_has_its_exit_code_and_its_words(
    start_sandbox: Any,
    given: Any,
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line on standard error, nothing on standard output, no traceback."""
    import io

    from plain_sdk.sandbox import parse_key

    parts, key, file, url, more = given
    server = start_sandbox(keys=(parse_key("full"), parse_key("reader=customer:read")))
    address = server.url + url if url == "/x" else url or server.url
    monkeypatch.setenv("PLAIN_API_KEY", key)
    monkeypatch.setenv("PLAIN_API_URL", address)
    data = more.get("stdin", json.dumps(parts))
    data = data.encode() if isinstance(data, str) else data
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["upsert-customer", "--file", file, "--timeout", "5"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("plain-sdk: ")
    assert says in printed.err
    assert printed.err.count("\n") == 1


def test_no_key_at_all(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The message says what to set."""
    file = tmp_path / "customer.json"
    file.write_text(json.dumps(GOOD))
    assert main(["upsert-customer", "--file", str(file)]) == 2
    assert "set PLAIN_API_KEY" in capsys.readouterr().err


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """`plain-sdk sandbox` in a process of its own, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plain_sdk", "sandbox", "--port", "0", "--group", "enterprise"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.search(r"http://\S+", line)
    assert match, line
    yield process, match[0]
    process.kill()
    process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_serves_until_it_is_stopped(serving: Any, stop: signal.Signals) -> None:
    """Any key works without --api-key; Ctrl-C and SIGTERM stop it politely."""
    process, url = serving
    environment = {"PLAIN_API_KEY": "whatever", "PLAIN_API_URL": url}
    for result in ("CREATED", "NOOP"):
        done = run("upsert-customer", "--file", "-", stdin=json.dumps(GOOD), **environment)
        assert json.loads(done.stdout)["result"] == result
    process.send_signal(stop)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "stopped" in output
    assert not errors, errors


def test_a_port_in_use_is_told(serving: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """With the way out."""
    _, url = serving
    port = url.split(":")[2].split("/")[0]
    assert main(["sandbox", "--port", port]) == 2
    assert f"port {port} is in use; choose another" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "70000"], "70000 is not a port"),
        (["--port", "x"], "invalid"),
        (["--api-key", "k=read"], "'read' is not a permission"),
        (["--api-key", ""], "the key is empty"),
        (["--db", "/nowhere/plain.db"], "--db /nowhere/plain.db: cannot be used"),
        (["--rate-limit", "-1"], "-1 is negative"),
        (["--rate-window", "nan"], "not a number of seconds"),
    ],
)
def test_wrong_arguments_of_the_sandbox(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is told in words, with exit code 2."""
    try:
        code = main(["sandbox", "--port", "0", *arguments])
    except SystemExit as stopped:
        code = int(str(stopped.code))
    assert code == 2
    assert says in capsys.readouterr().err


def test_help_tells_how_to_seed_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    """`sandbox --help` names the option, `--help` the exit codes."""
    for arguments, says in (
        (["sandbox", "--help"], "--group enterprise"),
        (["--help"], "exit codes:"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 0
        assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "absent", "extra"),
    [
        (["sandbox"], "graphql", "sandbox"),
        (["demo"], "uvicorn", "sandbox"),
        (["generate"], "ariadne_codegen", "codegen"),
    ],
)
def test_a_missing_extra_is_named(command: list[str], absent: str, extra: str) -> None:
    """A command whose packages are not installed says which extra to install."""
    code = (
        f"import sys; sys.modules[{absent!r}] = None\n"
        f"from plain_sdk.cli import main; sys.exit(main({command!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 2
    assert f"pip install 'plain-sdk[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr
