"""A row's upsert, checked and serialised once: what is sent, recorded and compared is this."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from plain_graphql.operations.upsert_customer import UPSERT_CUSTOMER, UpsertCustomerVariables
from pydantic_core import PydanticSerializationError, to_json

from .._call.call import EncodedVariables
from .._errors import InputProblem, PlainInputError
from ..runtime.unset import UNSET
from .checks import upsert_variables
from .members import Members, members_of
from .rows import CustomerRow, UpsertRow, parts_of


@dataclass(frozen=True, slots=True)
class PreparedUpsert:
    """An upsert that is ready to be sent, alone or in a pack."""

    # None of it is shown, so that no traceback with values holds a customer's data.
    key: str = field(repr=False)
    """What identifies the customer, like `external_id:c_123`."""
    input_json: bytes = field(repr=False)
    """The input, as it is sent."""
    members: Members | None = field(default=None, repr=False)
    """What the row says, where it is a `CustomerRow`."""
    _variables: UpsertCustomerVariables | None = field(default=None, repr=False)

    @property
    def variables(self) -> UpsertCustomerVariables:
        """The input as a model. Few rows need one, so it is made when it is asked for."""
        if self._variables is not None:
            return self._variables
        assert self.members is not None
        return _validated(parts_of(self.members))

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
    if not isinstance(row, CustomerRow):
        made = _validated(row)
        return PreparedUpsert(_key(made), _serialised(made), None, made)
    members = members_of(row)
    # What is plainly good is written out at a fifth of the cost of a model, byte for byte the
    # same; a test holds them against each other. The model has the words for everything else.
    if _is_plainly_good(members):
        try:
            return PreparedUpsert(_key_of(members), to_json(_wire(members)), members)
        except PydanticSerializationError:
            pass
    made = _validated(parts_of(members))
    return PreparedUpsert(_key(made), _serialised(made), members, made)


def _validated(parts: Any) -> UpsertCustomerVariables:
    try:
        return upsert_variables(parts["identifier"], parts["on_create"], parts.get("on_update"))
    except (KeyError, TypeError, AttributeError):
        problem = InputProblem("row", "must be a CustomerRow, or have identifier and on_create")
        raise PlainInputError([problem], operation=UPSERT_CUSTOMER.name) from None


def _serialised(made: UpsertCustomerVariables) -> bytes:
    serializer = made.input.__pydantic_serializer__
    try:
        input_json: bytes = serializer.to_json(made.input, by_alias=True, exclude_unset=True)
    except PydanticSerializationError:
        told = "contains a lone surrogate, which cannot be sent as text"
        places = _not_unicode(made.input.model_dump(), "")
        problems = [InputProblem(path, told) for path in places]
        raise PlainInputError(problems, operation=UPSERT_CUSTOMER.name) from None
    return input_json


def _is_plainly_good(m: Members) -> bool:
    return bool(
        m.full_name.strip() and m.email.strip() and (m.external_id is None or m.external_id.strip())
    )


def _wire(m: Members) -> dict[str, Any]:
    """The input under the API's names, its fields in the schema's order."""
    create: dict[str, Any] = {} if m.external_id is None else {"externalId": m.external_id}
    create["fullName"] = m.full_name
    update: dict[str, Any] = {"fullName": {"value": m.full_name}}
    if m.short_name is not UNSET:
        if m.short_name is not None:
            create["shortName"] = m.short_name
        update["shortName"] = {"value": m.short_name}
    create["email"] = {"email": m.email, "isVerified": m.is_verified is True}
    if m.customer_group_keys:
        keys = m.customer_group_keys
        create["customerGroupIdentifiers"] = [{"customerGroupKey": key} for key in keys]
    if m.tenant_external_ids:
        create["tenantIdentifiers"] = [{"externalId": each} for each in m.tenant_external_ids]
    if m.is_verified is not None:
        update["email"] = {"email": m.email, "isVerified": m.is_verified}
    identifier = (
        {"emailAddress": m.email} if m.external_id is None else {"externalId": m.external_id}
    )
    return {"identifier": identifier, "onCreate": create, "onUpdate": update}


def email_key(email: str) -> str:
    """How addresses are told apart: case does not count, but a sharp s is no double s."""
    return email.strip().lower()


def _key_of(members: Members) -> str:
    if members.external_id is not None:
        return f"external_id:{members.external_id}"
    return f"email:{email_key(members.email)}"


def _key(variables: UpsertCustomerVariables) -> str:
    """What identifies the customer of an upsert."""
    identifier = variables.input.identifier
    if identifier.external_id is not None:
        return f"external_id:{identifier.external_id}"
    if identifier.email_address is not None:
        return f"email:{email_key(identifier.email_address)}"
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
