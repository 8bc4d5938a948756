"""The blocks of the README and of the pages do what they say; `.ci/run` runs the test command."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from doc_blocks import ON_PAGES, PAGES, README, Block, bin_first, blocks_of, marked, pasted
from support import ROOT

from plain_sdk.sandbox import SandboxServer
from plain_sdk.webhooks import sample, sign

TYPED = [block for block in ON_PAGES if block.mark in ("types", "receiver", "cards")]
SHELL = [block for block in ON_PAGES if block.language == "sh"]
PROGRAMS = [
    block
    for block in ON_PAGES
    if block.language == "python" and not block.mark and block.page != "tutorial.md"
]


def test_the_pattern_finds_every_block() -> None:
    """What the other tests run is all that there is."""
    for file in (ROOT / "README.md", *PAGES.rglob("*.md")):
        text = file.read_text(encoding="utf-8")
        assert text.count("```python") + text.count("```sh") == sum(
            block.language in ("python", "sh") for block in blocks_of(file)
        )
    assert len(PROGRAMS) >= 8
    assert {block.mark for block in [*README, *ON_PAGES]} == {
        "", "background", "cards", "files", "install", "pytest", "receiver", "shown", "skip",
        "types",
    }  # fmt: skip


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param(README, id="readme"),
        pytest.param(
            [block for block in ON_PAGES if block.page == "tutorial.md"],
            id="tutorial",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_every_block_runs_as_it_is_pasted(
    blocks: list[Block], tmp_path: Path, unused_port: int
) -> None:
    """In order, in one shell: from the demo on to the last."""
    told = pasted(blocks, unused_port).replace(".venv/bin/plain-sdk", "true")
    told = told.replace(".venv/bin/python", "true")
    # What was started in the background ends with the shell.
    code = f"set -euo pipefail\ntrap 'kill $(jobs -p) 2> /dev/null; wait' EXIT\n{told}\n"
    done = subprocess.run(
        ["bash", "-c", code],
        capture_output=True, text=True, cwd=tmp_path, timeout=150, env=bin_first(),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "What next:" in done.stdout
    assert re.search(r"^CREATED c_\w+$", done.stdout, re.M)
    assert "not_found" in done.stdout


def test_the_readme_is_short() -> None:
    """A manual belongs on a site."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 200
    assert max(len(line) for line in lines if "pip install" not in line) <= 118


