"""One attempt to send or fetch a file, and what is made of its end."""

from dataclasses import replace
from typing import Any, Final

from .._call import wording
from .._call.call import AnyOperation, Call, OneOffOperation, OneOffVariables
from .._call.pipeline import Pipeline
from .._call.responses import unreadable
from .._call.retry import Effect, FailedAttempt, unanswered
from .._config import CallSettings
from .._errors import PlainError
from .._transports.base import (
    Transfer,
    Transport,
    TransportError,
    UnreadableResponseError,
    WireResponse,
    described,
)
from .files import UPLOAD

LARGEST_ANSWER: Final = 2**20
"""Bytes: the largest response that is read, which says in words what went wrong."""


def begun(pipeline: Pipeline, name: str, settings: CallSettings) -> Call:
    """A call whose time begins now."""
    ends = None if settings.timeout is None else pipeline.clock() + settings.timeout
    return Call(_operation(name), b"", settings, ends)


def _operation(name: str) -> AnyOperation:
    """What stands for a transfer where calls are told by their operations. Sending a file twice
    to one address has the effect of once."""
    return OneOffOperation(
        name=name,
        kind="mutation" if name == UPLOAD else "query",
        document="",
        repeatable=True,
        permissions=(),
        done_codes=(),
        data_type=dict[str, Any],
        variables_type=OneOffVariables,
        payload=_itself,
        unwrap=_itself,
    )


def _itself(data: dict[str, Any]) -> dict[str, Any]:
    return data


async def attempted(
    call: Call, transport: Transport, transfer: Transfer
) -> WireResponse | FailedAttempt:
    """The response, or why there is none."""
    call.attempt = transfer
    try:
        return await transport.transfer(transfer)
    except TransportError as error:
        told = wording.no_response(call, error, "")
        return unanswered(told, maybe_received=error.maybe_received)
    except UnreadableResponseError as error:
        return FailedAttempt(unreadable(call.operation, error), Effect.UNKNOWN, error.passing)
    except PlainError:
        raise
    except Exception as error:
        # Transports promise to raise nothing else; one of tomorrow may not keep it.
        told = wording.no_response(call, TransportError(described(error), maybe_received=True), "")
        return unanswered(told, maybe_received=True)


def once_only(failed: FailedAttempt | None, can_begin: bool, why: str) -> FailedAttempt | None:
    """The same, said to be final where the file cannot be gone through again."""
    if failed is None or can_begin or not failed.passing:
        return failed
    error = failed.error
    error.message = f"{error.message}; it was not tried again, because {why}"
    error.args = (error.message,)
    return replace(failed, passing=False)
