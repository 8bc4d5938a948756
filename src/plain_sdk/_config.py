"""Settings, checked once and frozen: the client's, and what one call may take and do."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from . import _defaults as defaults
from ._errors import PlainConfigurationError
from .runtime.operations import RequestOptions

Priority: TypeAlias = Literal["interactive", "bulk"]
Detail: TypeAlias = Literal["full", "lean"]
OnConflict: TypeAlias = Literal["raise", "relink"]

_FOR_EVER: Final = 1e9
"""Seconds, about 32 years: as good as no limit."""
_SECONDS: Final = (
    "timeout",
    "connect_timeout",
    "read_timeout",
    "write_timeout",
    "pool_timeout",
)


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Times in seconds; None means that only the total `timeout` bounds it."""

    timeout: float | None = defaults.TIMEOUT
    connect_timeout: float | None = defaults.CONNECT_TIMEOUT
    read_timeout: float | None = defaults.READ_TIMEOUT
    write_timeout: float | None = defaults.WRITE_TIMEOUT
    pool_timeout: float | None = defaults.POOL_TIMEOUT
    max_attempts: int = defaults.MAX_ATTEMPTS
    priority: Priority = "interactive"
    detail: Detail = "full"


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """Settings that later code need not check again."""

    api_key: str = field(repr=False)
    url: str
    settings: CallSettings
    """What a call may take and do unless its options say otherwise."""
    max_in_flight: int
    reserve: float


def client_config(
    api_key: str | None,
    url: str | None,
    options: RequestOptions,
    max_in_flight: int = defaults.MAX_IN_FLIGHT,
    reserve: float = defaults.RESERVE,
    environment: Mapping[str, str] | None = None,
) -> ClientConfig:
    """Settings from arguments, else the environment, else the defaults."""
    environment = os.environ if environment is None else environment
    checked_count("max_in_flight", max_in_flight)
    _check_part("reserve", reserve)
    return ClientConfig(
        api_key=_checked_key(api_key, environment),
        url=checked_url(url or environment.get(defaults.URL_VARIABLE) or defaults.PUBLIC_URL),
        settings=with_options(CallSettings(), options),
        max_in_flight=max_in_flight,
        reserve=reserve,
    )


def checked_count(name: str, value: object) -> None:
    """Refuse what is not a whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise PlainConfigurationError(f"{name} must be a whole number of at least 1, not {value!r}")


def _check_part(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise PlainConfigurationError(f"{name} must be at least 0 and below 1, not {value!r}")


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise PlainConfigurationError(f"{name} must be text, not {type(value).__name__}")


def masked(api_key: str) -> str:
    """The key in a form that may be shown."""
    prefix, _, _ = api_key.partition("_")
    return f"{prefix}_…" if prefix == "plainApiKey" else "…"


def _checked_key(api_key: str | None, environment: Mapping[str, str]) -> str:
    where = "api_key"
    if api_key is None:
        where = defaults.KEY_VARIABLE
        api_key = environment.get(where)
        if api_key is None:
            raise PlainConfigurationError(
                "no API key: pass AsyncPlainClient(api_key=...) or set "
                f"{defaults.KEY_VARIABLE}; keys are created in Plain under Settings → Machine users"
            )
    _check_text(where, api_key)
    if not api_key.strip():
        raise PlainConfigurationError(f"{where} is empty; it should start with 'plainApiKey_'")
    if api_key != api_key.strip() or not api_key.isascii() or not api_key.isprintable():
        # The key itself must not appear in the message.
        raise PlainConfigurationError(
            f"{where} contains whitespace or characters that no key has; "
            "copy it again without quotes or line breaks"
        )
    return api_key


def checked_url(url: str) -> str:
    """Refuse what is not an absolute http or https address without a password."""
    way_out = f"give an absolute address like {defaults.PUBLIC_URL}"
    _check_text("url", url)
    # What may hold a password or a key is not shown.
    shown = "url" if "@" in url or "plainApiKey" in url else f"url {url!r}"
    if not url.isprintable() or any(character.isspace() for character in url):
        raise PlainConfigurationError(f"{shown} contains whitespace; {way_out}")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        if not host.isascii() or "xn--" in host:
            import idna

            idna.encode(host.encode("ascii") if host.isascii() else host)
    except ValueError:
        raise PlainConfigurationError(f"{shown} is not a valid address; {way_out}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise PlainConfigurationError(f"{shown} is not an http or https address; {way_out}")
    if parts.username or parts.password:
        raise PlainConfigurationError(
            "url must not contain a user name or password; the API key is sent as a header"
        )
    return url


def bulk_options(options: RequestOptions | None) -> RequestOptions:
    """The options of bulk work: it waits as long as the quota needs, behind other calls."""
    made: RequestOptions = {"priority": "bulk", "timeout": None}
    made.update(options or {})
    return made


def with_options(settings: CallSettings, options: RequestOptions | None) -> CallSettings:
    """The settings of one call; `PlainConfigurationError` when an option is unusable."""
    return replace(settings, **checked(options)) if options else settings


def checked(options: RequestOptions) -> dict[str, Any]:
    """The options, each checked; `PlainConfigurationError` when one is unusable."""
    return {name: _checked_option(name, value) for name, value in options.items()}


def _checked_option(name: str, value: object) -> object:
    if name in _SECONDS:
        return checked_seconds(name, value)
    if name == "max_attempts":
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise PlainConfigurationError(
                f"max_attempts must be a whole number of at least 1 (no retries), not {value!r}"
            )
        return value
    if name == "priority":
        if value not in ("interactive", "bulk"):
            raise PlainConfigurationError(
                f"priority must be 'interactive' or 'bulk', not {value!r}"
            )
        return value
    if name == "detail":
        if value not in ("full", "lean"):
            raise PlainConfigurationError(f"detail must be 'full' or 'lean', not {value!r}")
        return value
    known = ", ".join((*_SECONDS, "max_attempts", "priority", "detail"))
    raise PlainConfigurationError(f"{name!r} is not an option; the options are {known}")


def checked_seconds(name: str, value: object) -> float | None:
    """A positive number of seconds, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise PlainConfigurationError(
            f"{name} must be a positive number of seconds or None, not {value!r}"
        )
    # Event loops overflow on what nobody lives to see.
    return None if value >= _FOR_EVER else float(value)
