"""Operations of one's own, written as GraphQL allows: all of it compiles, and is read."""

import re
from pathlib import Path
from typing import Any

import pytest
from test_taken_names import compiled, folder, run, well_typed

from plain_sdk.cli import main

__all__ = ["folder"]

SCHEMA = """
interface Node { id: ID! next: Node }
interface Named { name: String! }
type A implements Node & Named { id: ID! next: Node name: String! kids: [Any!]! one: A }
type B implements Node { id: ID! next: B size: Int }
union Any = A | B
type Query { node(text: String): Node any: Any as: [A!]! }
"""
A: dict[str, Any] = {
    "__typename": "A",
    "id": "a",
    "name": "n",
    "kids": [],
    "one": None,
    "next": None,
}
B: dict[str, Any] = {"__typename": "B", "id": "b", "size": 3, "next": None}


DOCUMENTS: list[tuple[str, Any, str, str]] = [
    (
        "query q { as { ...T } } fragment T on A { kids { ... on B { size } } }",
        {"as": [{"kids": [B, A]}]},
        "value[0].kids[0].size, value[0].kids[1].typename__",
        "3 A",
    ),
    (
        "query q { as { ...T } } fragment T on A { kids { ...U } } fragment U on B { size }",
        {"as": [{"kids": [B, A]}]},
        "value[0].kids[0].size, value[0].kids[1].typename__",
        "3 A",
    ),
    (
        "query q { as { next { id ... on B { size } } } }",
        {"as": [{"next": B}, {"next": A}]},
        "value[0].next.size, value[1].next.id",
        "3 a",
    ),
    ("query q { any { __typename } }", {"any": B}, "value.typename__", "B"),
    ("query q { any { kind: __typename } }", {"any": {**B, "kind": "B"}}, "value.kind", "B"),
    (
        "query q { any { __typename ... on A { __typename name name } } }",
        {"any": A},
        "value.name",
        "n",
    ),
    (
        "query q { node { id id next { id } next { ... on B { size } } } }",
        {"node": {**A, "next": B}},
        "value.next.id, value.next.size",
        "b 3",
    ),
    (
        "query q { any { ... on Node { id } ... on A { one { id } } } }",
        {"any": {**A, "one": A}},
        "value.id, value.one.id",
        "a a",
    ),
    ("query q { any { ... on Named { name } ... on B { size } } }", {"any": A}, "value.name", "n"),
    (
        "query q($x: Boolean!) { any { ... on A @include(if: $x) { name id } ... on A { id } } }",
        {"any": {"__typename": "A", "id": "a"}},
        "value.name, value.id",
        "None a",
    ),
    (
        "query q($x: Boolean!) { as { ...T @skip(if: $x) one { id } } } "
        "fragment T on A { one { name } }",
        {"as": [{"one": {"id": "a"}}]},
        "value[0].one.name, value[0].one.id",
        "None a",
    ),
    (
        "query q($x: Boolean!) { as { __typename @include(if: $x) } }",
        {"as": [{"__typename": "A"}]},
        "value[0].typename__",
        "A",
    ),
    (
        "query q { ... on Query { any { ... { ... on A { name } } } } __typename }",
        {"any": A},
        "value.name",
        "n",
    ),
    (
        "query q { as { ...X ...Y } } fragment X on A { ...Y } fragment Y on A { id }",
        {"as": [A]},
        "value[0].id",
        "a",
    ),
    (
        "query q { as { ...R ...T } } fragment R on A { ...L ...M } fragment T on A { ...K ...L }"
        " fragment M on A { ...K } fragment K on A { name } fragment L on A { id }",
        {"as": [A]},
        "value[0].id, value[0].name",
        "a n",
    ),
    (
        "query q { as { ...X ...Y one { name } } } "
        "fragment X on A { one { id } } fragment Y on A { one { kids { __typename } } }",
        {"as": [{"one": A}]},
        "value[0].one.id, value[0].one.name, value[0].one.kids",
        "a n []",
    ),
    (
        "query q { as { oneOne: one { id } one { one { name } } } }",
        {"as": [{"oneOne": A, "one": {"one": A}}]},
        "value[0].one_one.id, value[0].one.one.name",
        "a n",
    ),
    ('query q { node(text: "a \\"quoted\\" } text") { id } }', {"node": A}, "value.id", "a"),
    ('query q { node(text: """a "quoted" { text""") { id } }', {"node": A}, "value.id", "a"),
]
"""Documents, what stands under `data`, and what of the value is shown: fragments in capitals."""


