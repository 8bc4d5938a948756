"""One upsert, with relinking where that is asked for."""

from plain_graphql.operations.upsert_customer import (
    UPSERT_CUSTOMER,
    UpsertCustomerVariables,
    UpsertedCustomer,
)

from .._call.pipeline import Pipeline
from .._config import OnConflict
from .._errors import PlainConfigurationError, PlainCustomerConflictError
from ..runtime.operations import RequestOptions
from .checks import upsert_variables


def checked_on_conflict(on_conflict: str) -> None:
    """Refuse a value that is not one of the two."""
    if on_conflict not in ("raise", "relink"):
        raise PlainConfigurationError(
            f"on_conflict must be 'raise' or 'relink', not {on_conflict!r}"
        )


class _Kept:
    """Variables that a traceback with values does not show."""

    __slots__ = ("variables",)

    def __init__(self, variables: UpsertCustomerVariables) -> None:
        self.variables = variables


async def upsert_one(
    pipeline: Pipeline,
    identifier: object,
    on_create: object,
    on_update: object,
    options: RequestOptions | None,
    on_conflict: OnConflict,
) -> UpsertedCustomer:
    """One upsert; a conflict is raised, or resolved where that harms nobody."""
    checked_on_conflict(on_conflict)
    kept = _Kept(upsert_variables(identifier, on_create, on_update))
    # A traceback with values then has nothing of the customer in this frame.
    del identifier, on_create, on_update
    try:
        return await pipeline.value(UPSERT_CUSTOMER, kept.variables, options)
    except PlainCustomerConflictError as conflict:
        if on_conflict == "raise":
            raise
        # What looks customers up is not loaded for the many upserts that meet no conflict.
        from .relink import relink

        return await relink(pipeline, kept.variables, conflict, options)
