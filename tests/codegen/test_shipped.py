"""What comes with the package, in operations of one's own: spread, or written out to be edited."""

from pathlib import Path

import pytest
from support import part_of_the_schema
from test_taken_names import folder, run, well_typed

from plain_sdk.cli import main
from plain_sdk.codegen.read.shipped import shipped

__all__ = ["folder"]


def project(folder: Path, queries: str = "", schema: str | None = None) -> None:
    """A project with the repository's schema, or with one of its own."""
    text = part_of_the_schema() if schema is None else schema
    (folder / "schema.graphql").write_text(text)
    (folder / "pyproject.toml").write_text(
        '[tool.plain-sdk]\nschema = "schema.graphql"\nqueries = "queries"\n'
        'package = "my_ops"\noperations = "Ops"\n'
    )
    if queries:
        (folder / "queries").mkdir()
        (folder / "queries" / "mine.graphql").write_text(queries)


def test_shipped_fragments_can_be_spread(folder: Path) -> None:
    """With all that they need, typed as in the client; one of the project's own wins."""
    project(
        folder,
        "query mine($id: ID!) { customer(customerId: $id) { ...Customer } }\n"
        "fragment EmailAddress on EmailAddress { email }",
    )
    assert main(["generate"]) == 0
    told = run(
        "(operation,) = all_of()\nprint(operation.document.count('fragment EmailAddress on'))\n"
        "print(*my_ops.Customer.model_fields)\nprint(*my_ops.EmailAddress.model_fields)"
    )
    assert told[0] == "1"
    assert "full_name" in told[1].split()
    assert told[2] == "email"
    well_typed()


def test_one_that_does_not_fit_the_schema_is_told_where_it_is_spread(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do about it; a name that nobody has is still unknown."""
    text = part_of_the_schema()
    at = text.index("type EmailAddress ")
    project(
        folder,
        "query mine($id: ID!) { customer(customerId: $id) { ...Customer ...Custom } }",
        text[:at] + text[at:].replace("isVerified: Boolean!", "verified: Boolean!", 1),
    )
    assert main(["generate"]) == 2
    told = capsys.readouterr().err
    assert "mine.graphql:1:52: The fragment EmailAddress, which comes with plain-sdk, does" in told
    assert "Cannot query field 'isVerified' on type 'EmailAddress'." in told
    assert "plain-sdk operations --write EmailAddress" in told
    assert "mine.graphql:1:67: Unknown fragment 'Custom'." in told


def test_what_is_written_out_is_the_clients_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its comment and the fragments that it uses: it compiles, and can be edited."""
    project(folder)
    assert main(["operations", "--write", "upsertCustomer"]) == 0
    told = capsys.readouterr().out
    assert "written: queries/operations/upsertCustomer.graphql" in told
    assert "written: queries/fragments/Customer.graphql" in told
    text = (folder / "queries/operations/upsertCustomer.graphql").read_text()
    assert "# Permission: customer:create, customer:edit" in text
    assert main(["generate"]) == 0
    told_twice = run(
        "from plain_graphql.operations.upsert_customer import UPSERT_CUSTOMER as shipped\n"
        "(own,) = all_of()\n"
        "print(all(getattr(own, n) == getattr(shipped, n) for n in "
        "('document', 'repeatable', 'permissions', 'done_codes')))"
    )
    assert told_twice == ["True"]


def test_nothing_is_written_over_unasked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not in the same file, not where a name is defined elsewhere; --force is for the first."""
    project(folder, "fragment DateTime on DateTime { iso8601 }\n")
    assert main(["operations", "--write", "label_types"]) == 0
    file = folder / "queries/operations/labelTypes.graphql"
    original = file.read_text()
    file.write_text("# Mine.\n" + original)
    capsys.readouterr()
    assert main(["operations", "--write", "labelTypes"]) == 0
    told = capsys.readouterr().out
    assert "kept: labelTypes in queries/operations/labelTypes.graphql" in told
    assert "kept: DateTime in queries/mine.graphql" in told
    assert "0 written" in told
    assert file.read_text().startswith("# Mine.")
    assert main(["operations", "--write", "labelTypes", "--force"]) == 0
    assert file.read_text() == original
    assert not (folder / "queries/fragments/DateTime.graphql").exists()


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("creatThread", "did you mean createThread?"), ("zzz*", "like 'createThread' or '*thread*'")],
)
def test_a_pattern_that_nothing_matches_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], pattern: str, says: str
) -> None:
    """With what may have been meant."""
    project(folder)
    assert main(["operations", "--write", pattern]) == 2
    assert says in capsys.readouterr().err
    assert main(["operations", "--write", pattern, "--all"]) == 2
    assert "cannot be used together" in capsys.readouterr().err


def test_every_shipped_definition_can_be_written_out(folder: Path) -> None:
    """A file for each, and together they are valid and complete."""
    project(folder)
    assert main(["operations", "--write", "*"]) == 0
    everything = shipped()
    written = {path.relative_to(folder / "queries").as_posix()
               for path in (folder / "queries").rglob("*.graphql")}  # fmt: skip
    assert written == {f"operations/{name}.graphql" for name in everything.operations} | {
        f"fragments/{name}.graphql" for name in everything.fragments
    }
