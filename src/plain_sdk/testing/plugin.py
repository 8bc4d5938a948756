"""The fixtures, for pytest, which loads this module by its entry point.

It imports nothing that pytest has not, so that a project whose tests ask for no fixture pays
nothing. None of the fixtures is asynchronous: so they work with pytest-asyncio in either mode,
with anyio's plugin under asyncio and trio, and without any.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .._client import AsyncPlainClient
    from ..sandbox import SandboxServer
    from ._sandbox import PlainSandbox

_MARKER = "plain_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Tell of the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(**settings): how the sandbox of the fixture plain_sandbox is made; "
        "see plain_sdk.testing.PlainSandbox",
    )


@pytest.fixture
def plain_sandbox(request: pytest.FixtureRequest) -> "Iterator[PlainSandbox]":
    """A local Plain of this test's own, in the process, without a port."""
    try:
        from ._sandbox import PlainSandbox
    except ImportError as error:
        pytest.fail(f"{error}; pip install 'plain-sdk[sandbox]'", pytrace=False)
    settings: dict[str, object] = {}
    # The nearest marker has the last word.
    for marker in reversed([*request.node.iter_markers(_MARKER)]):
        settings.update(marker.kwargs)
    with PlainSandbox(**settings) as sandbox:  # type: ignore[arg-type]
        yield sandbox


@pytest.fixture
def plain(plain_sandbox: "PlainSandbox") -> "AsyncPlainClient":
    """A client of the sandbox; it is closed with it."""
    return plain_sandbox.client()


@pytest.fixture
def plain_server(plain_sandbox: "PlainSandbox") -> "SandboxServer":
    """The sandbox on a port of the loopback address: `plain_server.url`."""
    return plain_sandbox.serve()
