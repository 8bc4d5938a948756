"""What `upsert_customer` checks before anything is sent."""

from collections.abc import Iterator

from plain_graphql.inputs.upsert_customer_input import UpsertCustomerInput
from plain_graphql.inputs.upsert_customer_on_create_input import UpsertCustomerOnCreateInput

from ._errors import InputProblem, PlainInputError
from ._input import build_input

_OPERATION = "upsertCustomer"


def upsert_input(identifier: object, on_create: object, on_update: object) -> UpsertCustomerInput:
    """The whole input, checked; `PlainInputError` names every problem."""
    made = build_input(
        UpsertCustomerInput,
        {"identifier": identifier, "onCreate": on_create, "onUpdate": on_update},
        operation=_OPERATION,
    )
    if problems := list(_problems(made)):
        raise PlainInputError(problems, operation=_OPERATION)
    return UpsertCustomerInput.model_construct(
        identifier=made.identifier,
        on_create=_without_nulls(made.on_create),
        on_update=made.on_update,
    )


def _problems(made: UpsertCustomerInput) -> Iterator[InputProblem]:
    create, update = made.on_create, made.on_update
    texts: dict[str, str | None] = {
        "identifier.email_address": made.identifier.email_address,
        "identifier.customer_id": made.identifier.customer_id,
        "identifier.external_id": made.identifier.external_id,
        "on_create.full_name": create.full_name,
        "on_create.email.email": create.email.email,
        "on_create.external_id": create.external_id,
        "on_update.full_name": update.full_name.value if update.full_name else None,
        "on_update.email.email": update.email.email if update.email else None,
        "on_update.external_id": update.external_id.value if update.external_id else None,
    }
    for path, text in texts.items():
        if text is not None and not text.strip():
            yield InputProblem(path, f"is blank ({text!r}); give a value{_way_out(path)}")
    if "email" in update.model_fields_set and update.email is None:
        yield InputProblem(
            "on_update.email", "cannot be cleared; leave the member out to keep its value"
        )


def _way_out(path: str) -> str:
    if path == "on_update.external_id":
        return ", or None to clear it"
    if path == "on_create.external_id" or path.startswith("on_update."):
        return " or leave the member out"
    return ""


def _without_nulls(create: UpsertCustomerOnCreateInput) -> UpsertCustomerOnCreateInput:
    """The same without members that are None: what null means there is not documented."""
    given = {name: getattr(create, name) for name in create.model_fields_set}
    kept = {name: value for name, value in given.items() if value is not None}
    return create if len(kept) == len(given) else create.model_construct(None, **kept)
