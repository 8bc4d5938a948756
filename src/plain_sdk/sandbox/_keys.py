"""API keys and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass

from ._ids import stable_id


@dataclass(frozen=True)
class ApiKey:
    """A key of the sandbox."""

    key: str
    permissions: frozenset[str] | None = None
    """What the key may do; None means everything."""

    @property
    def machine_user_id(self) -> str:
        """Who acts when this key is used."""
        return stable_id("mu", self.key)

    def missing(self, needed: Iterable[str]) -> list[str]:
        """The permissions that the key lacks."""
        if self.permissions is None:
            return []
        return [name for name in needed if name not in self.permissions]


class KeyRing:
    """The keys that the sandbox accepts. Without any, every key may do everything."""

    def __init__(self, keys: Iterable[ApiKey] = ()) -> None:
        self._keys = {key.key: key for key in keys}

    @property
    def named(self) -> tuple[ApiKey, ...]:
        """The keys that were named when the sandbox was started."""
        return tuple(self._keys.values())

    def find(self, authorization: str) -> ApiKey | None:
        """The key of an `Authorization` header, or None when it is not valid."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return None
        return self._keys.get(key.strip()) if self._keys else ApiKey(key.strip())


def parse_key(text: str) -> ApiKey:
    """`KEY` is a key that may do everything, `KEY=customer:read,...` a restricted one."""
    key, given, permissions = text.partition("=")
    if not key.strip():
        raise ValueError("the key is empty")
    if not given:
        return ApiKey(key.strip())
    names = [name.strip() for name in permissions.split(",") if name.strip()]
    if bad := [name for name in names if ":" not in name]:
        raise ValueError(f"{bad[0]!r} is not a permission; they look like customer:read")
    return ApiKey(key.strip(), frozenset(names))


def missing_message(missing: Iterable[str]) -> str:
    """Plain's wording: the word missing, then each permission in double quotes."""
    return "Insufficient permissions, missing " + ", ".join(f'"{name}"' for name in missing)
