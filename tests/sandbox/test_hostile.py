"""Whatever comes, the sandbox answers JSON with a request id and a documented code."""

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import StartSandbox

from plain_sdk._api import schema_path
from plain_sdk.sandbox import ApiKey, SandboxApp, SandboxServer

CODES = {
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_USER_INPUT",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "not_yet_implemented",
}
"""Documented codes, without the one for faults: nothing that comes in is a fault of the sandbox."""

UPSERT = """
mutation u($input: UpsertCustomerInput!, $first: Int, $after: String) {
  upsertCustomer(input: $input) {
    result
    customer { id fullName company { id domainName }
      customerGroupMemberships(first: $first, after: $after) { edges { cursor } } }
    error { code type message fields { field type message } }
  }
}"""
LIST = """
query l($filters: CustomersFilter, $sortBy: CustomersSort, $first: Int, $after: String,
        $last: Int, $before: String) {
  customers(filters: $filters, sortBy: $sortBy, first: $first, after: $after, last: $last,
            before: $before) { totalCount edges { cursor node { id } } }
}"""
FIND = """
query f($id: ID!, $email: String!) {
  customer(customerId: $id) { id }
  customerByEmail(email: $email) { id }
  customerByExternalId(externalId: $id) { id }
}"""
VALID: tuple[dict[str, Any], ...] = (
    {
        "query": UPSERT,
        "variables": {
            "input": {
                "identifier": {"emailAddress": "a@b.com"},
                "onCreate": {
                    "fullName": "A",
                    "email": {"email": "a@b.com", "isVerified": True},
                    "externalId": "e1",
                    "customerGroupIdentifiers": [{"customerGroupKey": "enterprise"}],
                },
                "onUpdate": {"shortName": {"value": "A"}},
            }
        },
    },
    {
        "query": LIST,
        "variables": {
            "filters": {
                "customerGroupKeys": ["enterprise"],
                "companyIdentifiers": [{"companyDomainName": "b.com"}],
                "tenantIdentifiers": [{"externalId": "acme"}],
                "updatedAt": {"after": "2020-01-01T00:00:00.000Z"},
            },
            "sortBy": {"field": "FULL_NAME", "direction": "ASC"},
            "first": 5,
        },
    },
    {"query": FIND, "variables": {"id": "c_1", "email": "a@b.com"}, "operationName": "f"},
)
HEADERS: dict[Any, Any] = {"authorization": "Bearer full", "content-type": "application/json"}


class Peer:
    """A sandbox, and a connection to it that is kept."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.http = httpx.Client(trust_env=False, timeout=30)

    def send(self, content: bytes, headers: Any = HEADERS, method: str = "POST") -> httpx.Response:
        answer = self.http.request(method, self.server.url, content=content, headers=headers)
        assert_documented(answer)
        return answer

    def ask(self, query: str, **variables: Any) -> httpx.Response:
        return self.send(json.dumps({"query": query, "variables": variables}).encode())


def assert_documented(answer: httpx.Response) -> None:
    """JSON, a request id, a documented status and code, and little of what was sent."""
    assert answer.status_code in (200, 400, 401, 405, 413), answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["apigw-requestid"]
    if answer.request.method == "HEAD":
        return
    content = answer.json()
    assert "data" in content or "errors" in content
    for error in content.get("errors", ()):
        assert error["extensions"]["code"] in CODES, error
        assert 0 < len(error["message"]) <= 400


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    app = SandboxApp(
        schema_path().read_text(encoding="utf-8"),
        rate_limit=0, keys=(ApiKey("full"),), groups=("enterprise",), tenants=("acme",),
    )  # fmt: skip
    with SandboxServer(app) as server:
        peer = Peer(server)
        yield peer
        peer.http.close()


def of(code: str, answer: httpx.Response, status: int = 400) -> bool:
    return (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)


BODIES = {
    "nothing": b"",
    "no UTF-8": b'{"query": "{ x }\xff"}',
    "UTF-16": json.dumps({"query": LIST}).encode("utf-16"),
    "a mark before it": b"\xef\xbb\xbf" + json.dumps({"query": LIST}).encode(),
    "nested brackets": b"[" * 100_000,
    "nested brackets, closed": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"a":' * 100_000,
    "nested in variables": b'{"query": "{ x }", "variables": {"a": ' + b"[" * 100_000,
    "a batch": json.dumps([{"query": LIST}]).encode(),
    "a number": b"1",
    "a huge number": b"9" * 100_000,
    "no number of JSON": b'{"query": "{ x }", "variables": {"a": NaN}}',
    "half a character": b'{"query": "{ x }", "variables": {"a": "\\ud800"}}',
    "half a character as a name": b'{"query": "{ x }", "variables": {"\\udfff": 1}}',
    "half a character in the query": b'{"query": "{ x } # \\ud800"}',
    "a query that is no text": b'{"query": 1}',
    "variables in a list": b'{"query": "{ x }", "variables": []}',
    "a form": b"query=%7Bx%7D",
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_are_no_request(name: str, peer: Peer) -> None:
    """Each is the caller's mistake, and the next request is answered."""
    assert of("BAD_USER_INPUT", peer.send(BODIES[name]))
    assert peer.ask(LIST).json()["data"]["customers"] is not None


