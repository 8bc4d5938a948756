"""The operations that are made: the committed ones are what the command makes, in their places."""

import re
import shutil
from pathlib import Path

import pytest
from graphql import build_schema
from support import ROOT, own_schema

from plain_sdk.codegen import write_operations
from plain_sdk.codegen.upkeep.domains import OTHER, domain
from plain_sdk.codegen.upkeep.heads import MADE, UNDOCUMENTED, documented, head, repeat
from plain_sdk.codegen.upkeep.words import spoken, summary

QUERIES = ROOT / "queries"


def test_making_them_again_changes_nothing(tmp_path: Path) -> None:
    """In a copy of the repository's folder: the same files with the same bytes."""
    copy = tmp_path / "queries"
    shutil.copytree(QUERIES, copy)
    (made,) = [p for p in copy.rglob("*.graphql") if p.name == "workflows.graphql"]
    made.unlink()
    (copy / "gone.graphql").write_text(MADE + "fragment Gone on Thread { id }\n")
    written = write_operations(own_schema(), copy)
    assert written.operations == 317

    def content(folder: Path) -> dict[Path, bytes]:
        return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    assert content(copy) == content(QUERIES)


def test_a_file_of_yours_is_not_written_over(tmp_path: Path) -> None:
    """Though it has the name of one that would be made, and holds something else."""
    schema = build_schema("type Query { thing: String } type Mutation { sendThing: Boolean }")
    (tmp_path / "other").mkdir()
    mine = tmp_path / "other/thing.graphql"
    mine.write_text("query mine { thing }\n")
    for _ in range(2):
        write_operations(schema, tmp_path)
        assert mine.read_text() == "query mine { thing }\n"
        assert sorted(p.name for p in (tmp_path / "other").iterdir()) == [
            "send_thing.graphql", "thing.graphql", "thing_made.graphql",
        ]  # fmt: skip


def test_the_rule_of_folders_agrees_with_those_chosen_by_hand() -> None:
    """Every operation lies where its name says; none is left over."""
    count = 0
    for file in QUERIES.rglob("*.graphql"):
        text = file.read_text(encoding="utf-8")
        for name in re.findall(r"(?m)^(?:query|mutation) (\w+)", text):
            count += 1
            told = {"tenantMemberships": "customers"}.get(name, domain(name))
            assert told == file.parent.name, name
            assert told != OTHER
    assert count == 452


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("upsertTeamSettings", "safe"), ("createTask", "unsafe"), ("deleteTask", "unsafe"),
        ("setupTenantFieldSchemaMapping", "unsafe"), ("bulkUpsertThreadFields", "unsafe"),
    ],
)  # fmt: skip
def test_nothing_is_safe_unless_it_is_certain(name: str, told: str) -> None:
    """Only what sets a state by its name."""
    assert repeat(name) == told


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("query", "workflow", "One workflow by Plain's id, or None."),
        ("query", "tasks", "Tasks, a page at a time."),
        ("query", "myMSTeamsIntegration", "The caller's own MS Teams integration."),
        ("mutation", "deleteTask", "Delete a task."),
        ("mutation", "createApiKey", "Create an API key."),
        ("mutation", "upsertTeamSettings", "Create or update team settings."),
        ("mutation", "deleteMySlackIntegration", "Delete the caller's own Slack integration."),
        ("mutation", "bulkJoinSlackChannels", "Bulk join Slack channels."),
    ],
)
def test_a_summary_says_what_the_name_says(kind: str, name: str, told: str) -> None:
    """And nothing besides."""
    assert summary(own_schema(), kind, name) == told


def test_words_of_their_own_are_written_so() -> None:
    """Names of products and abbreviations."""
    assert spoken("workOSConfiguration") == "WorkOS configuration"
    assert spoken("MSTeamsMessage") == "MS Teams message"
    assert spoken("githubUserAuthIntegration") == "GitHub user auth integration"


def test_what_plain_does_not_document_is_marked() -> None:
    """In the comment, which becomes the docstring."""
    assert UNDOCUMENTED in head(own_schema(), "query", "workflows")[2]
    assert "upsertCustomer" in documented()
    assert not any(UNDOCUMENTED in line for line in head(own_schema(), "query", "customer"))
