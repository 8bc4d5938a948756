"""Every query and mutation of the surface: called once through the client, and refused once."""

import asyncio
import random
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from scripted_server import Request, answer
from support import own_schema
from surface import root_fields
from test_operations import ALL, SchemaServer, arguments_of, operation_of

from plain_sdk import AsyncPlainClient, PlainMutationError, PlainPermissionError
from plain_sdk.codegen.read.names import method_name
from plain_sdk.codegen.upkeep.heads import UNDOCUMENTED, documented

FORBIDDEN = {"message": "no", "extensions": {"code": "FORBIDDEN"}}


class _Refusing(SchemaServer):
    """Answers what is valid, as `SchemaServer` does, or refuses it when it is told to."""

    refusing = False

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        document, errors = self._checked(request.json["query"])
        if errors or not self.refusing:
            return await super()._answer(request, writer)
        if document.definitions[0].operation.value == "query":  # type: ignore[attr-defined]
            return await answer({"data": None, "errors": [FORBIDDEN]})(request, writer)
        content = {"data": self.answers.data(document, refusals=1.0)}
        return await answer(content)(request, writer)


@pytest.fixture
def server() -> Iterator[_Refusing]:
    with _Refusing() as server:
        server.answers.more_pages = False
        yield server


def test_each_root_field_has_a_method() -> None:
    """All queries and mutations of the surface, without its subscriptions."""
    roots = root_fields(own_schema())
    assert len(roots) == 448
    assert {method_name(name) for name in roots} <= set(ALL)


@pytest.mark.slow
async def test_each_method_can_be_called_and_be_refused(server: _Refusing) -> None:
    """Document and variables are valid by the schema; a refusal is raised as what it is."""
    async with AsyncPlainClient("k", url=server.url, options={"max_attempts": 1}) as client:
        for module in ALL:
            operation = operation_of(module)
            arguments = arguments_of(operation, random.Random(module))
            for refusing in (False, True):
                server.refusing = refusing
                refusal = PlainPermissionError if operation.kind == "query" else PlainMutationError
                try:
                    with warnings.catch_warnings():
                        # Some root fields are deprecated.
                        warnings.simplefilter("ignore", DeprecationWarning)
                        given: Any = getattr(client, module)(**arguments)
                    await (given.first() if hasattr(given, "pages") else given)
                except refusal:
                    assert refusing, module
                else:
                    assert not refusing, module
    assert len(server.requests) == 2 * len(ALL)


def test_what_plain_does_not_document_is_said_to_be_so() -> None:
    """In the docstring of each method, and of no other; none of those is taken to be safe."""
    for module in ALL:
        operation = operation_of(module)
        told = UNDOCUMENTED in (getattr(AsyncPlainClient, module).__doc__ or "")
        assert told == (operation.name not in documented()), module
        if told and operation.kind == "mutation" and operation.repeatable:
            assert operation.name.startswith("upsert"), module
