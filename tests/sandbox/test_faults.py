"""Misbehaviour on demand: the grammar, and what a client and a socket see of each fault."""

import random
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from support import StartSandbox, create

from plain_sdk import (
    AsyncPlainClient,
    PlainAuthenticationError,
    PlainConnectionError,
    PlainError,
    PlainMutationError,
    PlainOutcomeUnknownError,
    PlainPermissionError,
    PlainRateLimitError,
    PlainResponseError,
    PlainServerError,
    PlainStatusError,
    PlainTimeoutError,
)
from plain_sdk._faults.latency import parse_latency
from plain_sdk.sandbox import Fault
from plain_sdk.testing import PlainSandbox


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("reset", Fault("reset")),
        ("cut upsertCustomer #3", Fault("cut", None, True, ("upsertCustomer",), 1.0, "3")),
        ("reset after mutation 10%", Fault("reset", None, True, ("mutation",), 0.1)),
        ("429=1s #20-29", Fault("429", "1s", numbers="20-29")),
        ("503=html 0.5%", Fault("503", "html", chance=0.005)),
        ("forbidden=customer:read,company:read customer* query",
         Fault("forbidden", "customer:read,company:read", False, ("customer*", "query"))),
        ("quota=10/1s", Fault("quota", "10/1s")),
        ("latency=lognormal:0.2:0.6 #1,4-5,9+", Fault("latency", "lognormal:0.2:0.6",
                                                      numbers="1,4-5,9+")),
    ],
)  # fmt: skip
def test_a_line_is_a_fault_and_back(line: str, fault: Fault) -> None:
    """One grammar, for the command and for Python."""
    assert Fault.parse(line) == fault
    assert Fault.parse(str(fault)) == fault


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "is no fault"), ("explode", "they are"), ("reset=1", "takes no argument"),
        ("latency", "latency=200ms"), ("latency=soon", "no time"), ("latency=2..1", "backwards"),
        ("latency=weibull:1", "no latency"), ("quota=many", "no number"), ("cut=1", "below 1"),
        ("cut before", "always after"), ("latency=1 after", "always before"), ("999", "no status"),
        ("reset 101%", "part of a hundred"), ("reset #0x", "numbers look like"),
        ("reset a-b", "neither"), ("503=soon", "no time"), ("drip=", "is empty"),
    ],
)  # fmt: skip
def test_a_line_that_is_none_is_told(line: str, told: str) -> None:
    """What is wrong with it."""
    with pytest.raises(ValueError, match=told):
        Fault.parse(line)


def test_operations_are_root_fields_or_methods() -> None:
    """With `*`, and the two kinds."""
    for name in ("upsertCustomer", "upsert_customer", "upsert*", "*", "mutation"):
        assert Fault("reset", operations=(name,)).fits(["upsertCustomer"], "mutation")
    for name in ("upsert", "query", "customer"):
        assert not Fault("reset", operations=(name,)).fits(["upsertCustomer"], "mutation")


def test_latencies_are_drawn_from_their_distributions() -> None:
    """By the means that their names promise."""
    draws = random.Random(1)
    for line, mean in (
        ("200ms", 0.2), ("0.1..0.5", 0.3), ("exp:0.2", 0.2), ("normal:0.2:0.05", 0.2),
        ("lognormal:0.2:0.1", 0.2),
    ):  # fmt: skip
        drawn = [parse_latency(line).draw(draws) for _ in range(2000)]
        assert min(drawn) >= 0
        assert sum(drawn) / 2000 == pytest.approx(mean, rel=0.1)


FIELDS = {
    "identifier": {"email_address": "a@b.example"}, "on_create": create("a@b.example"),
}  # fmt: skip


async def upsert(plain: AsyncPlainClient, **options: Any) -> Any:
    how: Any = {"max_attempts": 1, **options}
    identifier: Any = FIELDS["identifier"]
    return await plain.upsert_customer(
        identifier=identifier, on_create=FIELDS["on_create"], options=how
    )


