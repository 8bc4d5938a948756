"""What `upsertCustomer` does not accept of its input, member by member."""

import re
from collections.abc import Mapping
from typing import Any

from .._refusals import BadField

_IDENTIFIERS = ("emailAddress", "customerId", "externalId")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def bad_identifier(identifier: Mapping[str, Any]) -> list[BadField]:
    """What is wrong with the identifier: exactly one member is needed."""
    given = {member: value for member, value in identifier.items() if value is not None}
    if len(given) != 1:
        message = f"Exactly one of {', '.join(_IDENTIFIERS)} is needed."
        return [BadField("identifier", message, "VALIDATION")]
    member, value = next(iter(given.items()))
    path = f"identifier.{member}"
    return _bad_email(path, value) if member == "emailAddress" else _blank(path, value)


def bad_create(create: Mapping[str, Any]) -> list[BadField]:
    """What is wrong with `onCreate`."""
    bad = _blank("onCreate.fullName", create["fullName"])
    bad += _bad_email("onCreate.email.email", create["email"]["email"])
    return bad + _blank("onCreate.externalId", create.get("externalId"))


def bad_update(update: Mapping[str, Any]) -> list[BadField]:
    """What is wrong with `onUpdate`."""
    bad = _blank("onUpdate.fullName.value", (update.get("fullName") or {}).get("value"))
    if update.get("email") is not None:
        bad += _bad_email("onUpdate.email.email", update["email"]["email"])
    return bad + _blank("onUpdate.externalId.value", (update.get("externalId") or {}).get("value"))


def _blank(path: str, value: str | None) -> list[BadField]:
    if value is None or value.strip():
        return []
    return [BadField(path, "Must not be blank.", "REQUIRED")]


def _bad_email(path: str, value: str) -> list[BadField]:
    if blank := _blank(path, value):
        return blank
    if _EMAIL.fullmatch(value):
        return []
    return [BadField(path, "Must be a valid email address.", "VALIDATION")]