def test_valid_documents_compile_and_their_responses_are_read(folder: Path) -> None:
    """However they are written: the classes say what GraphQL answers."""
    queries: list[str] = []
    code = ["found = {o.name: o for o in all_of()}"]
    for n, (text, data, shown, _) in enumerate(DOCUMENTS):
        text = re.sub(r"\.\.\. ?([A-Z])\b|fragment ([A-Z])\b", rf"\g<0>{n}_", text)
        queries.append(text.replace("query q", f"query q{n}", 1))
        code += [
            f"operation, data = found['q{n}'], {data!r}",
            "value = operation.unwrap(operation.payload(operation.data_type.model_validate(data)))",
            f"print({shown})",
        ]
    assert compiled(folder, SCHEMA, "\n".join(queries)) == 0
    assert run("\n".join(code)) == [told for *_, told in DOCUMENTS]
    well_typed()


ODD = ["Literal", "None", "Operation", "QueryData", "QueryResult", "Mode", "Ops", "RawOperations",
       "foo_bar", "FooBar", "fooBar", "x", "X", "class", "UNSET"]  # fmt: skip


def test_fragments_and_queries_may_be_called_anything(folder: Path) -> None:
    """Also what a class of the package is called, and what differs in capitals only."""
    schema = "enum Mode { A } type Out { mode: Mode out: Out } type Query { get(mode: Mode): Out }"
    queries = [f"fragment {name} on Out {{ mode }}" for name in ODD]
    named = ("Literal", "None", "Operation", "Query", "class", "Unset", "QueryFragment")
    queries += [f"query {name} {{ get {{ ...X out {{ mode }} }} }}" for name in named]
    for n, name in enumerate(ODD):
        queries.append(f"query q{n}($m: Mode) {{ get(mode: $m) {{ ...{name} }} }}")
    assert compiled(folder, schema, "\n".join(queries)) == 0
    lines = run(
        "for operation in all_of():\n"
        "    made = operation.data_type.model_validate({'get': {'mode': 'A', 'out': None}})\n"
        "    print(operation.name, operation.unwrap(operation.payload(made)).mode)\n"
    )
    assert len(lines) == len(named) + len(ODD)
    assert {line.split()[1] for line in lines} == {"A"}
    well_typed()


REFUSALS = """
type FieldError { field: String! message: String! type: String! }
type MutationError { message: String! type: String! code: String! fields: [FieldError!]! }
type Out { id: ID error: MutationError }
type Query { id: ID }
type Mutation { make(id: ID): Out! }
"""
MUTATION = "# Repeat: unsafe\nmutation m($id: ID) { make(id: $id) { SELECTED } }\n"
REFUSED = {
    "message": "No such customer.", "type": "VALIDATION", "code": "not_found",
    "fields": [{"field": "customerId", "message": "is gone", "type": "NOT_FOUND"}],
}  # fmt: skip
SELECTED = [
    "error { message }", "error { message type code }", "error { __typename }", "__typename", "id",
    "error { ...E } } } fragment E on MutationError { ... { code fields { field }",
    "...P } } fragment P on Out { error { ...F } } fragment F on MutationError { ... { type",
    "error: error { m: message fields { f: field } }", "refusal: error { code }",
    "refusal: error { message } error { kind: type }",
    "error { fields { ...G } } } } fragment G on FieldError { ... { message",
    "... { error { code } }", "error @skip(if: true) { message }",
]  # fmt: skip
ANSWER_AND_TELL = """
from graphql import build_schema, parse, execute_sync
from plain_sdk._call.responses import ResponseReader, value_of
from plain_sdk._transports.base import WireResponse
schema = build_schema(open("schema.graphql").read())
found = {o.name: o for o in all_of()}
for name in sorted(found):
    for error in (REFUSED, None):
        operation = found[name]
        made = {"make": {"id": 1, "error": error}}
        answer = execute_sync(schema, parse(operation.document), made)
        assert not answer.errors, answer.errors
        response = WireResponse(200, {}, json.dumps({"data": answer.data}).encode())
        payload = operation.payload(ResponseReader().data(operation, response))
        try:
            print(name, value_of(operation, payload, response))
        except Exception as error:
            print(name, type(error).__name__, error.code, error.type, error.message,
                  *[f"{f.field} {f.message} {f.type}" for f in error.fields])
"""


def test_a_refusal_is_told_whatever_is_selected_of_it(folder: Path) -> None:
    """What unwrapping reads is added to the document."""
    names = [f"m{chr(97 + n)}" for n in range(len(SELECTED))]
    queries = [
        MUTATION.replace("mutation m", f"mutation {name}").replace("SELECTED", selected)
        for name, selected in zip(names, SELECTED, strict=True)
    ]
    assert compiled(folder, REFUSALS, "\n".join(queries)) == 0
    told = run(ANSWER_AND_TELL.replace("REFUSED", repr(REFUSED)))
    refused = (
        "PlainMutationError not_found VALIDATION No such customer. customerId is gone NOT_FOUND"
    )
    values = ["1" if selected == "id" else "None" for selected in SELECTED]
    assert told == [
        line
        for name, value in zip(names, values, strict=True)
        for line in (f"{name} {refused}", f"{name} {value}")
    ]
    well_typed()


