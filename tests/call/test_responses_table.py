"""What an answer means, as tables over its status, headers and bytes: no wire."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from plain_graphql.operations.create_thread import CREATE_THREAD
from plain_graphql.operations.customer import CUSTOMER
from plain_graphql.operations.delete_customer import DELETE_CUSTOMER
from plain_graphql.operations.my_permissions import MY_PERMISSIONS

from plain_sdk._call.responses import (
    CONFLICTS,
    KeyRemover,
    ResponseReader,
    error_of,
    incomprehensible,
    refusal_of,
    value_of,
)
from plain_sdk._errors import (
    GraphQLErrorInfo,
    MutationFieldProblem,
    PlainAuthenticationError,
    PlainCustomerConflictError,
    PlainError,
    PlainGraphQLError,
    PlainMutationError,
    PlainMutationPermissionError,
    PlainPermissionError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
)
from plain_sdk._transports.base import WireResponse
from plain_sdk.runtime.operations import NullMemberError, Operation

TEXT = {"content-type": "text/plain; charset=utf-8"}
HTML = {"content-type": "text/html"}
FIREWALL = "forbidden by something in front of Plain's API, like a firewall"
MISSING = 'Insufficient permissions, missing "customer:edit"'


def wire(
    status: int, content: Any = None, *, body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> WireResponse:  # fmt: skip
    """An answer of JSON, or of bytes as they are."""
    whole = json.dumps(content).encode() if body is None else body
    return WireResponse(status, {"apigw-requestid": "r-1", **(headers or {})}, whole)


def coded(*codes: str | None, message: str = "no") -> dict[str, Any]:
    """The content of an answer with one error for each code."""
    return {
        "errors": [
            {"message": message, **({"extensions": {"code": code}} if code else {})}
            for code in codes
        ]
    }


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        # Who is not known.
        (wire(401, "unauthorized"), PlainAuthenticationError, "unauthorized"),
        (wire(401, {}), PlainAuthenticationError, "the API key is not valid"),
        (wire(401, coded(None)), PlainAuthenticationError, "no"),
        (wire(401, coded("RATE_LIMITED")), PlainAuthenticationError, "no"),
        (wire(401, coded("UNAUTHENTICATED", message=MISSING)), PlainAuthenticationError, MISSING),
        (wire(200, coded("UNAUTHENTICATED")), PlainAuthenticationError, "no"),
        (wire(200, coded("X", "UNAUTHENTICATED")), PlainAuthenticationError, "no; no"),
        (wire(403, coded("FORBIDDEN", "UNAUTHENTICATED")), PlainAuthenticationError, "no; no"),
        (wire(429, coded("UNAUTHENTICATED")), PlainAuthenticationError, "no"),
        (wire(500, coded("UNAUTHENTICATED")), PlainAuthenticationError, "no"),
        # Who may not.
        (wire(403, coded(None)), PlainPermissionError, "no"),
        (wire(403, coded("ODD")), PlainPermissionError, "no"),
        (wire(403, MISSING), PlainPermissionError, MISSING),
        (wire(403, {"message": MISSING}), PlainPermissionError, MISSING),
        # A firewall may not like what is in the request.
        (wire(403, {}), PlainStatusError, FIREWALL),
        (wire(403, body=b"<html>", headers=HTML), PlainStatusError, FIREWALL),
        (wire(403, {"message": "Forbidden"}), PlainStatusError, "Forbidden"),
        (wire(403, {"Message": "no"}), PlainStatusError, "no"),
        (wire(403, {"message": 7, "detail": "blocked"}), PlainStatusError, "blocked"),
        (wire(403, {"error": "x" * 500}), PlainStatusError, "x" * 200),
        (wire(403, {"message": ""}), PlainStatusError, FIREWALL),
        (wire(401, {"message": "Unauthorized"}), PlainAuthenticationError, "Unauthorized"),
        (wire(503, {"message": "Service Unavailable"}), PlainServerError, "Service Unavailable"),
        (wire(200, coded("FORBIDDEN")), PlainPermissionError, "no"),
        (wire(401, coded("FORBIDDEN")), PlainPermissionError, "no"),
        (wire(401, coded(None, message=MISSING)), PlainPermissionError, MISSING),
        (wire(401, MISSING), PlainPermissionError, MISSING),
        (wire(429, coded("FORBIDDEN")), PlainPermissionError, "no"),
        # The words alone do not make it one.
        (wire(400, coded(None, message=MISSING)), PlainGraphQLError, MISSING),
        (wire(500, coded(None, message=MISSING)), PlainServerError, MISSING),
        # Who comes too often.
        (wire(429, {}), PlainRateLimitError, "too many requests"),
        (wire(429, "slow"), PlainRateLimitError, "slow"),
        (wire(200, coded("RATE_LIMITED")), PlainRateLimitError, "no"),
        (wire(500, coded("RATE_LIMITED")), PlainRateLimitError, "no"),
        (wire(429, coded("INTERNAL_SERVER_ERROR")), PlainRateLimitError, "no"),
        # Whose fault it is.
        (wire(500, {}), PlainServerError, "a fault on Plain's side"),
        (wire(599, "broken"), PlainServerError, "broken"),
        (wire(502, body=b"<html>", headers=HTML), PlainServerError, "a fault on Plain's side"),
        (wire(200, coded("INTERNAL_SERVER_ERROR")), PlainServerError, "no"),
        (wire(307, coded("INTERNAL_SERVER_ERROR")), PlainServerError, "no"),
        (wire(400, coded("INTERNAL_SERVER_ERROR")), PlainServerError, "no"),
        # Refused with a reason.
        (wire(200, coded("BAD_USER_INPUT")), PlainGraphQLError, "no"),
        (wire(400, coded("BAD_USER_INPUT")), PlainGraphQLError, "no"),
        (wire(404, coded(None)), PlainGraphQLError, "no"),
        (wire(499, coded(None)), PlainGraphQLError, "no"),
        # Refused with a status.
        (wire(400, {}), PlainStatusError, "Plain did not understand the request"),
        (wire(404, {}), PlainStatusError, "there is no API at this address; check the url"),
        (wire(408, {}), PlainStatusError, "Plain gave up waiting for the request"),
        (wire(413, {}), PlainStatusError, "the request is too large"),
        (wire(418, {}), PlainStatusError, "refused"),
        (wire(418, "tea"), PlainStatusError, "tea"),
        (wire(199, {}), PlainStatusError, "refused"),
        # Not understood.
        (wire(200, {}), PlainResponseError, "the response contains neither data nor errors"),
        (wire(200, {"data": None}), PlainResponseError,
         "the response contains neither data nor errors"),
        (wire(200, {"errors": []}), PlainResponseError,
         "the response contains neither data nor errors"),
        (wire(200, {"errors": [7, None, []]}), PlainResponseError,
         "the response contains neither data nor errors"),
        (wire(200, {"errors": "odd"}), PlainResponseError,
         "the response contains neither data nor errors"),
        (wire(200, [1]), PlainResponseError, "the response contains neither data nor errors"),
        (wire(200, "odd"), PlainResponseError, "the response contains neither data nor errors"),
        (wire(299, {"data": {"x": 1}}), PlainResponseError, "the response cannot be understood"),
        (wire(200, {"data": 7}), PlainResponseError, "the response cannot be understood"),
        (wire(200, body=b""), PlainResponseError, "the response is empty"),
        (wire(200, body=b" \r\n"), PlainResponseError, "the response is empty"),
        (wire(200, body=b"<html>", headers=HTML), PlainResponseError,
         "the response is not JSON (text/html, 6 bytes)"),
        (wire(200, body=b'{"data": {'), PlainResponseError,
         "the response is not JSON (no content type, 10 bytes)"),
        (wire(200, body=b"[" * 100_000), PlainResponseError,
         "the response is not JSON (no content type, 100000 bytes)"),
        (wire(200, body=b"\xff"), PlainResponseError,
         "the response is not JSON (no content type, 1 bytes)"),
    ],
)  # fmt: skip
def test_which_error_an_answer_is(
    answer: WireResponse, kind: type[PlainError], message: str
) -> None:
    """The class and the message; codes go before statuses, and the first rule that fits wins."""
    error = error_of(CUSTOMER, answer)
    assert type(error) is kind
    assert error.message == message
    assert error.operation == "customer"
    assert error.request_id == "r-1"
    assert vars(error)["status_code"] == answer.status


@pytest.mark.parametrize("status", [300, 301, 307, 399])
def test_a_redirect_is_not_followed(status: int) -> None:
    """Whatever it says; the way out is told."""
    error = error_of(CUSTOMER, wire(status, coded("BAD_USER_INPUT")))
    assert type(error) is PlainStatusError
    assert error.message == (
        "Plain's address answered with a redirect, which is not followed because it would send "
        "your data elsewhere; set the url to the final address"
    )


@pytest.mark.parametrize(
    ("content", "readable"),
    [
        ({"data": {}}, True),
        ({"data": {"x": 1}}, True),
        ({"data": 7}, True),
        ({"data": None}, False),
        ({}, False),
        ([1], False),
        ("data", False),
        (None, False),
        (["data"], False),
    ],
)
def test_an_answer_is_readable_when_it_holds_data(content: Any, readable: bool) -> None:
    """Else it was a gateway's, and trying again may help."""
    error = error_of(CUSTOMER, wire(200, content))
    assert isinstance(error, PlainResponseError)
    assert error.is_readable is readable


