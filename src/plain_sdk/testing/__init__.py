"""A Plain for your tests: `PlainSandbox`, in the process or on a port, and what belongs to it.

With pytest, ask for the fixtures that come with this package; nothing is to be set up:

    async def test_a_customer_is_made(plain, plain_sandbox):
        await my_sign_up(plain, "donald@example.com")
        assert [c.email.email for c in plain_sandbox.customers] == ["donald@example.com"]

`plain_sandbox` is a sandbox of its own for each test, without a port; `plain` a client bound to
it; `plain_server` serves the same sandbox on a port. A marker says how it is made:
`@pytest.mark.plain_sandbox(seed=7, start="2026-01-01T00:00:00Z", faults=["503 10%"])`.

Needs the extra `plain-sdk[sandbox]`. A name is loaded when it is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._faults.fault import Fault as Fault
    from ..sandbox._clock import Clock as Clock
    from ..sandbox._seen import SeenRequest as SeenRequest
    from ..sandbox.faults.plan import Faults as Faults
    from ..sandbox.webhooks.sender import DeliveryAttempt as DeliveryAttempt
    from ._cassette import Cassette as Cassette
    from ._cassette import CassetteError as CassetteError
    from ._instant import Waits as Waits
    from ._instant import instant_retries as instant_retries
    from ._sandbox import PlainSandbox as PlainSandbox
    from ._webhooks import SandboxWebhooks as SandboxWebhooks
else:
    from importlib import import_module
    from types import FunctionType

    _MODULES = {
        "Cassette": "._cassette",
        "CassetteError": "._cassette",
        "Clock": "..sandbox._clock",
        "Fault": ".._faults.fault",
        "Faults": "..sandbox.faults.plan",
        "DeliveryAttempt": "..sandbox.webhooks.sender",
        "PlainSandbox": "._sandbox",
        "SandboxWebhooks": "._webhooks",
        "SeenRequest": "..sandbox._seen",
        "Waits": "._instant",
        "instant_retries": "._instant",
    }
    __all__ = sorted(_MODULES)

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from ..runtime.hints import with_hints

        value = getattr(import_module(_MODULES[name], __name__), name)
        if isinstance(value, type | FunctionType):
            with_hints(value)
            # Tracebacks and help() show the name that users import.
            value.__module__ = __name__
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return __all__
