"""Lists: every node once, in both directions, by Plain's rules of paging."""

import asyncio
import random
from bisect import bisect_left, bisect_right, insort
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import Request, ScriptedServer, answer
from support import StartSandbox, create
from wire_support import customer as a_customer
from wire_support import each_way, run

from plain_sdk import (
    AsyncPlainClient,
    PlainConfigurationError,
    PlainInputError,
    PlainPermissionError,
    PlainResponseError,
)
from plain_sdk._lists.pages import page_variables

# httpx nests async generators, of which trio warns when an exchange is given up half done.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")


async def fill(client: AsyncPlainClient, count: int) -> None:
    for number in range(count):
        email = f"u{number:03}@example.com"
        await client.upsert_customer(
            identifier={"email_address": email}, on_create=create(email, f"Name {number % 5}")
        )


def emails(customers: Any) -> list[str]:
    return [customer.email.email for customer in customers]


async def test_every_node_once_forward_and_backward(client: AsyncPlainClient) -> None:
    """Whatever the page size, both directions give the same nodes, mirrored."""
    await fill(client, 23)
    expected = [f"u{number:03}@example.com" for number in range(23)]
    for size in (1, 5, 23, 100):
        forward = [c async for c in client.customers(page_size=size)]
        backward = [c async for c in client.customers(page_size=size, backward=True)]
        assert emails(forward) == expected
        assert emails(backward) == expected[::-1]


async def test_limit_filters_sort_and_count(client: AsyncPlainClient) -> None:
    """Arguments reach the API, `limit` ends the walk, the count covers all pages."""
    await fill(client, 12)
    sort: Any = {"field": "FULL_NAME", "direction": "DESC"}
    names = [c.full_name async for c in client.customers(sort_by=sort, page_size=5)]
    assert names == sorted(names, reverse=True)
    assert len(await client.customers(limit=7, page_size=5).collect()) == 7
    assert await client.customers(limit=0).collect() == []
    assert await client.customers().total_count() == 12
    assert await client.customers(filters={"is_marked_as_spam": True}).collect() == []
    first = await client.customers(sort_by=sort).first()
    assert first is not None
    assert first.full_name == "Name 4"


async def test_a_walk_resumes_behind_any_cursor(client: AsyncPlainClient) -> None:
    """The cursors of a page are good for `after` and, backward, for `before`."""
    await fill(client, 9)
    pages = [page async for page in client.customers(page_size=4).pages()]
    assert [len(page.nodes) for page in pages] == [4, 4, 1]
    assert [page.has_next for page in pages] == [True, True, False]
    assert {page.total_count for page in pages} == {9}
    rest = await client.customers(after=pages[0].cursors[1]).collect()
    assert emails(rest) == [f"u{number:03}@example.com" for number in range(2, 9)]
    back = await client.customers(before=pages[0].cursors[2], backward=True).collect()
    assert emails(back) == ["u001@example.com", "u000@example.com"]


async def test_customers_who_come_meanwhile_disturb_nothing(client: AsyncPlainClient) -> None:
    """Cursors stand at rows, so that nobody is seen twice while others are added."""
    await fill(client, 10)
    seen: list[str] = []
    async for customer in client.customers(page_size=3):
        seen.append(customer.email.email)
        if len(seen) in (2, 5):
            email = f"late{len(seen)}@example.com"
            await client.upsert_customer(
                identifier={"email_address": email}, on_create=create(email)
            )
    assert len(seen) == len(set(seen)) == 12


async def test_nothing_is_sent_before_the_iteration(start_sandbox: StartSandbox) -> None:
    """A list that is never walked costs no request, and each walk starts anew."""
    with ScriptedServer(answer(page([]))) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            customers = client.customers()
            assert server.requests == []
            assert await customers.collect() == await customers.collect() == []
    assert len(server.requests) == 2


def page(nodes: list[Any], *, has_next: bool = False, cursor: str | None = None) -> Any:
    info = {"hasNextPage": has_next, "hasPreviousPage": False,
            "startCursor": cursor, "endCursor": cursor}  # fmt: skip
    edges = [{"cursor": cursor, "node": node} for node in nodes]
    return {"data": {"customers": {"edges": edges, "pageInfo": info, "totalCount": len(nodes)}}}


@pytest.mark.parametrize("cursor", ["same", None], ids=["stays", "is null"])
async def test_a_cursor_that_does_not_move_ends_the_walk(cursor: str | None) -> None:
    """A server's fault does not become an endless loop."""
    with ScriptedServer(answer(page([], has_next=True, cursor=cursor))) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            with pytest.raises(PlainResponseError, match="does not advance"):
                await client.customers(page_size=2).collect()
    assert len(server.requests) <= 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"page_size": 0}, "page_size must be 1 to 100, not 0"),
        ({"page_size": 101}, "page_size must be 1 to 100, not 101"),
        ({"limit": -1}, "limit must not be negative"),
        ({"before": "x"}, "before pages backward; add backward=True"),
        ({"after": "x", "backward": True}, "with backward=True, use before="),
    ],
)
async def test_page_arguments_are_checked_at_once(arguments: Any, says: str) -> None:
    """What Plain would refuse is refused before the first request."""
    async with AsyncPlainClient("k", url="http://127.0.0.1:9/") as client:
        with pytest.raises(PlainInputError, match=says.replace("(", r"\(")):
            client.customers(**arguments)


