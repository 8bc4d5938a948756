"""What `upsert_customer` checks before anything is sent."""

from collections.abc import Iterator

from plain_graphql.inputs import UpsertCustomerInput, UpsertCustomerOnCreateInput
from plain_graphql.operations.upsert_customer import UpsertCustomerVariables

from .._call.inputs import build_input
from .._errors import InputProblem, PlainInputError

_OPERATION = "upsertCustomer"


def upsert_variables(
    identifier: object, on_create: object, on_update: object
) -> UpsertCustomerVariables:
    """The variables of the mutation, checked; `PlainInputError` names every problem."""
    variables = build_input(
        UpsertCustomerVariables,
        {
            "input": {
                "identifier": identifier,
                "onCreate": on_create,
                "onUpdate": {} if on_update is None else on_update,
            }
        },
        operation=_OPERATION,
    )
    made = variables.input
    if problems := list(_problems(made)):
        raise PlainInputError(problems, operation=_OPERATION)
    made.on_create = _without_nulls(made.on_create)
    return variables


def _problems(made: UpsertCustomerInput) -> Iterator[InputProblem]:
    identifier, create, update = made.identifier, made.on_create, made.on_update
    for path, text in (
        ("identifier.email_address", identifier.email_address),
        ("identifier.customer_id", identifier.customer_id),
        ("identifier.external_id", identifier.external_id),
        ("on_create.full_name", create.full_name),
        ("on_create.email.email", create.email.email),
        ("on_create.external_id", create.external_id),
        ("on_update.full_name", update.full_name.value if update.full_name else None),
        ("on_update.email.email", update.email.email if update.email else None),
        ("on_update.external_id", update.external_id.value if update.external_id else None),
    ):
        if text is not None and not text.strip():
            yield InputProblem(path, f"is blank ({text!r}); give a value{_way_out(path)}")
    if update.email is None and "email" in update.model_fields_set:
        yield InputProblem(
            "on_update.email", "cannot be cleared; leave the field out to keep its value"
        )


def _way_out(path: str) -> str:
    if path == "on_update.external_id":
        return ", or None to clear it"
    if path == "on_create.external_id" or path.startswith("on_update."):
        return " or leave the field out"
    return ""


def _without_nulls(create: UpsertCustomerOnCreateInput) -> UpsertCustomerOnCreateInput:
    """The same without members that are None: what null means there is not documented."""
    if not any(getattr(create, name) is None for name in create.model_fields_set):
        return create
    given = ((name, getattr(create, name)) for name in create.model_fields_set)
    return create.model_construct(None, **{name: v for name, v in given if v is not None})