@pytest.mark.parametrize(
    ("errors", "expected", "code", "message"),
    [
        ([{"message": "a"}], (GraphQLErrorInfo("a"),), None, "a"),
        ([{"message": "a"}, {"message": "b"}],
         (GraphQLErrorInfo("a"), GraphQLErrorInfo("b")), None, "a; b"),
        (["odd", 7, None], (GraphQLErrorInfo("odd"),), None, "odd"),
        ([{}], (GraphQLErrorInfo("no message"),), None, "no message"),
        ([{"message": ""}], (GraphQLErrorInfo("no message"),), None, "no message"),
        ([{"message": 7}], (GraphQLErrorInfo("7"),), None, "7"),
        ([{"message": "a", "extensions": 3}], (GraphQLErrorInfo("a"),), None, "a"),
        ([{"message": "a", "extensions": {"code": 3}}], (GraphQLErrorInfo("a"),), None, "a"),
        ([{"message": "a", "extensions": {"code": ""}}],
         (GraphQLErrorInfo("a", ""),), None, "a"),
        ([{"message": "a"}, {"message": "b", "extensions": {"code": "B"}},
          {"message": "c", "extensions": {"code": "C"}}],
         (GraphQLErrorInfo("a"), GraphQLErrorInfo("b", "B"), GraphQLErrorInfo("c", "C")),
         "B", "a; b; c"),
        ([{"message": "a", "path": ["x", 0, None, {}]}],
         (GraphQLErrorInfo("a", None, ("x", 0)),), None, "a"),
        ([{"message": "a", "path": "x"}], (GraphQLErrorInfo("a"),), None, "a"),
    ],
)  # fmt: skip
def test_what_the_entries_of_errors_say(
    errors: Any, expected: tuple[GraphQLErrorInfo, ...], code: str | None, message: str
) -> None:
    """Texts and objects count, whatever else is in them; the first code is the error's."""
    error = error_of(CUSTOMER, wire(200, {"errors": errors, "data": {"x": 1}}))
    assert isinstance(error, PlainGraphQLError)
    assert error.errors == expected
    assert error.code == code
    assert error.message == message
    assert error.data == {"x": 1}


