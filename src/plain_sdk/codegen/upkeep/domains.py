"""Which folder an operation belongs to, by the words of its name."""

import re
from typing import Final

OTHER: Final = "other"
"""The folder of what no rule knows; where that is, is a maintainer's to decide."""

_RULES: Final = tuple(
    (re.compile(pattern), folder)
    for folder, pattern in (
        ("webhooks", r"(?i)webhook|subscriptionEvent|publicEvent"),
        ("threads", r"^(change|update)Thread(Customer|Tenant)$"),
        ("timeline", r"(?i)timelineEntr"),
        ("imports", r"^import(Ten|Cus)|Import(er|Job|Sync)|^import[A-Z]\w*s$|^importer|^importJob"),
        ("thread_fields", r"(?i)threadField"),
        ("tenant_fields", r"(?i)tenantField"),
        ("customer_cards", r"(?i)customerCard"),
        ("surveys", r"(?i)survey"),
        ("knowledge", r"(?i)knowledge|indexedDoc"),
        ("help_centers", r"(?i)helpCenter"),
        ("billing", r"(?i)billing|hyperline|RoleChangeCost"),
        ("roles", r"(?i)roles?([A-Z]|$)"),
        ("integrations", r"(?i)integration|installationInfo|serviceAuth|sidekick|cursorRepo"
                         r"|issueTracker|(slack|teams|discord)\w*Channel|slackUser|ThreadChannelAssoc"),
        ("discussions", r"(?i)discussion|agentApproval"),
        ("messages", r"(?i)(send|toggle)\w*(message|email|chat$)|^reply|note$|chat$|SlackPermalink"
                     r"|shareThreadTo|EmailPreview|^sendBulk"),
        ("workflows", r"(?i)workflow|autoresponder"),
        ("chat_apps", r"(?i)chatApp|EmbedToken"),
        ("ai", r"^ai[A-Z]|[a-z]Ai[A-Z]|[gG]eneratedRepl"),
        ("business_hours", r"(?i)businessHours|WorkingHours|serviceLevel"),
        ("escalations", r"(?i)escalat"),
        ("metrics", r"(?i)metric"),
        ("tasks", r"(?i)tasks?([A-Z]|$)"),
        ("snippets", r"(?i)snippet"),
        ("labels", r"(?i)labelTypes?|^(add|remove)Labels"),
        ("events", r"(?i)create(customer|thread)Event"),
        ("attachments", r"(?i)attachment|workspaceFile"),
        ("tiers", r"(?i)tiers?([A-Z]|$)"),
        ("groups", r"(?i)customerGroups?($|[A-LN-Z])|customerGroup$"),
        ("companies", r"(?i)compan(y|ies)"),
        ("tenants", r"(?i)tenants?($|[A-LN-Z])"),
        ("customers", r"(?i)customer|tenantMembership"),
        ("threads", r"(?i)thread|assignee"),
        ("users", r"(?i)user|apiKey|favorite|EmailSignature|notification"),
        ("workspace", r"(?i)workspace|permission|setting|workOS"),
    )
)  # fmt: skip
"""The first that matches decides."""


def domain(name: str) -> str:
    """The folder of the operation on a root field; `OTHER` where the name tells none."""
    return next((folder for pattern, folder in _RULES if pattern.search(name)), OTHER)
