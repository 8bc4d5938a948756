"""Customer cards: what is asked, what is answered, and that no card harms another."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from typing import Any, cast

import anyio
import anyio.to_thread
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_sdk import PlainConfigurationError, PlainWebhookPayloadError
from plain_sdk._cards.protocol import read_request
from plain_sdk.cards import Card, CardRequest, CardsResponse, CustomerCards
from plain_sdk.components import container, text
from plain_sdk.types import ComponentInput, ComponentTextInput
from plain_sdk.webhooks import sign

SECRET = "s"
BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])
CUSTOMER = {"id": "c_1", "email": "donald@example.com", "externalId": "u_1"}
HI = {"componentText": {"text": "Hi"}}


def request(*keys: str, **more: Any) -> bytes:
    return json.dumps({"cardKeys": keys, "customer": CUSTOMER, **more}).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {
        "plain-request-signature": sign(body, secret), "PLAIN-WORKSPACE-ID": "w_1",
        "Content-Type": "application/json", "User-Agent": "Plain/1.0 (plain.com; help@plain.com)",
    }  # fmt: skip


def run(backend: str, test: Callable[[], Any]) -> Any:
    async def within() -> Any:
        with anyio.fail_after(20):
            return await test()

    return anyio.run(within, backend=backend)


async def asked(cards: CustomerCards, *keys: str, **more: Any) -> list[dict[str, Any]]:
    """The cards of a response, by the plain function."""
    body = request(*keys, **more)
    answer = await cards.handle(body, signed(body))
    assert answer.status == 200
    assert answer.headers == {
        "Content-Type": "application/json", "Content-Length": str(len(answer.body)),
    }  # fmt: skip
    found: list[dict[str, Any]] = json.loads(answer.body)["cards"]
    return found


async def call(
    app: CustomerCards, body: bytes, headers: Any, method: str = "POST"
) -> tuple[int, dict[str, str], bytes]:
    """One request through ASGI."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(n.lower().encode(), v.encode()) for n, v in dict(headers).items()]
    scope = {"type": "http", "method": method, "path": "/x", "headers": pairs}
    await app(scope, receive, send)
    start, content = sent
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    assert int(found["content-length"]) == len(content["body"])
    return start["status"], found, content["body"]


