"""What Plain sends to you: verified, typed, and handled once.

    from plain_sdk.webhooks import ThreadCreated, WebhookReceiver, unwrap

`unwrap` makes an event of a request's body and headers; `WebhookReceiver` does so as an ASGI
application, and calls your handlers once for each event. Every payload has a class, and so has
what payloads are made of. A name is loaded when it is first used; no HTTP client is.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plain_webhooks import *  # noqa: F403

    from ._errors import PlainWebhookError as PlainWebhookError
    from ._errors import PlainWebhookPayloadError as PlainWebhookPayloadError
    from ._errors import PlainWebhookReplayError as PlainWebhookReplayError
    from ._errors import PlainWebhookSignatureError as PlainWebhookSignatureError
    from ._webhooks.event import WebhookEvent as WebhookEvent
    from ._webhooks.event import WebhookMetadata as WebhookMetadata
    from ._webhooks.parsing import parse as parse
    from ._webhooks.receiver import WebhookReceiver as WebhookReceiver
    from ._webhooks.samples import Sample as Sample
    from ._webhooks.samples import sample as sample
    from ._webhooks.signing import sign as sign
    from ._webhooks.signing import verify as verify
    from ._webhooks.stores.base import Claim as Claim
    from ._webhooks.stores.base import DeliveryStore as DeliveryStore
    from ._webhooks.stores.base import Overdue as Overdue
    from ._webhooks.stores.memory import MemoryStore as MemoryStore
    from ._webhooks.stores.redis import RedisStore as RedisStore
    from ._webhooks.stores.sqlite import SQLiteStore as SQLiteStore
    from ._webhooks.unwrapping import unwrap as unwrap
    from .runtime.events import UnknownObject as UnknownObject
    from .runtime.events import UnknownPayload as UnknownPayload
else:
    from importlib import import_module
    from types import FunctionType

    import plain_webhooks

    _DOORS = """
    ._errors PlainWebhookError PlainWebhookPayloadError PlainWebhookReplayError
    ._errors PlainWebhookSignatureError
    ._webhooks.event WebhookEvent WebhookMetadata
    ._webhooks.parsing parse
    ._webhooks.receiver WebhookReceiver
    ._webhooks.samples Sample sample
    ._webhooks.signing sign verify
    ._webhooks.stores.base Claim DeliveryStore Overdue
    ._webhooks.stores.memory MemoryStore
    ._webhooks.stores.redis RedisStore
    ._webhooks.stores.sqlite SQLiteStore
    ._webhooks.unwrapping unwrap
    .runtime.events UnknownObject UnknownPayload
    """
    _MODULES = {name: line.split()[0] for line in _DOORS.splitlines() for name in line.split()[1:]}

    def __getattr__(name: str) -> object:
        if name == "__all__":
            return __dir__()
        if name in _MODULES:
            value = getattr(import_module(_MODULES[name], "plain_sdk"), name)
            origin = value.__module__ if isinstance(value, type | FunctionType) else ""
            if origin.startswith("plain_sdk._webhooks"):
                from .runtime.hints import with_hints

                with_hints(value)
                # Tracebacks and help() show the name that users import.
                value.__module__ = __name__
        elif name in dir(plain_webhooks):
            value = getattr(plain_webhooks, name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*_MODULES, *dir(plain_webhooks)})
