"""A row's upsert, checked and serialised once: what is sent, recorded and compared is this."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from plain_graphql.operations.upsert_customer import UPSERT_CUSTOMER, UpsertCustomerVariables
from pydantic_core import PydanticSerializationError

from .._call.call import EncodedVariables
from .._errors import InputProblem, PlainInputError
from .checks import upsert_variables
from .rows import CustomerRow, UpsertRow


@dataclass(frozen=True, slots=True)
class PreparedUpsert:
    """An upsert that is ready to be sent, alone or in a pack."""

    # None of it is shown, so that no traceback with values holds a customer's data.
    variables: UpsertCustomerVariables = field(repr=False)
    key: str = field(repr=False)
    """What identifies the customer, like `external_id:c_123`."""
    input_json: bytes = field(repr=False)
    """The input, as it is sent."""

    @property
    def encoded(self) -> EncodedVariables:
        """The variables of `upsertCustomer`."""
        return EncodedVariables(b'{"input":' + self.input_json + b"}")

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what is sent; the input's fields come in the schema's order."""
        return hashlib.sha256(self.input_json).digest()


def prepared(row: UpsertRow) -> PreparedUpsert:
    """The upsert that a row means; `PlainInputError` names every problem."""
    parts: Any = row.parts() if isinstance(row, CustomerRow) else row
    try:
        made = upsert_variables(parts["identifier"], parts["on_create"], parts.get("on_update"))
    except (KeyError, TypeError, AttributeError):
        problem = InputProblem("row", "must be a CustomerRow, or have identifier and on_create")
        raise PlainInputError([problem], operation=UPSERT_CUSTOMER.name) from None
    serializer = made.input.__pydantic_serializer__
    try:
        input_json: bytes = serializer.to_json(made.input, by_alias=True, exclude_unset=True)
    except PydanticSerializationError:
        told = "contains a lone surrogate, which cannot be sent as text"
        places = _not_unicode(made.input.model_dump(), "")
        problems = [InputProblem(path, told) for path in places]
        raise PlainInputError(problems, operation=UPSERT_CUSTOMER.name) from None
    return PreparedUpsert(made, _key(made), input_json)


def _key(variables: UpsertCustomerVariables) -> str:
    """What identifies the customer of an upsert. Case does not count in an email."""
    identifier = variables.input.identifier
    if identifier.external_id is not None:
        return f"external_id:{identifier.external_id}"
    if identifier.email_address is not None:
        return f"email:{identifier.email_address.casefold()}"
    return f"customer_id:{identifier.customer_id}"


def _not_unicode(value: object, path: str) -> Iterator[str]:
    """The places of texts that cannot be encoded."""
    if isinstance(value, dict):
        for name, member in cast("dict[str, object]", value).items():
            yield from _not_unicode(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, member in enumerate(cast("list[object]", value)):
            yield from _not_unicode(member, f"{path}[{index}]")
    elif isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            yield path
