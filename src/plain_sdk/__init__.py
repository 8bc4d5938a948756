"""Async Python SDK for Plain, the customer-support platform.

    from plain_sdk import AsyncPlainClient

This root is the public door, `plain_sdk.types` the one to every type of the API,
`plain_sdk.webhooks` the one for what Plain sends, `plain_sdk.cards` for what it asks you to show,
`plain_sdk.components` for what is shown, `plain_sdk.testing` for your tests. Behind them are rooms,
and imports run one way, downwards:

    cli, testing              the command; a local Plain for your tests
    sandbox, codegen          a local Plain, the compiler; nothing here needs them
    _cards                    what Plain asks for: made at once, in time
    _webhooks                 what Plain sends: verified, read, handled once
    _components               what is shown: checked, and previewed
    _client                   the methods that people call, a line of delegation each
    _customer_sync            a sync that sends what changed and can be killed
    _customers, _lists        upserts and what they mean; pages of a list
    _attachments              files, up and down
    _bulk                     many calls at once
    _call                     one call: encode, admit, send, decode, classify, retry
    _transports               bytes out, bytes in
    _config, _outcome         settings, checked once; errors as values
    _faults                   what the local Plain can be told to do wrong, as text
    _errors, runtime          what everything stands on, generated code included

`schema.graphql` and `queries/` are compiled into `plain_graphql`, which imports `runtime`
and nothing else. A name is loaded when it is first used.
"""

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from plain_graphql.enums import UpsertResult as UpsertResult
    from plain_graphql.fragments.customer import Customer as Customer
    from plain_graphql.inputs import EmailAddressInput as EmailAddressInput
    from plain_graphql.inputs import (
        UpsertCustomerIdentifierInput as UpsertCustomerIdentifierInput,
    )
    from plain_graphql.inputs import (
        UpsertCustomerOnCreateInput as UpsertCustomerOnCreateInput,
    )
    from plain_graphql.inputs import (
        UpsertCustomerOnUpdateInput as UpsertCustomerOnUpdateInput,
    )
    from plain_graphql.operations.upsert_customer import UpsertedCustomer as UpsertedCustomer

    from ._bulk.outcomes import ItemOutcome as ItemOutcome
    from ._bulk.outcomes import Outcomes as Outcomes
    from ._bulk.outcomes import Unfinished as Unfinished
    from ._call.quota import QuotaStatus as QuotaStatus
    from ._call.retry import RetryEvent as RetryEvent
    from ._call.shared_quota import SharedQuota as SharedQuota
    from ._client import AsyncPlainClient as AsyncPlainClient
    from ._config import OnConflict as OnConflict
    from ._customer_sync.policy import SyncSummary as SyncSummary
    from ._customer_sync.sync import CustomerSync as CustomerSync
    from ._customers.relink import RelinkedCustomer as RelinkedCustomer
    from ._customers.rows import CustomerRow as CustomerRow
    from ._customers.rows import UpsertParts as UpsertParts
    from ._customers.rows import UpsertRow as UpsertRow
    from ._errors import GraphQLErrorInfo as GraphQLErrorInfo
    from ._errors import InputProblem as InputProblem
    from ._errors import MutationFieldProblem as MutationFieldProblem
    from ._errors import MutationOutcome as MutationOutcome
    from ._errors import PlainAPIError as PlainAPIError
    from ._errors import PlainAttachmentError as PlainAttachmentError
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
    from ._errors import PlainNotAppliedError as PlainNotAppliedError
    from ._errors import PlainOutcomeUnknownError as PlainOutcomeUnknownError
    from ._errors import PlainPermissionError as PlainPermissionError
    from ._errors import PlainRateLimitError as PlainRateLimitError
    from ._errors import PlainResponseError as PlainResponseError
    from ._errors import PlainServerError as PlainServerError
    from ._errors import PlainStatusError as PlainStatusError
    from ._errors import PlainTimeoutError as PlainTimeoutError
    from ._errors import PlainWebhookError as PlainWebhookError
    from ._errors import PlainWebhookPayloadError as PlainWebhookPayloadError
    from ._errors import PlainWebhookReplayError as PlainWebhookReplayError
    from ._errors import PlainWebhookSignatureError as PlainWebhookSignatureError
    from ._outcome import Err as Err
    from ._outcome import Ok as Ok
    from ._outcome import Outcome as Outcome
    from ._outcome import capture as capture
    from .runtime.models import Unknown as Unknown
    from .runtime.operations import NodePages as NodePages
    from .runtime.operations import Page as Page
    from .runtime.operations import RequestOptions as RequestOptions
    from .runtime.unset import UNSET as UNSET
    from .runtime.values import ThreadPriority as ThreadPriority

_DOORS = """
plain_graphql.enums UpsertResult
plain_graphql.fragments.customer Customer
plain_graphql.inputs EmailAddressInput
plain_graphql.inputs UpsertCustomerIdentifierInput
plain_graphql.inputs UpsertCustomerOnCreateInput
plain_graphql.inputs UpsertCustomerOnUpdateInput
plain_graphql.operations.upsert_customer UpsertedCustomer
._bulk.outcomes ItemOutcome Outcomes Unfinished
._call.quota QuotaStatus
._call.retry RetryEvent
._call.shared_quota SharedQuota
._client AsyncPlainClient
._config OnConflict
._customer_sync.policy SyncSummary
._customer_sync.sync CustomerSync
._customers.relink RelinkedCustomer
._customers.rows CustomerRow UpsertParts UpsertRow
._errors GraphQLErrorInfo InputProblem MutationFieldProblem MutationOutcome PlainAPIError
._errors PlainAttachmentError PlainAuthenticationError PlainCheckpointError PlainClosedError
._errors PlainConfigurationError
._errors PlainConnectionError PlainCustomerConflictError PlainError PlainGraphQLError
._errors PlainInputError PlainMutationError PlainMutationPermissionError PlainNotAppliedError
._errors PlainOutcomeUnknownError PlainPermissionError PlainRateLimitError PlainResponseError
._errors PlainServerError PlainStatusError PlainTimeoutError PlainWebhookError
._errors PlainWebhookPayloadError PlainWebhookReplayError PlainWebhookSignatureError
._outcome Err Ok Outcome capture
.runtime.models Unknown
.runtime.operations NodePages Page RequestOptions
.runtime.unset UNSET
.runtime.values ThreadPriority
"""
"""Where each public name is. A test holds it against the imports above."""

_MODULES = {name: line.split()[0] for line in _DOORS.splitlines() for name in line.split()[1:]}

# Hidden from type checkers, so that a name that does not exist is a mistake for them.
if not TYPE_CHECKING:
    __all__ = sorted([*_MODULES, "__version__"])

    def __getattr__(name: str) -> object:
        from .runtime.hints import with_hints

        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(module, __name__), name)
        if isinstance(value, type | FunctionType) and value.__module__.startswith(__name__):
            with_hints(value)
            if value.__module__.startswith("plain_sdk._"):
                # Tracebacks and help() show the name that users import.
                value.__module__ = __name__
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return __all__
