"""What the sandbox carries out, part by part of the API."""

from .._domain import Domain
from . import (
    attachments,
    companies,
    customer_events,
    customers,
    field_schemas,
    groups,
    help_centers,
    knowledge,
    label_types,
    memberships,
    snippets,
    tenants,
    tiers,
    timeline,
    users,
    webhook_targets,
    workspace,
)
from .cards import configs, instances
from .messages import chats, emails, notes, replies, thread_events
from .threads import assignment, create, details, fields, labelling, lookups, status

DOMAINS: tuple[Domain, ...] = (
    workspace.DOMAIN,
    users.DOMAIN,
    customers.DOMAIN,
    groups.DOMAIN,
    tenants.DOMAIN,
    memberships.DOMAIN,
    companies.DOMAIN,
    tiers.DOMAIN,
    attachments.DOMAIN,
    label_types.DOMAIN,
    field_schemas.DOMAIN,
    lookups.DOMAIN,
    labelling.DOMAIN,
    fields.DOMAIN,
    create.DOMAIN,
    assignment.DOMAIN,
    status.DOMAIN,
    details.DOMAIN,
    timeline.DOMAIN,
    customer_events.DOMAIN,
    thread_events.DOMAIN,
    notes.DOMAIN,
    chats.DOMAIN,
    emails.DOMAIN,
    replies.DOMAIN,
    snippets.DOMAIN,
    webhook_targets.DOMAIN,
    configs.DOMAIN,
    instances.DOMAIN,
    help_centers.DOMAIN,
    knowledge.DOMAIN,
)