@pytest.mark.parametrize("data", [None, 7, [1]])
def test_partial_data_that_is_no_object_is_none(data: Any) -> None:
    """Beside errors, only an object can be a part of the answer."""
    error = error_of(CUSTOMER, wire(200, {"errors": [{"message": "a"}], "data": data}))
    assert isinstance(error, PlainGraphQLError)
    assert error.data is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (wire(400, "x" * 300), "x" * 200),
        (wire(400, body=b"y" * 300, headers=TEXT), "y" * 200),
        (wire(400, body=b" bad \n", headers=TEXT), "bad"),
        (wire(400, body=b"\xff", headers=TEXT), "\N{REPLACEMENT CHARACTER}"),
        (wire(418, body=b"<p>", headers=HTML), "refused"),
        (wire(418, body=b"bad"), "refused"),
        (wire(199, body=b"bad", headers=TEXT), "refused"),  # text of a refusal only
        (wire(418, body=b"", headers=TEXT), "refused"),
    ],
)
def test_a_refusal_in_plain_text_is_told_up_to_200_characters(
    answer: WireResponse, message: str
) -> None:
    """A bare JSON string or plain text; no page of HTML."""
    assert error_of(CUSTOMER, answer).message == message


@pytest.mark.parametrize(
    ("headers", "limit", "remaining", "reset_at", "retry_after"),
    [
        ({}, None, None, None, None),
        ({"x-ratelimit-limit": "450", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon",
          "retry-after": "7"}, 450, 0, "soon", 7.0),
        ({"x-ratelimit-limit": "x", "x-ratelimit-remaining": "-1", "retry-after": "1.5"},
         None, None, None, 1.5),
        ({"x-ratelimit-limit": "", "retry-after": ""}, None, None, None, None),
    ],
)  # fmt: skip
def test_what_a_limited_answer_tells_of_the_quota(
    headers: dict[str, str], limit: int | None, remaining: int | None,
    reset_at: str | None, retry_after: float | None,
) -> None:  # fmt: skip
    """As numbers where they are whole numbers; the code and the entries too."""
    error = error_of(CUSTOMER, wire(429, coded("RATE_LIMITED"), headers=headers))
    assert isinstance(error, PlainRateLimitError)
    assert (error.limit, error.remaining, error.reset_at, error.retry_after) == (
        limit, remaining, reset_at, retry_after,
    )  # fmt: skip
    assert error.code == "RATE_LIMITED"
    assert error.errors == (GraphQLErrorInfo("no", "RATE_LIMITED"),)


