"""What can go wrong, as one tree.

    PlainError
    ├── PlainConfigurationError     the client is misconfigured (also a ValueError)
    ├── PlainInputError             an argument is invalid; nothing was sent (ValueError)
    ├── PlainCheckpointError        the checkpoint file of a sync cannot be used
    ├── PlainClosedError            the client is closed (also a RuntimeError)
    ├── PlainConnectionError        no response: the connection failed
    ├── PlainTimeoutError           no response in time (also a TimeoutError)
    ├── PlainOutcomeUnknownError    it may have been carried out, and must not be retried blindly
    ├── PlainNotAppliedError        Plain reports success, but the customer is not as asked for
    ├── PlainResponseError          a response that cannot be understood
    ├── PlainAttachmentError        a file could not be uploaded or downloaded
    ├── PlainWebhookError           a delivery of a webhook is not to be acted upon
    │   ├── PlainWebhookSignatureError  nothing shows that it is from Plain
    │   ├── PlainWebhookReplayError     it was sent too long ago, or in the future
    │   └── PlainWebhookPayloadError    its body cannot be understood
    └── PlainAPIError               Plain responded, and refused
        ├── PlainAuthenticationError    the API key is not valid
        ├── PlainPermissionError        the API key lacks a permission
        ├── PlainRateLimitError         over the quota of the workspace
        ├── PlainServerError            a fault on Plain's side
        ├── PlainStatusError            any other HTTP status
        ├── PlainGraphQLError           Plain refused the query or its variables
        └── PlainMutationError          the mutation itself was refused
            ├── PlainMutationPermissionError   also a PlainPermissionError
            └── PlainCustomerConflictError     the customer exists under another identity

Every error carries plain data, pickles, can be made of its text alone, as task queues do it,
and never holds the API key.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias


def _restore(cls: type["PlainError"], args: tuple[Any, ...], state: dict[str, Any]) -> "PlainError":
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


_MOST_SHOWN: Final = 20
"""Bad fields that the text of an error names; all of them are in `fields`."""
_LONGEST: Final = 2000
"""Characters: a longer text of Plain's, or of whatever stands in front of it, is cut."""


def printable(text: str) -> str:
    """The text as any terminal, file or log can take it, within a bound."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    if text.isascii() and text.isprintable():
        return text
    # Halves of characters cannot be encoded; what controls a terminal is not for it.
    text = text.encode("utf-8", "replace").decode()
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", text)


def in_python(name: str) -> str:
    """A name of the API as methods and arguments have it: `onCreate.fullName` is
    `on_create.full_name`. A document's own name, like `WhoIs`, is the method `who_is`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


MutationOutcome: TypeAlias = Literal["not_carried_out", "carried_out", "unknown"]


class PlainError(Exception):
    """The base of everything that this package raises deliberately."""

    _outcome: ClassVar[MutationOutcome] = "unknown"
    """What an error of this class means where nobody says more."""

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        outcome: MutationOutcome | None = None,
    ) -> None:
        message = printable(message)
        super().__init__(message)
        self.message = message
        """What went wrong, without the details that `str()` adds."""
        self.operation = operation
        """The operation's name in GraphQL, like `upsertCustomer`; `method` has Python's."""
        self.request_id = request_id
        """The id under which Plain logged the request, to quote to their support."""
        self.attempts = attempts
        """How many times the request was sent; 0 when it never was."""
        self.outcome: MutationOutcome = outcome or self._outcome
        """What became of a mutation: `not_carried_out`; `carried_out`, when only its result did
        not come; or `unknown`. A query changes nothing, and is always `not_carried_out`."""

    @property
    def method(self) -> str | None:
        """The method that was called, like `upsert_customer`; None where there was none."""
        return in_python(self.operation) if self.operation else None

    def _details(self) -> list[str]:
        details = [f"request id {self.request_id}"] if self.request_id else []
        if self.attempts > 1:
            details.append(f"{self.attempts} attempts")
        return details

    def __str__(self) -> str:
        prefix = f"{self.method}: " if self.operation else ""
        details = self._details()
        return f"{prefix}{self.message}" + (f" ({', '.join(details)})" if details else "")

    def __repr__(self) -> str:
        told = {"method": self.method, "code": vars(self).get("code")}
        shown = [
            repr(self.message),
            *(f"{name}={value!r}" for name, value in told.items() if value),
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__.copy())


class PlainConfigurationError(PlainError, ValueError):
    """The client is misconfigured. Nothing was sent."""

    _outcome: ClassVar[MutationOutcome] = "not_carried_out"


class PlainClosedError(PlainError, RuntimeError):
    """The client is closed, or was closed while the call was in progress."""

    _outcome: ClassVar[MutationOutcome] = "not_carried_out"


