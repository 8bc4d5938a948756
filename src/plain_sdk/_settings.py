"""What one call may take and do: the client's settings, with the call's own on top."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from plain_graphql.base_client import RequestOptions

from . import _defaults as defaults
from ._errors import PlainConfigurationError

Priority: TypeAlias = Literal["interactive", "bulk"]
OnConflict: TypeAlias = Literal["raise", "relink"]

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
                f"max_attempts must be a whole number from 1 (no repetition), not {value!r}"
            )
        return value
    if name == "priority":
        if value not in ("interactive", "bulk"):
            raise PlainConfigurationError(
                f"priority must be 'interactive' or 'bulk', not {value!r}"
            )
        return value
    known = ", ".join((*_SECONDS, "max_attempts", "priority"))
    raise PlainConfigurationError(f"{name!r} is not an option; the options are {known}")


def checked_seconds(name: str, value: object) -> float | None:
    """A positive number of seconds, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise PlainConfigurationError(
            f"{name} must be a positive number of seconds or None, not {value!r}"
        )
    return float(value)