ERRORS = [
    ("reset", PlainConnectionError), ("stale", PlainConnectionError),
    ("reset after", PlainConnectionError), ("stale after", PlainConnectionError),
    ("cut", PlainConnectionError), ("cut=0", PlainConnectionError),
    ("500", PlainServerError), ("502=html", PlainServerError), ("503=empty", PlainServerError),
    ("504 after", PlainServerError), ("200=html", PlainResponseError),
    ("200=html after", PlainResponseError), ("200=void", PlainResponseError),
    ("401=string", PlainAuthenticationError), ("429=text", PlainRateLimitError),
    ("403=string", PlainStatusError), ("500=string", PlainServerError),
    ("429=2s", PlainRateLimitError),
    ("graphql", PlainServerError), ("graphql after", PlainServerError),
    ("refuse", PlainMutationError), ("refuse after", PlainMutationError),
    ("refuse=not_found", PlainMutationError), ("forbidden", PlainPermissionError),
    ("forbidden=customer:edit", PlainPermissionError), ("unauthorized", PlainAuthenticationError),
]  # fmt: skip


@pytest.mark.parametrize("over", ["in-process", "port"])
async def test_a_client_sees_the_error_of_each_fault(
    over: str, plain_sandbox: PlainSandbox
) -> None:
    """The same in the process and over a socket; and whether it was carried out is as asked."""
    if over == "port":
        plain = AsyncPlainClient("any", url=plain_sandbox.serve().url)
    else:
        plain = plain_sandbox.client()
    async with plain:
        for line, error in ERRORS:
            fault = Fault.parse(line)
            with plain_sandbox.instant_retries(plain), plain_sandbox.faults.during(fault):
                with pytest.raises(error) as caught:
                    await upsert(plain)
            assert isinstance(caught.value, PlainError), line
            assert bool(plain_sandbox.customers) is fault.after, line
            seen = plain_sandbox.requests[-1]
            assert seen.faults == (str(fault),)
            for customer in plain_sandbox.customers:
                plain_sandbox.run(plain_sandbox.operations.delete_customer(customer.id))
        assert (await upsert(plain)).result == "CREATED"
    assert sum(plain_sandbox.faults.hits.values()) == len(ERRORS)


@pytest.mark.parametrize("over", ["in-process", "port"])
async def test_what_hangs_or_drips_ends_by_the_callers_timeouts(
    over: str, plain_sandbox: PlainSandbox
) -> None:
    """Silence by the read timeout, drops by the call's."""
    url = plain_sandbox.serve().url if over == "port" else plain_sandbox.url
    plain = AsyncPlainClient("any", url=url) if over == "port" else plain_sandbox.client()
    async with plain:
        with plain_sandbox.faults.during("hang"), pytest.raises(PlainError):
            await upsert(plain, read_timeout=0.05)
        with plain_sandbox.faults.during("drip=5ms"), pytest.raises(PlainTimeoutError):
            await upsert(plain, timeout=0.2)
        with plain_sandbox.faults.during("drip=0.1ms"):
            assert (await upsert(plain)).customer.full_name == "Donald Duck"


async def test_the_third_upsert_is_cut_after_it_was_carried_out(
    plain: AsyncPlainClient, plain_sandbox: PlainSandbox
) -> None:
    """An upsert is sent again, and finds itself done; what must not be repeated says so."""
    plain_sandbox.faults.add("cut upsertCustomer #3")
    results = []
    with plain_sandbox.instant_retries():
        for number in range(4):
            email = f"{number}@b.example"
            done = await plain.upsert_customer(
                identifier={"email_address": email}, on_create=create(email)
            )
            results.append(done.result)
    assert results == ["CREATED", "CREATED", "NOOP", "CREATED"]
    assert len(plain_sandbox.requests.of("upsertCustomer")) == 5
    plain_sandbox.faults.add("reset after create_thread")
    with pytest.raises(PlainOutcomeUnknownError):
        await plain.create_thread(customer_identifier={"email_address": "0@b.example"}, title="x")
    assert len(plain_sandbox.requests.of("createThread")) == 1


