"""Projects with operations of their own: compiled, type-checked, run, watched, killed."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import ROOT, part_of_the_schema

from plain_sdk.cli import main
from plain_sdk.sandbox import SandboxServer

SAMPLE = ROOT / "tests" / "sample_project"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample project with a schema, and the shell in it."""
    folder = tmp_path / "project"
    shutil.copytree(SAMPLE, folder)
    (folder / "schema.graphql").write_text(part_of_the_schema())
    (folder / "src" / "sample").mkdir(parents=True)
    (folder / "src" / "sample" / "__init__.py").write_text("")
    (folder / "src" / "sample" / "py.typed").write_text("")
    monkeypatch.chdir(folder)
    return folder


def test_a_project_is_generated_type_checked_and_run(
    project: Path, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its operations get the same runtime: unwrapping, errors, paging, bulk."""
    assert main(["generate"]) == 0
    assert main(["generate", "--check"]) == 0
    package = project / "src/sample/plain_operations"
    assert not (package / "operations.py").exists()
    environment = {**os.environ, "PYTHONPATH": "src", "MYPYPATH": "src"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, env=environment,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("-m", "mypy", "--strict", "--config-file=", "app.py", "src")
    (project / "pyrightconfig.json").write_text(
        '{"typeCheckingMode": "strict", "include": ["src", "app.py"], "extraPaths": ["src"]}'
    )
    run("-m", "basedpyright", "--level", "error", "--pythonpath", sys.executable)
    assert run("-W", "error", "app.py", sandbox.url).splitlines() == [
        "CREATED User 0",
        "CREATED User 1",
        "CREATED User 2",
        "u1@example.com",
        "['User 0', 'User 1', 'User 2']",
        "not_found",
        "[False, True]",
    ]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        ('schema = "schema.graphql"\n', "must set schema: the schema, like `schema.graphql`"),
        ('operations = "SampleOperations"\n', "must set operations: the name of the class"),
        (
            "plain_operations",
            "src/sample/plain-operations",
        ),
        (
            "SampleOperations",
            "class",
        ),
    ],
    ids=["no schema", "no class", "a package that cannot be imported", "a keyword"],
)
def test_the_table_is_checked(
    project: Path, capsys: pytest.CaptureFixture[str], edit: str, says: str
) -> None:
    """Each member by name, with what it is for."""
    file = project / "pyproject.toml"
    text = file.read_text()
    if "must set" in says:
        file.write_text(text.replace(edit, ""))
    else:
        file.write_text(text.replace(edit, says))
        says = "is not a name that Python can import"
    assert main(["generate"]) == 2
    assert says in capsys.readouterr().err
    file.write_text(text.replace("[tool.plain-sdk]", "[tool.plain-sdk]\ncolour = 1"))
    assert main(["generate"]) == 2
    assert "'colour' is not known; the settings are schema, queries" in capsys.readouterr().err


def test_a_selection_on_a_union_needs_no_typename(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The compiler adds what it needs to tell members apart; what is not selected is Unknown."""
    (project / "queries/events.graphql").write_text(
        "query entry($customerId: ID!, $timelineEntryId: ID!) {\n"
        "  timelineEntry(customerId: $customerId, timelineEntryId: $timelineEntryId) {\n"
        "    entry { ...Words ... on ChatEntry { text_ChatEntry: text } }\n  }\n}\n"
        "fragment Words on CustomEntry { title components { ... on ComponentText { text } } }\n"
    )
    assert main(["generate"]) == 0
    module = (project / "src/sample/plain_operations/operations/entry.py").read_text()
    assert "__typename" in module
    assert "| Unknown, OpenUnion()]" in module
    code = (
        "import json, sys; sys.path.insert(0, 'src')\n"
        "from sample.plain_operations.operations.entry import ENTRY, EntryData\n"
        "def read(entry): return EntryData.model_validate(\n"
        "    {'timelineEntry': {'entry': entry}}).timeline_entry.entry\n"
        "words = read({'__typename': 'CustomEntry', 'title': 'T', 'components': [\n"
        "    {'__typename': 'ComponentText', 'text': 'x'}, {'__typename': 'New', 'a': 1}]})\n"
        "print(words.components[0].text, words.components[1].typename__)\n"
        "print(read({'__typename': 'ChatEntry', 'text_ChatEntry': 'hi'}).text)\n"
        "print(read({'__typename': 'NoteEntry'}).typename__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["x", "New", "hi", "NoteEntry"], done.stderr


@pytest.mark.slow
def test_watching_generates_on_every_save(project: Path) -> None:
    """A mistake is told, and mended by the next save."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "plain_sdk", "generate", "--watch"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        # What a shell starts in the background ignores Ctrl-C, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdout is not None

    def until(text: str) -> None:
        for line in process.stdout or ():
            if text in line:
                return
        pytest.fail(f"{text!r} did not come")

    try:
        until("files")
        query = project / "queries/register.graphql"
        good = query.read_text()
        query.write_text(good.replace("result", "rezult"))
        until("Cannot query field 'rezult'")
        query.write_text(good.replace("# Make sure", "# Make very sure"))
        until("3 rewritten")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        process.stdout.close()
    assert process.returncode == 130


@pytest.mark.parametrize("command", ["generate", "pull"])
@pytest.mark.survey
def test_a_kill_at_any_moment_leaves_the_old_or_the_new_whole(project: Path, command: str) -> None:
    """Whatever is there is all of one version."""
    package, schema = project / "src/sample/plain_operations", project / "schema.graphql"
    sources = [schema.read_text(), schema.read_text().replace("A page", "One page")]
    sources[1] += '\ntype Surplus {\n  """A page."""\n  surplus: Int\n}\n'
    inputs = [project / "old.graphql", project / "new.graphql"]
    for file, text in zip(inputs, sources, strict=True):
        file.write_text(text)
    query = project / "queries/register.graphql"
    operations = [query.read_text(), query.read_text().replace("Make sure", "Make very sure")]

    def contents() -> dict[str, bytes]:
        files = package.rglob("*.py") if command == "generate" else [schema]
        return {str(file): file.read_bytes() for file in files}

    def prepare(version: int) -> list[str]:
        if command == "generate":
            query.write_text(operations[version])
            return ["generate"]
        return ["schema", "pull", str(inputs[version])]

    whole: list[dict[str, bytes]] = []
    seconds = 0.0
    for version in (0, 1):
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "plain_sdk", *prepare(version)], check=True, timeout=60,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        seconds = time.monotonic() - began
        whole.append(contents())
    assert whole[0] != whole[1]
    randomness = random.Random(3)
    for kill in range(8):
        process = subprocess.Popen(
            [sys.executable, "-m", "plain_sdk", *prepare(kill % 2)], stdout=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=randomness.uniform(0.6, 1.02) * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert contents() in whole
    assert main(prepare(0)) == 0
    assert contents() == whole[0]
    left = [path.name for path in package.parent.iterdir() if path.name.startswith(".")]
    assert command == "pull" or left == []


def test_hand_written_operations_win(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Made ones are written around them, use their fragments, and go when they are not needed."""
    (project / "queries/mine.graphql").write_text(
        "# Mine.\nquery customer($customerId: ID!) "
        "{ customer(customerId: $customerId) { ...Customer company { ...Company } } }\n"
        "fragment Customer on Customer { id }\n"
    )
    stale = project / "queries/queries/gone.graphql"
    stale.parent.mkdir()
    stale.write_text("# Made by `plain-sdk operations --all`. A file of yours with the same name "
                     "wins.\nquery gone { customer(customerId: 1) { id } }\n")  # fmt: skip
    for _ in range(2):
        assert main(["operations", "--all"]) == 0
    out = capsys.readouterr().out
    assert "6 of yours are kept" in out
    assert not stale.exists()
    assert not (project / "queries/queries/customer.graphql").exists()
    assert not (project / "queries/fragments/Customer.graphql").exists()
    assert (project / "queries/fragments/Company.graphql").exists()
    assert main(["generate"]) == 0
    customers = (project / "src/sample/plain_operations/fragments/customer.py").read_text()
    assert customers.count(": str") == 1