@BACKENDS
def test_every_card_that_is_asked_for_is_answered(
    backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In the order asked, each once; null where there is nothing, and the time where it is told."""

    async def test() -> None:
        cards = CustomerCards(SECRET)

        @cards.card("usage", ttl=300)
        async def usage(request: CardRequest) -> Any:
            return [text("Hi")]

        @cards.card("plain")
        async def plain(request: CardRequest) -> Any:
            return [
                {"component_text": {"text": "Hi"}}, HI,
                ComponentInput(component_text=ComponentTextInput(text="Hi")),
                container([text("Hi")]),
            ]  # fmt: skip

        @cards.card("nothing", ttl=60)
        async def nothing(request: CardRequest) -> None:
            return None

        @cards.card("empty")
        async def empty(request: CardRequest) -> list[Any]:
            return []

        @cards.card("own", ttl=60)
        async def own(request: CardRequest) -> Card:
            return Card([text("Hi")], ttl=15)

        found = await asked(cards, "own", "usage", "usage", "nothing", "unknown", "empty", "plain")
        assert found == [
            {"key": "own", "timeToLiveSeconds": 15, "components": [HI]},
            {"key": "usage", "timeToLiveSeconds": 300, "components": [HI]},
            {"key": "nothing", "timeToLiveSeconds": 60, "components": None},
            {"key": "unknown", "timeToLiveSeconds": 15, "components": None},
            {"key": "empty", "components": None},
            {"key": "plain", "components": [
                HI, HI, HI, {"componentContainer": {"containerContent": [HI]}}]},
        ]  # fmt: skip
        assert await asked(cards) == []

    with caplog.at_level(logging.WARNING, "plain_sdk.cards"):
        run(backend, test)
    assert [record.getMessage() for record in caplog.records] == [
        "the card 'unknown' is asked for, and nobody makes it"
    ]


@BACKENDS
def test_the_request_is_read(backend: str) -> None:
    """The customer, the thread, the tenant, the workspace; and what is newer is kept."""
    seen: list[CardRequest] = []

    async def test() -> None:
        cards = CustomerCards(["old", SECRET])

        @cards.card("a")
        async def a(request: CardRequest) -> None:
            seen.append(request)

        await asked(cards, "a")
        thread, tenant = {"id": "th_1", "externalId": None}, {"id": "te_1", "externalId": "acme"}
        await asked(cards, "a", "a", thread=thread, tenant={**tenant, "new": 1}, later=2)

    run(backend, test)
    first, second = seen
    assert first.card_keys == second.card_keys == ("a",)
    assert (first.customer.id, first.customer.email, first.customer.external_id) == (
        "c_1", "donald@example.com", "u_1",
    )  # fmt: skip
    assert (first.thread, first.tenant, first.workspace_id) == (None, None, "w_1")
    assert second.thread is not None
    assert second.tenant is not None
    assert (second.thread.id, second.thread.external_id) == ("th_1", None)
    assert (second.tenant.external_id, second.tenant.extra) == ("acme", {"new": 1})
    assert second.raw["later"] == 2


@BACKENDS
def test_what_goes_wrong_in_one_card_hides_that_card(
    backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An error, a component that Plain would refuse, a time out of bounds, too long: it is logged,
    and Plain is told to ask again soon."""

    async def test() -> None:
        cards = CustomerCards(SECRET, timeout=0.3)

        @cards.card("good", ttl=300)
        async def good(request: CardRequest) -> Any:
            return [text("Hi")]

        @cards.card("raises", ttl=300)
        async def raises(request: CardRequest) -> Any:
            raise RuntimeError("no database")

        @cards.card("invalid", ttl=300)
        async def invalid(request: CardRequest) -> Any:
            return [text("Hi"), {"componentText": {"text": ""}}]

        @cards.card("time")
        async def short(request: CardRequest) -> Any:
            return Card([text("Hi")], ttl=14)

        @cards.card("nonsense")
        async def nonsense(request: CardRequest) -> Any:
            return 5

        @cards.card("slow", ttl=300)
        async def slow(request: CardRequest) -> Any:
            await anyio.sleep_forever()

        keys = ["raises", "good", "invalid", "time", "nonsense", "slow"]
        found = await asked(cards, *keys)
        assert [card["key"] for card in found] == keys
        assert found[1] == {"key": "good", "timeToLiveSeconds": 300, "components": [HI]}
        for card in (found[0], *found[2:]):
            assert (card["components"], card["timeToLiveSeconds"]) == (None, 15)

    with caplog.at_level(logging.WARNING, "plain_sdk.cards"):
        run(backend, test)
    told = sorted(record.getMessage() for record in caplog.records)
    assert told == [
        "the card 'invalid' failed", "the card 'nonsense' failed", "the card 'raises' failed",
        "the card 'slow' was not made within 0.3 s", "the card 'time' failed",
    ]  # fmt: skip


@BACKENDS
def test_cards_are_made_at_once(backend: str) -> None:
    """Each waits for all others to have begun."""

    async def test() -> None:
        cards = CustomerCards(SECRET)
        begun: list[str] = []
        all_begun = anyio.Event()

        def card(key: str) -> None:
            @cards.card(key)
            async def make(request: CardRequest) -> Any:
                begun.append(key)
                if len(begun) == 20:
                    all_begun.set()
                await all_begun.wait()
                return [text("Hi")]

        keys = [f"k{number}" for number in range(20)]
        for key in keys:
            card(key)
        assert [card["components"] for card in await asked(cards, *keys)] == [[HI]] * 20

    run(backend, test)


@BACKENDS
def test_a_thread_that_does_not_stop_holds_up_no_response(backend: str) -> None:
    """Through ASGI, the response is sent while it still runs."""
    go_on = threading.Event()

    async def test() -> None:
        cards = CustomerCards(SECRET, timeout=0.2)
        answered = anyio.Event()

        @cards.card("good")
        async def good(request: CardRequest) -> Any:
            return [text("Hi")]

        @cards.card("stuck")
        async def stuck(request: CardRequest) -> Any:
            await anyio.to_thread.run_sync(go_on.wait, 10)

        body = request("stuck", "good")
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)
            if message["type"] == "http.response.body":
                assert not go_on.is_set()
                answered.set()

        pairs = [(n.encode(), v.encode()) for n, v in signed(body).items()]
        scope = {"type": "http", "method": "POST", "headers": pairs}
        async with anyio.create_task_group() as group:
            group.start_soon(cards, scope, receive, send)
            with anyio.fail_after(5):
                await answered.wait()
            go_on.set()
        found = json.loads(sent[1]["body"])["cards"]
        assert [card["components"] for card in found] == [None, [HI]]

    run(backend, test)