async def test_a_burst_and_a_quota(plain: AsyncPlainClient, plain_sandbox: PlainSandbox) -> None:
    """429s by number, and by a window of their own."""
    plain_sandbox.faults.add("429=1s customer #2-3")
    with plain_sandbox.instant_retries() as waits:
        for _ in range(3):
            await plain.customer("c_1")
    assert [seen.status for seen in plain_sandbox.requests] == [200, 429, 429, 200, 200]
    assert all(seconds >= 1 for seconds in waits.seconds)
    plain_sandbox.faults.clear()
    plain_sandbox.requests.clear()
    plain_sandbox.faults.add("quota=2/10s customer*")
    with plain_sandbox.instant_retries():
        for _ in range(4):
            await plain.customer("c_1")
    statuses = [seen.status for seen in plain_sandbox.requests]
    assert statuses.count(200) == 4
    assert statuses.count(429) >= 1


async def test_what_a_newer_plain_says_breaks_no_client(
    plain: AsyncPlainClient, plain_sandbox: PlainSandbox
) -> None:
    """Enum values and members of unions that nobody knows."""
    made = plain_sandbox.customer()
    with plain_sandbox.faults.during("enum=PARTLY"):
        done = await upsert(plain)
    assert done.result == "PARTLY"
    assert not done.result.is_known
    with plain_sandbox.faults.during("member=RobotActor"):
        found = await plain.customer(made.id)
    assert found is not None
    assert found.created_by.typename__ == "RobotActor"
    assert found.email == made.email


def test_the_seed_decides_and_faults_do_not_sway_each_other() -> None:
    """The n-th request that fits meets the same in every run, whatever else is on."""

    def struck(seed: int, *more: str) -> list[bool]:
        with PlainSandbox(seed=seed, faults=["503 30%", *more]) as sandbox:
            return ["503 30%" in sandbox.faults.meet(["customer"], "query").names
                    for _ in range(200)]  # fmt: skip

    assert struck(1) == struck(1) == struck(1, "latency=1ms 50%")
    assert struck(1) != struck(2)
    assert 35 < sum(struck(1)) < 85


async def test_latency_is_waited(plain: AsyncPlainClient, plain_sandbox: PlainSandbox) -> None:
    """Longer than the call may take, it times out."""
    plain_sandbox.faults.add("latency=10s customer")
    with pytest.raises(PlainTimeoutError):
        await plain.customer("c_1", options={"timeout": 0.05})
    assert await plain.customer_by_email("a@b") is None


def test_a_reset_is_a_reset_on_the_wire(start_sandbox: StartSandbox) -> None:
    """RST, not an orderly end; a truncated answer ends before its length."""
    server = start_sandbox(faults=("reset #1", "cut=0.5 #2"))
    parts = urlsplit(server.url)
    body = b'{"query": "{ myPermissions { permissions } }"}'
    request = (
        b"POST /graphql/v1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer full\r\n"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    ) + body
    with socket.create_connection((parts.hostname, parts.port)) as wire:
        wire.sendall(request)
        with pytest.raises(ConnectionResetError):
            wire.recv(1)
    with socket.create_connection((parts.hostname, parts.port)) as wire:
        wire.sendall(request)
        got = b""
        while piece := wire.recv(65536):
            got += piece
    head, _, content = got.partition(b"\r\n\r\n")
    (length,) = [int(line.split()[1]) for line in head.split(b"\r\n") if b"content-length" in line]
    assert 0 < len(content) < length
    answer = httpx.post(server.url, content=body, trust_env=False, headers={
        "authorization": "Bearer full", "content-type": "application/json"})  # fmt: skip
    assert answer.status_code == 200


def test_the_command_takes_faults(capsys: pytest.CaptureFixture[str]) -> None:
    """`--fault`, as often as one likes; the grammar stands in its help."""
    from plain_sdk.cli import main

    with pytest.raises(SystemExit):
        main(["sandbox", "--help"])
    told = capsys.readouterr().out
    assert "KIND[=ARGUMENT] [before|after] [OPERATION ...] [N%] [#NUMBERS]" in told
    assert "cut upsertCustomer #3" in told
    with pytest.raises(SystemExit):
        main(["sandbox", "--fault", "explode"])
    assert "'explode' is no fault" in capsys.readouterr().err
