"""Which permission a key needs to see an object of a type.

Permissions also apply to what a request selects, not only to its root field. The names are the
documented ones where there are any; the others follow the rule that these show: the type's name,
then `:read`.
"""

from collections.abc import Iterable

_NAMED = {
    "Attachment": "attachment:download",
    "CompanyTierMembership": "tierMembership:read",
    "CustomerCardInstanceError": "customerCardInstance:read",
    "CustomerCardInstanceLoaded": "customerCardInstance:read",
    "CustomerCardInstanceLoading": "customerCardInstance:read",
    "CustomRole": "roles:read",
    "FirstResponseTimeServiceLevelAgreement": "serviceLevelAgreement:read",
    "KnowledgeSourceSitemap": "knowledgeSource:read",
    "KnowledgeSourceUrl": "knowledgeSource:read",
    "NextResponseTimeServiceLevelAgreement": "serviceLevelAgreement:read",
    "Role": "roles:read",
    "TenantTierMembership": "tierMembership:read",
    "TimelineEntry": "timeline:read",
}
"""Types whose permission is not called as they are."""

_LIKE_THE_TYPE = frozenset((
    "ApiKey", "Autoresponder", "Chat", "ChatApp", "Company", "Customer", "CustomerCardConfig",
    "CustomerEvent", "CustomerGroup", "CustomerGroupMembership", "CustomerSurvey",
    "CustomerTenantMembership", "Email", "EscalationPath", "GeneratedReply", "HelpCenter",
    "HelpCenterArticle", "HelpCenterArticleGroup", "IndexedDocument", "KnowledgeGap",
    "KnowledgeSource", "Label", "LabelType", "MachineUser", "Note", "SavedThreadsView",
    "ServiceLevelAgreement", "Snippet", "Task", "Tenant", "TenantField", "TenantFieldSchema",
    "Thread", "ThreadDiscussion", "ThreadDiscussionMessage", "ThreadEvent", "ThreadField",
    "ThreadFieldSchema", "Tier", "TierMembership", "User", "WebhookDeliveryAttempt",
    "WebhookTarget", "Workflow", "WorkflowExecution", "WorkflowRule", "Workspace",
    "WorkspaceInvite",
))  # fmt: skip

_CHANGES = ("create", "edit", "delete")

_FURTHER = (
    "attachment:create",
    "customer:impersonate",
    "customerCardConfigApiDetails:edit",
    "customerCardConfigApiDetails:read",
    "tenant:search",
    "thread:assign",
    "thread:reply",
    "thread:unassign",
    "threadField:update",
)
"""Documented permissions that are neither to read nor to change a type's objects."""


def read_permission(type_name: str) -> str | None:
    """The permission to see objects of a type; None for plain values and for what wraps others.

    The documented name, or by the rule `ThreadField` -> `threadField:read`.
    """
    if type_name in _NAMED:
        return _NAMED[type_name]
    if type_name in _LIKE_THE_TYPE:
        return f"{type_name[0].lower()}{type_name[1:]}:read"
    return None


def every_permission(type_names: Iterable[str]) -> list[str]:
    """What a key may do that may do everything, with these types; sorted."""
    reading = {name for name in map(read_permission, type_names) if name is not None}
    resources = {name.partition(":")[0] for name in reading}
    changing = {f"{resource}:{change}" for resource in resources for change in _CHANGES}
    return sorted(reading | changing | set(_FURTHER))
