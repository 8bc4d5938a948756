"""A status and a body for what became of a request, in the forms that Plain documents."""

import logging
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
)

from ._refusals import NOT_YET_IMPLEMENTED, QueryRefused

Answer = tuple[int, dict[str, Any]]

# Refusals are responses, not incidents; whoever wants to see them sets this logger's level.
LOGGER = logging.getLogger("plain_sdk.sandbox")
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False

FAULT = "Something went wrong in the sandbox; the logger plain_sdk.sandbox tells more."

_LONGEST = 400
"""Characters of a message: it may repeat what was sent, and that may be anything."""


def refused(status: int, message: str, code: str) -> Answer:
    """The request was not carried out."""
    error = {"message": message, "extensions": {"code": code}}
    return status, {"errors": [error], "data": None}


def mistaken(code: str, errors: tuple[GraphQLError, ...]) -> Answer:
    """The query is no document that fits the schema."""
    return 400, {"errors": [_formatted(error, code) for error in errors]}


def executed(document: DocumentNode, result: ExecutionResult) -> Answer:
    """The request was carried out, wholly or in part."""
    if not result.errors:
        return 200, {"data": result.data}
    told = [_told(error) for error in result.errors]
    errors = [_formatted(error, code, message) for _, code, error, message in told]
    status = max(status for status, *_ in told)
    if _is_mutation(document) and all(error.path for error in result.errors):
        # It happened, and what it handed back must be told with what could not be.
        status = 200
    whole = status < 400 or all(code == NOT_YET_IMPLEMENTED for _, code, *_ in told)
    return status, {"errors": errors, "data": result.data if whole else None}


def _is_mutation(document: DocumentNode) -> bool:
    return any(
        isinstance(node, OperationDefinitionNode) and node.operation is OperationType.MUTATION
        for node in document.definitions
    )


def _told(error: GraphQLError) -> tuple[int, str, GraphQLError, str]:
    """The status that an error of the execution asks for, its code, and what is said of it."""
    cause = error.original_error
    if isinstance(cause, QueryRefused):
        return cause.status, cause.code, error, error.message
    if isinstance(cause, RecursionError):
        return 400, "BAD_USER_INPUT", error, "The request is nested too deeply."
    if error.path is None:
        # The variables do not fit their types, or there is no one operation to carry out.
        return 400, "BAD_USER_INPUT", error, error.message
    LOGGER.error("a fault of the sandbox", exc_info=error)
    return 200, "INTERNAL_SERVER_ERROR", error, FAULT


def _formatted(error: GraphQLError, code: str, message: str | None = None) -> dict[str, Any]:
    text = error.message if message is None else message
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return {**error.formatted, "message": text, "extensions": {"code": code}}