BESIDE = """
interface Named { id: ID! }
type Key implements Named { id: ID! secret: String kind: Kind! }
enum Kind { A B }
union Any = Key
type Error { message: String! }
type Out {
  key: Key secret: String tags: [String!]! kind: Kind other: Key list: [Key!] any: Any named: Named
  always: Key! error: Error
}
type Query { id: ID }
type Mutation { make: Out! }
"""
KEY = {"__typename": "Key", "id": "k", "secret": "own", "kind": "A"}
MADE_OUT = {
    "key": KEY, "secret": "s", "tags": ["t"], "kind": "B", "other": KEY, "list": [KEY],
    "any": KEY, "named": KEY, "always": KEY, "error": None,
}  # fmt: skip
TOGETHER = [
    ("key { id } secret", "value.id, value.secret"),
    ("secret key { id } tags kind", "value.id, value.secret, value.tags[0], value.kind"),
    (
        "key { ...K } secret } } fragment K on Key { ... { id kind",
        "value.id, value.kind, value.secret",
    ),
    ("k: key { i: id } s: secret", "value.i, value.s"),
    ("always { id } secret", "value.id, value.secret"),
    ("... { key { id } } ...P } } fragment P on Out { ... { secret", "value.id, value.secret"),
]
"""One object and plain values: the object has them beside its own."""
APART = [
    ("key { id secret } secret", "value.key.secret, value.secret"),
    ("key { id secret: id } secret", "value.key.secret, value.secret"),
    ("key { id } other { id } secret", "value.key.id, value.secret"),
    ("list { id } secret", "value.list_[0].id if hasattr(value, 'list_') else value.list[0].id"),
    ("any { __typename } secret", "value.any_.typename__ if hasattr(value, 'any_') else "
     "value.any.typename__"),
    ("named { id } secret", "value.named.id, value.secret"),
    ("key @include(if: true) { id } secret", "value.key.id, value.secret"),
    ("secret tags", "value.secret, value.tags[0]"),
]  # fmt: skip
"""Anything else is a whole payload."""


def test_one_object_has_the_values_beside_it(folder: Path) -> None:
    """Where their names are not its own; it is of the class that is selected, and never null."""
    texts = [selected for selected, _ in TOGETHER + APART]
    names = [f"m{chr(97 + n)}" for n in range(len(texts))]
    queries = [
        f"# Repeat: unsafe\nmutation {name} {{ make {{ {text} }} }}\n"
        for name, text in zip(names, texts, strict=True)
    ]
    assert compiled(folder, BESIDE, "\n".join(queries)) == 0
    shown = "".join(
        f"value = found[{name!r}].unwrap(payload({name!r}, OUT))\nprint({told})\n"
        for name, (_, told) in zip(names, TOGETHER + APART, strict=True)
    )
    told = run(
        "from graphql import build_schema, parse, execute_sync\n"
        "schema = build_schema(open('schema.graphql').read())\n"
        "found = {o.name: o for o in all_of()}\n"
        f"OUT = {MADE_OUT!r}\n"
        "def payload(name, out):\n"
        "    operation = found[name]\n"
        "    answer = execute_sync(schema, parse(operation.document), {'make': out})\n"
        "    assert not answer.errors, answer.errors\n"
        "    return operation.payload(operation.data_type.model_validate(answer.data))\n"
        + shown
        + "try:\n    found['ma'].unwrap(payload('ma', {**OUT, 'key': None}))\n"
        "except ValueError as error:\n    print(type(error).__name__, error.member)\n"
        "value = found['ma'].unwrap(payload('ma', OUT))\n"
        "print(type(value).model_validate(value.model_dump()) == value)\n"
    )
    assert told == [
        "k s", "k s t B", "k A s", "k s", "k s", "k s",
        "own s", "k s", "k s", "k", "Key", "k s", "k s", "s t",
        "NullMemberError key", "True",
    ]  # fmt: skip
    well_typed()


@pytest.mark.parametrize(
    ("queries", "says"),
    [
        ("error: __typename", "all.graphql:2:39: Fields 'error' conflict"),
        ("error { message: code }", "all.graphql:2:47: Fields"),
    ],
)  # fmt: skip
def test_an_alias_in_the_way_has_a_place(
    folder: Path, capsys: pytest.CaptureFixture[str], queries: str, says: str
) -> None:
    """Where a name in the response is taken by another field, with the way out."""
    assert compiled(folder, REFUSALS, MUTATION.replace("SELECTED", queries)) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "choose another alias" in told


