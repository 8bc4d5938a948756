"""The pytest plugin in a project of its own: what it imports, and with which plugins it works."""

import subprocess
import sys
from pathlib import Path

PROJECT = """
import pytest

from plain_sdk import AsyncPlainClient

pytestmark = pytest.mark.plain_sandbox(tenants=["acme"])


@pytest.fixture
async def by_anyio(plain, plain_sandbox, anyio_backend):
    return await plain.customer(plain_sandbox.customer().id)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.parametrize("number", range(3))
async def test_anyio(by_anyio, plain, plain_sandbox, number, anyio_backend):
    assert plain_sandbox.customers == [by_anyio]
    assert [c async for c in plain.customers()] == [by_anyio]


@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(3))
async def test_asyncio(plain, plain_sandbox, number):
    made = plain_sandbox.customer()
    assert [c async for c in plain.customers()] == [made]


@pytest.mark.asyncio
async def test_on_a_port(plain_server, plain_sandbox):
    made = plain_sandbox.customer("a@b.example", tenants=["acme"])
    async with AsyncPlainClient("any", url=plain_server.url) as plain:
        assert await plain.customer_by_email("a@b.example") == made


def test_without_a_loop(plain_sandbox):
    assert plain_sandbox.customer() in plain_sandbox.customers
"""


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, timeout=120
    )


def test_it_works_beside_other_plugins(tmp_path: Path) -> None:
    """pytest-asyncio in strict mode (this project runs it in auto mode), anyio's plugin under
    asyncio and trio; warnings are errors. With several workers, this project itself runs it."""
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = strict\nasyncio_default_fixture_loop_scope = function\n"
        "filterwarnings = error\naddopts = --strict-markers\n"
    )
    (tmp_path / "test_it.py").write_text(PROJECT)
    done = run("-m", "pytest", "-q", "-p", "no:xdist", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "11 passed" in done.stdout


def test_the_plugin_imports_nothing_until_a_fixture_is_asked_for(tmp_path: Path) -> None:
    """Besides pytest, there is the root of the package and this module, and that is all."""
    code = (
        "import sys, pytest\n"
        "before = {*sys.modules}\n"
        "from importlib.metadata import entry_points\n"
        "(found,) = [e for e in entry_points(group='pytest11') if e.name == 'plain-sdk']\n"
        "found.load()\n"
        "new = {n for n in {*sys.modules} - before if n.startswith(('plain', 'graphql', 'httpx',"
        " 'pydantic', 'anyio', 'uvicorn', 'asyncio'))}\n"
        "print(*sorted(new))\n"
    )
    done = run("-c", code, cwd=tmp_path)
    assert done.stdout.split() == [
        "plain_sdk", "plain_sdk._version", "plain_sdk.testing", "plain_sdk.testing.plugin",
    ], done.stderr  # fmt: skip