class PlainCheckpointError(PlainError):
    """The checkpoint of a sync cannot be used, or is in use by another sync."""

    def __init__(self, message: str, *, path: str = "", **context: Any) -> None:
        super().__init__(message, **context)
        self.path = path
        """The file, or the address without its password."""


@dataclass(frozen=True)
class InputProblem:
    """What is wrong with one part of the input."""

    path: str
    """Where, in Python's names: `on_create.email.is_verified`."""
    message: str
    """What is wrong, and how to fix it."""


class PlainInputError(PlainError, ValueError):
    """An argument is invalid. Nothing was sent."""

    _outcome: ClassVar[MutationOutcome] = "not_carried_out"

    def __init__(
        self, problems: Iterable[InputProblem] | str, *, operation: str | None = None
    ) -> None:
        message = problems if isinstance(problems, str) else ""
        self.problems = () if isinstance(problems, str) else tuple(problems)
        """Everything that is wrong, each with its path; empty in an error made of its text."""
        told = "; ".join(f"{problem.path} {problem.message}" for problem in self.problems)
        super().__init__(message or told, operation=operation)


class PlainConnectionError(PlainError):
    """No response came: the connection could not be made, or it failed."""

    def __init__(self, message: str, *, reached: str = "", **context: Any) -> None:
        super().__init__(message, **context)
        self.reached = reached
        """How far the last attempt came: `nothing`, `connecting`, `connected`, `secured`,
        `writing`, `written` or `reading`. Before `writing`, nothing was sent. Empty in an error
        that was made of its text alone."""


class PlainTimeoutError(PlainError, TimeoutError):
    """No response came in time. Plain may or may not have carried the request out."""

    def __init__(
        self,
        message: str,
        *,
        timeout: float = 0.0,
        reached: str | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.timeout = timeout
        """The limit that was hit, in seconds; 0 in an error that was made of its text alone."""
        self.reached = reached
        """How far the last attempt came, as in `PlainConnectionError`; None: there was none."""


class PlainOutcomeUnknownError(PlainError):
    """A mutation may have been carried out, and is not safe to retry.

    The connection broke, or Plain failed, after the request may have arrived. Check
    whether it happened, for example by the external id that you gave, before you call
    again. The underlying error is the `__cause__`.
    """


class PlainNotAppliedError(PlainError):
    """Plain reports success, but the customer is not as the row of a sync says."""

    _outcome: ClassVar[MutationOutcome] = "carried_out"

    def __init__(self, message: str, *, fields: Iterable[str] = (), **context: Any) -> None:
        super().__init__(message, **context)
        self.fields = tuple(fields)
        """The fields that differ, like `email`."""


class PlainResponseError(PlainError):
    """A response came that cannot be understood."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        is_readable: bool = True,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.is_readable = is_readable
        """Whether it was a GraphQL response at all, rather than a gateway's error."""
        self.status_code = status_code
        """The HTTP status of the response."""


@dataclass(frozen=True)
class GraphQLErrorInfo:
    """One entry of a response's `errors`."""

    message: str
    code: str | None = None
    """`extensions.code`, like `BAD_USER_INPUT`. An open set."""
    path: tuple[str | int, ...] = ()
    """Where in the response the error belongs."""


class PlainAPIError(PlainError):
    """Plain responded, and refused."""

    _outcome: ClassVar[MutationOutcome] = "not_carried_out"

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        code: str | None = None,
        errors: tuple[GraphQLErrorInfo, ...] = (),
        data: dict[str, Any] | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.status_code = status_code
        """The HTTP status of the response; None where nothing was sent."""
        self.code = code
        """Plain's code for the refusal, to branch on. An open set."""
        self.errors = errors
        """The entries of the response's `errors`, if it had any."""
        self.data = data
        """What the response held besides the errors, as JSON."""

    def _details(self) -> list[str]:
        code = [f"code {self.code}"] if self.code else []
        status = self.status_code
        shown = [f"HTTP {status}"] if status and status != 200 else []
        return [*code, *shown, *super()._details()]


class _AnsweredError(PlainAPIError):
    """An error for which there always was a response."""

    # Narrower than in the base: nobody but this module sets it.
    status_code: int  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, message: str, *, status_code: int = 0, **context: Any) -> None:
        super().__init__(message, status_code=status_code, **context)


class PlainAuthenticationError(_AnsweredError):
    """The API key is not valid: mistyped, revoked, or from another workspace."""


class PlainPermissionError(_AnsweredError):
    """The API key is valid but lacks a permission."""

    @property
    def missing_permissions(self) -> tuple[str, ...]:
        """The permissions that Plain says are missing, like `customer:edit`."""
        text = " ".join([self.message, *(error.message for error in self.errors)])
        return tuple(dict.fromkeys(missing_permissions(text)))


def missing_permissions(message: str) -> list[str]:
    """The permissions that follow the word "missing" in a refusal of Plain's."""
    _, found, rest = message.partition("missing")
    return re.findall(r'"([^"\s]+:[^"\s]+)"', rest) if found else []