# --- validated answers ---------------------------------------------------------------------


MORE: list[dict[str, Any]] = [{}, {"errors": []}, {"errors": None}, {"extensions": {"x": 1}}]


def test_usable_data_is_given_back() -> None:
    """Under any status of success, with an empty list of errors or none, and unknown members."""
    reader = ResponseReader()
    for status in (200, 204, 299):
        for more in MORE:
            data = reader.data(CUSTOMER, wire(status, {"data": {"customer": None}, **more}))
            assert data.customer is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (wire(199, {"data": {"customer": None}}), PlainStatusError),
        (wire(300, {"data": {"customer": None}}), PlainStatusError),
        (wire(500, {"data": {"customer": None}}), PlainServerError),
        (wire(200, {"data": {"customer": None}, **coded("X")}), PlainGraphQLError),
        (wire(200, {"data": None}), PlainResponseError),
        (wire(200, {"data": {"customer": {"id": "c_1"}}}), PlainResponseError),
    ],
)
def test_data_is_not_used_when_anything_speaks_against_it(
    answer: WireResponse, kind: type[PlainError]
) -> None:
    """Another status, errors beside it, or data that does not fit."""
    with pytest.raises(kind):
        ResponseReader().data(CUSTOMER, answer)


def test_data_that_does_not_fit_says_where_and_not_what() -> None:
    """The first place and the kind of mismatch; the values are customers'."""
    answer = wire(200, {"data": {"customer": {"id": ["secret"]}}})
    with pytest.raises(PlainResponseError) as caught:
        ResponseReader().data(CUSTOMER, answer)
    place, _, kind = caught.value.message.partition(": ")
    assert place == "the response does not match the schema at data.customer.id"
    assert kind == "Input should be a valid string"
    assert "secret" not in caught.value.message
    assert caught.value.is_readable is True