@BACKENDS
def test_what_is_answered(backend: str) -> None:
    """200, 400, 401, 405, 413; and nothing is made of what is not signed."""
    made: list[str] = []

    async def test() -> None:
        cards = CustomerCards(SECRET, max_body=1000)

        @cards.card("a")
        async def a(request: CardRequest) -> Any:
            made.append("a")
            return [text("Hi")]

        body = request("a")
        status, headers, content = await call(cards, body, signed(body))
        assert (status, headers["content-type"]) == (200, "application/json")
        assert json.loads(content) == {"cards": [{"key": "a", "components": [HI]}]}
        for wrong in ({}, signed(body, "other"), signed(body + b" ")):
            assert (await call(cards, body, wrong))[0] == 401
        assert (await call(cards, b"{}", signed(b"{}")))[0] == 400
        assert (await call(cards, b"", signed(b"")))[0] == 401
        assert (await call(cards, b"x" * 1001, signed(b"x" * 1001)))[0] == 413
        assert (await cards.handle(b"x" * 1001, signed(b"x" * 1001))).status == 413
        for method in ("GET", "PUT"):
            status, headers, _ = await call(cards, body, signed(body), method)
            assert (status, headers["allow"]) == (405, "POST")
        assert await cards.handle(body, {}) == CardsResponse(
            401, b"Unauthorized", "text/plain; charset=utf-8"
        )  # fmt: skip

    run(backend, test)
    assert made == ["a"]


async def test_a_card_whose_own_work_was_cancelled_is_hidden_at_once() -> None:
    """It does not use up the time of the others."""
    cards = CustomerCards(SECRET, timeout=14)

    @cards.card("cancelled")
    async def cancelled(request: CardRequest) -> Any:
        work = asyncio.get_running_loop().create_future()
        work.cancel()
        await work

    @cards.card("good")
    async def good(request: CardRequest) -> Any:
        return [text("Hi")]

    with anyio.fail_after(5):
        found = await asked(cards, "cancelled", "good")
    assert [card["components"] for card in found] == [None, [HI]]


