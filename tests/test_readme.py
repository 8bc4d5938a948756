"""The README's blocks do what they say, and `.ci/run` runs its test command."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from support import ROOT

from plain_sdk.sandbox import SandboxServer
from plain_sdk.webhooks import sample, sign

README = (ROOT / "README.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Block:
    language: str
    mark: str
    code: str


BLOCKS = [
    Block(language=match["language"], mark=match["mark"] or "", code=match["code"])
    for match in re.finditer(
        r"(?:<!-- test: (?P<mark>\w+) -->\n)?```(?P<language>\w+)\n(?P<code>.*?)```",
        README,
        re.DOTALL,
    )
]
PYTHON = [block for block in BLOCKS if block.language == "python" and not block.mark]
TYPED = [block for block in BLOCKS if block.mark in ("types", "receiver", "cards")]
SHELL = [block for block in BLOCKS if block.language == "sh"]


def bin_first() -> dict[str, str]:
    scripts = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}


def test_the_readme_has_blocks_of_each_kind() -> None:
    """The pattern finds what the other tests run."""
    assert len(PYTHON) >= 4
    assert [block.mark for block in SHELL if block.mark] == [
        "install",
        "install",
        "files",
        "background",
    ]
    assert README.count("```python") == len(PYTHON) + len(TYPED)
    assert README.count("```sh") == len(SHELL)


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_a_python_block_runs(block: Block, sandbox: SandboxServer, tmp_path: Path) -> None:
    """Each block is a whole program that works against a sandbox."""
    environment = {**os.environ, "PLAIN_API_KEY": "full", "PLAIN_API_URL": sandbox.url}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.code],
        capture_output=True, text=True, env=environment, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.strip()


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
    (block,) = [block for block in BLOCKS if block.mark == "receiver"]
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
    (block,) = [block for block in BLOCKS if block.mark == "cards"]
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
    (block,) = [block for block in SHELL if block.mark == "files"]
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
    (block,) = [block for block in SHELL if block.mark == "background"]
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
    plain = [block for block in SHELL if not block.mark]
    outputs = []
    for block in plain:
        code = block.code.replace("8089", background).replace("/tmp/", f"{checkout}/")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", code],
            capture_output=True, text=True, cwd=checkout, env=bin_first(), timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert '"result": "CREATED"' in outputs[0]
    assert any("is up to date" in output for output in outputs)


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    """`.ci/run` takes the command from the README, so the two cannot differ."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -E '([^']+)' README.md", script)
    assert pattern
    found = [line for line in README.splitlines() if re.match(pattern[1], line)]
    (block,) = [b for b in SHELL if b.mark == "install" and "pytest" in b.code]
    assert found == [block.code.strip()]


def test_every_error_is_in_the_table() -> None:
    """The README's table knows each class that people catch."""
    import plain_sdk

    names = {n for n in dir(plain_sdk) if re.fullmatch(r"Plain\w+Error", n)}
    told = set(re.findall(r"^\| `(Plain\w+Error)`", README, re.MULTILINE))
    assert names - told == {"PlainAPIError", "PlainMutationPermissionError"}
