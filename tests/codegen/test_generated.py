"""The compiled package: up to date, deterministic, documented, with names to say."""

import ast
import re
import shutil
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import plain_graphql
import pytest
from support import ROOT, part_of_the_schema

from plain_sdk.cli import main
from plain_sdk.codegen import Target
from plain_sdk.codegen.read.names import method_name
from plain_sdk.codegen.upkeep.heads import documented

GENERATED = ROOT / "generated" / "plain_graphql"
FILES = sorted(GENERATED.rglob("*.py"))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that the compiler reads and writes, with the customers' operations only."""
    folder = tmp_path_factory.mktemp("template")
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    (folder / "schema.graphql").write_text(part_of_the_schema(), encoding="utf-8")
    shutil.copytree(ROOT / "queries/shared", folder / "queries/shared")
    (folder / "queries/webhooks").mkdir()
    shutil.copy(ROOT / "queries/webhooks/events.graphqls", folder / "queries/webhooks")
    (folder / "queries/customers").mkdir()
    for name in (
        "customer",
        "customers",
        "mark_customer_as_spam",
        "delete_customer",
        "upsert_customer",
        "fragments",
    ):
        text = (ROOT / f"queries/customers/{name}.graphql").read_text(encoding="utf-8")
        kept = re.split(r"\n(?=fragment (?!Customer on|CompanyId on))", text)[0]
        (folder / f"queries/customers/{name}.graphql").write_text(kept, encoding="utf-8")
    assert generate(folder) == 0
    return folder


@pytest.fixture
def checkout(template: Path, tmp_path: Path) -> Path:
    """A copy of its own."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path


def generate(checkout: Path, *more: str) -> int:
    return main(["generate", "--config", str(checkout / "pyproject.toml"), *more])


@pytest.mark.survey
def test_the_committed_package_is_what_the_sources_say() -> None:
    """Regenerating gives the same files with the same bytes; `.ci/run` asks the command itself."""
    target = Target.from_pyproject(ROOT / "pyproject.toml")
    assert target.compare(target.compile()) == []


def test_compiling_twice_gives_the_same_bytes(checkout: Path) -> None:
    """Nothing in the output depends on the run."""
    target = Target.from_pyproject(checkout / "pyproject.toml")
    assert target.compile() == target.compile()


def test_an_edited_description_makes_the_check_fail_until_regenerated(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The life of a change: stale, regenerated, up to date."""
    schema = checkout / "schema.graphql"
    text = schema.read_text(encoding="utf-8")
    schema.write_text(text.replace("The whole name.", "The full name."), encoding="utf-8")
    capsys.readouterr()
    assert generate(checkout, "--check") == 1
    listed = capsys.readouterr().out
    assert re.search(r"changed: \S*generated/plain_graphql/fragments/customer.py", listed)
    assert generate(checkout) == 0
    assert generate(checkout, "--check") == 0
    customer = checkout / "generated/plain_graphql/fragments/customer.py"
    assert "The full name." in customer.read_text(encoding="utf-8")


