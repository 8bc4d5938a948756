"""`plain-sdk webhooks`: samples arrive as Plain would send them, and are told on a terminal."""

import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from plain_sdk.cli import main
from plain_sdk.webhooks import PAYLOADS, parse, sample, sign, unwrap

SECRET = "whsec_1"


@pytest.fixture(autouse=True)
def _no_secret_of_the_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLAIN_WEBHOOK_SECRET", raising=False)


class Target:
    """Takes deliveries, and answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                target.taken.append((dict(self.headers.items()), body))
                self.send_response(target.status)
                if target.status == 307:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"\x1b[31mwhy")

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/plain"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


def test_a_sample_is_sent_as_plain_would(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of Plain's headers, which say what the body says, and a signature that holds."""
    assert main(["webhooks", "send", "thread.email_received", "--to", target.url,
                 "--secret", SECRET, "--attempt", "3", "--event-id", "pEv_1"]) == 0  # fmt: skip
    ((headers, body),) = target.taken
    event = unwrap(body, headers, secret=SECRET)
    assert (event.type, event.id) == ("thread.email_received", "pEv_1")
    assert headers["User-Agent"].startswith("Plain-Webhooks/1.0")
    meta = event.metadata
    assert {n: v for n, v in headers.items() if n.startswith("Plain-") and "Sig" not in n} == {
        "Plain-Workspace-Id": event.workspace_id,
        "Plain-Webhook-Target-Id": meta.target_id,
        "Plain-Webhook-Target-Version": meta.version,
        "Plain-Webhook-Delivery-Attempt-Id": meta.attempt_id,
        "Plain-Webhook-Delivery-Attempt-Number": "3",
        "Plain-Webhook-Delivery-Attempt-Timestamp": event.raw["webhookMetadata"][
            "webhookDeliveryAttemptTimestamp"],
        "Plain-Event-Type": event.type,
        "Plain-Event-Id": event.id,
    }  # fmt: skip
    assert re.search(r"thread\.email_received  pEv_1  200  \d+ ms", capsys.readouterr().out)


