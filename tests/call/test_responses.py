"""What each answer means: one table over a real wire, for a query and for a mutation."""

import pickle
from typing import Any

import pytest
from scripted_server import Behaviour, ScriptedServer, answer, end_of_stream, truncated
from support import create

import plain_sdk
from plain_sdk import AsyncPlainClient, PlainError

KEY = "plainApiKey_0123456789secret"


def errors(code: str | None, message: str = "no", **more: Any) -> dict[str, Any]:
    extensions = {"extensions": {"code": code}} if code else {}
    return {"errors": [{"message": message, **extensions}], "data": None, **more}


def refused(type: str, code: str, message: str = "no", fields: Any = ()) -> dict[str, Any]:
    error = {"message": message, "type": type, "code": code, "fields": list(fields)}
    return {"data": {"deleteCustomer": {"error": error}}}


MISSING = 'Insufficient permissions, missing "customer:delete", "customer:read"'
PERMISSIONS = {"missing_permissions": ("customer:delete", "customer:read")}

ANSWERS: list[tuple[str, Behaviour, str, dict[str, Any]]] = [
    ("401 and a bare JSON string", answer("unauthorized", status=401),
     "PlainAuthenticationError", {"message": "unauthorized", "status_code": 401}),
    ("401 and text", answer(body=b"nope", status=401, headers={"content-type": "text/plain"}),
     "PlainAuthenticationError", {"message": "nope"}),
    ("401 and UNAUTHENTICATED", answer(errors("UNAUTHENTICATED"), status=401),
     "PlainAuthenticationError", {"code": "UNAUTHENTICATED"}),
    ("UNAUTHENTICATED under 200", answer(errors("UNAUTHENTICATED")),
     "PlainAuthenticationError", {"status_code": 200}),
    ("UNAUTHENTICATED under 400", answer(errors("UNAUTHENTICATED"), status=400),
     "PlainAuthenticationError", {"status_code": 400}),
    ("401 and FORBIDDEN", answer(errors("FORBIDDEN", MISSING), status=401),
     "PlainPermissionError", {"code": "FORBIDDEN", **PERMISSIONS}),
    ("401 that names a permission", answer({"errors": [{"message": MISSING}]}, status=401),
     "PlainPermissionError", PERMISSIONS),
    ("403 and FORBIDDEN", answer(errors("FORBIDDEN", MISSING), status=403),
     "PlainPermissionError", PERMISSIONS),
    ("403 and HTML", answer(body=b"<html>", status=403, headers={"content-type": "text/html"}),
     "PlainStatusError", {"code": None, "status_code": 403}),
    ("FORBIDDEN under 200", answer(errors("FORBIDDEN", MISSING)),
     "PlainPermissionError", PERMISSIONS),
    ("a mutation's FORBIDDEN", answer(refused("FORBIDDEN", "forbidden", MISSING)),
     "PlainMutationPermissionError", {"type": "FORBIDDEN", "code": "forbidden", **PERMISSIONS}),
    ("429", answer(errors("RATE_LIMITED"), status=429,
                   headers={"x-ratelimit-limit": "450", "x-ratelimit-remaining": "0",
                            "x-ratelimit-reset": "2026-01-06T15:30:00.000Z", "retry-after": "7"}),
     "PlainRateLimitError", {"limit": 450, "remaining": 0, "retry_after": 7.0,
                             "reset_at": "2026-01-06T15:30:00.000Z"}),
    ("429 and text", answer(body=b"slow down", status=429, headers={"content-type": "text/plain"}),
     "PlainRateLimitError", {"message": "slow down", "limit": None}),
    ("400 and BAD_USER_INPUT", answer(errors("BAD_USER_INPUT", "bad value"), status=400),
     "PlainGraphQLError", {"code": "BAD_USER_INPUT", "message": "bad value"}),
    ("400 and nothing", answer(body=b"", status=400), "PlainStatusError", {"status_code": 400}),
    ("404", answer({"message": "x"}, status=404), "PlainStatusError", {"status_code": 404}),
    ("500 and text", answer(body=b"oops", status=500, headers={"content-type": "text/plain"}),
     "PlainServerError", {"status_code": 500}),
    ("500 and a JSON string", answer("\N{FIRE}", status=500),
     "PlainServerError", {"message": "\N{FIRE}"}),
    ("502 and HTML", answer(body=b"<html>", status=502, headers={"content-type": "text/html"}),
     "PlainServerError", {"status_code": 502}),
    ("INTERNAL_SERVER_ERROR under 200", answer(errors("INTERNAL_SERVER_ERROR")),
     "PlainServerError", {"status_code": 200}),
    ("a redirect", answer({}, status=307, headers={"location": "https://example.com/"}),
     "PlainStatusError", {"status_code": 307}),
    ("errors beside partial data", answer({"errors": [{"message": "part"}], "data": {"x": 1}}),
     "PlainGraphQLError", {"data": {"x": 1}, "code": None}),
    ("errors of a strange form", answer({"errors": ["odd", 7, {"extensions": 3}]}),
     "PlainGraphQLError", {"message": "odd; no message"}),
    ("an unknown code", answer(errors("BRAND_NEW")), "PlainGraphQLError", {"code": "BRAND_NEW"}),
    ("neither data nor errors", answer({}), "PlainResponseError", {}),
    ("null data", answer({"data": None}), "PlainResponseError", {}),
    ("an empty body", answer(body=b""), "PlainResponseError",
     {"message": "the response is empty"}),
    ("HTML under 200", answer(body=b"<html>", headers={"content-type": "text/html"}),
     "PlainResponseError", {"message": "the response is not JSON (text/html, 6 bytes)"}),
    ("a list", answer([1]), "PlainResponseError", {}),
    ("a truncated body", truncated({"data": {"deleteCustomer": {"error": None}}}),
     "PlainConnectionError", {}),
    ("no answer", end_of_stream, "PlainConnectionError", {}),
    ("a refusal", answer(refused("VALIDATION", "not_found", fields=[
        {"field": "customerId", "message": "gone", "type": "NOT_FOUND"}])),
     "PlainMutationError", {"type": "VALIDATION", "code": "not_found"}),
    ("an unknown type of refusal", answer(refused("QUANTUM", "entangled", fields=[
        {"field": "customerId", "message": "m", "type": "NEW"}])),
     "PlainMutationError", {"type": "QUANTUM", "code": "entangled"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("behaviour", "error", "attributes"),
    [pytest.param(*row[1:], id=row[0]) for row in ANSWERS],
)
async def test_an_answer_becomes_its_error(
    behaviour: Behaviour, error: str, attributes: dict[str, Any]
) -> None:
    """The class, Plain's own data, the operation; it pickles, and it never holds the key."""
    with ScriptedServer(behaviour) as server:
        async with AsyncPlainClient(KEY, url=server.url, options={"max_attempts": 1}) as client:
            with pytest.raises(PlainError) as caught:
                await client.delete_customer("c_1")
    raised = caught.value
    assert type(raised).__name__ == error
    assert {name: getattr(raised, name) for name in attributes} == attributes
    assert raised.operation == "deleteCustomer"
    copy = pickle.loads(pickle.dumps(raised))
    assert (type(copy), str(copy), vars(copy)) == (type(raised), str(raised), vars(raised))
    assert str(raised).startswith("delete_customer: ")
    assert KEY not in repr(raised) + str(raised) + repr(vars(raised))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_an_answer_carries_its_request_id() -> None:
    """`request_id` is the gateway's header, read in any case."""
    behaviour = answer(errors("FORBIDDEN"), headers={"Apigw-Requestid": "abc="})
    with ScriptedServer(behaviour) as server:
        async with AsyncPlainClient(KEY, url=server.url) as client:
            with pytest.raises(PlainError) as caught:
                await client.customer("c_1")
    assert caught.value.request_id == "abc="
    assert "request id abc=" in str(caught.value)


async def test_a_null_payload_without_an_error_is_not_taken_for_success() -> None:
    """A mutation that claims success must give what it promises."""
    behaviour = answer({"data": {"upsertCustomer": {"result": "NOOP", "customer": None}}})
    with ScriptedServer(behaviour) as server:
        async with AsyncPlainClient(KEY, url=server.url) as client:
            with pytest.raises(plain_sdk.PlainResponseError, match="'customer' is null"):
                await client.upsert_customer(
                    identifier={"email_address": "a@b"}, on_create=create("a@b")
                )


async def test_a_mismatch_names_the_place_and_not_the_data() -> None:
    """An answer that does not fit says where; customers' data stays out of the message."""
    content = {"data": {"customer": {"id": "c_1", "fullName": ["Donald Secret"]}}}
    with ScriptedServer(answer(content)) as server:
        async with AsyncPlainClient(KEY, url=server.url) as client:
            with pytest.raises(plain_sdk.PlainResponseError) as caught:
                await client.customer("c_1")
    assert "data.customer.fullName" in str(caught.value)
    assert "Secret" not in repr(caught.value)


async def test_a_raw_mutation_leaves_its_refusal_in_the_payload() -> None:
    """`client.raw` is the way to the untouched payload."""
    with ScriptedServer(answer(refused("VALIDATION", "not_found"))) as server:
        async with AsyncPlainClient(KEY, url=server.url) as client:
            payload = await client.raw.delete_customer("c_1")
    assert payload.error is not None
    assert payload.error.code == "not_found"


async def test_the_request_is_what_plain_documents() -> None:
    """Method, headers and body, and nothing that was not given."""
    with ScriptedServer(answer({"data": {"customerByEmail": None}})) as server:
        async with AsyncPlainClient(KEY, url=server.url) as client:
            assert await client.customer_by_email("a@b") is None
    request = server.requests[0]
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("plain-sdk/")
    assert set(request.json) == {"operationName", "query", "variables"}
    assert request.json["operationName"] == "customerByEmail"
    assert request.json["variables"] == {"email": "a@b"}


def test_the_tree_is_as_drawn() -> None:
    """Each class stands below the one that the drawing says."""
    import plain_sdk._errors as errors_module

    lines = [line for line in (errors_module.__doc__ or "").splitlines() if "Plain" in line]
    parents: dict[int, str] = {}
    drawn: dict[str, str | None] = {}
    for line in lines:
        if not line.strip(" │├└─").startswith("Plain") or not line.startswith("    "):
            continue
        name = line.strip(" │├└─").split()[0]
        depth = line.index(name)
        above = max((d for d in parents if d < depth), default=None)
        drawn[name] = parents[above] if above is not None else None
        parents = {d: n for d, n in parents.items() if d < depth} | {depth: name}
    for name, parent in drawn.items():
        cls = getattr(plain_sdk, name)
        assert parent is None or issubclass(cls, getattr(plain_sdk, parent))
    defined = {n for n in dir(plain_sdk) if n.startswith("Plain")}
    assert set(drawn) == defined
    assert issubclass(plain_sdk.PlainMutationPermissionError, plain_sdk.PlainPermissionError)
    assert issubclass(plain_sdk.PlainTimeoutError, TimeoutError)
