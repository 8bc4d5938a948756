"""The client's settings, checked once and frozen."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from plain_graphql.base_client import RequestOptions

from . import _defaults as defaults
from ._errors import PlainConfigurationError
from ._settings import CallSettings, with_options


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
    if max_in_flight < 1:
        raise PlainConfigurationError(f"max_in_flight must be at least 1, not {max_in_flight!r}")
    if not 0 <= reserve < 1:
        raise PlainConfigurationError(f"reserve must be from 0 up to 1, not {reserve!r}")
    return ClientConfig(
        api_key=_checked_key(api_key, environment),
        url=_checked_url(url or environment.get(defaults.URL_VARIABLE) or defaults.PUBLIC_URL),
        settings=with_options(CallSettings(), options),
        max_in_flight=max_in_flight,
        reserve=reserve,
    )


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
                f"{defaults.KEY_VARIABLE}; keys are made in Plain under Settings → Machine users"
            )
    if not api_key.strip():
        raise PlainConfigurationError(f"{where} is empty; it should start with 'plainApiKey_'")
    if api_key != api_key.strip() or not api_key.isascii() or not api_key.isprintable():
        # The key itself must not appear in the message.
        raise PlainConfigurationError(
            f"{where} contains white space or characters that no key has; "
            "copy it again without quotes or line ends"
        )
    return api_key


def _checked_url(url: str) -> str:
    way_out = f"give an absolute address like {defaults.PUBLIC_URL}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise PlainConfigurationError(f"url {url!r} is not valid ({error}); {way_out}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise PlainConfigurationError(f"url {url!r} is not an http or https address; {way_out}")
    if parts.username or parts.password:
        raise PlainConfigurationError(
            "url must not contain a user name or password; the API key is sent as a header"
        )
    return url
