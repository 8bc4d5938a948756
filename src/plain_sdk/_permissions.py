"""Permissions by what is read and done: a table of what Plain documents, else its naming rule.

A permission is called `resource:action`, like `customer:read`. Plain asks for the permissions of
what an operation selects as well as for the operation's own.
"""

import re
from typing import Final

_READING: Final = {
    # Plain's documentation asks for these where emails, tiers' members and entries are selected.
    "Attachment": "attachment:download",
    "CompanyTierMembership": "tierMembership:read",
    "TenantTierMembership": "tierMembership:read",
    "CustomerGroupMembership": "customerGroupMembership:read",
    "CustomerTenantMembership": "customerTenantMembership:read",
    "TimelineEntry": "timeline:read",
    "WebhookDeliveryAttempt": "webhookTarget:read",
    "Role": "roles:read",
    "CustomRole": "roles:read",
    # Parts of a thread and of an escalation path, which have ids but no look-up of their own.
    "ChildThreadDetails": "thread:read",
    "ThreadCatchupSuggestedCustomerAction": "thread:read",
    "ThreadCatchupSuggestedInternalAction": "thread:read",
    "EscalationPathStepLabelType": "escalationPath:read",
    "EscalationPathStepUser": "escalationPath:read",
    # The members of an interface are what the interface is.
    "CustomerCardInstanceError": "customerCardInstance:read",
    "CustomerCardInstanceLoaded": "customerCardInstance:read",
    "CustomerCardInstanceLoading": "customerCardInstance:read",
    "FirstResponseTimeServiceLevelAgreement": "serviceLevelAgreement:read",
    "NextResponseTimeServiceLevelAgreement": "serviceLevelAgreement:read",
    "KnowledgeSourceSitemap": "knowledgeSource:read",
    "KnowledgeSourceUrl": "knowledgeSource:read",
}
"""Types that need another permission to be read than their name tells."""

_LINK: Final = re.compile(r"\w*ThreadLink")
_NOBODYS: Final = frozenset({"System"})
"""Types with an id that belong to no resource."""

DOCUMENTED: Final = frozenset(
    f"{resource}:{action}"
    for resource, actions in {
        "attachment": "create download",
        "company": "read",
        "customer": "create delete edit impersonate read",
        "customerCardConfigApiDetails": "edit read",
        "customerEvent": "create",
        "customerGroup": "read",
        "customerGroupMembership": "read",
        "customerTenantMembership": "create delete read",
        "email": "create read",
        "label": "create delete read",
        "labelType": "read",
        "note": "read",
        "roles": "read",
        "serviceLevelAgreement": "read",
        "tenant": "create read search",
        "thread": "assign create edit read reply unassign",
        "threadEvent": "create read",
        "threadField": "create delete read update",
        "threadFieldSchema": "read",
        "tier": "read",
        "tierMembership": "create delete read",
        "timeline": "read",
        "user": "read",
        "webhookTarget": "create delete edit read",
        "workspace": "read",
    }.items()
    for action in actions.split()
)
"""Permissions that Plain's documentation names."""

_ACTIONS: Final = {
    "archive": ("edit",),
    "create": ("create",),
    "delete": ("delete",),
    "reorder": ("edit",),
    "send": ("create",),
    "unarchive": ("edit",),
    "update": ("edit",),
    "upsert": ("create", "edit"),
}
"""What a mutation does to the resource that it names, by its first word."""


def read_permission(type_name: str, *, has_id: bool = True) -> str | None:
    """The permission to read objects of a type; None where none is asked for.

    A type with an id is a resource of its own: unless the table knows better, its permission
    is called after it. Types without one are parts of something else.
    """
    if permission := _READING.get(type_name):
        return permission
    if not has_id or type_name in _NOBODYS:
        return None
    if _LINK.fullmatch(type_name):
        return "threadLink:read"
    return f"{resource(type_name)}:read"


def done_permissions(mutation: str, resources: frozenset[str]) -> tuple[str, ...]:
    """The permissions that a mutation's name tells, like `note:create` of `createNote`.

    Args:
        mutation: The name of the root field.
        resources: The names of types with an id. Nothing is told of a mutation that names none.
    """
    verb, *words = re.findall(r"^[a-z]+|[A-Z][^A-Z]*", mutation) or [""]
    # `sendNewEmail`, `sendCustomerChat`: the last word is what is made.
    named = words[-1] if verb == "send" and words else "".join(words)
    for name in (named, named.removesuffix("s")):
        if name in resources:
            return tuple(f"{resource(name)}:{action}" for action in _ACTIONS.get(verb, ()))
    return ()


def is_documented(permission: str) -> bool:
    """Whether Plain's documentation names the permission anywhere."""
    return permission in DOCUMENTED


def resource(type_name: str) -> str:
    """What permissions call a type: `customerGroup` of `CustomerGroup`, `msTeamsMessage` of
    `MSTeamsMessage`."""
    head = re.match(r"[A-Z]+(?![a-z])|[A-Z]", type_name)
    first = head[0] if head else ""
    return first.lower() + type_name[len(first) :]
