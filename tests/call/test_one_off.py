"""Documents that are written out on the spot: carried out like any call, with plain data."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st
from plain_graphql import CreateThreadInput, CustomerIdentifierInput
from scripted_server import ScriptedServer, answer, reset

from plain_sdk import (
    AsyncPlainClient,
    PlainClosedError,
    PlainError,
    PlainGraphQLError,
    PlainInputError,
    PlainMutationError,
    PlainOutcomeUnknownError,
    PlainPermissionError,
    capture,
)
from plain_sdk._call.one_off import one_off
from plain_sdk._errors import InputProblem

GET = "query get($id: ID!) { customer(customerId: $id) { fullName } }"
DELETE = (
    "mutation ($input: DeleteCustomerInput!) { deleteCustomer(input: $input) { error { code } } }"
)
NOBODY = {"data": {"customer": None}}


async def test_a_query_gives_its_data_as_it_is(client: AsyncPlainClient) -> None:
    """Under the API's names and the document's aliases, from a real server."""
    made = await client.upsert_customer(
        identifier={"external_id": "u"},
        on_create={"full_name": "Ann", "email": {"email": "a@x.io", "is_verified": True}},
    )
    data = await client.query(
        "query ($id: ID!) { who: customer(customerId: $id) { fullName ... on Customer { id } } }",
        {"id": made.customer.id},
    )
    assert data == {"who": {"fullName": "Ann", "id": made.customer.id}}


async def test_a_refused_mutation_is_raised(client: AsyncPlainClient) -> None:
    """As in the methods; an untyped mutation is like them in this, too."""
    with pytest.raises(PlainMutationError) as caught:
        await client.query(DELETE, {"input": {"customerId": "c_none"}})
    assert caught.value.code
    assert caught.value.operation == "mutation"


@pytest.mark.parametrize(
    ("document", "name", "variables", "sent"),
    [
        (GET, None, {"id": "1", "x": None}, ("get", {"id": "1", "x": None})),
        ("{ customer { id } }", None, None, (None, {})),
        (f"query other {{ a }} {GET}", "get", {}, ("get", {})),
    ],
)
async def test_what_is_sent_is_what_was_given(
    document: str, name: str | None, variables: dict[str, Any] | None, sent: tuple[Any, Any]
) -> None:
    """The document untouched, the operation's name if it has one, null as null."""
    with ScriptedServer(answer(NOBODY)) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            assert await client.query(document, variables, operation_name=name) == NOBODY["data"]
        body = server.requests[0].json
    assert body == {"operationName": sent[0], "query": document, "variables": sent[1]}


async def test_variables_may_be_what_python_has() -> None:
    """Input models leave out what was not given; a time is a text."""
    given_ = {
        "input": CreateThreadInput(
            customer_identifier=CustomerIdentifierInput(customer_id="c"), title="T"
        ),
        "at": datetime(2026, 5, 11, tzinfo=UTC),
        "copy": [1, None],
    }
    with ScriptedServer(answer(NOBODY)) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            await client.query(GET, given_)
        sent = server.requests[0].json["variables"]
    assert sent["input"] == {"customerIdentifier": {"customerId": "c"}, "title": "T"}
    assert sent["at"] == "2026-05-11T00:00:00Z"
    assert sent["copy"] == [1, None]


@pytest.mark.parametrize(
    ("document", "repeatable", "attempts", "outcome"),
    [
        (GET, None, 2, None),
        (GET, False, 1, PlainOutcomeUnknownError),
        (DELETE, None, 1, PlainOutcomeUnknownError),
        (DELETE, True, 2, None),
        ('{ customer(x: "mutation { a }") { id } } # mutation', None, 2, None),
    ],
)
async def test_only_what_may_be_repeated_is_retried(
    document: str, repeatable: bool | None, attempts: int, outcome: type[PlainError] | None
) -> None:
    """Queries, and mutations of which the caller says so."""
    with ScriptedServer(reset, answer(NOBODY)) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            told = await capture(client.query(document, repeatable=repeatable))
        assert len(server.requests) == attempts
    assert type(getattr(told, "error", None)) is (outcome or type(None))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"data": {"a": 1}, "errors": [{"message": "m"}]}, PlainGraphQLError),
        ({"errors": [{"message": "m", "extensions": {"code": "FORBIDDEN"}}]}, PlainPermissionError),
        ({"data": [1]}, PlainOutcomeUnknownError),
        ({"data": None}, PlainOutcomeUnknownError),
        ({}, PlainOutcomeUnknownError),
        ({"data": {"a": {"error": None}, "b": {"error": {"code": "x"}}}}, PlainMutationError),
        ({"data": {"a": {"error": {}}}}, PlainMutationError),
    ],
)
async def test_responses_mean_what_they_mean_in_every_call(
    content: Any, error: type[PlainError]
) -> None:
    """Errors are raised, those beside data included; a refusal of any root field."""
    with ScriptedServer(answer(content)) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            with pytest.raises(error):
                await client.query(DELETE, {"input": {}})