class PlainRateLimitError(PlainAPIError):
    """The workspace is over its quota. The request was not carried out."""

    def __init__(
        self,
        message: str,
        *,
        limit: int | None = None,
        remaining: int | None = None,
        reset_at: str | None = None,
        retry_after: float | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.limit = limit
        """The workspace's requests per minute."""
        self.remaining = remaining
        """Requests that are left in this window."""
        self.reset_at = reset_at
        """When the window ends, as an ISO 8601 timestamp by the server's clock."""
        self.retry_after = retry_after
        """Seconds to wait, if Plain says so."""


class PlainServerError(_AnsweredError):
    """A fault on Plain's side. Retrying may help."""

    _outcome: ClassVar[MutationOutcome] = "unknown"


class PlainStatusError(_AnsweredError):
    """An HTTP status that has no class of its own."""


class PlainGraphQLError(_AnsweredError):
    """Plain refused the query or its variables, or answered only part of it."""


@dataclass(frozen=True)
class MutationFieldProblem:
    """What Plain says is wrong with one field of a mutation's input."""

    field: str
    """The path of the field, with dots for nesting, in the API's names."""
    message: str
    type: str
    """`VALIDATION`, `REQUIRED`, `NOT_FOUND`, or a value that is newer than this version."""


class PlainMutationError(_AnsweredError):
    """The mutation was refused, and nothing was changed."""

    code: str  # pyright: ignore[reportIncompatibleVariableOverride] - as above
    """Plain's code for the refusal, to branch on. An open set. Empty, as the type and the
    status are 0 or empty, in an error that was made of its text alone."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        type: str = "",
        fields: tuple[MutationFieldProblem, ...] = (),
        **context: Any,
    ) -> None:
        super().__init__(message, code=code, **context)
        self.type = type
        """`VALIDATION`, `FORBIDDEN`, `INTERNAL`, or a value that is newer than this version."""
        self.fields = fields
        """The input's bad fields; empty when the refusal is not about fields."""

    def _details(self) -> list[str]:
        fields = [f"{in_python(f.field)}: {f.message}" for f in self.fields[:_MOST_SHOWN]]
        more = len(self.fields) - len(fields)
        rest = [f"and {more} fields more"] if more else []
        return [*super()._details(), *fields, *rest]


class PlainMutationPermissionError(PlainPermissionError, PlainMutationError):
    """The mutation was refused because the API key lacks a permission."""


class PlainCustomerConflictError(PlainMutationError):
    """The email or the external id of an upsert belongs to another customer."""

    def __init__(
        self,
        message: str,
        *,
        member: Literal["email", "external_id"] | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        # An error that is made of its text alone has only that to go by.
        told: Literal["email", "external_id"] = "email" if "email" in message else "external_id"
        self.member: Literal["email", "external_id"] = member or told
        """What belongs to another customer."""


class PlainAttachmentError(PlainError):
    """A file could not be uploaded or downloaded: where Plain keeps its files, it was refused; or
    the source could not be read, or the target not be written. That error is then the
    `__cause__`."""

    _outcome: ClassVar[MutationOutcome] = "not_carried_out"

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        code: str | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.status_code = status_code
        """The HTTP status of the storage's response; None where it did not refuse."""
        self.code = code
        """What the storage calls it, like `EntityTooLarge`; `INFECTED` where the virus scan does.
        An open set."""

    def _details(self) -> list[str]:
        code = [f"code {self.code}"] if self.code else []
        status = [f"HTTP {self.status_code}"] if self.status_code else []
        return [*code, *status, *super()._details()]


class PlainWebhookError(PlainError):
    """A delivery of a webhook is not to be acted upon. It holds neither the secret nor the body."""


class PlainWebhookSignatureError(PlainWebhookError):
    """Nothing shows that the delivery is from Plain: the signature, the secret or the body is
    missing, or the signature is wrong."""


class PlainWebhookReplayError(PlainWebhookError):
    """The delivery is genuine, but was sent too long ago or in the future: somebody may have
    recorded it, or a clock is wrong."""

    def __init__(
        self, message: str, *, age: float = 0.0, tolerance: float = 0.0, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.age = age
        """Seconds since it was sent, by its own account; negative: it is from the future."""
        self.tolerance = tolerance
        """Seconds that were allowed, either way."""


class PlainWebhookPayloadError(PlainWebhookError):
    """The body of the delivery cannot be understood."""

    def __init__(self, message: str, *, pointer: str = "", **context: Any) -> None:
        super().__init__(message, **context)
        self.pointer = pointer
        """Where in the body, as a JSON pointer like `/payload/thread/title`; empty: all of it."""


for _made in [*globals().values()]:
    # Where users import it from, in tracebacks and wherever an error is told by its name.
    if isinstance(_made, type) and _made.__module__ == __name__:
        _made.__module__ = "plain_sdk"
