"""Schemas that no sane API has: what can be said in Python works, the rest is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from plain_sdk.cli import main

SCHEMA = """
interface Node { id: ID! }
interface Named { id: ID! name: String }
type A implements Node & Named { id: ID! name: String _id: String d: Int model_config: String }
type B implements Node { id: ID! other: Int }
type SLA { id: ID! from: String class: Mode }
enum Mode { mro None True name _value_ ok OK }
input Filter { or: [Filter!] from: String given: String self: Int schema: Mode, model_config: Int }
type Conn { edges: [Edge!]! pageInfo: PageInfo! }
type Edge { cursor: String! node: A! }
type PageInfo {
  hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String
}
type Error { message: String! type: String! code: String! fields: [String!]! }
type Out { sla: SLA error: Error }
type Query {
  node(id: ID!): Node
  import(filter: Filter, options: Int, self: Int): A
  sla(node_id: ID, mode: Mode! = ok): SLA
  all(first: Int, after: String, last: Int, before: String): Conn
}
type Mutation { make(input: Filter!): Out given(class: String, given: Int): Out }
"""
GOOD = """
query node($id: ID!) { node(id: $id) { id ... on A { name d } } }
query import($filter: Filter, $options: Int, $self: Int) {
  import(filter: $filter, options: $options, self: $self) { id model_config }
}
query sla($node_id: ID, $mode: Mode! = ok) { sla(node_id: $node_id, mode: $mode) { ...SLA } }
fragment SLA on SLA { id from class }
query all($first: Int, $after: String, $last: Int, $before: String) {
  all(first: $first, after: $after, last: $last, before: $before) { ...C }
}
fragment C on Conn {
  edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
}
# Repeat: safe
mutation make($input: Filter!) {
  make(input: $input) { sla { ...SLA } error { message type code fields } }
}
# Repeat: safe
# Null: sla
mutation given($class: String, $given: Int) {
  given(class: $class, given: $given) { sla { ...SLA } error { message type code fields } }
}
"""
USE = """
import asyncio, json, sys
sys.path.insert(0, ".")
from plain_sdk import PlainError, capture
from plain_sdk._call.responses import ResponseReader, value_of
from plain_sdk._call.inputs import build_input
from plain_sdk._transports.base import WireResponse
from my_ops import Filter, Mode, Ops, SLA

class Executor:
    async def execute(self, operation, variables, options=None):
        if operation.kind == "query":
            variables = {k: v for k, v in variables.items() if v is not None}
        made = build_input(operation.variables_type, variables, operation=operation.name)
        print(operation.name, made.model_dump_json(by_alias=True, exclude_unset=True))
        answer = WireResponse(200, {}, json.dumps({"data": self.data}).encode())
        payload = operation.payload(ResponseReader().data(operation, answer))
        return value_of(operation, payload, answer)
    def paginate(self, operation, variables, paging, options=None):
        return operation

async def main():
    executor = Executor()
    ops = Ops(executor)
    executor.data = {"node": {"__typename": "New", "id": "1"}}
    print(repr(await ops.node("1")))
    executor.data = {"import": {"id": "1", "model_config": "m"}}
    print((await ops.import_(filter=Filter(or_=[Filter(from_="x")], schema_="None"), options_=1)))
    executor.data = {"sla": {"id": "1", "from": "f", "class": "mro"}}
    print((await ops.sla(node_id="7")).class_ is Mode.mro_)
    print((await ops.sla(mode="True")).from_)
    executor.data = {"make": {"sla": None, "error": None}}
    print(await capture(ops.make(given_="x", self_=3)))
    executor.data = {"make": None}
    print(await capture(ops.make(or_=[])))
    executor.data = {"given": {"sla": None, "error": None}}
    print(await ops.given(class_="c", given_=1))
    page = {"edges": [{"cursor": "c", "node": {"id": "9"}}],
            "pageInfo": {"hasNextPage": False, "hasPreviousPage": False}}
    executor.data = {"all": page}
    print((await executor.execute(ops.all(), {})).edges[0].node.id)