def test_names_of_python_are_not_taken_for_the_apis() -> None:
    """An answer is read by the API's names only."""
    content = {"data": {"delete_customer": {"error": None}}}
    with pytest.raises(PlainResponseError):
        ResponseReader().data(DELETE_CUSTOMER, wire(200, content))


# --- what a mutation says ------------------------------------------------------------------


class Problem:
    """A bad field, as an answer tells it."""

    field = "input.email"
    message = "is taken"
    type = "VALIDATION"


class Refusal:
    """A mutation's `error`."""

    message = "no"
    fields = (Problem(),)

    def __init__(self, type: str, code: str) -> None:
        self.type = type
        self.code = code


@pytest.mark.parametrize(
    ("type", "code", "kind", "member"),
    [
        ("VALIDATION", "not_found", PlainMutationError, None),
        ("INTERNAL", "internal", PlainMutationError, None),
        ("BRAND_NEW", "x", PlainMutationError, None),
        ("FORBIDDEN", "x", PlainMutationPermissionError, None),
        ("VALIDATION", "forbidden", PlainMutationPermissionError, None),
        ("VALIDATION", "customer_already_exists_with_email", PlainCustomerConflictError, "email"),
        ("VALIDATION", "customer_already_exists_with_external_id", PlainCustomerConflictError,
         "external_id"),
        ("FORBIDDEN", "customer_already_exists_with_email", PlainMutationPermissionError, None),
    ],
)  # fmt: skip
def test_which_error_a_refused_mutation_is(
    type: str, code: str, kind: type[PlainMutationError], member: str | None
) -> None:
    """By its type, then by its code; all that Plain said is kept."""
    error = refusal_of("upsertCustomer", Refusal(type, code), wire(200))
    assert error.__class__ is kind
    assert error.message == "no"
    assert (error.type, error.code) == (type, code)
    assert error.fields == (MutationFieldProblem("input.email", "is taken", "VALIDATION"),)
    assert (error.operation, error.request_id, error.status_code) == ("upsertCustomer", "r-1", 200)
    assert getattr(error, "member", None) == member


def test_the_codes_of_a_conflict_and_what_collides() -> None:
    """These two, and no others."""
    assert CONFLICTS == {
        "customer_already_exists_with_email": "email",
        "customer_already_exists_with_external_id": "external_id",
    }


class Payload:
    """What stands under a root field."""

    def __init__(self, value: str | None, error: Refusal | None = None) -> None:
        self.value = value
        self.error = error


def unwrapped(payload: Payload) -> str:
    """The value, which success guarantees."""
    if payload.value is None:
        raise NullMemberError("value")
    return payload.value


def operation(kind: Any) -> Operation[Any, Payload, str]:
    """An operation that wants the value of its payload."""
    return Operation(
        name="op", kind=kind, document="", repeatable=True, permissions=(), done_codes=(),
        data_type=Payload, variables_type=CUSTOMER.variables_type,
        payload=lambda data: data, unwrap=unwrapped,
    )  # fmt: skip


def test_the_value_is_what_the_caller_wants_of_the_payload() -> None:
    """Of a mutation without an error, and of a query whatever it calls `error`."""
    answer = wire(200)
    assert value_of(operation("mutation"), Payload("v"), answer) == "v"
    assert value_of(operation("query"), Payload("v", Refusal("X", "x")), answer) == "v"


def test_a_refused_mutation_is_raised_even_beside_a_value() -> None:
    """Its error counts before what it gave."""
    with pytest.raises(PlainMutationError):
        value_of(operation("mutation"), Payload("v", Refusal("X", "x")), wire(200))