@given(st.integers(1, 100), st.none() | st.text(), st.booleans())
@settings(max_examples=50)
def test_directions_are_never_mixed(size: int, cursor: str | None, backward: bool) -> None:
    """`first` goes with `after`, `last` with `before`."""
    variables = page_variables(size, cursor, backward=backward)
    assert set(variables) == ({"last", "before"} if backward else {"first", "after"})


async def test_leaving_a_walk_early_leaves_nothing_open(client: AsyncPlainClient) -> None:
    """Between pages nothing is under way, so breaking out needs no clean-up."""
    await fill(client, 6)
    async for _ in client.customers(page_size=2):
        break
    assert await client.customers().total_count() == 6


class CustomerList(ScriptedServer):
    """Customers in the order of their numbers; a few more appear with every page served."""

    def __init__(self, count: int, seed: int) -> None:
        super().__init__(self._page)
        self._random = random.Random(seed)
        self.numbers = [float(number) for number in range(count)]
        self.open = 0

    async def _page(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        self.open += 1
        variables = request.json["variables"]
        found = self.numbers
        if (after := variables.get("after")) is not None:
            found = found[bisect_right(found, float(after)) :]
        if (before := variables.get("before")) is not None:
            found = found[: bisect_left(found, float(before))]
        if "first" in variables:
            page, more = found[: variables["first"]], len(found) > variables["first"]
        else:
            page, more = found[-variables["last"] :], len(found) > variables["last"]
        for _ in range(3):
            insort(self.numbers, self._random.uniform(-10, len(self.numbers)))
        info = {"hasNextPage": more, "hasPreviousPage": more,
                "startCursor": str(page[0]) if page else None,
                "endCursor": str(page[-1]) if page else None}  # fmt: skip
        edges = [{"cursor": str(n), "node": a_customer(id=str(n))} for n in page]
        content = {"edges": edges, "pageInfo": info, "totalCount": len(self.numbers)}
        done = await answer({"data": {"customers": content}})(request, writer)
        self.open -= 1
        return done


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("prefetched", [False, True])
async def test_ten_thousand_customers_while_others_are_added(
    backward: bool, prefetched: bool
) -> None:
    """Those that were there are visited exactly once, in order; newcomers once at most."""
    with CustomerList(10_000, seed=backward) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            pages = client.customers(backward=backward)
            if prefetched:
                async with pages.prefetched(2) as nodes:
                    seen = [float(node.id) async for node in nodes]
            else:
                seen = [float(node.id) async for node in pages]
    assert len(set(seen)) == len(seen)
    assert seen == sorted(seen, reverse=backward)
    assert set(range(10_000)) <= set(seen)
    assert len(server.requests) < 110


@each_way
def test_leaving_a_walk_midway_leaves_nothing_open(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a break, by cancellation, and with pages that were being fetched ahead."""
    with CustomerList(10_000, seed=1) as server:

        async def scenario(client: AsyncPlainClient) -> None:
            async for node in client.customers():
                if float(node.id) > 150:
                    break
            async with client.customers().prefetched(3) as nodes:
                async for node in nodes:
                    if float(node.id) > 150:
                        break
            with anyio.move_on_after(0.05) as scope:
                async with client.customers(page_size=1).prefetched() as nodes:
                    async for _ in nodes:
                        pass
            assert scope.cancelled_caught
            assert await client.customers().first() is not None
            state = client._pipeline._loops.get()
            assert not state.open
            assert state.gate.free_slots == 256

        run(way, monkeypatch, scenario, server.url)


async def test_an_error_of_a_page_fetched_ahead_comes_in_its_place() -> None:
    """Behind the nodes of the pages before it, and as the error that it is."""
    good = {"edges": [{"cursor": "1", "node": a_customer()}], "totalCount": 2,
            "pageInfo": {"hasNextPage": True, "hasPreviousPage": False,
                         "startCursor": "1", "endCursor": "1"}}  # fmt: skip
    denied = {"message": "no", "extensions": {"code": "FORBIDDEN"}}
    script = (answer({"data": {"customers": good}}), answer({"errors": [denied]}, status=403))
    with ScriptedServer(*script) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            seen = []
            with pytest.raises(PlainPermissionError):
                async with client.customers().prefetched() as nodes:
                    async for node in nodes:
                        seen.append(node.id)
            assert seen == ["c_1"]
            with pytest.raises(ValueError, match="mine"):
                async with client.customers().prefetched() as nodes:
                    raise ValueError("mine")
            with pytest.raises(PlainConfigurationError, match="ahead must be a whole number"):
                client.customers().prefetched(0)


async def test_the_list_of_a_thing_that_does_not_exist_is_empty(client: AsyncPlainClient) -> None:
    """As a look-up gives None, it gives nothing."""
    with ScriptedServer(answer({"data": {"thread": None}})) as server:
        async with AsyncPlainClient("k", url=server.url) as other:
            entries = other.thread_timeline_entries("th_1")
            assert await entries.collect() == []
            assert await entries.first() is None
            assert await entries.total_count() is None