QUERIES = {
    "brackets": ("[" * 100_000, "GRAPHQL_PARSE_FAILED"),
    "selections": ("{a" * 100_000, "GRAPHQL_PARSE_FAILED"),
    "selections, closed": ("{a" * 5_000 + "}" * 5_000, "GRAPHQL_PARSE_FAILED"),
    "lists": ("{ customer(customerId: " + "[" * 20_000 + ") { id } }", "GRAPHQL_PARSE_FAILED"),
    "fragments within each other": (
        "{ customers { ...f0 } }"
        + "".join(f" fragment f{n} on CustomerConnection {{ ...f{n + 1} }}" for n in range(150))
        + " fragment f150 on CustomerConnection { totalCount }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "more fragments within each other": (
        "{ customers { ...f0 } }"
        + "".join(f" fragment f{n} on CustomerConnection {{ ...f{n + 1} }}" for n in range(3000))
        + " fragment f3000 on CustomerConnection { totalCount }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "a circle": (
        "{ customers { ...f } } fragment f on CustomerConnection { ...f }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "many tokens": ("{ " + "a " * 400_000 + "}", "GRAPHQL_PARSE_FAILED"),
    "a field often": (
        '{ customer(customerId: "c") { ' + "id " * 20_000 + "} }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "half a character": ('{ customer(customerId: "\\ud800") { id } }', "GRAPHQL_PARSE_FAILED"),
    "a huge number": (
        "{ customers(first: " + "9" * 5_000 + ") { totalCount } }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "a name of a megabyte": ("{ " + "a" * 1_000_000 + " }", "GRAPHQL_VALIDATION_FAILED"),
    "two operations": ("query a { __typename } query b { __typename }", "BAD_USER_INPUT"),
    "no operation": ("fragment f on Customer { id }", "GRAPHQL_VALIDATION_FAILED"),
    "a subscription": ("subscription { a }", "BAD_USER_INPUT"),
    "empty": ("", "GRAPHQL_PARSE_FAILED"),
    "a NUL": ("{ \0 }", "GRAPHQL_PARSE_FAILED"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_queries_that_cannot_be_carried_out(name: str, peer: Peer) -> None:
    """Refused in a bounded time, however they are meant."""
    query, code = QUERIES[name]
    began = time.monotonic()
    assert of(code, peer.ask(query))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "content",
    [b"x" * 20_000_000, b'{"query": "' + b"x" * 20_000_000, b"[" * 20_000_000],
    ids=["text", "a query", "brackets"],
)
def test_a_large_broken_body(content: bytes, peer: Peer) -> None:
    """Is not looked at, and not sent back."""
    began = time.monotonic()
    answer = peer.send(content)
    assert time.monotonic() - began < 3
    assert of("BAD_USER_INPUT", answer, 413)
    assert len(answer.content) < 1_000


def test_a_long_query_and_what_it_repeats(peer: Peer) -> None:
    """Up to the limit of a body, a query is bounded by itself; messages never repeat it all."""
    assert of("BAD_USER_INPUT", peer.ask("{ " + "a " * 1_000_000 + "}"), 413)
    huge = {"identifier": {"emailAddress": "x" * 5_000_000}, "onCreate": 1, "onUpdate": {}}
    answer = peer.ask(UPSERT, input=huge)
    assert of("BAD_USER_INPUT", answer)
    assert len(answer.content) < 5_000


HEADERS_AND_METHODS: dict[str, tuple[dict[Any, Any], str, int]] = {
    "latin-1 in a value": ({**HEADERS, b"x-name": "Jos\xe9".encode("latin-1")}, "POST", 200),
    "latin-1 in a key": ({**HEADERS, "authorization": b"Bearer \xe9"}, "POST", 401),
    "no key": ({"content-type": "application/json"}, "POST", 401),
    "another scheme": ({**HEADERS, "authorization": "Basic ZnVsbA=="}, "POST", 401),
    "no type": ({"authorization": "Bearer full"}, "POST", 400),
    "a form's type": ({**HEADERS, "content-type": "multipart/form-data"}, "POST", 400),
    "a graphql type": ({**HEADERS, "content-type": "application/graphql"}, "POST", 400),
    "a strange type": ({**HEADERS, "content-type": b"\xff;;=\xe9"}, "POST", 400),
    "with a charset": ({**HEADERS, "content-type": "Application/JSON; charset=utf-8"}, "POST", 200),
    "packed": ({**HEADERS, "content-encoding": "gzip"}, "POST", 200),
    "GET": (dict(HEADERS), "GET", 405),
    "HEAD": (dict(HEADERS), "HEAD", 405),
    "PUT": (dict(HEADERS), "PUT", 405),
    "OPTIONS": (dict(HEADERS), "OPTIONS", 405),
    "a method of nobody": (dict(HEADERS), "BREW", 405),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS_AND_METHODS)
def test_headers_and_methods(name: str, peer: Peer) -> None:
    """What is not needed is not minded; what is wrong has its status."""
    headers, method, status = HEADERS_AND_METHODS[name]
    content = json.dumps({"query": LIST}).encode()
    assert peer.send(content, headers, method).status_code == status


def test_other_paths(peer: Peer) -> None:
    """Answered like a gateway, with the API's own path."""
    root = peer.server.url.removesuffix("/graphql/v1")
    for path in ("", "/", "/graphql", "/graphql/v1/", "/graphql/v2", "/%ff%00", "/graphql%2fv1x"):
        answer = peer.http.post(root + path, content=b"{}", headers=HEADERS)
        assert answer.status_code == 404
        assert answer.headers["apigw-requestid"]
        assert "/graphql/v1" in answer.json()["message"]


def exchange(server: SandboxServer, sent: bytes, *, end: bool = True) -> bytes:
    """What comes back to raw bytes until the connection is closed."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as peer:
        peer.sendall(sent)
        if end:
            peer.shutdown(socket.SHUT_WR)
        content = bytearray()
        try:
            while part := peer.recv(65536):
                content += part
        except ConnectionResetError:
            pass
        return bytes(content)


HEAD = (
    b"POST /graphql/v1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer full\r\n"
    b"Content-Type: application/json\r\nConnection: close\r\n"
)
BODY = json.dumps({"query": "{ __typename }"}).encode()

RAW = {
    "no HTTP": (b"hello\r\n\r\n", 400),
    "a byte of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "no version": (b"POST /graphql/v1\r\n\r\n", 400),
    "a header without a colon": (HEAD + b"nothing\r\n\r\n", 400),
    "two lengths": (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{", 400),
    "a negative length": (HEAD + b"Content-Length: -1\r\n\r\n", 400),
    "a header of a megabyte": (HEAD + b"X: " + b"x" * 1_000_000, 400),
    "chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in BODY) + b"0\r\n\r\n",
        200,
    ),
    "a chunk that lies": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", 400),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_bytes_on_the_wire(name: str, peer: Peer) -> None:
    """What is no request gets the same form of refusal; chunks are put together."""
    sent, status = RAW[name]
    head, _, body = exchange(peer.server, sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"apigw-requestid: " in head
    assert b"content-type: application/json" in head
    content = json.loads(body)
    if status != 200:
        assert content["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_body_that_breaks_off_is_not_carried_out(peer: Peer) -> None:
    """Even where what came is a whole request by itself."""
    content = json.dumps({
        "query": UPSERT,
        "variables": {"input": {
            "identifier": {"emailAddress": "cut@b.com"},
            "onCreate": {"fullName": "C", "email": {"email": "cut@b.com", "isVerified": True}},
            "onUpdate": {},
        }},
    }).encode()  # fmt: skip
    cut = (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % len(content) + content + b"\r\n"
    )
    exchange(peer.server, cut)
    found = peer.ask('{ customerByEmail(email: "cut@b.com") { id } }').json()
    assert found == {"data": {"customerByEmail": None}}


def cursor(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


FORGED = {
    "empty": "",
    "no base64": "ü!",
    "no text": base64.b64encode(b"\xff\xfe").decode(),
    "a number": cursor(1),
    "too few": cursor(["customers by id", "c_1"]),
    "too many": cursor(["customers by id", "c_1", "c_1", "c_1"]),
    "numbers": cursor(["customers by id", 1, 1]),
    "a huge number": cursor(["customers by id", 10**30, "c_1"]),
    "null": cursor(["customers by id", None, None]),
    "a list": cursor(["customers by id", [], {}]),
    "half a character": cursor(["customers by id", "\ud800", "c_1"]),
    "nested": base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    "of another order": cursor(["customers by full_name", "A", "c_1"]),
    "of another list": cursor(["groups of c_1 by id", "c_1", "c_1"]),
    "spaces in it": " " + cursor(["customers by id", "c_1", "c_1"]),
}


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("way", ["after", "before"])
def test_forged_cursors(name: str, way: str, peer: Peer) -> None:
    """One that the sandbox did not give for this list is refused, on each way."""
    assert of("BAD_USER_INPUT", peer.ask(LIST, **{way: FORGED[name]}))


def test_a_cursor_is_good_for_its_list_and_order_alone(start_sandbox: StartSandbox) -> None:
    """By name and by name downwards are different orders; the members of a group another list."""
    peer = Peer(start_sandbox(groups=("enterprise",)))
    for number in range(3):
        variables = json.loads(json.dumps(VALID[0]["variables"]))
        variables["input"]["identifier"] = {"emailAddress": f"{number}@b.com"}
        variables["input"]["onCreate"]["email"]["email"] = f"{number}@b.com"
        variables["input"]["onCreate"]["externalId"] = None
        made = peer.ask(UPSERT, **variables).json()["data"]["upsertCustomer"]
    group = made["customer"]["customerGroupMemberships"]["edges"][0]["cursor"]
    orders = [
        None,
        {"field": "FULL_NAME", "direction": "ASC"},
        {"field": "FULL_NAME", "direction": "DESC"},
    ]
    given = [
        peer.ask(LIST, sortBy=order, first=1).json()["data"]["customers"]["edges"][0]["cursor"]
        for order in orders
    ]
    for own, order in zip(given, orders):
        assert (
            len(peer.ask(LIST, sortBy=order, after=own).json()["data"]["customers"]["edges"]) == 2
        )
        for other in {*given, group} - {own}:
            assert of("BAD_USER_INPUT", peer.ask(LIST, sortBy=order, after=other))
    # In what a mutation hands back: it was carried out, and says so.
    variables["first"], variables["after"] = 1, given[0]
    answer = peer.ask(UPSERT, **variables)
    assert answer.status_code == 200
    assert answer.json()["data"]["upsertCustomer"]["result"] == "UPDATED"
    assert answer.json()["errors"][0]["path"][:2] == ["upsertCustomer", "customer"]
    peer.http.close()


@pytest.mark.parametrize(
    "filters",
    [
        {"customerGroupIds": ["x"] * 100_000},
        {"customerGroupKeys": ["\0", "'", "%"]},
        {"companyIdentifiers": [{"companyDomainName": "http://["}, {}, {"companyId": "x"}] * 2_000},
        {"tenantIdentifiers": [{"externalId": "x"}, {"tenantId": "y"}, {}] * 2_000},
        {"companyIdentifiers": []},
    ],
    ids=["many ids", "odd keys", "many companies", "many tenants", "none"],
)
def test_filters_of_any_size(filters: Any, peer: Peer) -> None:
    """No list is too long for the database, and no text an order to it."""
    assert peer.ask(LIST, filters=filters).json()["data"]["customers"]["totalCount"] == 0


@pytest.mark.parametrize(
    "moment",
    [
        "",
        "never",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2020-13-01",
        "\uff11\uff12",
    ],
)
def test_times_that_are_none(moment: str, peer: Peer) -> None:
    """Of no calendar, or beyond it."""
    answer = peer.ask(LIST, filters={"updatedAt": {"after": moment}})
    assert of("BAD_USER_INPUT", answer)


def test_members_named_twice(peer: Peer) -> None:
    """The last one counts, as in every JSON reader that does not refuse."""
    content = b'{"query": "{", "query": "{ __typename }", "variables": 1, "variables": null}'
    assert peer.send(content).json() == {"data": {"__typename": "Query"}}


FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["\ud800", "\0", "2020-01-01", "1e999", 10**400, -(2**63), [], {}, [[[]]]]),
    st.characters().map(str), st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)  # fmt: skip


def places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """All places in a value."""
    yield path
    inner: Any = content.items() if isinstance(content, dict) else ()
    if isinstance(content, list):
        inner = enumerate(content)
    for name, value in inner:
        yield from places(value, (*path, name))


def put(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value in a place."""
    if not path:
        return value
    copy = dict(content) if isinstance(content, dict) else list(content)
    copy[path[0]] = put(copy[path[0]], path[1:], value)
    return copy


def any_bytes(peer: Peer, data: st.DataObject) -> None:
    """As a body, and as a query."""
    content = data.draw(st.binary(max_size=300))
    peer.send(content)
    peer.ask(content.decode("latin-1"))


def something_odd(peer: Peer, data: st.DataObject) -> None:
    """Any value in any place of a request that would be carried out."""
    request: Any = data.draw(st.sampled_from(VALID))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([p for p in places(request) if p]))
        request = put(request, path, data.draw(odd))
        if not isinstance(request.get("query"), str):
            break
    peer.send(json.dumps(request).encode())


def bytes_changed(peer: Peer, data: st.DataObject) -> None:
    """A good request cut, doubled, or overwritten anywhere: its body, and sometimes its head."""
    content = bytearray(json.dumps(data.draw(st.sampled_from(VALID))).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 20)))
        content[start:end] = data.draw(st.binary(max_size=8))
    peer.send(bytes(content))
    if data.draw(st.integers(0, 9)) == 0:
        head = bytearray(HEAD + b"Content-Length: %d\r\n\r\n" % len(content))
        head[data.draw(st.integers(0, len(head) - 1))] = data.draw(st.integers(0, 255))
        answer = exchange(peer.server, bytes(head + content))
        assert not answer or b"apigw-requestid: " in answer.partition(b"\r\n\r\n")[0]


LAWS = pytest.mark.parametrize("send", [any_bytes, something_odd, bytes_changed])


@LAWS
@FUZZ
@given(data=st.data())
def test_whatever_comes(
    peer: Peer, send: Callable[[Peer, st.DataObject], None], data: st.DataObject
) -> None:
    """Bytes, requests with odd values, and requests with changed bytes."""
    send(peer, data)


@pytest.mark.survey
@pytest.mark.timeout(1800)
@LAWS
@settings(FUZZ, max_examples=3000)
@given(data=st.data())
def test_whatever_comes_at_length(
    peer: Peer, send: Callable[[Peer, st.DataObject], None], data: st.DataObject
) -> None:
    """The same, many times over."""
    send(peer, data)


def test_subscriptions_are_refused(start_sandbox: StartSandbox) -> None:
    """Where Plain serves them is not documented, and the sandbox does not pretend."""
    text = schema_path().read_text(encoding="utf-8")
    peer = Peer(start_sandbox(schema=text + "\ntype Subscription { x: Int! }\n"))
    assert of("not_yet_implemented", peer.ask("subscription { x }"))
    peer.http.close()