def test_success_without_its_value_is_not_taken_for_success() -> None:
    """The member that is missing is named; the answer can be read, and its status is told."""
    with pytest.raises(PlainResponseError) as caught:
        value_of(operation("mutation"), Payload(None), wire(202))
    error = caught.value
    assert error.message == "Plain reported no error, but 'value' is null"
    assert (error.operation, error.request_id, error.status_code) == ("op", "r-1", 202)
    assert error.is_readable is True
    assert error.__suppress_context__


REFUSED = {"message": "no", "type": "VALIDATION", "code": "c", "fields": []}


def failed(*path: str | int, code: str = "FORBIDDEN") -> list[dict[str, Any]]:
    """One error at a place of the response."""
    return [{"message": MISSING, "path": list(path), "extensions": {"code": code}}]


@pytest.mark.parametrize(
    ("content", "kind", "outcome"),
    [
        ({"data": {"createThread": {"thread": None, "error": None}},
          "errors": failed("createThread", "thread", "labels")},
         PlainPermissionError, "carried_out"),
        ({"data": {"createThread": {"thread": {"id": "th_1"}, "error": None}},
          "errors": failed("createThread", "thread", "labels", 0, "labelType")},
         PlainPermissionError, "carried_out"),
        ({"data": {"createThread": None}, "errors": failed("createThread", "thread", "labels")},
         PlainPermissionError, "carried_out"),
        ({"data": None, "errors": failed("createThread", "thread", "id", code="X")},
         PlainGraphQLError, "carried_out"),
        ({"data": {"createThread": {"thread": None, "error": None}},
          "errors": failed("createThread", "thread", code="INTERNAL_SERVER_ERROR")},
         PlainServerError, "carried_out"),
        ({"data": {"createThread": {"thread": {"id": 7}, "error": None}}}, PlainResponseError,
         "unknown"),
        ({"data": {"createThread": None}, "errors": failed("createThread")}, PlainPermissionError,
         "not_carried_out"),
        ({"data": None, "errors": failed()}, PlainPermissionError, "not_carried_out"),
        ({"errors": failed(code="BAD_USER_INPUT")}, PlainGraphQLError, "not_carried_out"),
        ({"data": {"createThread": {"thread": None, "error": REFUSED}},
          "errors": failed("createThread", "error", "fields")}, PlainMutationError,
         "not_carried_out"),
        ({"data": {"createThread": {"error": None}},
          "errors": failed("createThread", "error", "code")}, PlainPermissionError, "carried_out"),
        ({"data": {"createThread": None}, "errors": failed("createThread", "error", "code")},
         PlainPermissionError, "not_carried_out"),
        ({"data": {"createThread": None}, "errors": failed("createThread",
          code="INTERNAL_SERVER_ERROR")}, PlainServerError, "unknown"),
        ({"data": {"createThread": "th_1"}}, PlainResponseError, "unknown"),
        ({"data": None}, PlainResponseError, "unknown"),
    ],
)  # fmt: skip
def test_what_became_of_a_mutation(content: Any, kind: type[PlainError], outcome: str) -> None:
    """Carried out, when something behind it failed: then the error says so, and keeps the data."""
    with pytest.raises(PlainError) as caught:
        ResponseReader().data(CREATE_THREAD, wire(200, content))
    error = caught.value
    assert type(error) is kind
    assert error.outcome == outcome
    assert ("carried the mutation out" in str(error)) is (outcome == "carried_out")
    assert error.args == (error.message,)
    if isinstance(error, PlainPermissionError):
        assert error.missing_permissions == ("customer:edit",)
        assert error.data == content["data"]
    # The same response to a query changes nothing.
    query = wire(200, json.loads(json.dumps(content).replace("createThread", "customer")))
    with pytest.raises(PlainError) as caught:
        ResponseReader().data(CUSTOMER, query)
    assert "carried the mutation out" not in str(caught.value)


def test_a_status_of_failure_is_no_word_on_what_was_done() -> None:
    """Whatever the body holds."""
    content = {"data": {"createThread": {"thread": {"id": "th_1"}, "error": None}}}
    assert error_of(CREATE_THREAD, wire(500, content)).outcome == "unknown"
    assert error_of(CREATE_THREAD, wire(404, content)).outcome == "not_carried_out"


