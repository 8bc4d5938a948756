"""Targets that the sandbox makes itself, for the command and for tests."""

from collections.abc import Sequence

from plain_webhooks import PAYLOADS

from .._context import Context
from .._refusals import MutationRefused
from ..domains.webhook_targets import create_webhook_target


def webhook_target(
    context: Context, url: str, event_types: Sequence[str], version: str | None
) -> str:
    """The id of the target with this address, made unless it is there; ValueError when it cannot
    be made."""
    found = context.store.by("webhook_targets", "url", url)
    if found is not None:
        return str(found["id"])
    wanted = [{"eventType": name} for name in event_types or PAYLOADS]
    target = {
        "url": url,
        "eventSubscriptions": wanted,
        "isEnabled": True,
        "description": "Made by the sandbox.",
        "version": version,
    }
    try:
        made = create_webhook_target(context, target)
    except MutationRefused as refusal:
        told = [f"{bad.field}: {bad.message}" for bad in refusal.fields] or [refusal.message]
        raise ValueError(f"{url}: {'; '.join(told)}") from None
    return str(made["webhookTarget"]["id"])
