"""Every type of the API by its name: models, inputs, enums, and what arguments may be.

    from plain_sdk.types import CreateNoteInput, Thread, ThreadStatus

A name is loaded when it is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plain_graphql import *  # noqa: F403

    from .runtime.models import Unknown as Unknown
    from .runtime.operations import NodePages as NodePages
    from .runtime.operations import Page as Page
    from .runtime.operations import RequestOptions as RequestOptions
    from .runtime.unset import UNSET as UNSET
    from .runtime.unset import Unset as Unset
else:
    from importlib import import_module

    import plain_graphql

    _RUNTIME = {
        "NodePages": "operations",
        "Page": "operations",
        "RequestOptions": "operations",
        "UNSET": "unset",
        "Unknown": "models",
        "Unset": "unset",
    }

    def __getattr__(name: str) -> object:
        if name == "__all__":
            return __dir__()
        if name in _RUNTIME:
            value = getattr(import_module(f"plain_sdk.runtime.{_RUNTIME[name]}"), name)
        elif name in dir(plain_graphql):
            value = getattr(plain_graphql, name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*_RUNTIME, *dir(plain_graphql)})
