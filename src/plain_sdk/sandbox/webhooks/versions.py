"""The versions of webhooks: which of them tell of what, and in which shape."""

from collections.abc import Mapping
from typing import Any, Final, cast

from ..domains.webhook_targets import VERSIONS

UNVERSIONED: Final = VERSIONS[0]

_SINCE: Final = {
    "thread.chat_received": "2024-09-18",
    "thread.note_created": "2024-09-18",
    "thread.slack_message_updated": "2024-09-18",
    "thread.discord_message_received": "2024-09-18",
    "thread.discord_message_sent": "2024-09-18",
    "thread.discord_message_updated": "2024-09-18",
    "thread.thread_tenant_updated": "2026-04-21",
    "thread.note_mention_created": "2026-07-14",
    "discussion.message_created": "2026-08-19",
    "discussion.discussion_created": "2026-08-31",
    "discussion.tool_call_approval_requested": "2026-09-06",
    "discussion.tool_call_approval_resolved": "2026-09-06",
    "task.task_created": "2026-09-11",
    "task.task_updated": "2026-09-11",
    "task.task_status_transitioned": "2026-09-11",
    "task.task_deleted": "2026-09-11",
}


def tells(version: str, event_type: str) -> bool:
    """Whether a target that is pinned to the version hears of events of this type: of those
    that came later it is told nothing, without a word."""
    since = _SINCE.get(event_type)
    return since is None or VERSIONS.index(version) >= VERSIONS.index(since)


def can_tell(version: str, payload: Mapping[str, Any]) -> bool:
    """Whether a version has words for what happened: before there were versions, an entry of the
    timeline was one of those that they knew."""
    entry = payload.get("timelineEntry") or payload.get("previousTimelineEntry") or {}
    return version != UNVERSIONED or entry.get("entry", {}).get("entryType") != "UNKNOWN"


_THREADS: Final = frozenset({"thread", "previousThread"})
_LABEL_TYPES: Final = frozenset({"labelType"})
_FIELDS: Final = frozenset({"threadField", "previousThreadField", "threadFields"})
_MEMBERS: Final = {
    "additionalAssignees": (_THREADS, "2025-08-06"),
    "externalId": (_LABEL_TYPES, "2025-08-06"),
    "isExcludedFromAi": (_LABEL_TYPES, "2025-08-06"),
    "numberValue": (_FIELDS, "2026-02-11"),
    "dateValue": (_FIELDS, "2026-02-11"),
}
"""Members that came with a version: within what, and since when."""

_FIRST_DETAILS: Final = frozenset({"CREATED", "SNOOZED", "UNSNOOZED"})
"""The details of a thread's status that were told before there were versions."""


def fitted(version: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload as a target of this version gets it: without what came later."""
    shown: dict[str, Any] = _fitted(VERSIONS.index(version), "", payload)
    return shown


def _fitted(age: int, within: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_fitted(age, within, item) for item in cast("tuple[Any, ...]", value)]
    if not isinstance(value, Mapping):
        return value
    members = cast("Mapping[str, Any]", value)
    if within == "statusDetail" and age == 0 and members["type"] not in _FIRST_DETAILS:
        return None
    return {
        name: _fitted(age, name, item)
        for name, item in members.items()
        if not _is_later(age, within, name)
    }


def _is_later(age: int, within: str, name: str) -> bool:
    parents, since = _MEMBERS.get(name, (frozenset[str](), VERSIONS[0]))
    return within in parents and age < VERSIONS.index(since)
