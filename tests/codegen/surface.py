"""Clients compiled from a whole surface of the API, with an operation for each root field."""

import importlib
import sys
from contextlib import chdir
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from graphql import GraphQLSchema, build_client_schema
from support import PLAIN_API, plain_api

from plain_sdk.cli import main

CONFIG = """\
[tool.plain-sdk]
schema = "schema.graphql"
queries = "queries"
package = "generated/{name}"
operations = "PlainOperations"
"""


@dataclass
class Surface:
    """A surface, and the package that is compiled from it."""

    date: str
    folder: Path

    @property
    def name(self) -> str:
        return f"surface_{self.date.replace('-', '')}"

    @property
    def source(self) -> Path:
        """The introspection result."""
        plain_api(f"introspection-{self.date}.json")
        return PLAIN_API / f"introspection-{self.date}.json"

    @cached_property
    def schema(self) -> GraphQLSchema:
        content = plain_api(f"introspection-{self.date}.json")
        return build_client_schema(content.get("data", content))

    def compile(self) -> "Surface":
        """Pull the schema, write all operations, generate: with the commands, unedited."""
        (self.folder / "pyproject.toml").write_text(CONFIG.format(name=self.name))
        with chdir(self.folder):
            for command in (
                ["schema", "pull", str(self.source)],
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
