"""Personal data out of JSON, each value for a name of its own, so that what was equal stays so."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

BLANK: Final = "•"

_EMAIL: Final = re.compile(r"[^\s@<>\"']+@[^\s@<>\"',;]+\.[^\s@<>\"',;.]+")
_KEY: Final = re.compile(r"plainApiKey_\w+")
_NAMES: Final = frozenset({
    "fullName", "shortName", "publicName", "realName", "userName", "username", "firstName",
    "lastName", "displayName", "customerName",
})  # fmt: skip
_EMAILS: Final = frozenset({"email", "emailAddress"})
_TEXTS: Final = frozenset({
    "text", "textContent", "markdown", "markdownContent", "plainText", "title", "description",
    "previewText", "subject", "fileName", "externalId", "avatarUrl", "stringValue", "phone",
    "badgeLabel", "linkButtonLabel", "linkButtonUrl", "copyButtonValue", "content",
    "caseInsensitiveContains", "term", "downloadUrl", "uploadFormUrl", "uploadFormData",
})  # fmt: skip
_SECRETS: Final = re.compile(r"(?i)secret|hmac|token|password|apikey|authorization|headers")


class Masks:
    """Masks JSON; the same value gets the same mask.

    Args:
        personal: Names of members to mask besides those that are known.
    """

    def __init__(self, personal: frozenset[str] = frozenset()) -> None:
        self._personal = personal
        self._masks: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def masked(self, value: Any, member: str | None = None) -> Any:
        """The value without what tells who it is of."""
        if isinstance(value, Mapping):
            inside = self._below(member)
            members = cast("Mapping[str, Any]", value)
            return {
                name: self.masked(item, self._of(inside, name)) for name, item in members.items()
            }
        if isinstance(value, list):
            return [self.masked(item, member) for item in cast("Sequence[Any]", value)]
        if not isinstance(value, str):
            return value
        kind = self._kind(member)
        if kind is not None and value:
            return self._mask(value, kind)
        return self.text(value)

    def text(self, value: str) -> str:
        """Text that is nobody's as a whole, without the addresses and keys in it."""
        value = _KEY.sub("plainApiKey_…", value)
        return _EMAIL.sub(lambda found: self._mask(found[0], "email"), value)

    def _of(self, inside: str | None, name: str) -> str:
        # What wraps a value, like `{"fullName": {"value": ...}}`, is of the member around it.
        return inside if inside is not None and name == "value" else name

    def _below(self, member: str | None) -> str | None:
        return member if self._kind(member) is not None else None

    def _kind(self, member: str | None) -> str | None:
        if member is None:
            return None
        if _SECRETS.search(member):
            return "secret"
        if member in _EMAILS:
            return "email"
        if member in _NAMES:
            return "name"
        return "text" if member in _TEXTS or member in self._personal else None

    def _mask(self, value: str, kind: str) -> str:
        if kind == "email" and not _EMAIL.fullmatch(value):
            kind = "text"
        if value not in self._masks:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
            self._masks[value] = {
                "email": f"person{number}@example.com",
                "name": f"Person {number}",
                "secret": f"secret-{number}",
                "text": f"text-{number}",
            }[kind]
        return self._masks[value]


class Blanks(Masks):
    """Masks that do not tell values apart: what calls with other people in them have alike."""

    def _mask(self, value: str, kind: str) -> str:
        return BLANK


def unmasked(answer: Any, names: Mapping[str, str]) -> Any:
    """An answer with the caller's own values where it has their masks."""
    if isinstance(answer, Mapping):
        members = cast("Mapping[str, Any]", answer)
        return {name: unmasked(item, names) for name, item in members.items()}
    if isinstance(answer, list):
        return [unmasked(item, names) for item in cast("Sequence[Any]", answer)]
    return names.get(answer, answer) if isinstance(answer, str) else answer


def learn(masked: Any, told: Any, names: dict[str, str]) -> None:
    """Note which mask stands for which of the caller's values, in two JSONs of one shape."""
    if isinstance(masked, Mapping) and isinstance(told, Mapping):
        for name, item in cast("Mapping[str, Any]", masked).items():
            learn(item, cast("Mapping[str, Any]", told).get(name), names)
    elif isinstance(masked, list) and isinstance(told, list):
        pairs = zip(cast("Sequence[Any]", masked), cast("Sequence[Any]", told), strict=False)
        for one, other in pairs:
            learn(one, other, names)
    elif isinstance(masked, str) and isinstance(told, str) and masked != told:
        names[masked] = told
