"""What travels through the pipeline: one call, and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import ConfigDict

from .._config import CallSettings
from .._transports.base import Attempt
from ..runtime.models import InputModel
from ..runtime.operations import Operation

AnyOperation: TypeAlias = Operation[Any, Any, Any]


class OneOffVariables(InputModel):
    """Whatever variables a document has that was written out on the spot."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True, slots=True, eq=False)
class OneOffOperation(Operation[dict[str, Any], dict[str, Any], dict[str, Any]]):
    """An operation that was written out on the spot; its value is the `data` of the response."""

    sent_name: str | None = None
    """Its name in the document, if it has one there."""


@dataclass(frozen=True, slots=True)
class EncodedVariables:
    """Variables that were validated and serialised before, as a JSON object."""

    json: bytes = field(repr=False)


Variables: TypeAlias = Mapping[str, object] | InputModel | EncodedVariables
"""What a caller gave, a model of it that is valid already, or its JSON."""


@dataclass(slots=True, eq=False)
class Call:
    """One call of an operation, from the method that was called to its value or error."""

    operation: AnyOperation
    # Not shown, so that no traceback with values holds a customer's data.
    body: bytes = field(repr=False)
    settings: CallSettings
    ends: float | None
    """When its time is up, by the monotonic clock."""
    attempt: Attempt | None = None
    """The attempt that is under way, or was the last."""
    attempts: int = 0
    """How often its request was sent so far."""
    stage: str = "starting"
    """What it is doing besides an attempt: waiting for quota, for a slot, to retry."""
    waited: float = 0.0
    """Seconds that it waited for our own quota or slots."""
    in_doubt: bool = False
    """An attempt may have been carried out, though its response was lost."""
