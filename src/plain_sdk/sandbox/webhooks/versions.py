"""The versions of webhooks, and which of them tell of what."""

from typing import Final

from ..domains.webhook_targets import VERSIONS

UNVERSIONED: Final = VERSIONS[0]

_SINCE: Final = {
    "thread.chat_received": "2024-09-18",
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
