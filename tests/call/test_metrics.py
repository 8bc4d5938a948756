"""Metrics for OpenTelemetry: what is counted, and by what."""

from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from scripted_server import ScriptedServer, answer, reset
from support import StartSandbox
from wire_support import run, safe, upserted

from plain_sdk import AsyncPlainClient, PlainAuthenticationError


def collected(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    data: Any = reader.get_metrics_data()
    return {
        metric.name: [(dict(point.attributes), point) for point in metric.data.data_points]
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


async def test_calls_are_counted_by_operation_and_error(start_sandbox: StartSandbox) -> None:
    """And what is left of the quota, with where it is known from."""
    server = start_sandbox(rate_limit=100)
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    meter = provider.get_meter("test")
    async with AsyncPlainClient("full", url=server.url, meter=meter) as client:
        await client.customer("c_1")
        await client.customer("c_2")
        async with AsyncPlainClient("wrong", url=server.url, meter=meter) as other:
            with pytest.raises(PlainAuthenticationError):
                await other.customer("c_1")
        found = collected(reader)
    counts = {
        (about["graphql.operation.name"], about.get("error.type")): point.count
        for about, point in found["plain_sdk.calls"]
    }
    assert counts == {("customer", None): 2, ("customer", "PlainAuthenticationError"): 1}
    remaining = {
        about["plain.quota.source"]: p.value for about, p in found["plain_sdk.quota.remaining"]
    }
    assert remaining == {"local": 98}
    provider.shutdown()


def test_retries_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were sent again, by operation."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])

    with ScriptedServer(reset, answer(upserted())) as server:
        meter = provider.get_meter("test")
        run(("asyncio", "aiohttp"), monkeypatch, safe, server.url, meter=meter)
    ((about, point),) = collected(reader)["plain_sdk.retries"]
    assert (about, point.value) == ({"graphql.operation.name": "upsertCustomer"}, 1)
    provider.shutdown()
