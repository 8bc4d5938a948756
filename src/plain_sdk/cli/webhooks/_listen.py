"""`plain-sdk webhooks listen`: what arrives, printed, and passed on."""

import argparse
import contextlib
import errno
import signal
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx

from ..._errors import PlainWebhookError, printable
from ..._webhooks.headers import header
from ..._webhooks.parsing import parse
from ..._webhooks.receiver import MAX_BODY
from ..._webhooks.signing import HEADER, verify
from .._exit import OK, CommandError
from ._saved import checked_address, secrets, written
from ._show import Paint, told

_PER_HOP: Final = {
    "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade",
}  # fmt: skip
"""Headers that belong to one connection, and are not passed on."""

_FORWARD_SECONDS: Final = 30.0

Headers = list[tuple[str, str]]


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    if arguments.forward is not None:
        checked_address(arguments.forward, "--forward")
    if arguments.save is not None:
        try:
            arguments.save.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"--save {arguments.save}: {error.strerror}") from None
    listener = Listener(
        secrets(arguments.secret), arguments.forward, arguments.save,
        paint=Paint(arguments.color), full=arguments.full,
    )  # fmt: skip
    try:
        server = ThreadingHTTPServer(("127.0.0.1", arguments.port), _handler(listener.take))
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else error.strerror
        raise CommandError(
            f"port {arguments.port}: {why}; choose another with --port; 0 picks a free one"
        ) from None
    # Also where a script started it in the background, and where a supervisor ends it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with server:
        print(f"listening at http://127.0.0.1:{server.server_port} (press Ctrl-C to stop)",
              flush=True)  # fmt: skip
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            print("\nstopped")
    return OK


class Listener:
    """Prints requests, one at a time, and says what to answer."""

    def __init__(
        self,
        given: list[str],
        forward: str | None,
        save: Path | None,
        *,
        paint: Paint,
        full: bool,
    ) -> None:
        self._secrets = given
        self._forward = forward
        self._save = save
        self._paint = paint
        self._full = full
        self._turn = threading.Lock()
        self._count = 0

    def take(self, path: str, headers: Headers, body: bytes) -> int:
        """Print a request; the status to answer with is returned."""
        status, lines = self._looked_at(headers, body)
        if self._forward is not None:
            status, passed = self._passed_on(self._forward, headers, body)
            lines.append(f"  {self._paint('dim', 'forwarded')} {passed}")
        color = "good" if 200 <= status < 300 else "bad"
        with self._turn:
            self._count += 1
            if self._save is not None:
                file = self._save / f"{self._count:04}.http"
                file.write_bytes(written(headers, body, path))
                lines.append(f"  {self._paint('dim', 'saved')} {file}")
            print(self._paint(color, f"{status}"), f"POST {printable(path)}", flush=True)
            print("\n".join(lines), flush=True)
        return status

    def _looked_at(self, headers: Headers, body: bytes) -> tuple[int, list[str]]:
        status, lines = 200, [f"  {self._paint('dim', 'signature')} not checked: no --secret"]
        if self._secrets:
            try:
                verify(body, header(headers, HEADER), self._secrets)
                lines = [f"  {self._paint('good', 'signature holds')}"]
            except PlainWebhookError as error:
                status, lines = 401, [f"  {self._paint('bad', str(error))}"]
        try:
            lines += told(parse(body), self._paint, full=self._full)
        except PlainWebhookError as error:
            status = 400 if status == 200 else status
            lines.append(f"  {self._paint('bad', str(error))}")
        return status, lines

    def _passed_on(self, url: str, headers: Headers, body: bytes) -> tuple[int, str]:
        kept = [(name, value) for name, value in headers if name.lower() not in _PER_HOP]
        try:
            response = httpx.post(
                url, content=body, headers=kept, timeout=_FORWARD_SECONDS, follow_redirects=False
            )
        except httpx.HTTPError as error:
            return 502, f"no answer: {printable(str(error))}"
        return response.status_code, f"answered with {response.status_code}"


def _handler(take: Callable[[str, Headers, bytes], int]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not length.isdigit():
                self._answer(411)
            elif int(length) > MAX_BODY:
                self._answer(413)
            else:
                body = self.rfile.read(int(length))
                self._answer(take(self.path, self.headers.items(), body))

        def do_GET(self) -> None:
            self._answer(405)

        do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET

        def _answer(self, status: int) -> None:
            # Whoever sent it may have gone meanwhile.
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if status >= 400:
                    self.send_header("Connection", "close")
                self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """What arrives is told in our own way."""

    return Handler
