"""What several tests need."""

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, ObjectTypeDefinitionNode, build_ast_schema, build_schema, parse

from plain_sdk._api import queries_path, schema_path
from plain_sdk.codegen.upkeep.heads import MADE
from plain_sdk.codegen.upkeep.merge import merge
from plain_sdk.sandbox import SandboxServer

ROOT = Path(__file__).parents[1]
PLAIN_API = ROOT.parent / "shared" / "plain-api"


@functools.cache
def own_schema() -> GraphQLSchema:
    """The repository's schema, built once for all tests of a process."""
    return build_schema(schema_path().read_text(encoding="utf-8"))


@functools.cache
def part_of_the_schema(*folders: str) -> str:
    """The repository's schema with those root fields alone that have operations written by hand,
    in these folders of `queries/` or in all.

    A third of the whole, for tests that compile it and would learn no more from all of it.
    """
    text = schema_path().read_text(encoding="utf-8")
    by_hand = {
        name
        for file in queries_path().rglob("*.graphql")
        if not (folders and file.parent.name not in folders)
        and not (written := file.read_text(encoding="utf-8")).startswith(MADE)
        for name in re.findall(r"(?m)^(?:query|mutation) (\w+)", written)
    }
    document = parse(text, no_location=True)
    for node in document.definitions:
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value in ("Query", "Mutation"):
            node.fields = tuple(f for f in node.fields if f.name.value in by_hand)
    return merge(text, build_ast_schema(document, assume_valid=True)).text


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
