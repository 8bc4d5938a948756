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
from surface import Surface

from plain_sdk import PlainMutationError
from plain_sdk._call.responses import ResponseReader, value_of
from plain_sdk._transports.base import WireResponse
from plain_sdk.cli import main
from plain_sdk.codegen.upkeep.all_operations import all_operations

OLD, NEW = "2026-03-28", "2026-05-11"
ANSWERS = 10_000


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Surface:
    return Surface(OLD, tmp_path_factory.mktemp("old")).compile()


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Surface:
    return Surface(NEW, tmp_path_factory.mktemp("new")).compile()


@pytest.mark.parametrize("date", [OLD, NEW])
def test_an_operation_for_every_root_field_is_valid(date: str) -> None:
    """Also with what is deprecated; the same text each time; and hand-written names win."""
    surface = Surface(date, Path())
    roots = [*surface.schema.query_type.fields, *surface.schema.mutation_type.fields]  # type: ignore[union-attr]
    if date == NEW:
        assert len(roots) == 448
    for deprecated in (False, True):
        files = all_operations(surface.schema, deprecated=deprecated)
        assert files == all_operations(surface.schema, deprecated=deprecated)
        made = {Path(path).stem for path in files if not path.startswith("fragments")}
        assert made == set(roots)
        document = parse("\n".join(files.values()))
        assert validate(surface.schema, document, max_errors=5) == []
    own = all_operations(surface.schema, taken=["customer", "Thread"])
    assert "queries/customer.graphql" not in own
    assert "fragments/Thread.graphql" not in own


def test_a_surface_becomes_a_client_with_three_commands(old: Surface, new: Surface) -> None:
    """Every name of it can be imported, and pulling what was pulled changes nothing."""
    for surface in (old, new):
        package = surface.package()
        assert len([getattr(package, name) for name in package.__all__]) > 1500
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
    assert len(operations) > 400
    count = touched = refused = 0
    while count < ANSWERS:
        for operation, document in operations:
            body = json.dumps({"data": answers.data(document)}).encode()
            answer = WireResponse(200, {}, body)
            payload = operation.payload(reader.data(operation, answer))
            try:
                touched += visit_everything(value_of(operation, payload, answer))
            except PlainMutationError:
                refused += 1
            count += 1
    assert touched > 10 * ANSWERS
    assert refused > 100


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
            {"__typename": "ComponentDateTime", "dateTimeIso8601": {"iso8601": "2026-05-11"}},
            {"__typename": "ComponentPlainText", "plainTextSize": "XXL", "plainTextColor": None,
             "plainText": None},
        ],
    }  # fmt: skip
    unknown, text = read("timeline_entry", data).entry.components
    assert unknown.typename__ == "ComponentDateTime"
    assert unknown.data == {"dateTimeIso8601": {"iso8601": "2026-05-11"}}
    assert text.plain_text_size == "XXL"
    assert not text.plain_text_size.is_known
    assert text.plain_text is None
    assert text.model_dump(mode="json", by_alias=True)["plainTextSize"] == "XXL"


START = """
import asyncio, sys, time
sys.path[:0] = {paths!r}
began = time.perf_counter()
from {package} import {client}
{bind}
imported = time.perf_counter()
from wire_support import INPUT
import json
async def main():
    call = operations.upsert_customer
    try:
        await call(**INPUT)
    except Stop:
        pass
asyncio.run(main())
print(json.dumps([imported - began, time.perf_counter() - began,
                  sorted(m for m in sys.modules if "graphql" in m or "surface" in m).__len__()]))
"""
EXECUTOR = """
class Stop(Exception): ...
class Executor:
    async def execute(self, operation, variables, options=None):
        from plain_sdk._call.responses import ResponseReader
        from plain_sdk._call.inputs import build_input
        from plain_sdk._transports.base import WireResponse
        build_input(operation.variables_type, variables, operation=operation.name)
        body = b'{"data":{"upsertCustomer":{"result":null,"customer":null,"error":null}}}'
        ResponseReader().data(operation, WireResponse(200, {}, body))
        raise Stop
operations = %s(Executor())
"""


def cost(package: str, paths: list[str]) -> tuple[float, float]:
    """Seconds to import a package's operations, and until the first upsert is answered."""
    name = "PlainOperations"
    code = START.format(paths=paths, package=f"{package}.client", client=name, bind=EXECUTOR % name)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    imported, answered, _ = json.loads(done.stdout)
    return imported, answered


def test_more_operations_cost_nothing_to_start(new: Surface) -> None:
    """With all 448 operations, at most twice what our own package costs, in one run."""
    tests = str(ROOT / "tests")
    folder = str(new.folder / "generated")
    cost("plain_graphql", [tests]), cost(new.name, [tests, folder])  # bytecode is written
    ours = [cost("plain_graphql", [tests]) for _ in range(7)]
    whole = [cost(new.name, [tests, folder]) for _ in range(7)]
    assert min(w[1] for w in whole) <= 2 * min(o[1] for o in ours)