def test_a_key_that_somebody_repeats_is_taken_out() -> None:
    """From the body and from each header; a response without it is left as it is."""
    without = KeyRemover("plainkey")
    clean = wire(200, {"a": "plain"}, headers={"X-A": "b"})
    assert without(clean) is clean
    for whole in (
        wire(500, {"a": "your plainkey is bad"}),
        wire(500, body=b"plainkey plainkey"),
        wire(500, {"a": "b"}, headers={"X-Told": "of plainkey", "X-Other": "c"}),
    ):
        found = without(whole)
        assert found.status == 500
        assert b"plainkey" not in found.body
        assert "plainkey" not in str(dict(found.headers))
        assert found.body == whole.body.replace(b"plainkey", "…".encode())
    assert found.headers["x-told"] == "of …"
    assert found.headers["x-other"] == "c"
    assert found.request_id == "r-1"


def test_a_key_of_a_few_letters_is_nobodys() -> None:
    """Of seven it would garble many a response; of eight it is looked for."""
    told = wire(200, {"a": "abcdefg abcdefgh"})
    assert KeyRemover("abcdefg")(told) is told
    assert b"abcdefgh" not in KeyRemover("abcdefgh")(told).body


def test_what_nobody_has_thought_of_is_told_by_its_kind() -> None:
    """With what the response says of itself, if there was one; never with its values."""
    error = incomprehensible(CUSTOMER, wire(207, {}), ValueError("donald@example.com"))
    assert error.message == "the response cannot be understood (ValueError)"
    assert (error.operation, error.request_id, error.status_code) == ("customer", "r-1", 207)
    error = incomprehensible(CUSTOMER, None, KeyError("x"))
    assert (error.operation, error.request_id, error.status_code) == ("customer", None, None)


@pytest.mark.parametrize("status", [400, 401, 404, 500, 599])
def test_plain_text_is_told_from_400_on(status: int) -> None:
    """And of a success that is no JSON, only its kind and its length."""
    assert error_of(CUSTOMER, wire(status, body=b" gone ", headers=TEXT)).message == "gone"
    told = error_of(CUSTOMER, wire(200, body=b" gone ", headers=TEXT)).message
    assert told == "the response is not JSON (text/plain; charset=utf-8, 6 bytes)"


def test_names_of_pythons_are_not_the_apis() -> None:
    """In a response as it is, and in one that had to be mended."""
    for text in (b'"ok"', b'"\\ud800"'):
        body = b'{"data":{"my_permissions":{"permissions":[' + text + b"]}}}"
        with pytest.raises(PlainResponseError):
            ResponseReader().data(MY_PERMISSIONS, wire(200, body=body))
        body = body.replace(b"my_permissions", b"myPermissions")
        assert ResponseReader().data(MY_PERMISSIONS, wire(200, body=body)).my_permissions


@pytest.mark.parametrize(
    "data",
    [
        {"createThread": {"error": REFUSED}, "other": {}},
        {"createThread": {"error": None}},
        {"createThread": {"error": "no"}},
        {"createThread": []},
        [],
        None,
    ],
)
def test_what_is_no_refusal_is_not_taken_for_one(data: Any) -> None:
    """One payload with one error, and of a mutation."""
    content = {"data": data, "errors": [{"message": "x"}]}
    assert not isinstance(error_of(CREATE_THREAD, wire(200, content)), PlainMutationError)


def test_a_refusal_beside_errors_is_the_refusal() -> None:
    """Of a mutation; with the other errors at hand. A query's field of that name is its own."""
    content = {"data": {"createThread": {"error": REFUSED}}, "errors": [{"message": "x"}]}
    error = error_of(CREATE_THREAD, wire(200, content))
    assert isinstance(error, PlainMutationError)
    assert error.code == "c"
    assert error.errors == (GraphQLErrorInfo("x"),)
    assert isinstance(error_of(CUSTOMER, wire(200, content)), PlainGraphQLError)
