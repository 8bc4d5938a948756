"""Customers as rows: what a table or a file holds of them, and the upsert it means."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, TypeAlias, TypedDict, cast

from pydantic_core import PydanticSerializationError

from .._errors import InputProblem, PlainInputError
from ..runtime.unset import UNSET, Unset

if TYPE_CHECKING:
    from plain_graphql.mappings import (
        UpsertCustomerIdentifierLike,
        UpsertCustomerOnCreateLike,
        UpsertCustomerOnUpdateLike,
    )
    from plain_graphql.operations.upsert_customer import UpsertCustomerVariables


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as a table holds it; the upsert follows from it.

    The customer is identified by `external_id` when there is one, else by `email`.
    """

    full_name: str
    email: str
    external_id: str | None = None
    short_name: str | None | Unset = UNSET
    """None clears it; not given, it stays as it is."""
    is_verified: bool | None = None
    """Whether you have verified the email. None: not verified when the customer is created,
    and the email of an existing customer is left alone; else it is updated too."""
    customer_group_keys: tuple[str, ...] = ()
    """Groups to put a new customer in. Only possible on creation."""
    tenant_external_ids: tuple[str, ...] = ()
    """Tenants to put a new customer in. Only possible on creation."""

    def parts(self) -> "UpsertParts":
        """The arguments of `upsert_customer`."""
        verified = bool(self.is_verified)
        create: dict[str, Any] = {
            "full_name": self.full_name,
            "email": {"email": self.email, "is_verified": verified},
        }
        update: dict[str, Any] = {"full_name": self.full_name}
        if self.external_id is not None:
            create["external_id"] = self.external_id
        if self.short_name is not UNSET:
            create["short_name"] = update["short_name"] = self.short_name
        if self.customer_group_keys:
            create["customer_group_identifiers"] = [
                {"customer_group_key": key} for key in self.customer_group_keys
            ]
        if self.tenant_external_ids:
            create["tenant_identifiers"] = [
                {"external_id": external_id} for external_id in self.tenant_external_ids
            ]
        if self.is_verified is not None:
            update["email"] = {"email": self.email, "is_verified": verified}
        identifier: Any = (
            {"external_id": self.external_id}
            if self.external_id is not None
            else {"email_address": self.email}
        )
        return {"identifier": identifier, "on_create": create, "on_update": update}  # type: ignore[typeddict-item]


class UpsertParts(TypedDict):
    """The arguments of `upsert_customer`, for one of many."""

    identifier: "UpsertCustomerIdentifierLike"
    on_create: "UpsertCustomerOnCreateLike"
    on_update: "NotRequired[UpsertCustomerOnUpdateLike | None]"


UpsertRow: TypeAlias = CustomerRow | UpsertParts


def row_variables(row: UpsertRow) -> "UpsertCustomerVariables":
    """The variables of a row's upsert; `PlainInputError` names every problem."""
    from .checks import upsert_variables

    parts: Any = row.parts() if isinstance(row, CustomerRow) else row
    try:
        made = upsert_variables(parts["identifier"], parts["on_create"], parts.get("on_update"))
    except (KeyError, TypeError, AttributeError):
        problem = InputProblem("row", "must be a CustomerRow, or hold identifier and on_create")
        raise PlainInputError([problem], operation="upsertCustomer") from None
    try:
        made.model_dump_json()
    except PydanticSerializationError:
        told = "holds a lone surrogate, which is no text that can be sent"
        problems = [InputProblem(path, told) for path in _not_unicode(made.model_dump(), "")]
        raise PlainInputError(problems, operation="upsertCustomer") from None
    return made


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
            yield path.removeprefix("input.")


def row_key(row: UpsertRow) -> str | None:
    """What identifies a row, like `external_id:c_123`; None when nothing does."""
    if isinstance(row, CustomerRow) and row.external_id and row.external_id.strip():
        # Without building the input once more.
        return f"external_id:{row.external_id}"
    try:
        return variables_key(row_variables(row))
    except PlainInputError:
        return None


def variables_key(variables: "UpsertCustomerVariables") -> str:
    """What identifies the customer of an upsert. Case does not count in an email."""
    identifier = variables.input.identifier
    if identifier.external_id is not None:
        return f"external_id:{identifier.external_id}"
    if identifier.email_address is not None:
        return f"email:{identifier.email_address.casefold()}"
    return f"customer_id:{identifier.customer_id}"
