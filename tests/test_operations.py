"""Every operation, through the client, against a server that knows the schema."""

import asyncio
import inspect
import json
import random
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from graphql import (
    REMOVE,
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    parse,
    specified_rules,
    type_from_ast,
    validate,
    visit,
)
from graphql.execution.values import get_variable_values
from random_answers import RandomAnswers, random_input
from scripted_server import Request, ScriptedServer, answer
from support import ROOT, own_schema
from surface import CAME_LATER, PAIRS, schema_of

from plain_sdk import AsyncPlainClient
from plain_sdk._call.lean import lean
from plain_sdk._call.responses import ResponseReader
from plain_sdk._transports.base import WireResponse
from plain_sdk.codegen.read.names import method_name, python_name
from plain_sdk.codegen.upkeep.heads import MADE, documented
from plain_sdk.runtime.operations import Operation

ALL = sorted(path.stem for path in (ROOT / "generated/plain_graphql/operations").glob("[a-z]*.py"))
MODULES = sorted(map(method_name, documented()))
"""Those that are written by hand; of the rest, `test_whole_surface` sees enough."""
SCHEMA = own_schema()


def operation_of(module: str) -> Operation[Any, Any, Any]:
    found: Operation[Any, Any, Any] = getattr(
        import_module(f"plain_graphql.operations.{module}"), module.upper()
    )
    return found


class SchemaServer(ScriptedServer):
    """Answers what is valid by the schema with random data, and everything else with 400."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.answers = RandomAnswers(SCHEMA, random.Random(5))
        self.sent: list[bytes] = []
        self._known: dict[str, tuple[DocumentNode, Any]] = {}

    def _checked(self, query: str) -> tuple[DocumentNode, Any]:
        if query not in self._known:
            document = parse(query)
            self._known[query] = (document, validate(SCHEMA, document))
        return self._known[query]

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        document, errors = self._checked(request.json["query"])
        variables = request.json.get("variables") or {}
        if not errors:
            definitions = document.definitions[0].variable_definitions  # type: ignore[attr-defined]
            coerced = get_variable_values(SCHEMA, definitions, variables)
            errors = coerced if isinstance(coerced, list) else []
        if errors:
            entries = [{"message": error.message} for error in errors]
            return await answer({"errors": entries}, status=400)(request, writer)
        content = {"data": self.answers.data(document, refusals=0.0)}
        self.sent.append(json.dumps(content).encode())
        return await answer(content)(request, writer)


@pytest.fixture(scope="module")
def server() -> Iterator[SchemaServer]:
    with SchemaServer() as server:
        yield server


def arguments_of(operation: Operation[Any, Any, Any], randomness: random.Random) -> dict[str, Any]:
    """Random arguments for an operation's method, as the schema allows them."""
    document = parse(operation.document)
    made: dict[str, Any] = {}
    for node in document.definitions[0].variable_definitions:  # type: ignore[attr-defined]
        name = node.variable.name.value
        type_: Any = type_from_ast(SCHEMA, node.type)
        if name in ("first", "after", "last", "before"):
            continue
        value = random_input(type_, randomness)
        if name == "input" and isinstance(get_named_type(type_), GraphQLInputObjectType):
            made.update(value)
        else:
            made[name] = value
    # A parameter that every method has keeps its name.
    names = {"options": "options_"}
    return {names.get(name, python_name(name)): value for name, value in made.items()}


@pytest.mark.parametrize("module", MODULES)
async def test_each_operation_works_through_the_client(module: str, server: SchemaServer) -> None:
    """The document and the variables are valid, and the answer becomes the value it promises."""
    operation = operation_of(module)
    randomness = random.Random(module)
    async with AsyncPlainClient("k", url=server.url) as client:
        method = getattr(client, module)
        for _ in range(3):
            arguments = arguments_of(operation, randomness)
            given: Any = method(**arguments)
            value = await (given.first() if hasattr(given, "pages") else given)
            body = server.sent[-1]
            payload = operation.payload(
                ResponseReader().data(operation, WireResponse(200, {}, body))
            )
            expected = operation.unwrap(payload)
            if hasattr(given, "pages"):
                nodes = [edge.node for edge in expected.edges] if expected else []
                assert value == (nodes[0] if nodes else None)
            else:
                assert value == expected
            raw = await getattr(client.raw, module)(**arguments)
            answer_to_raw = WireResponse(200, {}, server.sent[-1])
            assert raw == operation.payload(ResponseReader().data(operation, answer_to_raw))


