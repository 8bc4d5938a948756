"""What the sandbox tells of its changes: the webhooks' own shapes, once they are committed."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from plain_webhooks import PAYLOADS

from plain_sdk import PlainMutationError
from plain_sdk.sandbox._events import Change
from plain_sdk.testing import PlainSandbox


@dataclass
class Listener:
    """Takes note of all changes, each checked by the webhook's model."""

    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def wants(self, event_type: str) -> bool:
        return True

    def changed(self, change: Change) -> None:
        body = json.loads(json.dumps({"eventType": change.type, **change.payload}))
        # Strict about what is there: every member that the model promises.
        PAYLOADS[change.type].model_validate(body)
        self.told.append((change.type, body))

    @property
    def types(self) -> list[str]:
        found = [type_ for type_, _ in self.told if type_ != "timeline.timeline_entry_changed"]
        self.told.clear()
        return found


async def test_every_change_is_told_in_the_webhooks_shape() -> None:
    """With the thread, customer or group as it was before, where the webhook has it."""
    listener = Listener()
    with PlainSandbox(tenants=["acme"], groups=["vip"]) as sandbox:
        sandbox.app.events.listen(listener)
        plain: Any = sandbox.client()
        customer = sandbox.customer("a@b.example", groups=["vip"]).id
        assert listener.types == ["customer.customer_created", "customer.customer_changed"]
        bug = await plain.create_label_type(name="Bug")
        thread = (
            await plain.create_thread(customer_identifier={"customer_id": customer}, title="t")
        ).id
        assert listener.types == ["thread.thread_created"]
        (label,) = await plain.add_labels(label_type_ids=[bug.id], thread_id=thread)
        assert listener.told[-1][1]["previousThread"]["labels"] == []
        assert listener.told[-1][1]["thread"]["labels"][0]["labelType"]["name"] == "Bug"
        await plain.remove_labels(label_ids=[label.id])
        assert listener.types == ["thread.thread_labels_changed"] * 2
        user = (await plain.users().collect())[0]
        await plain.assign_thread(thread_id=thread, user_id=user.id)
        assert listener.told[-1][1]["thread"]["assignee"]["email"] == user.email
        await plain.change_thread_priority(thread_id=thread, priority=0)
        await plain.snooze_thread(thread_id=thread, duration_seconds=60)
        detail = listener.told[-1][1]["thread"]["statusDetail"]
        assert detail["type"] == "WAITING_FOR_DURATION"
        assert detail["durationSeconds"] == 60
        await plain.update_thread_tenant(
            thread_id=thread, tenant_identifier={"external_id": "acme"}
        )
        assert listener.types == [
            "thread.thread_assignment_transitioned", "thread.thread_priority_changed",
            "thread.thread_status_transitioned", "thread.thread_tenant_updated",
        ]  # fmt: skip
        on = {"customer_id": customer, "thread_id": thread}
        await plain.create_note(text="n", **on)
        await plain.send_customer_chat(text="in", **on)
        await plain.send_chat(text="out", **on)
        await plain.send_new_email(subject="s", text_content="e", **on)
        assert listener.types == [
            "thread.thread_status_transitioned", "thread.note_created",
            "thread.thread_status_transitioned", "thread.chat_received",
            "thread.chat_sent", "thread.email_sent",
        ]  # fmt: skip
        await plain.mark_customer_as_spam(customer)
        await plain.remove_customer_from_customer_groups(
            customer_id=customer, customer_group_identifiers=[{"customer_group_key": "vip"}]
        )
        await plain.delete_customer(customer)
        assert listener.types == [
            "customer.customer_updated", "customer.customer_changed",
            "customer.customer_group_memberships_changed", "customer.customer_deleted",
        ]  # fmt: skip


async def test_what_is_refused_is_not_told() -> None:
    """Neither a refusal, nor what was done before it in the same transaction."""
    listener = Listener()
    with PlainSandbox() as sandbox:
        plain: Any = sandbox.client()
        thread = sandbox.thread().id
        sandbox.app.events.listen(listener)
        with pytest.raises(PlainMutationError):
            await plain.add_labels(label_type_ids=["lt_none"], thread_id=thread)
        assert listener.told == []


async def test_a_snooze_ends_by_the_clock() -> None:
    """With the next request, or when the clock is looked at; Plain itself did it."""
    listener = Listener()
    with PlainSandbox(start=1_800_000_000) as sandbox:
        plain: Any = sandbox.client()
        thread = sandbox.thread().id
        await plain.snooze_thread(thread_id=thread, duration_seconds=60)
        sandbox.app.events.listen(listener)
        sandbox.clock.advance(59)
        sandbox.app.tick()
        assert listener.types == []
        sandbox.clock.advance(1)
        sandbox.app.tick()
        assert listener.told[-1][1]["thread"]["statusChangedBy"]["actorType"] == "system"
        assert listener.types == ["thread.thread_status_transitioned"]
        woken = await plain.thread(thread)
        assert woken is not None
        assert woken.status == "TODO"