def test_missing_extra_and_changed_files_are_each_listed(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names first, then bytes; one fault of each kind is told by its kind. The last two lines sum
    up this package and the one of webhooks."""
    package = checkout / "generated" / "plain_graphql"
    (package / "client.py").unlink()
    (package / "surplus.py").write_text("")
    (package / "raw.py").write_text("# edited by hand\n")
    assert generate(checkout, "--check") == 1
    listed = [line.split(":")[0] + " " + line.rsplit("/")[-1]
              for line in capsys.readouterr().out.splitlines()[:-2]]  # fmt: skip
    assert listed == ["missing client.py", "extra surplus.py", "changed raw.py"]
    assert generate(checkout) == 0
    assert not (package / "surplus.py").exists()


def test_a_new_operation_becomes_a_method(checkout: Path) -> None:
    """Writing a file in `queries/` is all that an operation needs."""
    (checkout / "queries/customers/is_spam.graphql").write_text(
        "# Whether a customer is spam.\n#\n# Permission: customer:read\n"
        "query customerSpam($customerId: ID!) {\n"
        "  customer(customerId: $customerId) { id markedAsSpamAt { iso8601 } }\n}\n"
    )
    assert generate(checkout) == 0
    module = (checkout / "generated/plain_graphql/operations/customer_spam.py").read_text()
    assert "class CustomerSpamResult(ResultModel)" in module
    client = (checkout / "generated/plain_graphql/methods/client/customers.py").read_text()
    assert "async def customer_spam(" in client
    assert "-> CustomerSpamResult | None:" in client


MISTAKES = [
    ("query a($id: ID!) { customer(customerId: $id) { fulName } }",
     "mistake.graphql:1:49: Cannot query field 'fulName' on type 'Customer'. "
     "Did you mean 'fullName'"),
    ("query a { customer(customerId: \"c\") { id }", "mistake.graphql:1:43: Syntax Error"),
    ("query customer($id: ID!) { customer(customerId: $id) { id } }",
     "-> rename one of them"),
    ("query a($id: Int!) { customer(customerId: $id) { id } }",
     "-> declare it as $id: ID!"),
    ("fragment Lonely on Customer { id }", "-> spread it, or delete it"),
    ("query a($id: ID!) { customer(customerId: $x) { id } }",
     "-> declare it after the operation's name"),
    ("query a($id: ID!) { customer(customerId: $id) }", "-> select some fields: customer {"),
    ("query a { customer { id } }", "-> pass it, as in customerId: $customerId"),
    ("query a($id: ID!) { customer(customerId: $id) { ...Nope } }",
     "-> write it, or spread another"),
    ("query a($id: ID!) { customer(customerId: $id) { id: fullName id } }",
     "-> give one of them an alias"),
    ("subscription a { x }", "Subscriptions have no documented transport"),
    ("query { customer(customerId: \"c\") { id } }", "must be the only defined operation"),
    ("mutation a($i: DeleteCustomerInput!) { deleteCustomer(input: $i) { error { code } } }",
     "must say '# Repeat: safe' or '# Repeat: unsafe'"),
    ("# Repeat: maybe\nmutation a($i: DeleteCustomerInput!) "
     "{ deleteCustomer(input: $i) { error { code } } }", "not 'maybe'"),
    ("# Repeat: safe\nmutation a($i: MarkCustomerAsSpamInput!) "
     "{ markCustomerAsSpam(input: $i) { error: customer { id } } }", "choose another alias"),
    ("query a { x: customer(customerId: \"c\") { id } y: customer(customerId: \"d\") { id } }",
     "must select exactly one root field"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "says"), MISTAKES)
def test_a_broken_operation_is_told_by_its_place(
    checkout: Path, capsys: pytest.CaptureFixture[str], operation: str, says: str
) -> None:
    """File, line, column and the offending line; and the old package stays whole."""
    (checkout / "queries/mistake.graphql").write_text(operation)
    before = {path: path.read_bytes() for path in sorted(checkout.rglob("*.py"))}
    assert generate(checkout) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert {path: path.read_bytes() for path in sorted(checkout.rglob("*.py"))} == before


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda c: (c / "schema.graphql").unlink(), "schema.graphql: cannot be read"),
        (lambda c: (c / "schema.graphql").write_text("type {"), "schema.graphql:1:6: Syntax Error"),
        (lambda c: (c / "schema.graphql").write_text("type Query { a: B }"), "Unknown type 'B'"),
        (lambda c: shutil.rmtree(c / "queries"), "there is no .graphql file in this folder"),
        (lambda c: (c / "pyproject.toml").write_text("[tool]\n"), "has no table"),
        (lambda c: (c / "pyproject.toml").write_text("= 1"), "is not TOML"),
        (lambda c: (c / "pyproject.toml").unlink(), "pyproject.toml: cannot be read"),
        (lambda c: (c / "queries/x.graphql").write_bytes(b"\xff"), "is not UTF-8 text"),
        (lambda c: (c / "pyproject.toml").write_text(
            '[tool.plain-sdk]\nschema = "schema.graphql"\nqueries = "queries"\n'
            'package = "schema.graphql/package"\noperations = "Mine"\n'
        ), "schema.graphql"),
    ],
)  # fmt: skip
def test_unusable_sources_are_told_without_a_traceback(
    checkout: Path, capsys: pytest.CaptureFixture[str], edit: object, says: str
) -> None:
    """Each message names the file and what is wrong with it."""
    assert callable(edit)
    edit(checkout)
    assert generate(checkout) == 2
    assert says in capsys.readouterr().err


def _homes(imported: ast.ImportFrom) -> list[Path]:
    """The modules that hold what is imported; enums and inputs come by their folders' doors."""
    module = f"plain_graphql.{imported.module}"
    if module not in ("plain_graphql.enums", "plain_graphql.inputs"):
        return [GENERATED.parent / f"{module.replace('.', '/')}.py"]
    held = [getattr(import_module(module), alias.name).__module__ for alias in imported.names]
    return [GENERATED.parent / f"{name.replace('.', '/')}.py" for name in held]


def _spelled(node: ast.ClassDef) -> str:
    """A class in one spelling: a stub may say `X | None` of what it holds further down."""
    return re.sub(r"Optional\['(\w+)'\]", r"'\1' | None", ast.unparse(node))


def test_a_door_tells_what_its_modules_hold() -> None:
    """At run time a module, for type checkers one stub: class for class the same."""
    for folder in ("enums", "inputs"):
        door = ast.parse((GENERATED / folder / "__init__.pyi").read_text(encoding="utf-8"))
        told = {node.name: _spelled(node) for node in door.body if isinstance(node, ast.ClassDef)}
        held = {
            node.name: _spelled(node)
            for file in (GENERATED / folder).glob("_[a-z]*.py")
            for node in ast.parse(file.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ClassDef)
        }
        assert told == held
        assert len(told) > 90
        names = set(dir(import_module(f"plain_graphql.{folder}")))
        assert {name.removesuffix("OrText") for name in names} == held.keys()


def test_every_file_says_how_it_is_made() -> None:
    """The header names the command; every method has a docstring, and so has every class that an
    operation written by hand needs."""
    bare: list[str] = []
    trees: dict[Path, ast.Module] = {}
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        assert text.startswith("# Generated by `plain-sdk generate` from schema.graphql and queri")
        trees[file] = ast.parse(text)
        if file.is_relative_to(GENERATED / "methods"):
            bare += [
                f"{file.name}: {node.name}"
                for node in ast.walk(trees[file])
                if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
                and not ast.get_docstring(node)
            ]
    pending = [GENERATED / f"operations/{method_name(name)}.py" for name in documented()]
    needed: set[Path] = set()
    while pending:
        file = pending.pop()
        if file in needed:
            continue
        needed.add(file)
        for node in ast.walk(trees[file]):
            if isinstance(node, ast.ImportFrom) and node.level == 2:
                pending += _homes(node)
            if isinstance(node, ast.ClassDef) and not ast.get_docstring(node):
                # A fragment that a rule has made has a type whose name must say it.
                made = (ROOT / f"queries/fragments/{node.name}.graphql").exists()
                bare += [] if made else [f"{file.name}: {node.name}"]
    assert bare == []
    assert len(needed) > 300


def test_names_can_be_said() -> None:
    """No class is called after the whole path to it."""
    for name in ("Customer", "UpsertedCustomer", "UpsertCustomerPayload", "CustomersConnection",
                 "CustomersEdge", "Actor", "MachineUserActor", "EmailAddress"):  # fmt: skip
        assert name in plain_graphql.__all__
    words = [re.findall("[A-Z][a-z]+", name) for name in plain_graphql.__all__]
    stuttering = [w for w in words if any(a == b for a, b in pairwise(w))]
    # Plain's own words.
    assert stuttering == [
        ["Label", "Type", "Type"],
        ["Plain", "Thread", "Thread", "Link"],
        ["Thread", "Link", "Link", "Type"],
        ["Time", "Series", "Series"],
    ]


def test_every_public_name_can_be_imported() -> None:
    """The lazy package gives each name, and no other."""
    for name in plain_graphql.__all__:
        assert getattr(plain_graphql, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        getattr(plain_graphql, "Nope")  # noqa: B009
    assert set(dir(plain_graphql)) == set(plain_graphql.__all__)


def test_importing_the_package_loads_no_model() -> None:
    """A name's module is loaded when the name is first used, and not before."""
    import subprocess
    import sys

    code = (
        "import sys, plain_graphql; "
        "print(sorted(m for m in sys.modules if m.startswith(('plain_graphql.', 'pydantic'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
