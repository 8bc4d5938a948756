"""Errors as values, for those who prefer them."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Generic, Literal, Never, TypeAlias, TypeVar

from ._errors import PlainConfigurationError, PlainError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Ok(Generic[T_co]):
    """A call that succeeded."""

    value: T_co

    @property
    def is_ok(self) -> Literal[True]:
        return True

    def unwrap(self) -> T_co:
        """The value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Err:
    """A call that failed."""

    error: PlainError

    @property
    def is_ok(self) -> Literal[False]:
        return False

    def unwrap(self) -> Never:
        """Raises the error."""
        raise self.error


Outcome: TypeAlias = Ok[T] | Err


async def capture(call: Awaitable[T]) -> Outcome[T]:
    """`Ok(value)` or `Err(error)` of any call, like `capture(client.customer("c_1"))`.

    Only a `PlainError` becomes an `Err`: a refusal, a failed request, invalid input.
    Cancellation, programming errors and `PlainConfigurationError` are raised.
    """
    try:
        return Ok(await call)
    except PlainConfigurationError:
        raise
    except PlainError as error:
        return Err(error)
