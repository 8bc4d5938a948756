"""Documents are carried out as graphql-core does it, in fewer steps."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, execute, parse, print_schema
from sandbox_documents import documents
from sandbox_world import filled
from surface import schema_of

from plain_sdk.sandbox import ApiKey, SandboxApp
from plain_sdk.sandbox._context import Context
from plain_sdk.sandbox._documents import Documents
from plain_sdk.sandbox._execution import Prepared
from plain_sdk.sandbox._members import resolve_member

SCHEMA = build_schema("""
    enum Color { RED GREEN }
    interface Named { name: String }
    type Part implements Named { name: String n: Int! }
    type Thing {
        name: String, sure: String!, n: Int, f: Float, b: Boolean, id: ID, color: Color
        many: [Int!], part: Part, named: Named
    }
    type Query { thing: Thing }
""")
assert SCHEMA.query_type is not None
SCHEMA.query_type.fields["thing"].resolve = lambda _, info: info.context.thing

VALUES: list[Any] = [
    None, "", "a", "RED", "BLUE", 0, 1, -1, 2**31, 2**53, 1.0, 1.5, float("inf"), True, False,
    [], [1], {}, {"name": "x"}, {"__typename": "Part", "n": 1},
    lambda context: "called", lambda context: None, lambda context: 1 / 0,
]  # fmt: skip


def told(
    schema: GraphQLSchema, document: str, context: Context, variables: dict[str, Any] | None = None
) -> list[ExecutionResult]:
    """What the library makes of a document, and what is made of it here, first and once more."""
    text = parse(document)
    prepared = Prepared(text, has_directives="@" in document)
    usual = execute(
        schema, text,
        context_value=context, variable_values=variables, field_resolver=resolve_member,
    )  # fmt: skip
    again = [prepared.carried_out(schema, context, variables) for _ in range(2)]
    results = [usual, *again]
    assert all(isinstance(result, ExecutionResult) for result in results)
    return cast("list[ExecutionResult]", results)


def context_of(thing: Any) -> Context:
    """As far as members are looked up in it."""
    started = "2026-01-01T00:00:00.000Z"
    return cast("Context", SimpleNamespace(key=ApiKey("full"), started=started, thing=thing))


@pytest.mark.parametrize(
    "selected",
    ["name", "sure", "n", "f", "b", "id", "color", "many", "part { name n }", "named { name }"],
)
def test_every_value_is_told_alike(selected: str) -> None:
    """One that fits, and one that does not: the same data, the same errors in the same places."""
    failed = 0
    name = selected.partition(" ")[0]
    for value in VALUES:
        if name == "named" and not isinstance(value, dict) | (value is None):
            continue  # Of an object without a type's name, not even a resolver knows what it is.
        document = f"{{ thing {{ x: {selected} __typename more: {selected} }} }}"
        results = told(SCHEMA, document, context_of({name: value}))
        usual, first, second = (repr(result.formatted) for result in results)
        assert first == usual, (name, value)
        assert second == usual, (name, value)
        failed += bool(results[0].errors)
    assert 0 < failed < len(VALUES)


def test_what_a_directive_leaves_out_hangs_on_its_variable() -> None:
    """Nothing of it is remembered from the call before."""
    document = "query q($a: Boolean!) { thing { part { name @include(if: $a) n } } }"
    part = {"name": "x", "n": 1}
    prepared = Documents(SCHEMA).read(document)
    assert isinstance(prepared, Prepared)
    for given, expected in ((True, part), (False, {"n": 1}), (True, part)):
        done = prepared.carried_out(SCHEMA, context_of({"part": part}), {"a": given})
        assert isinstance(done, ExecutionResult)
        assert done.data == {"thing": {"part": expected}}


async def test_a_whole_sandbox_is_told_alike() -> None:
    """Threads, customers and timelines with all that they lead to, by a key that may see it."""
    app = SandboxApp(print_schema(schema_of("own")), rate_limit=0, groups=("a",), tiers=("gold",))
    world = await filled(app)
    context = app._core._context(ApiKey("full"), "http://sandbox")
    compared = 0
    for root in ("threads", "customers", "tenants", "tiers", "labelTypes", "thread"):
        for document in documents(world, app.schema, root, 2):
            usual, first, second = told(app.schema, document, context)
            assert usual.data is not None
            assert not usual.errors
            assert first.formatted == usual.formatted, document[:300]
            assert second.formatted == usual.formatted, document[:300]
            compared += 1
    assert compared > 50
    app.close()
