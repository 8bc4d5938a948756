"""Domains of the sandbox beside plain models of them, through the client, with one fault in ten.

A call may be lost before it is carried out, or after: then the client says that it does not know,
or finds out by trying again, and the model takes whichever of the two states there is. What must
never happen is a third one.
"""

import asyncio
import copy
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from plain_sdk import PlainError, PlainMutationError
from plain_sdk.testing import PlainSandbox

FAULTS = ("503 before 5%", "reset after 5%")

State = dict[str, Any]
Call = Callable[[], Awaitable[Any]]
Command = Callable[[State], tuple[Call, str | None]]
"""Makes of a state what it is after a call; the call, and the code that it is refused with."""


class Machine:
    """A domain: what is done to it at random, and the state that there is."""

    def __init__(self, sandbox: PlainSandbox, rng: random.Random) -> None:
        self.sandbox = sandbox
        self.client: Any = sandbox.client()
        self.rng = rng
        self.done = self.lost = 0
        self.prepare()
        self.state = self.read()

    def prepare(self) -> None:
        """What is there from the start, made past wire and faults."""

    def read(self) -> State:
        """The state that there is, read past wire and faults."""
        raise NotImplementedError

    def commands(self) -> list[Command]:
        """What may be done."""
        raise NotImplementedError

    async def check(self) -> None:
        """What else must be so at the end."""

    def now(self, operation: Any) -> Any:
        """The value of an operation, past wire and faults."""
        return self.sandbox.run(operation)

    async def step(self, *, faulty: bool) -> None:
        before, after = self.state, copy.deepcopy(self.state)
        call, code = self.rng.choice(self.commands())(after)
        if code is not None:
            after = before
        refused: str | None = None
        try:
            await call()
        except PlainMutationError as error:
            refused = error.code
        except PlainError as error:
            assert faulty, error
            refused = "lost"
        self.state = self.read()
        if refused == code:
            self.done += 1
            assert self.state == after, (before, code)
        else:
            # No answer, or one that says: it is so already.
            self.lost += 1
            assert faulty, (refused, code, before)
            assert self.state in (before, after), (refused, code, before)


