"""One attempt to deliver an event: its body, its headers, its signature."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._webhooks.signing import HEADER, sign
from .versions import UNVERSIONED, fitted

_AGENT = "Plain-Webhooks/1.0 (plain.com; help@plain.com)"


@dataclass(frozen=True)
class Event:
    """Something that happened, as it is kept for those who are told of it."""

    id: str
    """Like `pEv_…`: the same in every delivery."""
    type: str
    at: str
    """When it happened, as ISO 8601."""
    workspace_id: str
    payload: Mapping[str, Any]
    """Without `eventType`."""

    @property
    def content(self) -> dict[str, Any]:
        """The body, but for what tells of the delivery."""
        return {
            "timestamp": self.at,
            "workspaceId": self.workspace_id,
            "payload": {"eventType": self.type, **self.payload},
            "id": self.id,
            "type": self.type,
        }


@dataclass(frozen=True)
class Envelope:
    """What is posted."""

    body: bytes
    headers: Mapping[str, str]


def envelope(
    event: Event,
    *,
    target_id: str,
    version: str,
    attempt_id: str,
    number: int,
    at: str,
    secret: str | None,
) -> Envelope:
    """An attempt to deliver an event; without a secret there is no signature."""
    metadata: dict[str, Any] = {
        "webhookTargetId": target_id,
        "webhookTargetVersion": version,
        "webhookDeliveryAttemptId": attempt_id,
        "webhookDeliveryAttemptNumber": number,
        "webhookDeliveryAttemptTimestamp": at,
    }
    if version == UNVERSIONED:
        # As its schema has it.
        del metadata["webhookTargetVersion"]
    content = {**event.content, "webhookMetadata": metadata}
    content["payload"] = fitted(version, content["payload"])
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
        "Plain-Workspace-Id": event.workspace_id,
        "Plain-Webhook-Target-Id": target_id,
        "Plain-Webhook-Target-Version": version,
        "Plain-Webhook-Delivery-Attempt-Id": attempt_id,
        "Plain-Webhook-Delivery-Attempt-Number": str(number),
        "Plain-Webhook-Delivery-Attempt-Timestamp": at,
        "Plain-Event-Type": event.type,
        "Plain-Event-Id": event.id,
    }
    if secret is not None:
        headers[HEADER] = sign(body, secret)
    return Envelope(body, headers)