@pytest.mark.parametrize(
    ("document", "name", "says"),
    [
        ("", None, "document holds no operation"),
        ("fragment F on A { id }", None, "document holds no operation"),
        ("subscription s { a }", None, "document is a subscription"),
        ("query a { a } query b { b }", None, "say which by operation_name: a, b"),
        ("query a { a } query b { b }", "c", "operation_name 'c' is not in the document"),
        ("query count { a } { b }", "count", "several operations that no name tells apart"),
        ("query a { a } mutation a { b }", "a", "several operations that no name tells apart"),
        (GET, "got", "did you mean 'get'?"),
        ("{ a", None, "document breaks off: a '}' is missing"),
        ("{ a ) }", None, "document has a ')' too many"),
        ("query a", None, "document breaks off: the query a has no selection"),
        ('{ a(b: "c) }', None, "has a text in line 1 that does not end"),
        ('{\n a(b: """c\\""") }', None, "has a text in line 2 that does not end"),
        ("type A { a: Int }", None, "has 'type' where an operation or a fragment should begin"),
        (b"{ a }", None, "document must be text, not bytes"),
    ],
)
async def test_what_cannot_be_carried_out_is_refused_before_it_is_sent(
    document: Any, name: str | None, says: str
) -> None:
    """When it is awaited, as in every call."""
    with ScriptedServer(answer(NOBODY)) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            call = client.query(document, operation_name=name)
            with pytest.raises(PlainInputError) as caught:
                await call
        assert server.requests == []
    assert says in str(caught.value)
    assert isinstance(caught.value.problems[0], InputProblem)


async def test_bad_variables_and_a_closed_client_are_refused() -> None:
    """Like in every call."""
    client = AsyncPlainClient("k", url="http://127.0.0.1:1/")
    for variables in ({1: 2}, {"a": object()}, {"a": "\ud800"}):
        with pytest.raises(PlainInputError):
            await client.query(GET, variables)  # type: ignore[arg-type]
    await client.aclose()
    with pytest.raises(PlainClosedError):
        await client.query(GET)


NAMES = st.sampled_from(["query", "mutation", "fragment", "on", "subscription", "A", "b_1"])
TEXTS = st.sampled_from(
    ['""', '"}"', r'"\"{"', '"""', '"# {"', '"""}"""', '"""\\"""{"""', '"""a"b""c"""', '"\\\\"']
).filter(lambda text: text != '"""')
SPACES = st.sampled_from([" ", "\n", ",", "\ufeff", '# mutation } " \n', "#\r", "\t"])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Valid documents with all that could lead a scanner astray."""
    found: list[str] = []
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    for name in names:
        kind = draw(st.sampled_from(["query", "mutation", "subscription"]))
        value = draw(st.one_of(TEXTS, st.just('[{a: "}"}]'), st.just("{b: [1, $x]}")))
        variables = draw(st.sampled_from(["", '($x: A = {a: "{", b: [{}]})', "($x: [A!]!)"]))
        directive = draw(st.sampled_from(["", '@d(a: {b: "}"})', "@e"]))
        space = draw(SPACES)
        inner = f"{{{space}a{space}(x:{value}){{b{space}...F}}}}"
        found.append(f"{kind} {name}{space}{variables}{space}{directive}{space}{inner}{space}")
    found.append("fragment F on A { mutation: query }")
    return draw(SPACES).join(draw(st.permutations(found)))


@given(documents())
def test_the_scanner_sees_what_a_parser_sees(document: str) -> None:
    """The kind and the name of every operation, whatever stands in texts and comments."""
    for node in parse(document).definitions:
        if isinstance(node, OperationDefinitionNode):
            assert node.name is not None
            kind, name = node.operation.value, node.name.value
            if kind == "subscription":
                with pytest.raises(PlainInputError, match="is a subscription"):
                    one_off(document, name, None)
            else:
                made = one_off(document, name, None)
                assert (made.kind, made.name, made.sent_name) == (kind, name, name)
                assert made.repeatable is (kind == "query")


@given(st.text(alphabet='{}()[]"\\# \nquery$:a@!…', max_size=30))
def test_any_text_is_an_operation_or_refused(text: str) -> None:
    """Nothing but a clear error comes of what is no document; what a parser takes is taken."""
    try:
        one_off(text, None, None)
    except PlainInputError:
        try:
            found = parse(text).definitions
        except Exception:
            return
        assert len([d for d in found if isinstance(d, OperationDefinitionNode)]) != 1
