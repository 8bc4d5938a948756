"""An upsert as somebody would paste it, and the customer that it makes: the API's own JSON."""

from typing import Any

EXAMPLE: dict[str, Any] = {
    "identifier": {"emailAddress": "minnie@example.org"},
    "onCreate": {
        "fullName": "Minnie Mouse",
        "shortName": "Minnie",
        "email": {"email": "minnie@example.org", "isVerified": True},
        "externalId": "m_7",
        "customerGroupIdentifiers": [{"customerGroupKey": "enterprise"}],
    },
    "onUpdate": {
        "fullName": {"value": "Minnie Mouse"},
        "shortName": {"value": "Minnie"},
        "email": {"email": "minnie@example.org", "isVerified": True},
        "externalId": {"value": "m_7"},
    },
}

MADE: dict[str, Any] = {
    "__typename": "Customer",
    "fullName": "Minnie Mouse",
    "shortName": "Minnie",
    "externalId": "m_7",
    "assignedToUser": None,
    "assignedAt": None,
    "markedAsSpamAt": None,
    "isAnonymous": False,
}
"""What is known beforehand of the customer."""

OTHERS: set[str] = {
    "id", "email", "avatarUrl", "createdAt", "createdBy", "updatedAt", "updatedBy",
    "markedAsSpamBy", "company",
}  # fmt: skip
"""The customer's other fields."""
