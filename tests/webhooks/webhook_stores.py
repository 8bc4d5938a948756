"""Stores to test with, and a real Redis."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plain_sdk.webhooks import DeliveryStore


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of a Redis of its own, on a socket in a folder of its own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
    # Not pytest's folder, whose path may be longer than that of a socket may be.
    with tempfile.TemporaryDirectory(prefix="plain-redis-") as folder:
        socket = Path(folder) / "socket"
        process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder,
             "--loglevel", "notice"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "ready to accept connections" in line.lower():
                    break
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.communicate()


Clock = Callable[[], float]


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


MakeStore = Callable[[], DeliveryStore]
