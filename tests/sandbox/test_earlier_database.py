"""A database of an earlier sandbox is adopted: what it kept is there, and takes what is new."""

import sqlite3
from pathlib import Path

from support import StartSandbox

from plain_sdk import AsyncPlainClient

EARLIER = """
CREATE TABLE workspace (one INTEGER PRIMARY KEY CHECK (one = 1), created_at TEXT NOT NULL);
CREATE TABLE customers (
    id TEXT PRIMARY KEY, external_id TEXT UNIQUE, full_name TEXT NOT NULL, short_name TEXT,
    email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, is_verified INTEGER NOT NULL,
    verified_at TEXT, created_at TEXT NOT NULL, created_by TEXT NOT NULL,
    updated_at TEXT NOT NULL, updated_by TEXT NOT NULL, spam_at TEXT, spam_by TEXT);
CREATE INDEX customers_by_name ON customers (full_name, id);
CREATE TABLE customer_groups (
    id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, external_id TEXT UNIQUE);
CREATE TABLE customer_group_memberships (
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES customer_groups (id) ON DELETE CASCADE,
    PRIMARY KEY (customer_id, group_id));
CREATE TABLE tenants (
    id TEXT PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE customer_tenants (
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    PRIMARY KEY (customer_id, tenant_id));
CREATE TABLE companies (
    id TEXT PRIMARY KEY, domain TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    created_at TEXT NOT NULL);
INSERT INTO workspace VALUES (1, '2025-01-01T00:00:00.000Z');
INSERT INTO customers VALUES (
    'c_01JGFJJZ000000000000000000', 'e1', 'Ann', NULL, 'ann@acme.example', 'ann@acme.example', 0,
    NULL, '2025-01-01T00:00:00.000Z',
    '{"__typename": "MachineUserActor", "machineUserId": "mu_1"}',
    '2025-01-01T00:00:00.000Z',
    '{"__typename": "MachineUserActor", "machineUserId": "mu_1"}', NULL, NULL);
INSERT INTO customer_groups VALUES ('cg_01JGFJJZ000000000000000000', 'vip', 'Vip', NULL);
INSERT INTO customer_group_memberships VALUES (
    'c_01JGFJJZ000000000000000000', 'cg_01JGFJJZ000000000000000000');
INSERT INTO tenants VALUES ('te_01JGFJJZ000000000000000000', 'acme', 'Acme');
INSERT INTO customer_tenants VALUES (
    'c_01JGFJJZ000000000000000000', 'te_01JGFJJZ000000000000000000');
INSERT INTO companies VALUES (
    'co_01JGFJJZ000000000000000000', 'acme.example', 'acme.example',
    '2025-01-01T00:00:00.000Z');
"""
"""As the first sandbox that kept a file made it."""

CUSTOMER = "c_01JGFJJZ000000000000000000"


async def test_an_earlier_database_is_adopted(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    """Read, changed and added to; and opened once more after that."""
    file = tmp_path / "plain.db"
    connection = sqlite3.connect(file)
    connection.executescript(EARLIER)
    connection.close()
    for times in (1, 2):
        server = start_sandbox(database=str(file))
        async with AsyncPlainClient("full", url=server.url) as client:
            customer = await client.customer(CUSTOMER)
            assert customer is not None
            assert customer.created_at.iso8601 == "2025-01-01T00:00:00.000Z"
            (group,) = await client.customer_group_memberships(CUSTOMER).collect()
            assert group.created_at == customer.created_at
            assert group.customer_group.created_at.iso8601 == "2025-01-01T00:00:00.000Z"
            (tenant,) = await client.tenant_memberships(CUSTOMER).collect()
            assert tenant.tenant.external_id == "acme"
            assert [c.domain_name for c in await client.companies().collect()] == ["acme.example"]
            changed = await client.upsert_tenant(
                identifier={"external_id": "acme"}, name=f"Acme {times}", external_id="acme"
            )
            assert changed.result == "UPDATED"
            await client.create_thread(customer_identifier={"external_id": "e1"}, title="Help")
            assert len(await client.threads().collect()) == times
        server.close()
