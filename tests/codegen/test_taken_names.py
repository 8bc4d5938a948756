"""Names that Python, pydantic or the generated modules have a use for themselves."""

import subprocess
import sys
from pathlib import Path

import pytest

from plain_sdk._schemas import SchemaError, read_any_schema
from plain_sdk.cli import main

IMPORTED = [
    "Field", "Literal", "Optional", "Union", "Annotated", "Sequence", "Any", "Final", "ClassVar",
    "TypeAlias", "TypedDict", "NotRequired", "InputModel", "OneOfInput", "WrapperInput",
    "ResultModel", "UpsertModel", "OpenEnum", "OpenUnion", "Unknown", "Wrapped", "Operation",
    "OperationsBase", "NodePages", "NullMemberError", "Paging", "RequestOptions", "Unset", "UNSET",
    "construct", "require", "given", "attrgetter", "BaseModel", "None", "order_by", "str",
]  # fmt: skip
ATTRIBUTES = [
    "json", "schema", "copy", "dict", "construct", "validate", "modelDump", "modelConfig",
    "modelFields", "parseObj", "str", "int", "list", "float", "bool", "object", "filter", "type",
    "class", "deprecated", "overload",
]  # fmt: skip


def compiled(folder: Path, schema: str, queries: str | None = None) -> int:
    """What `generate` exits with, on these operations or on all."""
    (folder / "schema.graphql").write_text(schema)
    (folder / "pyproject.toml").write_text(
        '[tool.plain-sdk]\nschema = "schema.graphql"\nqueries = "queries"\n'
        'package = "my_ops"\noperations = "Ops"\n'
    )
    (folder / "queries").mkdir()
    if queries is None:
        assert main(["operations", "--all"]) == 0
    else:
        (folder / "queries" / "all.graphql").write_text(queries)
    return main(["generate"])


def run(code: str) -> list[str]:
    """The lines that a program with the package prints; warnings are mistakes."""
    head = (
        "import importlib, inspect, json, pkgutil, sys\nsys.path.insert(0, '.')\n"
        "import my_ops, my_ops.operations as operations\n"
        "from plain_sdk.runtime.operations import Operation as Made\n"
        "for name in my_ops.__all__:\n"
        "    value = getattr(my_ops, name)\n"
        "    if hasattr(value, 'model_rebuild'): value.model_rebuild()\n"
        "def all_of():\n"
        "    for found in pkgutil.iter_modules(operations.__path__):\n"
        "        module = importlib.import_module(f'my_ops.operations.{found.name}')\n"
        "        made = [v for v in vars(module).values() if isinstance(v, Made)]\n"
        "        yield from made\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", head + code], capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def well_typed() -> None:
    """The package satisfies mypy at its strictest."""
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "my_ops"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "kind", ["input", "object", pytest.param("enum", marks=pytest.mark.survey)]
)
def test_types_may_be_called_what_generated_modules_import(folder: Path, kind: str) -> None:
    """The class gets another name; on the wire the type keeps its own."""
    names = [
        n for n in IMPORTED if kind != "object" or n not in ("None", "order_by", "str", "UNSET")
    ]
    body = {"enum": "{ A B }", "input": "{ a: Int b: [String!] }", "object": "{ id: ID! }"}[kind]
    types = "\n".join(f"{'type' if kind == 'object' else kind} {n} {body}" for n in names)
    if kind == "object":
        fields = "\n".join(f"f{i}: {name}" for i, name in enumerate(names))
    else:
        arguments = ", ".join(f"a{i}: {name}" for i, name in enumerate(names))
        fields = f"f({arguments}, holder: Holder): Int"
        members = " ".join(f"{name}: {name}" for name in names if name != "UNSET")
        types += f"\ninput Holder {{ {members} }}"
    assert compiled(folder, f"{types}\ntype Query {{ {fields} }}") == 0
    code = "print(*(o.document for o in all_of()))"
    (documents,) = run(code)
    for name in names:
        assert (f"on {name}" if kind == "object" else f":{name}") in documents
    well_typed()


def test_fields_may_be_called_what_models_have_already(folder: Path) -> None:
    """Root fields, members of results and inputs, arguments: with an underscore where needed."""
    members = " ".join(f"{name}: String" for name in ATTRIBUTES)
    arguments = " ".join(f"{name}: String, " for name in ATTRIBUTES)
    roots = "\n".join(f"{name}({arguments} input: In): Out" for name in ATTRIBUTES)
    schema = f"input In {{ {members} }} type Out {{ {members} }}\ntype Query {{ {roots} }}"
    assert compiled(folder, schema) == 0
    code = f"""
names = {ATTRIBUTES!r}
def full(o): return dict.fromkeys(names, "x")
count = 0
for operation in all_of():
    inputs = operation.variables_type.model_validate({{**full(1), "input": full(1)}})
    sent = inputs.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert sent == {{**full(1), "input": full(1)}}, sent
    data = operation.data_type.model_validate({{operation.name: full(1)}})
    got = operation.unwrap(operation.payload(data)).model_dump(by_alias=True)
    assert got == full(1), got
    count += 1
print(count)
"""
    assert run(code) == [str(len(ATTRIBUTES))]
    well_typed()


