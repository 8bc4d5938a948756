"""What the sandbox carries out, part by part of the API."""

from .._domain import Domain
from . import companies, customers, groups, memberships, tenants, tiers, users, workspace

DOMAINS: tuple[Domain, ...] = (
    workspace.DOMAIN,
    users.DOMAIN,
    customers.DOMAIN,
    groups.DOMAIN,
    tenants.DOMAIN,
    memberships.DOMAIN,
    companies.DOMAIN,
    tiers.DOMAIN,
)
