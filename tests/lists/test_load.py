"""Loading what others name: each object once, in few requests, with every mistake told first."""

import asyncio
import random
from typing import Any

import pytest
from graphql import parse
from random_answers import RandomAnswers
from scripted_server import Request, ScriptedServer, answer
from support import StartSandbox, create, own_schema

from plain_sdk import AsyncPlainClient, PlainInputError, PlainPermissionError
from plain_sdk.sandbox import ApiKey, SandboxServer


async def filled(client: AsyncPlainClient, customers: int) -> list[Any]:
    """Two threads for each customer."""
    for number in range(customers):
        email = f"u{number}@x.org"
        upserted = await client.upsert_customer(
            identifier={"email_address": email}, on_create=create(email, f"Name {number}")
        )
        for _ in range(2):
            await client.create_thread(
                customer_identifier={"customer_id": upserted.customer.id}, title="T"
            )
    return await client.threads().collect()


@pytest.mark.parametrize(("pack", "requests"), [(1, 7), (3, 3), (100, 1)])
async def test_each_is_fetched_once(
    client: AsyncPlainClient, sandbox: SandboxServer, pack: int, requests: int
) -> None:
    """However many name it; in a pack several with one request."""
    threads = await filled(client, 7)
    before = sandbox.usage.admitted
    found = await client.load(threads, "customer", pack=pack)
    assert sandbox.usage.admitted - before == requests
    assert {found[t.customer.id].full_name for t in threads} == {f"Name {n}" for n in range(7)}
    assert list(found) == list(dict.fromkeys(t.customer.id for t in threads))


async def test_names_take_no_request_of_their_own(
    client: AsyncPlainClient, sandbox: SandboxServer
) -> None:
    """A conversation with names, or threads with their customers: what the lists take alone."""
    threads = await filled(client, 3)
    before = sandbox.usage.admitted
    names = [t.customer.full_name async for t in client.threads(page_size=2)]
    assert len(names) == 6
    assert sandbox.usage.admitted - before == 3
    await client.mark_thread_as_done(threads[0].id)
    before = sandbox.usage.admitted
    entries = client.thread_timeline_entries(threads[0].id)
    assert [entry.actor.typename__ async for entry in entries]
    assert sandbox.usage.admitted - before == 1


async def test_ids_stand_in_many_places(client: AsyncPlainClient) -> None:
    """In the ids themselves, references, actors, members with `_id`, and where `by` says."""
    (thread, _) = await filled(client, 1)
    id_ = thread.customer.id
    for given in ([id_], [thread.customer], [thread], [id_, thread]):
        assert list(await client.load(given, "customer")) == [id_]
    await client.mark_thread_as_done(thread.id)
    entries = await client.thread_timeline_entries(thread.id).collect()
    assert list(await client.load(entries, "customer")) == [id_]
    assert list(await client.load(entries, "thread", options={"detail": "lean"})) == [thread.id]
    assert await client.load([thread], "tenant") == {}
    assert await client.load([thread], "user", by=lambda t: None) == {}
    assert await client.load(["c_nobody", id_], "customer", pack=2) != {}
    assert await client.load([], "customer") == {}


@pytest.mark.parametrize(
    ("objects", "by", "told"),
    [
        ([object()], None, r"objects\[0\] a object names no customer"),
        (["c_1", 5], None, r"objects\[1\] a int names no customer"),
        (["c_1"], lambda _: 7, r"the id of its customer is 7"),
    ],
)
async def test_what_names_nobody_is_told_first(
    client: AsyncPlainClient, sandbox: SandboxServer, objects: Any, by: Any, told: str
) -> None:
    """Before anything is sent."""
    with pytest.raises(PlainInputError, match=told):
        await client.load(objects, "customer", by=by)
    assert sandbox.usage.admitted == 0


async def test_a_missing_permission_ends_it(start_sandbox: StartSandbox) -> None:
    """As from any other call."""
    server = start_sandbox(keys=(ApiKey("few", frozenset({"thread:read"})),))
    async with AsyncPlainClient("few", url=server.url) as client:
        with pytest.raises(PlainPermissionError):
            await client.load(["c_1", "c_2"], "customer")


async def test_a_pack_that_is_refused_comes_in_halves() -> None:
    """Plain's tolerance of aliases is not documented."""
    sizes: list[int] = []

    async def at_most_two(request: Request, writer: asyncio.StreamWriter) -> bool:
        variables = request.json["variables"]
        sizes.append(len(variables))
        if len(variables) > 2:
            told = {"errors": [{"message": "too much", "extensions": {"code": "BAD_USER_INPUT"}}]}
            return await answer(told)(request, writer)
        data = {f"r{n}": None for n in range(len(variables))} if len(variables) > 1 else {}
        return await answer({"data": data or {"customer": None}})(request, writer)

    with ScriptedServer(at_most_two) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            ids = [f"c_{n}" for n in range(8)]
            assert await client.load(ids, "customer", pack=8, max_running=1) == {}
    assert sizes == [8, 4, 2, 2, 4, 2, 2]


@pytest.mark.survey
async def test_five_thousand_threads_with_their_customers_take_fifty_requests() -> None:
    """What took 5,050 when a thread named its customer by the id alone."""
    answers = RandomAnswers(own_schema(), random.Random(1), nulls=0.0)
    count = 0

    async def behave(request: Request, writer: asyncio.StreamWriter) -> bool:
        nonlocal count
        count += 1
        data = answers.data(parse(request.json["query"]), refusals=0.0)["threads"]
        edge = (data["edges"] or [None])[0]
        while edge is None:
            data = answers.data(parse(request.json["query"]), refusals=0.0)["threads"]
            edge = (data["edges"] or [None])[0]
        data["edges"] = [edge | {"cursor": f"{count}-{n}"} for n in range(100)]
        more = count % 50 != 0
        data["pageInfo"] |= {"hasNextPage": more, "endCursor": f"{count}-99"}
        return await answer({"data": {"threads": data}})(request, writer)

    with ScriptedServer(behave) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            names = [t.customer.full_name async for t in client.threads(page_size=100)]
    assert (len(names), count) == (5_000, 50)