def test_each_program_of_the_pages_runs(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Against a sandbox, in one process for all, each in a namespace of its own."""
    told = json.dumps([[block.page, block.code] for block in PROGRAMS])
    code = (
        "import json, sys\n"
        "for page, code in json.loads(sys.argv[1]):\n"
        "    print('##', page, flush=True)\n"
        "    exec(compile(code, page, 'exec'), {'__name__': '__main__'})\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, told],
        capture_output=True, text=True, timeout=150, cwd=tmp_path,
        env={**os.environ, "PLAIN_API_KEY": "full", "PLAIN_API_URL": sandbox.url},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
    assert done.stderr == ""
    outputs = re.split(r"(?m)^## .*\n", done.stdout)[1:]
    assert len(outputs) == len(PROGRAMS)
    assert all(output.strip() for output in outputs)


def test_the_examples_of_testing_are_tests_that_pass(tmp_path: Path) -> None:
    """The README's and the page's, with the fixtures of the kit."""
    found = [block for block in [*README, *ON_PAGES] if block.mark == "pytest"]
    for number, block in enumerate(found):
        (tmp_path / f"test_{number}.py").write_text(block.code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-o", "asyncio_mode=auto", str(tmp_path),
         "-p", "no:cacheprovider", "--rootdir", str(tmp_path)],
        capture_output=True, text=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert len(found) == 2
    assert done.returncode == 0, done.stdout


def test_blocks_that_are_shown_only_are_correctly_typed(tmp_path: Path) -> None:
    """They need a real Plain to run, but mypy in strict mode finds nothing in them."""
    for number, block in enumerate(TYPED):
        (tmp_path / f"block{number}.py").write_text(block.code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(tmp_path)],
        capture_output=True, text=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert TYPED
    assert done.returncode == 0, done.stdout


def test_the_receiver_is_short_and_receives(tmp_path: Path, unused_port: int) -> None:
    """Under 40 lines; served by uvicorn, it reacts to four types of events, once each, answers
    200 to the others and 401 to what is forged."""
    block = marked("receiver")
    assert len(block.code.splitlines()) < 40
    (tmp_path / "receiver.py").write_text(block.code, encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "uvicorn", "receiver:app", "--port",
         str(unused_port), "--log-level", "warning"],
        cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PLAIN_WEBHOOK_SECRET": "s", "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    url = f"http://127.0.0.1:{unused_port}/plain"
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=10), timeout=30) as http:
            answers = []
            for event_type in ("thread.thread_created", "thread.email_received",
                               "customer.customer_created", "thread.chat_sent",
                               "thread.service_level_agreement_status_transitioned"):  # fmt: skip
                made = sample(event_type, secret="s")
                for _ in range(2):
                    found = http.post(url, content=made.body, headers=dict(made.headers))
                    answers.append(found.status_code)
            forged = sample("thread.thread_created", secret="t")
            answers.append(
                http.post(url, content=forged.body, headers=dict(forged.headers)).status_code
            )
    finally:
        server.terminate()
        output, complaints = server.communicate(timeout=30)
    assert answers == [200] * 10 + [401]
    assert [line.split()[0] for line in output.splitlines()] == [
        "triage", "triage", "welcome", "hurry",
    ]  # fmt: skip
    assert complaints.strip().splitlines() == [
        "a delivery was refused: the signature is wrong: another secret, or not the raw body "
        "(parsed and written again, it has other bytes)"
    ]


def test_the_cards_are_answered(tmp_path: Path, unused_port: int) -> None:
    """Served by uvicorn: shown to whom it applies, hidden from others, and to forgers nothing."""
    block = marked("cards")
    (tmp_path / "cards.py").write_text(block.code, encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "uvicorn", "cards:app", "--port", str(unused_port),
         "--log-level", "warning"],
        cwd=tmp_path, text=True, stderr=subprocess.PIPE,
        env={**os.environ, "PLAIN_WEBHOOK_SECRET": "s"},
    )  # fmt: skip
    url = f"http://127.0.0.1:{unused_port}/cards"
    answers = []
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=10), timeout=30) as http:
            for external_id, secret in (("u_1", "s"), (None, "s"), ("u_1", "t")):
                customer = {"id": "c_1", "email": "a@b", "externalId": external_id}
                body = json.dumps({"cardKeys": ["plan"], "customer": customer}).encode()
                headers = {"Plain-Request-Signature": sign(body, secret)}
                answers.append(http.post(url, content=body, headers=headers))
    finally:
        server.terminate()
        _, complaints = server.communicate(timeout=30)
    assert [answer.status_code for answer in answers] == [200, 200, 401]
    shown, hidden = (answer.json()["cards"] for answer in answers[:2])
    assert shown[0]["components"][0]["componentRow"]["rowAsideContent"] == [
        {"componentBadge": {"badgeLabel": "Pro", "badgeColor": "GREEN"}}
    ]
    assert hidden == [{"key": "plan", "timeToLiveSeconds": 300, "components": None}]
    assert "a request for cards was refused: the signature is wrong" in complaints


@pytest.fixture
def unused_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_the_block_with_files_runs(sandbox: SandboxServer, tmp_path: Path) -> None:
    """In an empty folder, with a key and an address in the environment."""
    block = marked("files")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.code],
        capture_output=True, text=True, cwd=tmp_path, timeout=60,
        env={**bin_first(), "PLAIN_API_KEY": "full", "PLAIN_API_URL": sandbox.url},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 would be sent" in done.stdout
    assert "2 created" in done.stdout


@pytest.fixture
def background() -> Iterator[str]:
    """What the README runs in a terminal of its own, on a port that is free; the port."""
    block = marked("background")
    code = block.code.replace("8089", "0")
    assert code != block.code
    process = subprocess.Popen(code.split(), env=bin_first(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
    assert found is not None
    yield found[1]
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What regenerating reads and writes, in a folder of its own."""
    for name in ("pyproject.toml", "schema.graphql"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("queries", "generated"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.slow
def test_the_shell_blocks_run(background: str, checkout: Path) -> None:
    """The sandbox in one terminal, the command in another; and regenerating."""
    plain = [block for block in SHELL if not block.mark and block.page != "tutorial.md"]
    outputs = []
    for block in plain:
        code = block.code.replace("8089", background).replace("/tmp/", f"{checkout}/")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", code],
            capture_output=True, text=True, cwd=checkout, env=bin_first(), timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert any('"result": "CREATED"' in output for output in outputs)
    assert any("is up to date" in output for output in outputs)


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    """`.ci/run` takes the command from the README, so the two cannot differ."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -E '([^']+)' README.md", script)
    assert pattern
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [line for line in text.splitlines() if re.match(pattern[1], line)]
    (block,) = [b for b in README if b.mark == "install" and "pytest" in b.code]
    assert found == [block.code.strip()]


def test_every_error_is_in_the_table() -> None:
    """The page on errors knows each class that people catch."""
    import plain_sdk

    names = {n for n in dir(plain_sdk) if re.fullmatch(r"Plain\w+Error", n)}
    page = (PAGES / "how-to" / "errors.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(Plain\w+Error)`", page, re.MULTILINE))
    assert names - told == {"PlainAPIError", "PlainMutationPermissionError"}
