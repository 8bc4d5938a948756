"""Shared fixtures: a clean environment, a sandbox on a real socket, and a client of it."""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from servers import RedisServer, postgres_server, redis_server
from support import StartSandbox

from plain_sdk import AsyncPlainClient
from plain_sdk._api import schema_path
from plain_sdk.sandbox import ApiKey, SandboxApp, SandboxServer

# How long something takes on a busy machine says nothing of the code, and fails no test.
settings.register_profile("plain-sdk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("plain-sdk")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's own key or address."""
    for name in ("PLAIN_API_KEY", "PLAIN_API_URL", "PLAIN_TRANSPORT", "HTTP_PROXY",
                 "HTTPS_PROXY", "ALL_PROXY",
                 "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session", autouse=True)
def _mypy_remembers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What mypy has read of the libraries once, it need not read for each test again, in no
    worker: the folder above is the one of the whole run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["MYPY_CACHE_DIR"] = str(shared / "mypy")


@pytest.fixture(scope="session")
def redis_running() -> Iterator[RedisServer]:
    """A Redis for all tests of the session. Tests keep apart by the names they use."""
    with redis_server() as server:
        yield server


@pytest.fixture
def redis_url(redis_running: RedisServer) -> str:
    """Its address."""
    return redis_running.url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL for all tests of the session."""
    with postgres_server() as url:
        yield url


@pytest.fixture
def start_sandbox() -> Iterator[StartSandbox]:
    """Starts sandboxes, and stops them after the test."""
    running: list[SandboxServer] = []

    def start(**settings: Any) -> SandboxServer:
        settings.setdefault("rate_limit", 0)
        settings.setdefault("keys", (ApiKey("full"),))
        schema = settings.pop("schema", None) or schema_path().read_text(encoding="utf-8")
        server = SandboxServer(SandboxApp(schema, **settings)).__enter__()
        running.append(server)
        return server

    yield start
    for server in running:
        server.close()


@pytest.fixture
def sandbox(start_sandbox: StartSandbox) -> SandboxServer:
    """A sandbox with the group `enterprise` and the tenant `acme`."""
    return start_sandbox(groups=("enterprise",), tenants=("acme",))


@pytest.fixture
async def client(sandbox: SandboxServer) -> AsyncIterator[AsyncPlainClient]:
    """A client with every permission."""
    async with AsyncPlainClient("full", url=sandbox.url) as client:
        yield client
