"""Whole surfaces of the API: compiled, answered by a later one, and light to import."""

import json
import random
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate
from pydantic import BaseModel
from random_answers import RandomAnswers
from support import ROOT
from surface import CAME_LATER, COMPILED, Surface, root_fields, schema_of

from plain_sdk import PlainMutationError
from plain_sdk._call.responses import ResponseReader, value_of
from plain_sdk._transports.base import WireResponse
from plain_sdk.cli import main
from plain_sdk.codegen.read.names import method_name
from plain_sdk.codegen.upkeep.all_operations import all_operations

ANSWERS = {"part": 2_000, "2026-05-11": 10_000}
"""How many random answers of the newer surface are read."""


@pytest.fixture(scope="module", params=COMPILED)
def surfaces(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Surface, Surface]:
    """An older surface and a newer one, compiled."""
    older, newer = request.param
    return (
        Surface(older, tmp_path_factory.mktemp("old")).compile(),
        Surface(newer, tmp_path_factory.mktemp("new")).compile(),
    )


@pytest.fixture
def old(surfaces: tuple[Surface, Surface]) -> Surface:
    return surfaces[0]


@pytest.fixture
def new(surfaces: tuple[Surface, Surface]) -> Surface:
    return surfaces[1]


@pytest.mark.parametrize("pair", COMPILED)
def test_an_operation_for_every_root_field_is_valid(pair: tuple[str, str]) -> None:
    """Also with what is deprecated; the same text each time; and hand-written names win."""
    for name in pair:
        schema = schema_of(name)
        roots = root_fields(schema)
        if name == "2026-05-11":
            assert len(roots) == 448
        for deprecated in (False, True):
            files = all_operations(schema, deprecated=deprecated)
            assert files == all_operations(schema, deprecated=deprecated)
            made = {Path(path).stem for path in files if not path.startswith("fragments")}
            assert made == set(map(method_name, roots))
            document = parse("\n".join(files.values()))
            assert validate(schema, document, max_errors=5) == []
    own = all_operations(schema, taken=["customer", "Thread"])
    assert "customers/customer.graphql" not in own
    assert "fragments/Thread.graphql" not in own


def test_a_surface_becomes_a_client_with_three_commands(old: Surface, new: Surface) -> None:
    """Every name of it can be imported, and pulling what was pulled changes nothing."""
    for surface in (old, new):
        package = surface.package()
        names = [getattr(package, name) for name in package.__all__]
        assert len(names) > 3 * len(root_fields(surface.schema))
        pulled = (surface.folder / "schema.graphql").read_bytes()
        with chdir(surface.folder):
            assert main(["schema", "pull", "schema.graphql"]) == 0
        assert (surface.folder / "schema.graphql").read_bytes() == pulled


def visit_everything(value: Any) -> int:
    """Touch every member of an answer, as a caller might; the number of members."""
    if isinstance(value, BaseModel):
        members = [getattr(value, name) for name in type(value).model_fields]
        return 1 + sum(map(visit_everything, members))
    if isinstance(value, list):
        return sum(map(visit_everything, value))
    return 1


def test_no_answer_of_a_later_surface_breaks_a_caller(old: Surface, new: Surface) -> None:
    """Thousands of random valid answers of the newer surface, to a client of the older one."""
    answers = RandomAnswers(new.schema, random.Random(20260511))
    reader = ResponseReader()
    operations = [
        (operation, parse(operation.document))
        for operation in old.operations().values()
        if not validate(new.schema, parse(operation.document))
    ]
    assert len(operations) > len(root_fields(old.schema)) * 0.9
    count = touched = refused = 0
    wanted = ANSWERS[new.of]
    while count < wanted:
        for operation, document in operations:
            body = json.dumps({"data": answers.data(document)}).encode()
            answer = WireResponse(200, {}, body)
            payload = operation.payload(reader.data(operation, answer))
            try:
                touched += visit_everything(value_of(operation, payload, answer))
            except PlainMutationError:
                refused += 1
            count += 1
    assert touched > 10 * wanted
    assert refused > wanted // 100


def test_what_the_older_client_does_not_know_is_kept(old: Surface, new: Surface) -> None:
    """An enum value by its text, a union member with its data, null where it was promised."""
    operations = old.operations()
    reader = ResponseReader()

    def read(name: str, data: Any) -> Any:
        operation = operations[name]
        answer = WireResponse(200, {}, json.dumps({"data": data}).encode())
        return operation.unwrap(operation.payload(reader.data(operation, answer)))

    answers = RandomAnswers(new.schema, random.Random(1))
    document = parse(operations["timeline_entry"].document)
    while True:
        data = answers.data(document)
        if data["timelineEntry"] is not None:
            break
    data["timelineEntry"]["entry"] = {
        "__typename": "CustomEntry", "externalId": None, "title": "T", "type_CustomEntry": None,
        "attachments": [],
        "components_CustomEntry": [
            {"__typename": CAME_LATER, "dateTimeIso8601": {"iso8601": "2026-05-11"}},
            {"__typename": "ComponentPlainText", "plainTextSize": "XXL", "plainTextColor": None,
             "plainText": None},
        ],
    }  # fmt: skip
    unknown, text = read("timeline_entry", data).entry.components
    assert unknown.typename__ == CAME_LATER
    assert unknown.data == {"dateTimeIso8601": {"iso8601": "2026-05-11"}}
    assert text.plain_text_size == "XXL"
    assert not text.plain_text_size.is_known
    assert text.plain_text is None
    assert text.model_dump(mode="json", by_alias=True)["plainTextSize"] == "XXL"


LOADED = """
import asyncio, json, sys
sys.path[:0] = {paths!r}
from {package}.client import PlainOperations
from wire_support import INPUT


class Stop(Exception): ...


class Executor:
    async def execute(self, operation, variables, options=None):
        from plain_sdk._call.responses import ResponseReader
        from plain_sdk._call.inputs import build_input
        from plain_sdk._transports.base import WireResponse
        build_input(operation.variables_type, variables, operation=operation.name)
        body = b'{{"data":{{"upsertCustomer":{{"result":null,"customer":null,"error":null}}}}}}'
        ResponseReader().data(operation, WireResponse(200, {{}}, body))
        raise Stop


async def main():
    try:
        await PlainOperations(Executor()).upsert_customer(**INPUT)
    except Stop:
        pass


before = set(sys.modules)
asyncio.run(main())
print(json.dumps(sorted(name for name in sys.modules if name.split(".")[0] == {package!r})))
"""


def loaded(package: str, paths: list[str]) -> list[str]:
    """The modules of a package that its first upsert needs."""
    code = LOADED.format(paths=paths, package=package)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    names: list[str] = json.loads(done.stdout)
    return names


def test_more_operations_cost_nothing_to_start(new: Surface) -> None:
    """With an operation for every root field, an upsert loads what belongs to it and no more."""
    tests, folder = str(ROOT / "tests"), str(new.folder / "generated")
    ours, whole = loaded("plain_graphql", [tests]), loaded(new.name, [tests, folder])
    assert f"{new.name}.operations.upsert_customer" in whole
    # It selects every field of a customer, so its fragments are more; the rest stays unloaded.
    assert len([name for name in whole if ".operations." in name]) == 1
    assert len(whole) < len(ours) + 60
