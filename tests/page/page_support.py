"""A sandbox with something to look at."""

from typing import Any

from plain_sdk import components as c
from plain_sdk.testing import PlainSandbox

HOSTILE = "<script>document.title='x'</script>\"'><img src=x onerror=document.title='x'>&amp;"
"""A name that tries to be more than a name."""


def filled(sandbox: PlainSandbox) -> tuple[str, str]:
    """A customer and a thread with hostile names and one entry of each kind; their ids."""
    do, run = sandbox.operations, sandbox.run
    customer = sandbox.customer(
        "ada@example.com",
        full_name=HOSTILE,
        short_name=HOSTILE,
        external_id=HOSTILE,
        groups=["vip"],
        tenants=["acme"],
    )
    shown = [
        c.text(f"**Hello** {HOSTILE}"),
        c.row([c.plain_text(HOSTILE)], [c.badge(HOSTILE, color="GREEN")]),
        c.container([c.copy_button(HOSTILE), c.divider(), c.spacer("S")]),
        c.link_button(HOSTILE, "https://example.com/"),
        c.date_time("2026-05-11T10:00:00Z"),
    ]
    label = run(do.create_label_type(name=HOSTILE))
    thread = sandbox.thread(customer, title=HOSTILE, components=shown, label_type_ids=[label.id])
    ids: Any = {"customer_id": customer.id, "thread_id": thread.id}
    run(do.send_customer_chat(**ids, text=HOSTILE))
    run(do.send_chat(**ids, text="We are looking."))
    run(do.create_note(**ids, text=HOSTILE))
    run(do.send_new_email(**ids, subject=HOSTILE, text_content=HOSTILE))
    event = [c.text(HOSTILE), c.row([c.text("Status")], [c.badge("Done")])]
    run(do.create_thread_event(thread_id=thread.id, title=HOSTILE, components=event))
    run(
        do.create_customer_event(
            customer_identifier={"customer_id": customer.id}, title=HOSTILE, components=event
        )
    )
    run(do.change_thread_priority(thread_id=thread.id, priority=0))
    run(do.snooze_thread(thread_id=thread.id, duration_seconds=60))
    return customer.id, thread.id
