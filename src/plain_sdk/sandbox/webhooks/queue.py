"""What is still to be delivered, and what came of it: in the sandbox's database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from ..._webhooks.background import delay_after
from .._events import Change
from .._ids import IdFactory, iso
from .._store import Row, Store, Table
from .envelope import Event
from .versions import tells

TABLE = Table(
    "webhook_deliveries",
    {
        "id": "INTEGER PRIMARY KEY",
        "event_id": "TEXT NOT NULL REFERENCES public_events (id) ON DELETE CASCADE",
        "target_id": "TEXT NOT NULL REFERENCES webhook_targets (id) ON DELETE CASCADE",
        "attempts": "INTEGER NOT NULL DEFAULT 0",
        "due": "REAL NOT NULL",
    },
    indexes=("due",),
)

_LEASE = 60.0
"""Seconds that a delivery is somebody's who is at it."""


@dataclass(frozen=True)
class Delivery:
    """An attempt that is due."""

    id: int
    number: int
    event: Event
    target_id: str
    url: str
    version: str


class Queue:
    """Deliveries by when they are due."""

    def __init__(self, store: Store, ids: IdFactory, workspace_id: str) -> None:
        self._store = store
        self._ids = ids
        self._workspace_id = workspace_id

    def wanted(self) -> dict[str, list[tuple[str, str]]]:
        """The targets that are told of an event, by its type, each with its version."""
        wanted: dict[str, list[tuple[str, str]]] = {}
        for row in self._store.rows("SELECT * FROM webhook_targets WHERE enabled ORDER BY id"):
            for event_type in json.loads(row["event_types"]):
                if tells(row["version"], event_type):
                    wanted.setdefault(event_type, []).append((row["id"], row["version"]))
        return wanted

    def add(self, change: Change, target_ids: list[str], now: float) -> Event:
        """Keep an event, to be delivered to these targets at once."""
        event_id = self._ids.new("pEv")
        event = Event(event_id, change.type, change.at, self._workspace_id, change.payload)
        body = json.dumps(event.content)
        with self._store.transaction():
            self._store.insert(
                "public_events",
                {"id": event_id, "type": change.type, "at": change.at, "body": body},
            )
            for target_id in target_ids:
                delivery = {"event_id": event_id, "target_id": target_id, "due": now}
                self._store.insert("webhook_deliveries", delivery)
        return event

    def next_due(self) -> float | None:
        """When the next attempt is due; None while nothing waits."""
        row = self._store.row("SELECT min(due) FROM webhook_deliveries")
        return None if row is None else row[0]

    def take(self, now: float) -> list[Delivery]:
        """The attempts that are due, now the caller's."""
        with self._store.transaction():
            rows = self._store.rows(
                "SELECT d.id, d.attempts, d.target_id, t.url, t.version, e.id AS event_id, "
                "e.type, e.at, e.body FROM webhook_deliveries d "
                "JOIN public_events e ON e.id = d.event_id "
                "JOIN webhook_targets t ON t.id = d.target_id "
                "WHERE d.due <= ? ORDER BY d.due, d.id",
                [now],
            )
            self._store.write(
                "UPDATE webhook_deliveries SET due = ? WHERE due <= ?", [now + _LEASE, now]
            )
        return [*self._deliveries(rows)]

    def _deliveries(self, rows: list[Row]) -> Iterator[Delivery]:
        for row in rows:
            payload = json.loads(row["body"])["payload"]
            event = Event(row["event_id"], row["type"], row["at"], self._workspace_id, payload)
            yield Delivery(
                row["id"], row["attempts"] + 1, event, row["target_id"], row["url"], row["version"]
            )

    def done(self, delivery: Delivery, *, succeeded: bool, began: float) -> None:
        """An attempt is over: forget the delivery, or put it back for its next attempt."""
        delay = None if succeeded else delay_after(delivery.number)
        if delay is None:
            self._store.write("DELETE FROM webhook_deliveries WHERE id = ?", [delivery.id])
        else:
            self._store.write(
                "UPDATE webhook_deliveries SET attempts = ?, due = ? WHERE id = ?",
                [delivery.number, began + delay, delivery.id],
            )

    def note(
        self,
        attempt_id: str,
        delivery: Delivery,
        body: bytes,
        *,
        began: float,
        seconds: float,
        status: int | None,
        error: str | None,
        message: str | None,
    ) -> None:
        """Keep what came of an attempt, unless its target is gone meanwhile."""
        if self._store.by("webhook_targets", "id", delivery.target_id) is None:
            return
        # What Plain gives for an event is what was sent last.
        sent = [body.decode(), delivery.event.id]
        self._store.write("UPDATE public_events SET body = ? WHERE id = ?", sent)
        came = "ERROR"
        if status is not None:
            came = "SUCCESSFUL_RESPONSE" if 200 <= status < 300 else "FAILED_RESPONSE"
        self._store.insert(
            "webhook_attempts",
            {
                "id": attempt_id,
                "target_id": delivery.target_id,
                "event_id": delivery.event.id,
                "event_type": delivery.event.type,
                "at": iso(began),
                "milliseconds": round(seconds * 1000),
                "result_status": came,
                "http_status": status,
                "error_code": error,
                "message": message,
            },
        )
