"""Loads what the first call of an operation needs, before that call."""

import difflib
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from .._errors import PlainConfigurationError
from ..runtime.operations import Operation
from .call import AnyOperation
from .requests import RequestEncoder
from .responses import ResponseReader


def operations_named(methods: Sequence[str]) -> list[AnyOperation]:
    """The operations of these methods; `PlainConfigurationError` names one that is not known."""
    import plain_graphql.operations

    known = [module.name for module in iter_modules(plain_graphql.operations.__path__)]
    found: list[AnyOperation] = []
    for method in methods:
        if method not in known:
            near = difflib.get_close_matches(method, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise PlainConfigurationError(f"warm_up: {method!r} is not an operation's method{hint}")
        module = import_module(f"plain_graphql.operations.{method}")
        made: list[AnyOperation] = [v for v in vars(module).values() if isinstance(v, Operation)]
        found += made
    return found


def warm(
    methods: Sequence[str], encoder: RequestEncoder, reader: ResponseReader, transport: str
) -> None:
    """Import and build everything; takes a fraction of a second, so call it in a thread."""
    for operation in operations_named(methods):
        operation.variables_type.model_rebuild(force=False)
        encoder.prepare(operation)
        reader.prepare(operation)
    if transport != "httpx" and find_spec("aiohttp") is not None:
        import_module("plain_sdk._transports.over_aiohttp")
    else:
        import_module("plain_sdk._transports.over_httpx")
    if "upsert_customer" in methods:
        import_module("plain_sdk._customers.upsert")