asyncio.run(main())
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schema.graphql").write_text(SCHEMA)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.plain-sdk]\nschema = "schema.graphql"\nqueries = "queries"\n'
        'package = "my_ops"\noperations = "Ops"\n'
    )
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "all.graphql").write_text(GOOD)
    return tmp_path


def test_odd_names_work_and_are_well_typed(project: Path) -> None:
    """Words of Python, names of the runtime, all capitals, names in snake_case on the wire."""
    assert main(["generate"]) == 0
    done = subprocess.run([sys.executable, "-c", USE], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == 'node {"id":"1"}'
    # An interface's members have its fields in common, those that are newer too.
    assert "typename__='New', id='1'" in lines[1]
    assert lines[2] == 'import {"filter":{"or":[{"from":"x"}],"schema":"None"},"options":1}'
    assert "id='1'" in lines[3]
    assert lines[4:8] == ['sla {"node_id":"7"}', "True", 'sla {"mode":"True"}', "f"]
    assert lines[8] == 'make {"input":{"given":"x","self":3}}'
    assert "Plain reported no error, but 'sla' is null" in lines[9]
    assert "Plain reported no error, but 'make' is null" in lines[11]
    assert lines[12:] == ['given {"class":"c","given":1}', "None", "all {}", "9"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "my_ops"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_all_operations_of_an_odd_schema_compile(project: Path) -> None:
    """Also where a root field and a type differ in capitals only."""
    (project / "queries" / "all.graphql").unlink()
    assert main(["operations", "--all"]) == 0
    for file in (project / "queries").rglob("*.graphql"):
        if "_id" in file.read_text():
            text = file.read_text()
            file.write_text(text.replace("  _id\n", "  own: _id\n"))
    assert main(["generate"]) == 0
    code = (
        "import my_ops\n[getattr(my_ops, n) for n in my_ops.__all__]\nimport my_ops.operations.sla"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Made by" not in (project / "my_ops" / "client.py").read_text()


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ("query a($id: ID!) { node(id: $id) { id ... on A { id _id } } }",
         "all.graphql:1:54: Of 'id' and '_id', two fields would be called id; give one of"),
        ("query getA { all { edges { cursor } } } query GetA { all { edges { cursor } } }",
         "'GetA' and 'getA' would both become the method get_a; rename one of them."),
        ("query a($x: ID!, $X: ID!) { x: node(id: $x) { ... on A { y: __typename } } }",
         "Variable '$X' is never used"),
        ("query a($nodeId: ID, $node_id: ID) { sla(node_id: $node_id) { id } }",
         "Variable '$nodeId' is never used"),
        ("query a { __typename }",
         "all.graphql:1:11: '__typename' is not a root field of the API."),
        ("query a($id: ID!) { node(id: $id) { __typename: id } }",
         "all.graphql:1:37: '__typename' is GraphQL's own; give the field another alias."),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], operation: str, says: str
) -> None:
    """With its place, instead of code that loses something."""
    (project / "queries" / "all.graphql").write_text(operation)
    assert main(["generate"]) == 2
    assert says in capsys.readouterr().err
    assert not (project / "my_ops").exists()


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        (
            "type Query { a: Int }\ntype Query { b: Int }",
            "schema.graphql:1:6: There can be only one type",
        ),
        ("type Query { a: Int }\nextend type Foo { b: Int }", "schema.graphql:2:13: Cannot extend"),
        ("type Query { a: Nope }", "schema.graphql:1:17: Unknown type 'Nope'"),
    ],
)
def test_mistakes_of_a_schema_have_a_place(
    project: Path, capsys: pytest.CaptureFixture[str], schema: str, says: str
) -> None:
    """File, line and column."""
    (project / "schema.graphql").write_text(schema)
    assert main(["generate"]) == 2
    assert says in capsys.readouterr().err


def test_files_of_yours_are_not_written_over(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder with code of its own is not the place for a package."""
    (project / "my_ops").mkdir()
    (project / "my_ops" / "__init__.py").write_text("SECRET = 1\n")
    assert main(["generate"]) == 2
    assert "my_ops/__init__.py: was not made by this command" in capsys.readouterr().err
    assert (project / "my_ops" / "__init__.py").read_text() == "SECRET = 1\n"
