"""The impact report: exactly the changes that an operation meets, in the client's own names."""

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_ast_schema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
    get_named_type,
    is_input_object_type,
    parse,
    print_schema,
    type_from_ast,
    visit,
)
from support import own_schema
from surface import COMPILED, schema_of

from plain_sdk._api import queries_path, schema_path
from plain_sdk.cli import main
from plain_sdk.codegen import changelog, impact_report, next_version, read_documents
from plain_sdk.codegen.upkeep.all_operations import all_operations
from plain_sdk.codegen.upkeep.impact import NOWHERE, coordinate, schema_changes


def only_what_is_used(schema: GraphQLSchema, document: DocumentNode) -> GraphQLSchema:
    """The schema reduced to what operations select and take: another way to the same question."""
    fields: dict[str, set[str]] = {}
    types: set[str] = set()
    info = TypeInfo(schema)

    def take(type_: Any) -> None:
        named = get_named_type(type_)
        if named.name in types:
            return
        types.add(named.name)
        if is_input_object_type(named):
            for member in named.fields.values():
                take(member.type)

    class Collector(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent, definition = info.get_parent_type(), info.get_field_def()
            if definition is None or parent is None or node.name.value.startswith("__"):
                return
            fields.setdefault(parent.name, set()).add(node.name.value)
            types.update((parent.name, get_named_type(definition.type).name))
            for argument in definition.args.values():
                take(argument.type)

        def enter_fragment_definition(self, node: Any, *_: Any) -> None:
            types.add(node.type_condition.name.value)

        def enter_variable_definition(self, node: Any, *_: Any) -> None:
            take(type_from_ast(schema, node.type))

    visit(document, TypeInfoVisitor(info, Collector()))
    kept: list[Any] = []
    for definition in parse(print_schema(schema)).definitions:
        name = definition.name.value  # type: ignore[attr-defined]
        if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            if name not in types:
                continue
            chosen = [f for f in definition.fields if f.name.value in fields.get(name, ())]
            first = definition.fields[0]
            # A type of which nothing but its name is selected still needs a field.
            definition.fields = tuple(chosen) or (first,)
            definition.interfaces = ()
        elif name not in types:
            continue
        kept.append(definition)
    return build_ast_schema(DocumentNode(definitions=tuple(kept)), assume_valid_sdl=True)


def descriptions(changes: Any) -> set[str]:
    return {change.description for change in changes if "interface" not in change.description}


@pytest.mark.parametrize("pair", [*COMPILED, pytest.param(("part", "older part"), id="backwards")])
def test_the_report_is_what_graphql_core_finds_where_operations_meet_it(
    pair: tuple[str, str],
) -> None:
    """From one surface to the next, with an operation for each root field."""
    old, new = map(schema_of, pair)
    document = parse("\n".join(all_operations(old).values()))
    report = impact_report(old, new, document)
    used = only_what_is_used(old, document)
    breaking = descriptions(find_breaking_changes(used, new))
    dangerous = descriptions(find_dangerous_changes(used, new))
    assert {i.change for i in report.having("breaking")} == breaking
    found = {
        i.change for i in report.impacts if i.severity != "breaking" and i.kind != "DEPRECATED"
    }
    assert found == dangerous
    if pair == ("older part", "part"):
        assert (breaking, report.bump) == (set(), "minor")
        assert len(dangerous) > 10
    else:
        assert len(breaking) > 10
        assert report.bump == "major"


@pytest.mark.parametrize("pair", COMPILED)
def test_every_change_of_the_surfaces_has_a_place(pair: tuple[str, str]) -> None:
    """graphql-core's words for a change are all understood."""
    old, new = map(schema_of, pair)
    for one, other in ((old, new), (new, old)):
        assert len(schema_changes(one, other)) > 20
    assert coordinate("Something else.") == NOWHERE
    before = build_schema("directive @d repeatable on FIELD " + SCHEMA)
    after = build_schema(
        "directive @d(x: Int!) on FIELD " + SCHEMA.replace("old: Int", "old: Int = 1")
    )
    report = impact_report(before, after, parse(OPERATIONS))
    assert [impact.change for impact in report.impacts] == []
    again = impact_report(after, before, parse(OPERATIONS))
    assert [(impact.severity, impact.kind) for impact in again.impacts] == [
        ("risky", "ARG_DEFAULT_VALUE_CHANGE")
    ]


SCHEMA = """
type Query { thing(id: ID!, old: Int): Thing things: [Thing] gone: Int }
type Mutation { make(input: MakeInput!): MakeOutput! }
input MakeInput { name: String, part: PartInput }
input PartInput { size: Int }
type MakeOutput { thing: Thing error: MutationError }
type MutationError { message: String! code: String! type: Kind! }
type Thing { id: ID! name: String! colour: Kind owner: Owner unused: Int }
union Owner = Person | Firm
type Person { id: ID! }
type Firm { id: ID! }
enum Kind { A B }
"""
OPERATIONS = """
query thing($id: ID!, $old: Int) { thing(id: $id, old: $old) { ...T } }
query gone { gone }
# Repeat: safe
mutation make($input: MakeInput!) {
  make(input: $input) { thing { ...T } error { message code type } }
}
fragment T on Thing { id name colour owner { __typename ... on Person { id } } }
"""


@pytest.mark.parametrize(
    ("old", "new", "severity", "public", "edit"),
    [
        ("name: String! ", "", "breaking", "attribute Thing.name is gone", "delete `name`"),
        ("name: String! ", "name: String ", "breaking",
         "attribute Thing.name has another type", ""),
        ("colour: Kind", "colour: Owner", "breaking",
         "attribute Thing.colour has another type", "select fields of `colour`"),
        (" gone: Int", "", "breaking", "method gone is gone", "delete the operation on gone"),
        (", old: Int", "", "breaking", "argument old of thing is gone",
         "remove `old` from `thing`"),
        ("old: Int", "old: String", "breaking", "argument old of thing has another type",
         "declare `$old` with the new type"),
        ("old: Int", "old: Int, new: Int!", "breaking", "argument new of thing must be given",
         "declare `$new` and pass it to `thing`"),
        ("old: Int", "old: Int, new: Int", "additive", "thing can take new",
         "to offer it, declare `$new` and pass it to `thing`"),
        ("name: String,", "", "breaking", "argument name is gone", ""),
        ("name: String,", "name: Int,", "breaking", "argument name has another type", ""),
        ("name: String,", "name: String, n: Int!", "breaking",
         "argument n is new, and must be given", ""),
        ("name: String,", "name: String, n: Int", "additive", "argument n is new", ""),
        ("size: Int", "size: Int, depth: Int!", "breaking",
         "field depth of PartInput is new, and must be given", ""),
        (" A B ", " A ", "breaking", "Kind.B is gone", ""),
        (" A B ", " A B C ", "risky", "Kind.C may now occur", ""),
        ("name: String! ", 'name: String! @deprecated(reason: "x") ', "risky",
         "Thing.name is deprecated", ""),
        ("name: String,", 'name: String @deprecated(reason: "x"),', "risky",
         "argument name is deprecated", ""),
        ("Person | Firm", "Firm | Person | Robot", "risky",
         "Owner may be a Robot; until that is selected, an Unknown",
         "to have it typed, select `... on Robot` in Owner"),
        ("Person | Firm", "Firm", "breaking", "Person is gone from Owner",
         "delete `... on Person`"),
        ("message: String!", "message: String", "breaking",
         "attribute MutationError.message has another type", ""),
    ],
)  # fmt: skip
def test_each_kind_of_change_is_told_in_the_clients_names(
    old: str, new: str, severity: str, public: str, edit: str
) -> None:
    """What changes of the client, how grave it is, and the edit that it needs."""
    document = parse(OPERATIONS)
    before = build_schema(SCHEMA)
    after = build_schema(SCHEMA.replace(old, new, 1) + "\ntype Robot { id: ID! }")
    report = impact_report(before, after, document)
    (impact,) = [impact for impact in report.impacts if impact.public == public]
    assert impact.severity == severity
    assert impact.edit == edit
    assert impact.methods
    assert bool(impact.places) == bool(edit)
    assert public in changelog(report)


def test_what_no_operation_meets_is_only_counted() -> None:
    """Fields that are not selected, types that are new."""
    before = build_schema(SCHEMA)
    after = build_schema(SCHEMA.replace(" unused: Int", " other: Int") + "type New { id: ID! }")
    report = impact_report(before, after, parse(OPERATIONS))
    assert report.impacts == ()
    assert report.elsewhere == 3
    assert report.bump == "patch"
    assert "nothing changes for users" in changelog(report)


@pytest.mark.parametrize(
    ("version", "bump", "following"),
    [
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
        ("0.2.3", "major", "0.3.0"),
        ("0.2.3", "minor", "0.2.4"),
        ("two", "major", None),
    ],
)
def test_the_next_version(version: str, bump: str, following: str | None) -> None:
    """Below 1.0.0 what breaks raises the minor part."""
    assert next_version(version, bump) == following


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As text and as JSON, with places, the next version, and an exit code for CI."""
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2.3"\n')
    Path("old.graphql").write_text(SCHEMA)
    Path("new.graphql").write_text(SCHEMA.replace(" A B ", " A B C ").replace("name: String! ", ""))
    Path("queries").mkdir()
    Path("queries/all.graphql").write_text(OPERATIONS)
    command = ["schema", "diff", "old.graphql", "new.graphql", "--queries", "queries"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "Breaking (1)\n\n- attribute Thing.name is gone" in out
    assert "edit: delete `name` at queries/all.graphql:8" in out
    assert "methods: make, thing" in out
    assert "major: 1.2.3 -> 2.0.0" in out
    assert "### Breaking changes\n\n- attribute Thing.name is gone (`make`, `thing`)." in out
    assert main([*command, "--fail-on", "breaking"]) == 1
    capsys.readouterr()
    assert main([*command, "--format", "json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["bump"], content["next_version"]) == ("major", "2.0.0")
    assert [impact["severity"] for impact in content["impacts"]] == ["breaking", "risky"]

    same = ["schema", "diff", "old.graphql", "old.graphql", "--queries", "queries"]
    assert main([*same, "--fail-on", "additive"]) == 0
    assert "No operation is affected." in capsys.readouterr().out
    for arguments, says in (
        (["new.graphql", "old.graphql"], "do not fit the old schema"),
        (["absent.graphql", "old.graphql"], "absent.graphql: cannot be read"),
        (["old.graphql", "pyproject.toml"], "pyproject.toml:1:1: Syntax Error"),
        (["old.graphql", "new.graphql", "--version", "x"], "'x' is not a version"),
    ):
        assert main(["schema", "diff", *arguments, "--queries", "queries"]) == 2
        assert says in capsys.readouterr().err


def test_our_own_operations_against_a_later_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a folder, the report is about this package."""
    ours = schema_path()
    assert main(["schema", "diff", str(ours), str(ours)]) == 0
    assert "No operation is affected." in capsys.readouterr().out
    schema = own_schema()
    text = ours.read_text(encoding="utf-8").replace("fullName: String!", "fullName: String")
    report = impact_report(schema, build_schema(text), read_documents(queries_path()))
    assert "attribute Customer.full_name has another type" in {i.public for i in report.impacts}