def test_nested_selections_never_take_a_class_that_there_is(folder: Path) -> None:
    """`customer { data { ... } }` beside the whole response, `node { pages }` beside NodePages."""
    schema = """
    type Out { data: Part variables: Part result: Part payload: Part pages: Part }
    type Part { x: Int }
    type Query { node: Out input: Model } type Model { model: Part }
    """
    queries = (
        "query node { node { data { x } variables { x } result { x } payload { x } pages { x } } }"
        "query input { input { ...Input } } fragment Input on Model { model { x } }"
    )
    assert compiled(folder, schema, queries) == 0
    code = """
one = {"x": 1}
data = my_ops.operations.node.NodeData.model_validate(
    {"node": dict.fromkeys(["data", "variables", "result", "payload", "pages"], one)})
print(data.node.data.x, data.node.pages.x, type(data.node.data).__name__)
"""
    assert run("import my_ops.operations.node" + code) == ["1 1 NodeDataType"]
    well_typed()


def test_values_of_enums_hide_nothing_of_a_text(folder: Path) -> None:
    """An enum's value is a text with all its methods, and has a name and a value."""
    values = "title title_ format upper name value count is_known mro index join from A"
    schema = f"enum Mode {{ {values} }} type Query {{ mode(mode: Mode): Mode }}"
    assert compiled(folder, schema) == 0
    code = f"""
mode = my_ops.Mode
print(*mode, sep=",")
for value in {values.split()!r}:
    member = mode(value)
    assert member.is_known and member == value and member.value == value
    assert member.upper() == value.upper() and member.title() == value.title()
    assert member.name in mode.__members__, member.name
print(mode.title_.value, mode.title__.value, mode.from_.value, mode.A.value)
"""
    assert run(code) == [values.replace(" ", ","), "title_ title from A"]
    well_typed()


def test_one_of_inputs_take_exactly_one_member(folder: Path) -> None:
    """As `@oneOf` says, whatever the input is called."""
    schema = """
    input By @oneOf { id: ID email: String }
    input Only @oneOf { value: String }
    type Query { find(by: By!, only: Only): Int }
    """
    assert compiled(folder, schema) == 0
    code = """
from pydantic import ValidationError
for model, given in [(my_ops.By, {}), (my_ops.By, {"id": "1", "email": "e"}),
                     (my_ops.By, {"id": None}), (my_ops.Only, {}), (my_ops.Only, {"value": None})]:
    try:
        model.model_validate(given)
    except ValidationError as error:
        print(error.errors()[0]["type"])
print(my_ops.By(id="1").id, my_ops.Only(value="v").value)
"""
    assert run(code) == ["exactly_one"] * 5 + ["1 v"]
    assert "ByById" in (folder / "my_ops" / "mappings.py").read_text()
    well_typed()


NODES = """
interface Node { id: ID! parent: Node }
type A implements Node { id: ID! parent: Node d: Int }
type B implements Node { id: ID! parent: Node e: Int }
type Query { node: Node }
"""
ANSWER = {
    "__typename": "A", "id": "1", "d": 1,
    "parent": {"__typename": "B", "id": "2", "e": 2, "parent": {"__typename": "New", "id": "3"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("queries", "shown", "told_of"),
    [
        ("query n { node { ...N parent { ...N } } } fragment N on Node { id ... on B { e } }",
         "node.parent.e, node.parent.id", "2 2"),
        ("query n { node { ...A ...B } } fragment A on A { id parent { ...N } } "
         "fragment B on B { id } fragment N on Node { ... on A { d } ... on B { e } }",
         "node.parent.e, node.parent.typename__", "2 B"),
        ("query n { node { id parent { ...M } } } fragment M on Node { ...N } "
         "fragment N on Node { id }", "node.id, node.parent.id", "1 2"),
        ("query n { node { ...M } } fragment M on Node { ...N parent { ...N } } "
         "fragment N on Node { id ... on A { d } }", "node.d, node.parent.id", "1 2"),
    ],
    ids=["in a field of its own", "by members, in a member", "another name", "by members, twice"],
)  # fmt: skip
def test_fragments_on_an_interface_can_be_spread_anywhere(
    folder: Path, queries: str, shown: str, told_of: str
) -> None:
    """Also where the interface has a field of itself; each has its text, with a class or not."""
    assert compiled(folder, NODES, queries) == 0
    told = run(
        f"(operation,) = all_of()\n"
        f"node = operation.payload(operation.data_type.model_validate({{'node': {ANSWER!r}}}))\n"
        f"print({shown})"
    )
    assert told == [told_of]


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\r\n", "\n# \u2028\n"])
def test_a_mistake_behind_the_last_line_has_a_place(
    folder: Path, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    """A missing brace, or a download that broke off: in each command that reads a file."""
    cut = f"type Query {{ a: Int{end}"
    with pytest.raises(SchemaError, match=r"^cut:\d:\d+: Syntax Error: Expected Name, found <EOF>"):
        read_any_schema(cut.encode(), "cut")
    assert compiled(folder, "type Query { a: Int }", f"query a {{ a{end}") == 2
    (folder / "cut.graphql").write_text(cut)
    for command in (
        ["schema", "pull", "cut.graphql"],
        ["schema", "diff", "schema.graphql", "cut.graphql"],
        ["operations", "--schema", "cut.graphql"],
        ["operations", "--all"],
    ):
        assert main(command) == 2
    for line in capsys.readouterr().err.splitlines():
        assert "Error" in line or "{ a" in line
