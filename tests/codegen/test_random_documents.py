"""Random operations over a whole surface: compiled, checked, and fed with all that may come."""

import asyncio
import importlib
import inspect
import json
import random
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, parse, print_schema, type_from_ast
from pydantic import BaseModel
from random_answers import RandomAnswers, random_input
from random_documents import RandomDocuments
from surface import schema_of
from test_surfaces import visit_everything

from plain_sdk import AsyncPlainClient, PlainError
from plain_sdk.cli import main

CONFIG = """\
[tool.plain-sdk]
schema = "schema.graphql"
queries = "queries"
package = "src/{name}"
operations = "Ops"
"""
FEW, MANY = 12, 25
"""Operations of a project."""
FEEDINGS = 6
"""How often each operation is answered."""


class Project:
    """Random operations, compiled."""

    def __init__(self, schema: GraphQLSchema, folder: Path, seed: int, count: int) -> None:
        self.schema, self.folder, self.seed = schema, folder, seed
        self.name = f"random_{seed}_{len(schema.type_map)}"
        self.random = random.Random(seed)
        (folder / "queries").mkdir(parents=True)
        text = RandomDocuments(schema, self.random).document(count)
        (folder / "queries" / "all.graphql").write_text(text)
        (folder / "schema.graphql").write_text(print_schema(schema))
        (folder / "pyproject.toml").write_text(CONFIG.format(name=self.name))
        with chdir(folder):
            assert main(["generate"]) == 0, f"seed {seed}"
        sys.path.insert(0, str(folder / "src"))

    def operations(self) -> dict[str, Any]:
        """The operations by their methods, each module imported."""
        found: dict[str, Any] = {}
        for path in sorted((self.folder / "src" / self.name / "operations").glob("[a-z]*.py")):
            module = importlib.import_module(f"{self.name}.operations.{path.stem}")
            found[path.stem] = getattr(module, path.stem.upper())
        return found

    def well_typed(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--config-file=", "src"],
            capture_output=True, text=True, timeout=600, cwd=self.folder,
        )  # fmt: skip
        assert done.returncode == 0, f"seed {self.seed}: {done.stdout}"

    def keeps_what_it_reads(self) -> None:
        """Each valid answer is read, and given back as it came."""
        answers = RandomAnswers(self.schema, self.random)
        package = importlib.import_module(self.name)
        for name in package.__all__:
            value = getattr(package, name)
            if isinstance(value, type) and issubclass(value, BaseModel):
                value.model_rebuild()
        for name, operation in self.operations().items():
            document = parse(operation.document)
            for _ in range(FEEDINGS):
                data = answers.data(document)
                made = operation.data_type.model_validate_json(json.dumps(data), by_name=False)
                given = made.model_dump(mode="json", by_alias=True, exclude_unset=True)
                data.pop("__typename", None)
                assert given == data, f"seed {self.seed}, {name}: {given} != {data}"

    async def gives_values_and_errors(self) -> tuple[int, int]:
        """How many calls of the methods gave values and how many errors; nothing else comes."""
        answers = RandomAnswers(self.schema, self.random)
        answers.more_pages = False

        def answer(request: httpx.Request) -> httpx.Response:
            document = parse(json.loads(request.content)["query"])
            data = answers.data(document, refusals=0.4)
            content: Any = {"data": data}
            match self.random.randrange(8):
                case 0:
                    entry = {"message": "no", "extensions": {"code": "FORBIDDEN"}, "path": ["a"]}
                    content["errors"] = [entry]
                case 1:
                    content["data"] = dict.fromkeys(data)
                case 2:
                    content["data"] = _without(data, self.random)
                case _:
                    pass
            return httpx.Response(200, json=content)

        values = errors = 0
        ops_class = importlib.import_module(f"{self.name}.client").Ops
        http_client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        options: Any = {"max_attempts": 1}
        async with http_client, AsyncPlainClient(
            "k", url="http://127.0.0.1:1/", http_client=http_client, options=options
        ) as client:  # fmt: skip
            ops = ops_class(client)
            for name, operation in self.operations().items():
                method = getattr(ops, name)
                for _ in range(FEEDINGS):
                    arguments = self._arguments(operation, inspect.signature(method).parameters)
                    try:
                        with deprecated_ones():
                            made = method(**arguments)
                        if inspect.iscoroutine(made):
                            value = await made
                        else:
                            value = await made.collect()
                    except PlainError as error:
                        # Each is one that was thought of.
                        assert "cannot be understood" not in str(error), f"{self.seed}, {name}"
                        errors += 1
                    else:
                        values += 1
                        with deprecated_ones():
                            visit_everything(value)
        return values, errors

    def _arguments(self, operation: Any, parameters: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        (definition,) = (
            d for d in parse(operation.document).definitions if d.kind == "operation_definition"
        )
        for variable in definition.variable_definitions:  # type: ignore[attr-defined]
            name = variable.variable.name.value
            if name in parameters and name not in ("after", "before"):
                type_: Any = type_from_ast(self.schema, variable.type)
                found[name] = random_input(type_, self.random)
        return found


@contextmanager
def deprecated_ones() -> Iterator[None]:
    """A caller's own use of methods and members that are deprecated; nobody else may warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _without(value: Any, randomness: random.Random) -> Any:
    """The same with null somewhere, whatever was promised."""
    if isinstance(value, dict):
        if not value:
            return value
        name = randomness.choice(list(value))
        return {**value, name: _without(value[name], randomness)}
    if isinstance(value, list) and value:
        return [_without(value[0], randomness), *value[1:]]
    return None


def check(
    schema: GraphQLSchema, folder: Path, seed: int, *, count: int = MANY, typed: bool = True
) -> None:
    """All that must hold for the operations of a seed."""
    project = Project(schema, folder, seed, count)
    project.keeps_what_it_reads()
    values, errors = asyncio.run(project.gives_values_and_errors())
    assert values > errors / 4 > 0
    if typed:
        project.well_typed()


def test_random_operations_compile_and_all_their_answers_are_read(tmp_path: Path) -> None:
    """Values and errors come out, and nothing that was answered is lost on the way."""
    check(schema_of("own"), tmp_path, 1, count=FEW)


@pytest.mark.survey
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("surface", ["own", "2026-03-28", "2026-05-11"])
def test_so_do_many_more_on_every_surface(tmp_path: Path, surface: str) -> None:
    """Of each surface some hundred operations."""
    schema = schema_of(surface)
    for seed in range(10, 22):
        check(schema, tmp_path / str(seed), seed, typed=seed % 3 == 0)