LISTS = """
type Info { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type Edge { cursor: String! node: Item! }
type Conn { edges: [Edge!]! pageInfo: Info! totalCount: Int! }
type Item { id: ID! items(first: Int, after: String, last: Int, before: String): Conn! }
type Query {
  items(first: Int, after: String, last: Int, before: String): Conn!
  item: Item
}
"""
BOTH = "$first: Int, $after: String, $last: Int, $before: String"
PASSED = "first: $first, after: $after, last: $last, before: $before"
WHOLE = ["edges", "cursor", "node", "pageInfo", "hasNextPage", "hasPreviousPage", "startCursor",
         "endCursor"]  # fmt: skip


WALKED = [
    (
        "query q($first: Int!, $after: String) { items(first: $first, after: $after) "
        "{ edges { node { id } } } }",
        "page_size limit after",
    ),
    (
        "query q($first: Int!, $after: String) { items(first: $first, after: $after) "
        "{ edges { node { id } } pageInfo { ...I } } } fragment I on Info { endCursor }",
        "page_size limit after",
    ),
    (
        "query q($last: Int!, $before: String) { items(last: $last, before: $before) "
        "{ ...C } } fragment C on Conn { edges { node { id } } pageInfo { startCursor } }",
        "page_size limit before",
    ),
    (
        f"query q({BOTH}) {{ items({PASSED}) {{ edges {{ node {{ id }} }} }} }}",
        "page_size limit after before backward",
    ),
    (
        f"query q({BOTH}) {{ item {{ items({PASSED}) {{ edges {{ node {{ id }} }} }} }} }}",
        "page_size limit after before backward",
    ),
    (
        f"query q({BOTH}) {{ item {{ ...T }} }} fragment T on Item {{ items({PASSED}) "
        "{ edges { node { id } } } }",
        "page_size limit after before backward",
    ),
]
NOT_WALKED = [
    "query q($first: Int!) { items(first: $first) { edges { node { id } } } }",
    "query q($first: Int, $after: String!) { items(first: $first, after: $after) "
    "{ edges { node { id } } } }",
    "query q($first: Int, $after: String) { items(last: $first, before: $after) "
    "{ edges { node { id } } } }",
    f"query q({BOTH}) {{ items({PASSED}) {{ edges {{ cursor }} }} }}",
    f"query q({BOTH}) {{ items({PASSED}) {{ pageInfo {{ endCursor }} totalCount }} }}",
    f"query q({BOTH}) {{ items({PASSED}) {{ all: edges {{ node {{ id }} }} }} }}",
    f"query q({BOTH}) {{ item {{ id items({PASSED}) {{ edges {{ node {{ id }} }} }} }} }}",
]


def test_a_list_is_walked_in_the_ways_that_it_takes_variables_for(folder: Path) -> None:
    """With the cursors and the page's place added to the document; all else is a value as it is."""
    texts = [text for text, _ in WALKED] + NOT_WALKED
    queries = [text.replace("query q", f"query q{chr(97 + n)}", 1) for n, text in enumerate(texts)]
    assert compiled(folder, LISTS, "\n".join(queries)) == 0
    told = run(
        "from my_ops.client import Ops\n"
        "for operation in sorted(all_of(), key=lambda o: o.name):\n"
        "    made = inspect.signature(getattr(Ops, operation.name))\n"
        "    paged = str(made.return_annotation).find('NodePages') >= 0\n"
        f"    whole = all(n in operation.document for n in {WHOLE!r})\n"
        "    names = [p for p in made.parameters if p not in ('self', 'options')]\n"
        "    print(paged, whole, *names)"
    )
    assert told[: len(WALKED)] == [f"True True {parameters}" for _, parameters in WALKED]
    assert [line[:11] for line in told[len(WALKED) :]] == ["False False"] * len(NOT_WALKED)
    well_typed()


def test_what_was_done_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not what had been missing before it was done."""
    assert compiled(folder, SCHEMA, "query q { any { __typename } }") == 0
    assert "my_ops: 23 files: 23 written" in capsys.readouterr().out
    (folder / "queries" / "all.graphql").write_text("query q { node { id } }")
    assert main(["generate"]) == 0
    assert "files: 5 rewritten, 18 unchanged" in capsys.readouterr().out
    (folder / "queries" / "all.graphql").write_text("query r { node { id } }")
    assert main(["generate"]) == 0
    assert "1 written, 6 rewritten, 1 removed, 16 unchanged" in capsys.readouterr().out
    assert main(["generate"]) == 0
    assert "my_ops: 23 files: 23 unchanged" in capsys.readouterr().out
