"""Async Python SDK for Plain, the customer-support platform.

    from plain_sdk import AsyncPlainClient

The package is layered, and imports run one way: `schema.graphql` and `queries/` are
compiled into `plain_graphql`, which knows nothing of this package; the private modules
here carry its operations out; this root is the public door. Models, inputs and enums of
the API are imported from `plain_graphql`; those that the client's own methods speak of
are here too. A name is loaded when it is first used.
"""

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from plain_graphql.base_client import NodePages as NodePages
    from plain_graphql.base_client import Page as Page
    from plain_graphql.base_client import RequestOptions as RequestOptions
    from plain_graphql.base_model import Unknown as Unknown
    from plain_graphql.enums.upsert_result import UpsertResult as UpsertResult
    from plain_graphql.fragments.customer import Customer as Customer
    from plain_graphql.inputs.email_address_input import EmailAddressInput as EmailAddressInput
    from plain_graphql.inputs.upsert_customer_identifier_input import (
        UpsertCustomerIdentifierInput as UpsertCustomerIdentifierInput,
    )
    from plain_graphql.inputs.upsert_customer_on_create_input import (
        UpsertCustomerOnCreateInput as UpsertCustomerOnCreateInput,
    )
    from plain_graphql.inputs.upsert_customer_on_update_input import (
        UpsertCustomerOnUpdateInput as UpsertCustomerOnUpdateInput,
    )
    from plain_graphql.operations.upsert_customer import UpsertedCustomer as UpsertedCustomer
    from plain_graphql.unset import UNSET as UNSET

    from ._bulk import ItemOutcome as ItemOutcome
    from ._bulk import Outcomes as Outcomes
    from ._bulk import Unfinished as Unfinished
    from ._client import AsyncPlainClient as AsyncPlainClient
    from ._errors import GraphQLErrorInfo as GraphQLErrorInfo
    from ._errors import InputProblem as InputProblem
    from ._errors import MutationFieldProblem as MutationFieldProblem
    from ._errors import PlainAPIError as PlainAPIError
    from ._errors import PlainAuthenticationError as PlainAuthenticationError
    from ._errors import PlainCheckpointError as PlainCheckpointError
    from ._errors import PlainClosedError as PlainClosedError
    from ._errors import PlainConfigurationError as PlainConfigurationError
    from ._errors import PlainConnectionError as PlainConnectionError
    from ._errors import PlainCustomerConflictError as PlainCustomerConflictError
    from ._errors import PlainError as PlainError
    from ._errors import PlainGraphQLError as PlainGraphQLError
    from ._errors import PlainInputError as PlainInputError
    from ._errors import PlainMutationError as PlainMutationError
    from ._errors import PlainMutationPermissionError as PlainMutationPermissionError
    from ._errors import PlainOutcomeUnknownError as PlainOutcomeUnknownError
    from ._errors import PlainPermissionError as PlainPermissionError
    from ._errors import PlainRateLimitError as PlainRateLimitError
    from ._errors import PlainResponseError as PlainResponseError
    from ._errors import PlainServerError as PlainServerError
    from ._errors import PlainStatusError as PlainStatusError
    from ._errors import PlainTimeoutError as PlainTimeoutError
    from ._outcome import Err as Err
    from ._outcome import Ok as Ok
    from ._outcome import Outcome as Outcome
    from ._outcome import capture as capture
    from ._quota import QuotaStatus as QuotaStatus
    from ._relink import RelinkedCustomer as RelinkedCustomer
    from ._retry import RetryEvent as RetryEvent
    from ._rows import CustomerRow as CustomerRow
    from ._rows import UpsertParts as UpsertParts
    from ._rows import UpsertRow as UpsertRow
    from ._sync import Sync as Sync
    from ._sync_policy import SyncSummary as SyncSummary

_ERRORS = (
    "GraphQLErrorInfo",
    "InputProblem",
    "MutationFieldProblem",
    "PlainAPIError",
    "PlainAuthenticationError",
    "PlainCheckpointError",
    "PlainClosedError",
    "PlainConfigurationError",
    "PlainConnectionError",
    "PlainCustomerConflictError",
    "PlainError",
    "PlainGraphQLError",
    "PlainInputError",
    "PlainMutationError",
    "PlainMutationPermissionError",
    "PlainOutcomeUnknownError",
    "PlainPermissionError",
    "PlainRateLimitError",
    "PlainResponseError",
    "PlainServerError",
    "PlainStatusError",
    "PlainTimeoutError",
)
_GENERATED = (
    "Customer",
    "EmailAddressInput",
    "NodePages",
    "Page",
    "RequestOptions",
    "UNSET",
    "Unknown",
    "UpsertCustomerIdentifierInput",
    "UpsertCustomerOnCreateInput",
    "UpsertCustomerOnUpdateInput",
    "UpsertResult",
    "UpsertedCustomer",
)
_MODULES = {
    "AsyncPlainClient": "plain_sdk._client",
    **dict.fromkeys(("Err", "Ok", "Outcome", "capture"), "plain_sdk._outcome"),
    **dict.fromkeys(("ItemOutcome", "Outcomes", "Unfinished"), "plain_sdk._bulk"),
    **dict.fromkeys(("CustomerRow", "UpsertParts", "UpsertRow"), "plain_sdk._rows"),
    "QuotaStatus": "plain_sdk._quota",
    "RelinkedCustomer": "plain_sdk._relink",
    "RetryEvent": "plain_sdk._retry",
    "Sync": "plain_sdk._sync",
    "SyncSummary": "plain_sdk._sync_policy",
    **dict.fromkeys(_ERRORS, "plain_sdk._errors"),
    **dict.fromkeys(_GENERATED, "plain_graphql"),
}

__all__ = [
    "UNSET",
    "AsyncPlainClient",
    "Customer",
    "CustomerRow",
    "EmailAddressInput",
    "Err",
    "GraphQLErrorInfo",
    "InputProblem",
    "ItemOutcome",
    "MutationFieldProblem",
    "NodePages",
    "Ok",
    "Outcome",
    "Outcomes",
    "Page",
    "PlainAPIError",
    "PlainAuthenticationError",
    "PlainCheckpointError",
    "PlainClosedError",
    "PlainConfigurationError",
    "PlainConnectionError",
    "PlainCustomerConflictError",
    "PlainError",
    "PlainGraphQLError",
    "PlainInputError",
    "PlainMutationError",
    "PlainMutationPermissionError",
    "PlainOutcomeUnknownError",
    "PlainPermissionError",
    "PlainRateLimitError",
    "PlainResponseError",
    "PlainServerError",
    "PlainStatusError",
    "PlainTimeoutError",
    "RequestOptions",
    "Sync",
    "SyncSummary",
    "Unknown",
    "UpsertCustomerIdentifierInput",
    "UpsertCustomerOnCreateInput",
    "UpsertCustomerOnUpdateInput",
    "UpsertResult",
    "UpsertedCustomer",
    "__version__",
    "capture",
]


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    if isinstance(value, type | FunctionType) and value.__module__.startswith("plain_sdk._"):
        # Tracebacks and help() show the name that users import.
        value.__module__ = __name__
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