class Threads(Machine):
    """A thread with labels, a required field and statuses."""

    def prepare(self) -> None:
        operations = self.sandbox.operations
        self.types = [self.now(operations.create_label_type(name=n)).id for n in "abc"]
        self.now(operations.archive_label_type(self.types[2]))
        self.now(operations.create_thread_field_schema(
            label="Kind", key="kind", description="", order=1, type="ENUM",
            enum_values=["x", "y"], is_required=True, is_ai_auto_fill_enabled=False,
        ))  # fmt: skip
        self.thread = self.sandbox.thread(title="t").id
        self.field = {"thread_id": self.thread, "key": "kind"}

    def read(self) -> State:
        thread = self.now(self.sandbox.operations.thread(self.thread))
        self.labels = {self.types.index(label.label_type.id): label.id for label in thread.labels}
        return {
            "status": thread.status.value,
            "priority": thread.priority.value,
            "title": thread.title,
            "labels": {*self.labels},
            "kind": next((f.string_value for f in thread.thread_fields), None),
        }

    def commands(self) -> list[Command]:
        return [self.label, self.label, self.unlabel, self.finish, self.reopen, self.snooze,
                self.prioritise, self.rename, self.fill, self.misfill, self.empty]  # fmt: skip

    def label(self, after: State) -> tuple[Call, str | None]:
        label, code = self.rng.randrange(3), None
        if label == 2:
            code = "cannot_add_label_using_archived_label_type"
        elif label in after["labels"]:
            code = "label_with_given_type_already_added_to_thread"
        after["labels"].add(label)
        return lambda: self.client.add_labels(
            label_type_ids=[self.types[label]], thread_id=self.thread
        ), code

    def unlabel(self, after: State) -> tuple[Call, str | None]:
        label = self.rng.randrange(2)
        label_id = self.labels.get(label, "l_none")
        code = None if label in after["labels"] else "not_found"
        after["labels"].discard(label)
        return lambda: self.client.remove_labels(label_ids=[label_id]), code

    def finish(self, after: State) -> tuple[Call, str | None]:
        after["status"] = "DONE"
        code = "input_validation" if after["kind"] is None else None
        return lambda: self.client.mark_thread_as_done(self.thread), code

    def reopen(self, after: State) -> tuple[Call, str | None]:
        after["status"] = "TODO"
        return lambda: self.client.mark_thread_as_todo(self.thread), None

    def snooze(self, after: State) -> tuple[Call, str | None]:
        after["status"] = "SNOOZED"
        return lambda: self.client.snooze_thread(self.thread), None

    def prioritise(self, after: State) -> tuple[Call, str | None]:
        after["priority"] = priority = self.rng.randrange(4)
        return lambda: self.client.change_thread_priority(
            thread_id=self.thread, priority=priority
        ), None

    def rename(self, after: State) -> tuple[Call, str | None]:
        after["title"] = title = f"t{self.rng.randrange(9)}"
        return lambda: self.client.update_thread_title(thread_id=self.thread, title=title), None

    def fill(self, after: State) -> tuple[Call, str | None]:
        after["kind"] = value = self.rng.choice("xy")
        return lambda: self.client.upsert_thread_field(
            identifier=self.field, type="ENUM", string_value=value
        ), None

    def misfill(self, after: State) -> tuple[Call, str | None]:
        code = "input_validation"
        return lambda: self.client.upsert_thread_field(
            identifier=self.field, type="ENUM", string_value="z"
        ), code

    def empty(self, after: State) -> tuple[Call, str | None]:
        code = "not_found" if after["kind"] is None else None
        after["kind"] = None
        return lambda: self.client.delete_thread_field(identifier=self.field), code

    async def check(self) -> None:
        entries = [
            e.entry for e in await self.client.thread_timeline_entries(self.thread).collect()
        ]
        statuses = [e for e in entries if e.typename__ == "ThreadStatusTransitionedEntry"]
        # The timeline tells the whole story: from todo to what there is, without a gap.
        story = ["TODO", *(e.next_status.value for e in statuses)]
        assert [e.previous_status.value for e in statuses] == story[:-1]
        assert story[-1] == self.state["status"]
        labels = [e for e in entries if e.typename__ == "ThreadLabelsChangedEntry"]
        if labels:
            assert {label.id for label in labels[-1].next_labels} == {*self.labels.values()}