async def test_where_it_is_the_servers_own_application_it_lives() -> None:
    """The lifespan of ASGI is answered."""
    sent: list[Any] = []
    messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Any:
        return {"type": next(messages)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await CustomerCards(SECRET)({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_server_that_cannot_send_is_told_by_its_own_error() -> None:
    """Not by a group of errors."""
    body = request()

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        raise OSError("gone")

    pairs = [(n.encode(), v.encode()) for n, v in signed(body).items()]
    with pytest.raises(OSError, match="gone"):
        await CustomerCards(SECRET)(
            {"type": "http", "method": "POST", "headers": pairs}, receive, send
        )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"x", ""), (b"[]", ""), (b"null", ""), (b"5", ""), (b'"x"', ""), (b"\xff", ""),
        (b"[" * 100_000, ""), (b"{}", "/cardKeys"), (b'{"cardKeys": []}', "/customer"),
        (b'{"cardKeys": null, "customer": {"id": "c"}}', "/cardKeys"),
        (b'{"cardKeys": [5], "customer": {"id": "c"}}', "/cardKeys/0"),
        (b'{"cardKeys": [null], "customer": {"id": "c"}}', "/cardKeys/0"),
        (b'{"cardKeys": "a", "customer": {"id": "c"}}', "/cardKeys"),
        (b'{"cardKeys": [], "customer": 5}', "/customer"),
        (b'{"cardKeys": [], "customer": {}}', "/customer/id"),
        (b'{"cardKeys": [], "customer": {"id": 5}}', "/customer/id"),
        (b'{"cardKeys": [], "customer": {"id": "c"}, "thread": 5}', "/thread"),
    ],
    ids=range(17),
)  # fmt: skip
def test_a_body_that_is_no_request(body: bytes, pointer: str) -> None:
    """It is said where; the error holds nothing of it."""
    with pytest.raises(PlainWebhookPayloadError) as raised:
        read_request(body, None)
    assert raised.value.pointer == pointer
    assert raised.value.__context__ is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["cardKeys", "customer", "thread", "tenant", "id", "email", "externalId",
                         "x"]), inner, max_size=5),
)  # fmt: skip


@given(JSON | st.binary(max_size=30))
def test_any_body_is_a_request_or_told_to_be_none(content: Any) -> None:
    """Nothing else is raised, whatever comes."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    try:
        found = read_request(body, None)
    except PlainWebhookPayloadError:
        return
    assert found.customer.id is not None
    assert all(isinstance(key, str) for key in found.card_keys)


async def nobody(request: CardRequest) -> None: ...


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: CustomerCards(""), "secret is empty"),
        (lambda: CustomerCards([]), "secret is empty"),
        (lambda: CustomerCards(["a", ""]), "secret is empty"),
        (lambda: CustomerCards("s", timeout=15), "less than the 15 seconds"),
        (lambda: CustomerCards("s", timeout=0), "more than 0"),
        (lambda: CustomerCards("s", timeout=float("nan")), "timeout is nan"),
        (lambda: CustomerCards("s", max_body=0), "max_body is 0"),
        (lambda: CustomerCards("s").card(""), "is no key of a card"),
        (lambda: CustomerCards("s").card("a b"), "is no key of a card"),
        (lambda: CustomerCards("s").card("a\n"), "is no key of a card"),
        (lambda: CustomerCards("s").card("x" * 501), "is no key of a card"),
        (lambda: CustomerCards("s").card("a", ttl=14.9), "from 15 to 31,536,000 seconds"),
        (lambda: CustomerCards("s").card("a", ttl=31_536_001), "from 15 to 31,536,000 seconds"),
        (lambda: CustomerCards("s").card("a", ttl=float("nan")), "not nan"),
        (lambda: CustomerCards("s").card("a", ttl=True), "not True"),
        (lambda: CustomerCards("s").card("a")(cast("Any", print)), "is no async function"),
    ],
    ids=range(16),
)
def test_what_cannot_be_is_told_when_it_is_registered(make: Callable[[], Any], told: str) -> None:
    """With the way out."""
    with pytest.raises(PlainConfigurationError, match=told):
        make()


def test_what_can_be() -> None:
    """At the bounds; and a key has one function."""
    cards = CustomerCards("s", timeout=14.99)
    assert cards.card("x" * 500, ttl=15)(nobody) is nobody
    cards.card("A-z_0", ttl=31_536_000)(nobody)
    with pytest.raises(PlainConfigurationError, match="is registered already"):
        cards.card("A-z_0")


def test_what_is_refused_is_logged_without_what_it_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the secret nor the body."""
    body = json.dumps({"customer": "Scrooge"}).encode()
    cards = CustomerCards("very secret")
    with caplog.at_level(logging.DEBUG):
        anyio.run(cards.handle, body, signed(body, "very secret"))
        anyio.run(cards.handle, body, signed(body, "x"))
    assert "/cardKeys: is missing" in caplog.text or "/customer: is not an object" in caplog.text
    assert "the signature is wrong" in caplog.text
    assert not [held for held in ("Scrooge", "very secret") if held in caplog.text]