@pytest.mark.parametrize("module", [m for m in MODULES if operation_of(m).kind == "mutation"])
async def test_each_mutation_takes_the_whole_input(module: str, server: SchemaServer) -> None:
    """As the model, which says the same as the members one by one."""
    operation = operation_of(module)
    arguments = arguments_of(operation, random.Random(1))
    input_type = operation.variables_type.model_fields["input"].annotation
    async with AsyncPlainClient("k", url=server.url) as client:
        await getattr(client, module)(**arguments)
        by_members = server.requests[-1].json["variables"]
        whole = getattr(client.with_input, module)
        for given in (input_type(**arguments), arguments):  # type: ignore[misc]
            await whole(given)
            assert server.requests[-1].json["variables"] == by_members


class _Available(Visitor):
    """Takes out of a document what a schema does not have."""

    def __init__(self, schema: GraphQLSchema, info: TypeInfo) -> None:
        super().__init__()
        self._schema = schema
        self._info = info
        self.removed: list[str] = []

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        parent: Any = self._info.get_parent_type()
        name = node.name.value
        if name.startswith("__") or parent is None or name in getattr(parent, "fields", {}):
            return None
        self.removed.append(f"{parent.name}.{name}")
        return REMOVE

    def enter_argument(self, node: ArgumentNode, *_: Any) -> Any:
        field: Any = self._info.get_field_def()
        return None if node.name.value in field.args else REMOVE

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> Any:
        return None if type_from_ast(self._schema, node.type) else REMOVE

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> Any:
        return self._gone(node.type_condition.name.value)

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> Any:
        return self._gone(node.type_condition.name.value) if node.type_condition else None

    def _gone(self, name: str) -> Any:
        if name in self._schema.type_map:
            return None
        self.removed.append(name)
        return REMOVE


def available(schema: GraphQLSchema, document: DocumentNode) -> tuple[DocumentNode, list[str]]:
    """The part of a document that a schema has, and what it lacks."""
    info = TypeInfo(schema)
    cleaning = _Available(schema, info)
    cleaned: DocumentNode = visit(document, TypeInfoVisitor(info, cleaning))
    left = {d.name.value for d in cleaned.definitions if isinstance(d, FragmentDefinitionNode)}

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> Any:
            return None if node.name.value in left else REMOVE

    return visit(cleaned, Spreads()), cleaning.removed


@pytest.mark.parametrize("pair", PAIRS)
def test_all_documents_are_valid_wherever_the_surface_has_the_field(pair: tuple[str, str]) -> None:
    """The newer surface has them all; the older one lacks only what came later."""
    rules = [r for r in specified_rules if r not in (NoUnusedFragmentsRule, NoUnusedVariablesRule)]
    for name in pair:
        schema = schema_of(name)
        lacking: set[str] = set()
        for module in MODULES:
            operation = operation_of(module)
            for text in dict.fromkeys((operation.document, lean(operation).document)):
                document, removed = available(schema, parse(text))
                lacking.update(removed)
                assert validate(schema, document, rules) == [], module
        assert (CAME_LATER in lacking) == (name == pair[0])
        if name == pair[1]:
            assert lacking == set()


def test_every_operation_has_a_file_with_its_facts() -> None:
    """Each says what it is for; a mutation, whether it may be repeated."""
    files = (ROOT / "queries").rglob("*.graphql")
    folders = ("shared", "fragments")
    operations = {p for p in files if p.parent.name not in folders and p.stem != "fragments"}
    assert len(operations) == len(ALL)
    for path in operations:
        text = path.read_text(encoding="utf-8").removeprefix(MADE)
        assert text.startswith("# "), path


def test_methods_show_their_parameters() -> None:
    """`help()` and editors see names and defaults, not a bag of keywords."""
    for module in MODULES:
        parameters = inspect.signature(getattr(AsyncPlainClient, module)).parameters
        assert "options" in parameters
        assert not any(p.kind is p.VAR_KEYWORD for p in parameters.values()), module
        returned = getattr(AsyncPlainClient, module).__annotations__.get("return", "")
        assert ("NodePages" in str(returned)) == (not inspect.iscoroutinefunction(
            getattr(AsyncPlainClient, module)
        )), module  # fmt: skip
