"""The bytes of a request: its headers, and its body with the operation and the variables."""

import json
import sys
from typing import Final

from pydantic_core import PydanticSerializationError

from .._config import ClientConfig
from .._errors import InputProblem, PlainInputError
from .._version import __version__
from ..runtime.models import InputModel
from .call import AnyOperation, EncodedVariables, OneOffOperation, Variables
from .inputs import build_input

USER_AGENT: Final = (
    f"plain-sdk/{__version__} python/{sys.version_info.major}.{sys.version_info.minor}"
)


def request_headers(config: ClientConfig) -> dict[str, str]:
    """The headers of every request."""
    return {
        "Authorization": f"Bearer {config.api_key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": USER_AGENT,
    }


class RequestEncoder:
    """Makes a request's body; all but the variables is encoded once per operation."""

    def __init__(self) -> None:
        self._prefixes: dict[AnyOperation, bytes] = {}

    def prepare(self, operation: AnyOperation) -> bytes:
        """What comes before the variables."""
        name = operation.sent_name if isinstance(operation, OneOffOperation) else operation.name
        head = json.dumps({"operationName": name, "query": operation.document})
        prefix = f'{head[:-1]},"variables":'.encode()
        if not isinstance(operation, OneOffOperation):
            # One that comes once would stay for ever.
            self._prefixes[operation] = prefix
        return prefix

    def body(self, operation: AnyOperation, variables: Variables) -> bytes:
        """The whole body; `PlainInputError` names what is wrong with the variables."""
        prefix = self._prefixes.get(operation) or self.prepare(operation)
        if isinstance(variables, EncodedVariables):
            return prefix + variables.json + b"}"
        if not isinstance(variables, InputModel):
            if operation.kind == "query" and not isinstance(operation, OneOffOperation):
                given = variables.items()
                variables = {name: value for name, value in given if value is not None}
            variables = build_input(operation.variables_type, variables, operation=operation.name)
        return prefix + encoded(variables, operation.name) + b"}"


def encoded(variables: InputModel, operation: str) -> bytes:
    """The variables as JSON; `PlainInputError` when a text in them cannot be encoded."""
    serializer = variables.__pydantic_serializer__
    try:
        return serializer.to_json(variables, by_alias=True, exclude_unset=True)
    except PydanticSerializationError as error:
        problem = InputProblem("input", f"contains text that is not valid Unicode: {error}")
        raise PlainInputError([problem], operation=operation) from None