class Organisations(Machine):
    """Tenants with names, tiers and customers."""

    def prepare(self) -> None:
        self.sandbox.app.add(tiers=("gold", "basic"))
        self.customers = [self.sandbox.customer(f"c{n}@x.example").id for n in range(2)]
        self.tiers = {
            t.id: t.external_id for t in self.now(self.sandbox.operations.tiers().collect())
        }

    def read(self) -> State:
        tenants = self.now(self.sandbox.operations.tenants().collect())
        self.ids = {t.external_id: t.id for t in tenants}
        memberships = [
            {
                m.tenant.id
                for m in self.now(self.sandbox.operations.tenant_memberships(customer).collect())
            }
            for customer in self.customers
        ]
        return {
            t.external_id: {
                "name": t.name,
                "tier": None if t.tier is None else self.tiers[t.tier.id],
                "customers": {n for n, of in enumerate(memberships) if t.id in of},
            }
            for t in tenants
        }

    def commands(self) -> list[Command]:
        return [self.upsert, self.upsert, self.join, self.leave, self.replace, self.move,
                self.add_to_tier, self.remove_from_tier]  # fmt: skip

    def some(self) -> str:
        return self.rng.choice("abc")

    def upsert(self, after: State) -> tuple[Call, str | None]:
        key, name = self.some(), f"n{self.rng.randrange(3)}"
        after.setdefault(key, {"tier": None, "customers": set()})["name"] = name
        named = {"external_id": key}
        return lambda: self.client.upsert_tenant(identifier=named, name=name, external_id=key), None

    def change(
        self, after: State, call: Callable[..., Any], members: Callable[[State], Any]
    ) -> tuple[Call, str | None]:
        key, who = self.some(), self.rng.randrange(2)
        code = None if key in after else "not_found"
        if code is None:
            members({"after": after, "key": key, "who": who})
        customer = {"customer_id": self.customers[who]}
        return lambda: call(
            customer_identifier=customer, tenant_identifiers=[{"external_id": key}]
        ), code

    def join(self, after: State) -> tuple[Call, str | None]:
        def joined(it: State) -> None:
            it["after"][it["key"]]["customers"].add(it["who"])

        return self.change(after, self.client.add_customer_to_tenants, joined)

    def leave(self, after: State) -> tuple[Call, str | None]:
        def left(it: State) -> None:
            it["after"][it["key"]]["customers"].discard(it["who"])

        return self.change(after, self.client.remove_customer_from_tenants, left)

    def replace(self, after: State) -> tuple[Call, str | None]:
        def replaced(it: State) -> None:
            for key, tenant in it["after"].items():
                tenant["customers"].discard(it["who"])
                if key == it["key"]:
                    tenant["customers"].add(it["who"])

        return self.change(after, self.client.set_customer_tenants, replaced)

    def move(self, after: State) -> tuple[Call, str | None]:
        key, tier = self.some(), self.rng.choice(("gold", "basic", None))
        code = None if key in after else "not_found"
        if code is None:
            after[key]["tier"] = tier
        identifier = None if tier is None else {"external_id": tier}
        named = {"external_id": key}
        # Taken out of its tier, a tenant has no membership to hand back.
        client = self.client.raw if tier is None and code is None else self.client
        return lambda: client.update_tenant_tier(
            tenant_identifier=named, tier_identifier=identifier
        ), code

    def add_to_tier(self, after: State) -> tuple[Call, str | None]:
        key, tier = self.some(), self.rng.choice(("gold", "basic"))
        code = None if key in after else "not_found"
        if code is None:
            after[key]["tier"] = tier
        member = {"tenant_id": self.ids.get(key, "te_none")}
        return lambda: self.client.add_members_to_tier(
            tier_identifier={"external_id": tier}, member_identifiers=[member]
        ), code

    def remove_from_tier(self, after: State) -> tuple[Call, str | None]:
        key = self.some()
        code = None if key in after else "not_found"
        if code is None:
            after[key]["tier"] = None
        member = {"tenant_id": self.ids.get(key, "te_none")}
        return lambda: self.client.remove_members_from_tier(member_identifiers=[member]), code


