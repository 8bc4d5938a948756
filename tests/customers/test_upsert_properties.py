"""The laws of upserts, driven by random sequences through the client and the sandbox."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support import create

from plain_sdk import AsyncPlainClient, PlainMutationError
from plain_sdk._api import schema_path
from plain_sdk.sandbox import SandboxApp, SandboxServer

EMAILS = st.sampled_from(["a@x.io", "b@x.io", "c@x.io"])
EXTERNAL_IDS = st.sampled_from(["e1", "e2", None])
NAMES = st.sampled_from(["Ann", "Bob"])
UNSAID: Any = ...


class Model:
    """The rules, as few lines as they need. A customer is [email, external id, name]."""

    def __init__(self) -> None:
        self.customers: dict[int, list[str | None]] = {}
        self.made = 0

    def upsert(self, by: int, key: str, create: list[Any], update: list[Any]) -> str:
        found = next((n for n, c in self.customers.items() if c[by] == key), None)
        old = self.customers.get(found or 0)
        new = (
            create
            if old is None
            else [o if u is UNSAID else u for o, u in zip(old, update, strict=True)]
        )
        for member, code in ((0, "email"), (1, "external_id")):
            taken = [c[member] for n, c in self.customers.items() if n != found]
            if new[member] is not None and new[member] in taken:
                return f"customer_already_exists_with_{code}"
        self.made += found is None
        self.customers[found or self.made] = list(new)
        return "CREATED" if old is None else "NOOP" if new == old else "UPDATED"


class Upserts(RuleBasedStateMachine):
    """Whatever is done through the client, the model says the same."""

    @initialize()
    def start(self) -> None:
        self.runner = asyncio.Runner()
        app = SandboxApp(schema_path().read_text(encoding="utf-8"), rate_limit=0)
        self.server = SandboxServer(app).__enter__()
        self.client = AsyncPlainClient("any", url=self.server.url)
        self.model = Model()
        self.ids: dict[int, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "server"):
            self.runner.run(self.client.aclose())
            self.server.close()
            self.runner.close()

    @rule(
        by=st.sampled_from(["email_address", "external_id"]),
        key=st.data(),
        email=EMAILS,
        external_id=EXTERNAL_IDS,
        name=NAMES,
        new_email=EMAILS | st.just(UNSAID),
        new_external_id=EXTERNAL_IDS | st.just(UNSAID),
        new_name=NAMES | st.just(UNSAID),
    )
    def upsert(
        self, by: str, key: Any, email: str, external_id: str | None, name: str,
        new_email: Any, new_external_id: Any, new_name: Any,
    ) -> None:  # fmt: skip
        value = key.draw(EMAILS if by == "email_address" else st.sampled_from(["e1", "e2"]))
        update: dict[str, Any] = {}
        if new_email is not UNSAID:
            update["email"] = {"email": new_email, "is_verified": False}
        if new_external_id is not UNSAID:
            update["external_id"] = new_external_id
        if new_name is not UNSAID:
            update["full_name"] = new_name
        expected = self.model.upsert(
            0 if by == "email_address" else 1,
            value,
            [email, external_id, name],
            [new_email, new_external_id, new_name],
        )
        made: Any = create(email, name, external_id=external_id)
        identifier: Any = {by: value}
        changes: Any = update or None
        call = self.client.upsert_customer(
            identifier=identifier, on_create=made, on_update=changes
        )  # fmt: skip
        try:
            upserted = self.runner.run(call)
        except PlainMutationError as error:
            assert error.code == expected
            return
        assert str(upserted.result) == expected
        found = [
            n for n, c in self.model.customers.items() if c[0] == upserted.customer.email.email
        ]
        assert self.ids.setdefault(found[0], upserted.customer.id) == upserted.customer.id
        customer = upserted.customer
        assert [customer.email.email, customer.external_id, customer.full_name] == (
            self.model.customers[found[0]]
        )

    @rule(email=EMAILS)
    def delete(self, email: str) -> None:
        found = next((n for n, c in self.model.customers.items() if c[0] == email), None)
        customer = self.runner.run(self.client.customer_by_email(email))
        assert (customer is None) == (found is None)
        if customer is not None and found is not None:
            self.runner.run(self.client.delete_customer(customer.id))
            del self.model.customers[found]
            assert self.runner.run(self.client.customer(customer.id)) is None

    @invariant()
    def look_ups_and_the_list_agree(self) -> None:
        if not hasattr(self, "client"):
            return
        listed = self.runner.run(self.client.customers().collect())
        assert sorted(c.email.email for c in listed) == sorted(
            str(c[0]) for c in self.model.customers.values()
        )
        for external_id in ("e1", "e2"):
            customer = self.runner.run(self.client.customer_by_external_id(external_id))
            known = [c for c in self.model.customers.values() if c[1] == external_id]
            assert [customer.full_name] == [c[2] for c in known] if customer else not known


TestUpserts = Upserts.TestCase
TestUpserts.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
