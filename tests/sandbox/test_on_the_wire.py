"""The sandbox byte by byte, line by line of what is known of Plain's API on the wire."""

import json
import re
import socket
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from support import StartSandbox

from plain_sdk import AsyncPlainClient
from plain_sdk.sandbox import ApiKey, SandboxServer
from plain_sdk.testing import PlainSandbox

LIST = "{ customers { totalCount } }"


def exchange(
    server: SandboxServer, body: Any, *more: str, key: str = "full"
) -> tuple[int, list[tuple[str, str]], Any]:
    """Status, headers as they were written, and body of one answer."""
    content = json.dumps(body).encode()
    head = (
        f"POST /graphql/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n"
        + "".join(f"{line}\r\n" for line in more)
    )
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port)) as wire:
        wire.sendall(f"{head}\r\n".encode() + content)
        got = b""
        while piece := wire.recv(65536):
            got += piece
    start, _, payload = got.partition(b"\r\n\r\n")
    status, *lines = start.decode().split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    length = next(int(value) for name, value in headers if name == "content-length")
    assert length == len(payload)
    return int(status.split()[1]), headers, json.loads(payload)


def test_headers_of_every_answer(start_sandbox: StartSandbox) -> None:
    """The gateway's request id, another each time; the quota on success and on refusal alike, its
    end as ISO 8601; and no header that Plain does not send."""
    server = start_sandbox(rate_limit=1)
    ids = []
    for status, remaining in ((200, "0"), (429, "0")):
        got, headers, _ = exchange(server, {"query": LIST})
        assert got == status
        told = dict(headers)
        ids.append(told.pop("apigw-requestid"))
        reset = told.pop("x-ratelimit-reset")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", reset)
        assert datetime.fromisoformat(reset)
        assert told.pop("x-ratelimit-limit") == "1"
        assert told.pop("x-ratelimit-remaining") == remaining
        assert {*map(str.lower, told)} == {"content-type", "content-length", "date", "connection"}
    assert len({*ids}) == 2


def test_bodies(start_sandbox: StartSandbox) -> None:
    """`data` alone on success; of what is refused, the forms that are documented."""
    reader = ApiKey("reader", frozenset({"label:read"}))
    server = start_sandbox(keys=(ApiKey("full"), reader))
    none = {"data": {"customers": {"totalCount": 0}}}
    assert exchange(server, {"query": LIST})[::2] == (200, none)
    # The old SDK sends null, the new one leaves the key out.
    assert exchange(server, {"query": LIST, "variables": None})[0] == 200
    status, _, body = exchange(server, {"query": "{ nope }"})
    (error,) = body["errors"]
    assert (status, error["extensions"]) == (400, {"code": "GRAPHQL_VALIDATION_FAILED"})
    assert set(error) == {"message", "locations", "extensions"}
    status, _, body = exchange(server, {"query": LIST}, key="nobody")
    assert (status, body["data"]) == (401, None)
    assert body["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    # A permission that a query lacks comes with the status of a bad key.
    status, _, body = exchange(server, {"query": LIST}, key="reader")
    assert (status, body["data"]) == (401, None)
    assert body["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    assert 'missing "customer:read"' in body["errors"][0]["message"]
    query = """mutation { deleteCustomer(input: {customerId: "c_1"}) {
      error { message type code fields { field message type } } } }"""
    status, _, body = exchange(server, {"query": query}, key="reader")
    error = body["data"]["deleteCustomer"]["error"]
    assert (status, error["type"], error["code"], error["fields"]) == (
        200, "FORBIDDEN", "forbidden", [],
    )  # fmt: skip
    assert 'missing "customer:delete"' in error["message"]
    status, _, body = exchange(server, {"query": query})
    assert (status, body["data"]["deleteCustomer"]["error"]["code"]) == (200, "not_found")


def test_a_list_that_is_not_null_is_empty_when_it_is_refused(start_sandbox: StartSandbox) -> None:
    """As `labels` of addLabels."""
    query = """mutation { addLabels(input: {threadId: "th_1", labelTypeIds: ["lt_1"]}) {
      labels { id } error { code } } }"""
    status, _, body = exchange(start_sandbox(), {"query": query})
    assert (status, body["data"]["addLabels"]) == (
        200, {"labels": [], "error": {"code": "not_found"}},
    )  # fmt: skip


@pytest.mark.plain_sandbox(deletion_delay=60, start="2026-01-01T00:00:00+00:00")
async def test_a_deletion_takes_its_time(
    plain: AsyncPlainClient, plain_sandbox: PlainSandbox
) -> None:
    """Success means that it is accepted; the webhook tells when it has happened."""
    plain_sandbox.webhooks.send_to("https://app.example/", "customer.customer_deleted")
    made = plain_sandbox.customer()
    await plain.delete_customer(made.id)
    plain_sandbox.clock.advance(timedelta(seconds=59))
    assert await plain.customer(made.id) is not None
    await plain.delete_customer(made.id)
    assert not plain_sandbox.webhooks.events
    plain_sandbox.clock.advance(timedelta(seconds=1))
    assert await plain.customer(made.id) is None
    assert len(plain_sandbox.webhooks.events) == 1