class Messages(Machine):
    """What is written on a thread, in its order."""

    _OWN = ("NoteEntry", "ChatEntry", "EmailEntry", "ThreadEventEntry", "CustomerEventEntry")

    def prepare(self) -> None:
        self.customer = self.sandbox.customer("c@x.example").id
        self.thread = self.sandbox.thread(self.customer).id
        self.numbers = 0

    def read(self) -> State:
        operations = self.sandbox.operations
        pages = operations.thread_timeline_entries(self.thread, page_size=100)
        entries = [e.entry for e in self.now(pages.collect())]
        self.emails = [e.email_id for e in entries if e.typename__ == "EmailEntry"]
        return {
            "said": [
                (e.typename__, getattr(e, "text", None) or getattr(e, "text_content", None)
                 or getattr(e, "title", None))
                for e in entries if e.typename__ in self._OWN
            ],
            "status": self.now(operations.thread(self.thread)).status.value,
        }  # fmt: skip

    def commands(self) -> list[Command]:
        return [self.note, self.chat, self.customer_chat, self.email, self.answer, self.reply,
                self.event, self.customer_event, self.finish]  # fmt: skip

    def said(self, after: State, kind: str, *, active: bool = True) -> str:
        self.numbers += 1
        text = f"message {self.numbers}"
        after["said"].append((kind, text))
        if active:
            after["status"] = "TODO"
        return text

    def note(self, after: State) -> tuple[Call, str | None]:
        text = self.said(after, "NoteEntry")
        return lambda: self.client.create_note(
            customer_id=self.customer, text=text, thread_id=self.thread
        ), None

    def chat(self, after: State) -> tuple[Call, str | None]:
        text = self.said(after, "ChatEntry")
        return lambda: self.client.send_chat(
            customer_id=self.customer, text=text, thread_id=self.thread
        ), None

    def customer_chat(self, after: State) -> tuple[Call, str | None]:
        text = self.said(after, "ChatEntry")
        return lambda: self.client.send_customer_chat(
            customer_id=self.customer, thread_id=self.thread, text=text
        ), None

    def email(self, after: State) -> tuple[Call, str | None]:
        text = self.said(after, "EmailEntry")
        return lambda: self.client.send_new_email(
            customer_id=self.customer, subject="About it", text_content=text, thread_id=self.thread
        ), None

    def answer(self, after: State) -> tuple[Call, str | None]:
        if not self.emails:
            return lambda: self.client.reply_to_email(
                in_reply_to_email_id="em_none", text_content="x"
            ), "not_found"
        text = self.said(after, "EmailEntry")
        return lambda: self.client.reply_to_email(
            in_reply_to_email_id=self.emails[0], text_content=text
        ), None

    def reply(self, after: State) -> tuple[Call, str | None]:
        # The channel of the last message that can be answered, or an email.
        sent = [kind for kind, _ in after["said"] if kind in ("ChatEntry", "EmailEntry")]
        text = self.said(after, sent[-1] if sent else "EmailEntry")
        return lambda: self.client.reply_to_thread(thread_id=self.thread, text_content=text), None

    def event(self, after: State) -> tuple[Call, str | None]:
        title = self.said(after, "ThreadEventEntry")
        told: Any = [{"component_text": {"text": "x"}}]
        return lambda: self.client.create_thread_event(
            thread_id=self.thread, title=title, components=told, external_id=title
        ), None

    def customer_event(self, after: State) -> tuple[Call, str | None]:
        title = self.said(after, "CustomerEventEntry", active=False)
        told: Any = [{"component_text": {"text": "x"}}]
        who = {"customer_id": self.customer}
        return lambda: self.client.create_customer_event(
            customer_identifier=who, title=title, components=told, external_id=title
        ), None

    def finish(self, after: State) -> tuple[Call, str | None]:
        after["status"] = "DONE"
        return lambda: self.client.mark_thread_as_done(self.thread), None

    async def check(self) -> None:
        # By pages, forward and backward, it is the same timeline.
        pages = self.client.thread_timeline_entries
        forward = [e.id for e in await pages(self.thread, page_size=3).collect()]
        backward = [e.id for e in await pages(self.thread, page_size=2, backward=True).collect()]
        assert forward == backward[::-1]
        messages = await pages(self.thread, filters={"is_message": True}, page_size=100).collect()
        said = [kind for kind, _ in self.state["said"] if kind in ("ChatEntry", "EmailEntry")]
        assert [e.entry.typename__ for e in messages] == said


async def run(kind: type[Machine], seed: int, steps: int, *, faulty: bool) -> Machine:
    with PlainSandbox(seed=seed, start=1_800_000_000) as sandbox:
        machine = kind(sandbox, random.Random(seed))
        if faulty:
            sandbox.faults.add(*FAULTS)
        with sandbox.instant_retries(machine.client):
            for _ in range(steps):
                await machine.step(faulty=faulty)
            sandbox.faults.clear()
            await machine.check()
    return machine


MACHINES = [Threads, Organisations, Messages]


@pytest.mark.parametrize("kind", MACHINES)
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_without_faults_it_is_the_model(kind: type[Machine], seed: int) -> None:
    """Every call does what the model does, and is refused with the code that it tells."""
    machine = asyncio.run(run(kind, seed, 30, faulty=False))
    assert (machine.done, machine.lost) == (30, 0)


@pytest.mark.parametrize("kind", MACHINES)
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_with_one_fault_in_ten_there_is_no_third_state(kind: type[Machine], seed: int) -> None:
    """What was lost was done or was not; nothing is done twice, or by half."""
    machine = asyncio.run(run(kind, seed, 30, faulty=True))
    assert machine.done > machine.lost


@pytest.mark.survey
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", MACHINES)
@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_for_long(kind: type[Machine], seed: int) -> None:
    """Three hundred calls each, with faults."""
    asyncio.run(run(kind, seed, 300, faulty=True))
