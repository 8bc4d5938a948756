"""Whole surfaces of an API, and the clients that are compiled from them.

The repository's own schema is one; an older one is derived from it in code. Where the folder of
facts about Plain lies beside the repository, Plain's two surfaces are surveyed too.
"""

import importlib
import sys
from contextlib import chdir
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from graphql import (
    REMOVE,
    EnumTypeDefinitionNode,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    UnionTypeDefinitionNode,
    Visitor,
    build_ast_schema,
    build_client_schema,
    parse,
    print_ast,
    print_schema,
    visit,
)
from support import own_schema, part_of_the_schema, plain_api

from plain_sdk._api import schema_path
from plain_sdk.cli import main

CONFIG = """\
[tool.plain-sdk]
schema = "schema.graphql"
queries = "queries"
package = "generated/{name}"
operations = "PlainOperations"
"""

CAME_LATER = "ComponentDateTime"
"""A union's member that the older surface does not have; so it was with Plain's own, too."""

_PLAIN = pytest.param(("2026-03-28", "2026-05-11"), id="plain", marks=pytest.mark.survey)
PAIRS = [pytest.param(("older", "own"), id="own"), _PLAIN]
"""An older surface and a newer one."""
COMPILED = [pytest.param(("older part", "part"), id="own"), _PLAIN]
"""The same to be compiled, for which a part of our own is enough."""


_KEPT = ("Customer", "Snippet")
"""Types whose operations the tests use on the older surface."""


def _part() -> str:
    return part_of_the_schema("customers", "snippets", "threads", "timeline")


class _Older(Visitor):
    """Takes away what is taken to have come later: never of what an upsert selects, and never a
    list, of which a document would then have an empty selection."""

    def enter_union_type_definition(self, node: UnionTypeDefinitionNode, *_: object) -> None:
        node.types = tuple(member for member in node.types if member.name.value != CAME_LATER)

    def enter_object_type_definition(self, node: ObjectTypeDefinitionNode, *_: object) -> Any:
        if node.name.value == CAME_LATER:
            return REMOVE
        if node.name.value in ("Query", "Mutation"):
            node.fields = tuple(f for n, f in enumerate(node.fields) if n % 20 != 19)
        elif len(node.fields) > 6 and not node.interfaces and node.name.value not in _KEPT:
            last = node.fields[-1]
            if not print_ast(last.type).rstrip("!").endswith("Connection"):
                node.fields = node.fields[:-1]
        return None

    def enter_enum_type_definition(self, node: EnumTypeDefinitionNode, *_: object) -> None:
        if len(node.values) > 4:
            node.values = node.values[:-1]


def schema_of(name: str) -> GraphQLSchema:
    """A surface by its name; the test is skipped where it is not here."""
    if name == "own":
        return own_schema()
    if name == "part":
        return build_ast_schema(parse(_part()))
    if name in ("older", "older part"):
        whole = name == "older"
        text = schema_path().read_text(encoding="utf-8") if whole else _part()
        return build_ast_schema(visit(parse(text), _Older()))
    content = plain_api(f"introspection-{name}.json")
    return build_client_schema(content.get("data", content))


def root_fields(schema: GraphQLSchema) -> list[str]:
    """The names of all queries and mutations."""
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    return [*schema.query_type.fields, *schema.mutation_type.fields]


@dataclass
class Surface:
    """A surface, and the package that is compiled from it."""

    of: str
    folder: Path

    @property
    def name(self) -> str:
        return f"surface_{self.of.replace('-', '').replace(' ', '_')}"

    @cached_property
    def schema(self) -> GraphQLSchema:
        return schema_of(self.of)

    def compile(self) -> "Surface":
        """Pull the schema, write all operations, generate: with the commands, unedited."""
        (self.folder / "pyproject.toml").write_text(CONFIG.format(name=self.name))
        (self.folder / "source.graphql").write_text(print_schema(self.schema))
        with chdir(self.folder):
            for command in (
                ["schema", "pull", "source.graphql"],
                ["operations", "--all"],
                ["generate"],
            ):
                assert main(command) == 0
        return self

    def package(self) -> ModuleType:
        """The compiled package, imported."""
        folder = str(self.folder / "generated")
        if folder not in sys.path:
            sys.path.insert(0, folder)
        return importlib.import_module(self.name)

    def operations(self) -> dict[str, Any]:
        """The compiled operations by their names."""
        self.package()
        folder = self.folder / "generated" / self.name / "operations"
        modules = sorted(path.stem for path in folder.glob("[a-z]*.py"))
        return {
            module: getattr(
                importlib.import_module(f"{self.name}.operations.{module}"), module.upper()
            )
            for module in modules
        }