def test_one_of_each_type_is_sent(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with an id of its own, with the secret of the environment."""
    monkeypatch.setenv("PLAIN_WEBHOOK_SECRET", SECRET)
    assert main(["webhooks", "send", "--all", "--to", target.url]) == 0
    events = [unwrap(body, headers, secret=SECRET) for headers, body in target.taken]
    assert [event.type for event in events] == [*PAYLOADS]
    assert len({event.id for event in events}) == len(PAYLOADS)


@pytest.mark.parametrize(("status", "code"), [(204, 0), (307, 3), (401, 3), (500, 3)])
def test_what_plain_takes_for_failure_is_one(
    target: Target, status: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Redirects too; the answer is told, without what would control the terminal."""
    target.status = status
    assert main(["webhooks", "send", "thread.chat_sent", "--to", target.url]) == code
    assert len(target.taken) == 1
    assert "Plain-Request-Signature" not in target.taken[0][0]
    assert "\x1b" not in (out := capsys.readouterr().out)
    assert ("why" in out) is bool(code)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["thread.thread_creatd", "--to", "http://127.0.0.1:1/"], 2, "thread.thread_created"),
        (["--to", "http://127.0.0.1:1/"], 2, "or --all"),
        (["thread.chat_sent", "--all", "--to", "http://127.0.0.1:1/"], 2, "or --all"),
        (["thread.chat_sent", "--to", "ftp://x/"], 2, "--to 'ftp://x/' is no address"),
        (["thread.chat_sent", "--to", "http://[::1/"], 2, "is no address"),
        (["thread.chat_sent", "--to", "http://127.0.0.1:1/", "--secret", ""], 2, "--secret is"),
        (["thread.chat_sent", "--to", "http://127.0.0.1:1/"], 5, "no answer"),
    ],
    ids=range(7),
)
def test_what_cannot_be_sent_is_told(
    arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Arguments with 2, no answer with 5."""
    assert main(["webhooks", "send", *arguments]) == code
    captured = capsys.readouterr()
    assert told in captured.out + captured.err


def saved(folder: Path, body: bytes, signature: str, end: str = "\r\n") -> str:
    file = folder / "request.http"
    head = end.join(["POST /plain HTTP/1.1", f"plain-request-signature: {signature}", "", ""])
    file.write_bytes(head.encode() + body)
    return str(file)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_saved_request_is_verified(
    end: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The signature, the body, the age; with a secret before or after a rotation."""
    made = sample("thread.thread_created", secret=SECRET)
    file = saved(tmp_path, made.body, made.headers["Plain-Request-Signature"], end)
    assert main(["webhooks", "verify", file, "--secret", "old", "--secret", SECRET,
                 "--tolerance", "300"]) == 0  # fmt: skip
    out = capsys.readouterr().out
    for told in ("signature: holds", "age: ", "thread.thread_created", made.event_id,
                 "attempt 1", "It does not fly", "Donald Duck"):  # fmt: skip
        assert told in out
    assert main(["webhooks", "verify", file, "--secret", "other"]) == 1
    assert "refused: the signature is wrong" in capsys.readouterr().out


def test_a_saved_body_is_verified_with_its_signature(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file or standard input; without the signature, that is told."""
    made = sample("thread.thread_created", secret=SECRET)
    (tmp_path / "body.json").write_bytes(made.body)
    file = str(tmp_path / "body.json")
    right = ["--secret", SECRET, "--signature", made.headers["Plain-Request-Signature"]]
    assert main(["webhooks", "verify", file, *right]) == 0
    stdin = io.TextIOWrapper(io.BytesIO(made.body))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["webhooks", "verify", "-", *right]) == 0
    assert main(["webhooks", "verify", file, "--secret", SECRET]) == 2
    assert main(["webhooks", "verify", file]) == 2
    assert main(["webhooks", "verify", str(tmp_path / "gone"), *right]) == 2
    errors = capsys.readouterr().err
    for told in ("--signature", "PLAIN_WEBHOOK_SECRET", "cannot be read"):
        assert told in errors


def test_an_old_one_and_a_wrong_body_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The age only when it is asked for; the body by the place."""
    body = sample("thread.thread_created", secret=None).body.replace(b'"2026', b'"2020')
    file = saved(tmp_path, re.sub(rb'"20\d\d-', b'"2020-', body), "")
    content = re.sub(rb'"20\d\d-', b'"2020-', body)
    file = saved(tmp_path, content, sign(content, SECRET))
    assert main(["webhooks", "verify", file, "--secret", SECRET]) == 0
    assert main(["webhooks", "verify", file, "--secret", SECRET, "--tolerance", "300"]) == 1
    file = saved(tmp_path, b'{"id": 5}', sign(b'{"id": 5}', SECRET))
    assert main(["webhooks", "verify", file, "--secret", SECRET]) == 1
    out = capsys.readouterr().out
    assert "300 s are allowed" in out
    assert "refused: /payload: is missing" in out


Start = Callable[..., Any]


class Listening:
    """`plain-sdk webhooks listen` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "plain_sdk", "webhooks", "listen", "--port", "0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ},
        )  # fmt: skip
        assert self._process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", self._process.stdout.readline())
        assert found is not None
        self.url = found[0]

    def stop(self) -> str:
        """What it printed."""
        self._process.terminate()
        output, errors = self._process.communicate(timeout=30)
        assert errors == ""
        assert self._process.returncode == 0
        return output


def post(url: str, body: bytes, headers: Any) -> int:
    return httpx.post(f"{url}/x", content=body, headers=dict(headers)).status_code


def test_what_arrives_is_printed_passed_on_and_saved(target: Target, tmp_path: Path) -> None:
    """As it came: the signature still holds. The answer is the other address's."""
    listening = Listening("--secret", SECRET, "--forward", target.url, "--save",
                          str(tmp_path / "saved"), "--color", "always")  # fmt: skip
    made = sample("thread.thread_created", secret=SECRET)
    assert post(listening.url, made.body, made.headers) == 200
    target.status = 500
    assert post(listening.url, made.body, made.headers) == 500
    out = listening.stop()
    assert unwrap(target.taken[0][1], target.taken[0][0], secret=SECRET).id == made.event_id
    assert "\x1b[32m200\x1b[0m POST /x" in out
    assert "\x1b[31m500\x1b[0m POST /x" in out
    assert "\x1b[1;36mthread.thread_created\x1b[0m" in out
    assert "forwarded\x1b[0m answered with 500" in out
    assert main(["webhooks", "verify", str(tmp_path / "saved/0002.http"), "--secret", SECRET]) == 0


def test_without_forwarding_it_answers_as_a_receiver(tmp_path: Path) -> None:
    """401, 400, 405, 411; what a body holds cannot control the terminal; no color where it is
    no terminal."""
    listening = Listening("--secret", SECRET, "--full")
    made = sample("thread.thread_created", secret="other")
    assert post(listening.url, made.body, made.headers) == 401
    evil = made.body.replace(b"It does not fly", b"\\u001b[2J\\u009b31m")
    assert post(listening.url, evil, {"Plain-Request-Signature": sign(evil, SECRET)}) == 200
    assert post(listening.url, b"[]", {"Plain-Request-Signature": sign(b"[]", SECRET)}) == 400
    assert httpx.get(listening.url).status_code == 405
    assert httpx.post(listening.url, content=iter([b"x"])).status_code == 411
    out = listening.stop()
    assert "\x1b" not in out
    assert "\x9b" not in out
    assert "the signature is wrong" in out
    assert '"workspaceId": "w_' in out
    assert parse(evil).payload


def test_a_port_in_use_is_told(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    """With the way out."""
    port = target.url.split(":")[2].split("/")[0]
    assert main(["webhooks", "listen", "--port", port]) == 2
    assert "in use; choose another with --port" in capsys.readouterr().err
