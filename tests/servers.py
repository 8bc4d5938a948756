"""Real servers for tests, from Debian's packages: a Redis and a PostgreSQL, each on a socket in a
folder of its own. Without them a test is skipped with the reason, unless PLAIN_TEST_SERVERS says
that they must be there."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


def _missing(reason: str) -> NoReturn:
    if os.environ.get("PLAIN_TEST_SERVERS") == "required":
        pytest.fail(f"PLAIN_TEST_SERVERS=required, but {reason}")
    pytest.skip(reason)


class RedisServer:
    """A Redis that can be stopped and started again; it then has forgotten everything."""

    def __init__(self, folder: str) -> None:
        program = shutil.which("redis-server")
        if program is None:
            _missing("redis-server is not installed (Debian: apt-get install redis-server)")
        self._socket = Path(folder) / "socket"
        self.url = f"unix://{self._socket}"
        self._command = [
            program, "--port", "0", "--unixsocket", str(self._socket), "--save", "",
            "--dir", folder, "--loglevel", "notice",
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        """Until it is ready."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "ready to accept connections" in line.lower():
                break

    def stop(self) -> None:
        """Until it is gone."""
        self._process.terminate()
        self._process.communicate()


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A Redis of its own."""
    # Not pytest's folder, whose path may be longer than that of a socket may be.
    with tempfile.TemporaryDirectory(prefix="plain-redis-") as folder:
        server = RedisServer(folder)
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL of its own."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    installed = str(found[-1]) if found else shutil.which("postgres")
    if installed is None:
        _missing("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    programs = Path(installed).parent
    # It refuses to run as root.
    other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="plain-pg-") as folder:
        if other:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        subprocess.run(
            [*other, programs / "initdb", "-D", data, "-U", "plain", "-A", "trust", "--no-sync"],
            check=True, cwd="/", capture_output=True,
        )  # fmt: skip
        process = subprocess.Popen(
            [*other, programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=",
             "-c", "fsync=off"],
            cwd="/", stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if "ready to accept connections" in line:
                    break
            yield f"postgresql:///postgres?host={folder}&user=plain"
        finally:
            # Not by its runner's id: that would end without it.
            pid = int((Path(data) / "postmaster.pid").read_text().split()[0])
            subprocess.run([*other, "kill", "-QUIT", str(pid)], check=True, cwd="/")
            process.communicate()
            _until_gone(pid)


def _until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
