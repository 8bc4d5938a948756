"""What several tests need."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

from plain_sdk._api import schema_path
from plain_sdk.sandbox import SandboxServer

ROOT = Path(__file__).parents[1]
PLAIN_API = ROOT.parent / "shared" / "plain-api"


@functools.cache
def own_schema() -> GraphQLSchema:
    """The repository's schema, built once for all tests of a process."""
    return build_schema(schema_path().read_text(encoding="utf-8"))


StartSandbox = Callable[..., SandboxServer]


def plain_api(name: str) -> Any:
    """A file of facts about the API; the test is skipped where the folder is absent."""
    path = PLAIN_API / name
    if not path.exists():
        pytest.skip(f"facts about the API are not here: {PLAIN_API.name}/{name}")
    return json.loads(path.read_text(encoding="utf-8"))


def create(email: str, name: str = "Donald Duck", **more: Any) -> Any:
    """An `on_create` that is good enough for most tests."""
    return {"full_name": name, "email": {"email": email, "is_verified": False}, **more}
