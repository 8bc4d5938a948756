"""Serves the sandbox over real HTTP, in a thread of its own."""

import asyncio
import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

import uvicorn

from ._app import PATH, SandboxApp
from ._http import JsonRefusals
from ._rate import Usage

POLL = 0.1
"""Seconds after which somebody who waits looks again."""


class SandboxServer:
    """A running sandbox, as a context manager.

        with SandboxServer(SandboxApp(schema)) as server:
            AsyncPlainClient("any key", url=server.url)

    Args:
        app: What to serve. It is closed with the server.
        port: The port on the loopback address; 0 picks a free one.

    Raises OSError when the port is in use.
    """

    def __init__(self, app: SandboxApp, *, port: int = 0) -> None:
        self._app = app
        self._socket = _listening(port)
        self._server = _Server(
            uvicorn.Config(
                app,
                log_level="warning",
                lifespan="off",
                # What Plain's gateway does not say either.
                server_header=False,
                date_header=False,
                proxy_headers=False,
                access_log=False,
                http=JsonRefusals,
                ws="none",
                timeout_graceful_shutdown=1,
            ),
            app,
        )
        self._thread = threading.Thread(target=self._run, name="plain-sandbox", daemon=True)
        self._ended = threading.Event()

    @property
    def url(self) -> str:
        """The address of the API."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{host}:{port}{PATH}"

    @property
    def page_url(self) -> str:
        """Where a browser shows what the sandbox holds and was asked."""
        return self.url.removesuffix(PATH) + "/"

    @property
    def app(self) -> SandboxApp:
        """What is served: its `faults`, its `requests`."""
        return self._app

    @property
    def usage(self) -> Usage:
        """How many requests were let through and refused, and how full each window was."""
        return self._app.usage

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._server.ready.set()
            self._ended.set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._server.ready.wait()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def wait(self) -> None:
        """Block until the server stops, or Ctrl-C."""
        # Neither `join`, in which a Ctrl-C makes a running thread pass for ended up to Python 3.12,
        # nor the event's own `wait`, in which one can come between a lock and its release.
        while not self._ended.is_set():
            time.sleep(POLL)

    def close(self) -> None:
        """Stop serving and close the app."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._ended.wait()
            self._thread.join()
        self._socket.close()
        self._app.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, app: SandboxApp) -> None:
        super().__init__(config)
        self._app = app
        self.ready = threading.Event()
        self._webhooks: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Not `isinstance`: the commands watch an app from outside.
        self._webhooks = asyncio.create_task(self._app.webhooks.run())
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._webhooks is not None:
            self._webhooks.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._webhooks
        await super().shutdown(sockets)


def _listening(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener
