"""`plain-sdk schema pull --merge`: a new surface in, with all that was written kept."""

import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, print_ast, print_schema
from support import ROOT
from surface import schema_of
from test_operations import available

from plain_sdk.cli import main
from plain_sdk.codegen import read_documents

KEPT = '''\
# Ours.

type Query {
  """One thing, as we say it."""
  thing(
    """Ours, too."""
    id: ID!
  ): Thing
}

# ---------------------------------------------------------------- things

"""
What the whole is about.
"""
type Thing {
  """Its id."""
  id: ID!

  """Its old name."""
  name: String
}
'''
LATER = """
type Query { things: [Thing!]!  thing(id: ID!): Thing }
type Mutation { renameThing(input: RenameThingInput!): RenameThingOutput! }
type Subscription { thingChanged: OnlyThere! }
type OnlyThere { id: ID! }
input RenameThingInput { thingId: ID!  title: String! = "x" }
type RenameThingOutput { thing: Thing  error: MutationError }
type MutationError { message: String! }
type Thing { title: String! @deprecated(reason: "a \\"b\\"")  id: ID!  kind: Kind }
enum Kind { A B }
"""
HAND = "query mine($id: ID!) {\n  thing(id: $id) {\n    id\n    name\n  }\n}\n"
CONFIG = """\
[tool.plain-sdk]
schema = "schema.graphql"
queries = "queries"
package = "my_ops"
operations = "Ops"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "schema.graphql").write_text(KEPT)
    (tmp_path / "later.graphql").write_text(LATER)
    (tmp_path / "earlier.graphql").write_text(KEPT)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries/mine.graphql").write_text("# Mine.\n" + HAND)
    (tmp_path / "pyproject.toml").write_text(CONFIG)
    with chdir(tmp_path):
        yield tmp_path


def pull(source: str) -> int:
    return main(["schema", "pull", source, "--merge"])


def test_there_and_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Descriptions and order stay, what is new comes last, and a person's part is told."""
    assert pull("later.graphql") == 1
    told = capsys.readouterr().out
    assert "- mutation renameThing in other/ (folder: other; repeat: unsafe)" in told
    assert "- query things in other/ (folder: other)" in told
    assert "Yours to edit (1)\n\n- queries/mine.graphql:5:5: Cannot query field 'name'" in told
    assert "attribute Thing.name is gone (`mine`" in told
    text = (folder / "schema.graphql").read_text()
    assert text.startswith(KEPT.partition("  ): Thing\n")[0])
    assert '"""Its id."""' in text
    assert "OnlyThere" not in text
    assert 'title: String! = "x"' in text
    assert '@deprecated(reason: "a \\"b\\"")' in text
    assert "What `renameThing` needs." in text
    assert (folder / "queries/other/rename_thing.graphql").exists()
    assert not (folder / "my_ops").exists()

    (folder / "queries/mine.graphql").write_text("# Mine.\n" + HAND.replace("name", "title"))
    capsys.readouterr()
    assert pull("later.graphql") == 0
    assert "schema.graphql: 0 added, 0 removed" in capsys.readouterr().out
    assert "rename_thing" in (folder / "my_ops/client.py").read_text()
    assert (folder / "schema.graphql").read_text() == text

    # The older surface has no `title`, and nothing more that could be made.
    assert pull("earlier.graphql") == 1
    assert "Methods that are gone (2)" in capsys.readouterr().out
    assert [p.name for p in (folder / "queries/other").iterdir()] == ["thing.graphql"]
    (folder / "queries/mine.graphql").write_text("# Mine.\n" + HAND)
    assert pull("earlier.graphql") == 0
    # A description goes with what it is of; all else is as it was.
    lost = '\n  """Its old name."""'
    assert (folder / "schema.graphql").read_text() == KEPT.replace(lost, "")


@pytest.mark.parametrize("wrong", ["absent.graphql", "pyproject.toml"])
def test_what_is_no_surface_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    """Neither the schema nor the operations."""
    assert pull(wrong) == 2
    assert wrong in capsys.readouterr().err
    assert (folder / "schema.graphql").read_text() == KEPT
    assert [p.name for p in (folder / "queries").iterdir()] == ["mine.graphql"]


def described(schema: GraphQLSchema) -> dict[str, str]:
    """By coordinate: every description."""
    found: dict[str, str] = {}
    for name, type_ in schema.type_map.items():
        found[name] = type_.description or ""
        members: Any = getattr(type_, "values", None) or getattr(type_, "fields", {})
        for key, member in members.items():
            found[f"{name}.{key}"] = member.description or ""
            for argument, definition in getattr(member, "args", {}).items():
                found[f"{name}.{key}({argument})"] = definition.description or ""
    return found


def edit(schema: GraphQLSchema) -> None:
    """Delete from operations written by hand what a schema does not have; comments stay."""
    whole = read_documents(Path("queries"))
    cleaned, _ = available(schema, whole)
    left = {name_of(node): node for node in cleaned.definitions}
    for node in reversed(whole.definitions):
        assert node.loc is not None
        file = Path(node.loc.source.name)
        kept: Any = left.get(name_of(node))
        text = print_ast(kept) if kept and kept.selection_set.selections else ""
        if not file.is_relative_to("queries") or text == print_ast(node):
            continue
        before = file.read_text()
        whole_text = before[: node.loc.start] + text + before[node.loc.end :]
        if is_empty(whole_text):
            file.unlink()
        else:
            file.write_text(whole_text)


def name_of(node: Any) -> tuple[str, str]:
    return node.kind, node.name.value


def is_empty(text: str) -> bool:
    return all(not line or line.startswith("#") for line in text.splitlines())


@pytest.mark.survey
@pytest.mark.timeout(900)
def test_plains_own_surfaces_both_ways(tmp_path: Path) -> None:
    """From the newer to the older and back: what both have keeps its words, and all compiles.

    The edits that the older one asks of operations written by hand are made as they are told:
    what it does not have is deleted.
    """
    for name in ("2026-03-28", "2026-05-11"):
        (tmp_path / f"{name}.graphql").write_text(print_schema(schema_of(name)))
    shutil.copytree(ROOT / "queries", tmp_path / "queries")
    shutil.copy(ROOT / "schema.graphql", tmp_path / "schema.graphql")
    (tmp_path / "pyproject.toml").write_text(CONFIG)
    before = described(schema_of("own"))
    with chdir(tmp_path):
        assert pull("2026-05-11.graphql") == 0
        assert (tmp_path / "schema.graphql").read_text() == (ROOT / "schema.graphql").read_text()
        assert pull("2026-03-28.graphql") == 1
        older = build_schema((tmp_path / "schema.graphql").read_text())
        edit(older)
        assert pull("2026-03-28.graphql") == 0
        words = described(older)
        assert all(words[key] == said for key, said in before.items() if said and key in words)
        assert pull("2026-05-11.graphql") == 0
        newer = described(build_schema((tmp_path / "schema.graphql").read_text()))
    assert newer.keys() == before.keys()
    assert {k for k, said in before.items() if said and k in words and newer[k] != said} == set()
