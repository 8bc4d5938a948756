"""Values with a meaning of their own: priorities, moments, and numbers within bounds.

Nothing here needs pydantic until a model that holds such a value is built.
"""

import datetime as dt
from enum import IntEnum
from functools import total_ordering
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class ThreadPriority(IntEnum):
    """How urgent a thread is; equal to the number that Plain has for it.

    A number that is newer than this version is kept, is named `UNKNOWN` and is no member.
    """

    URGENT = 0
    HIGH = 1
    NORMAL = 2
    "What a new thread has unless something else is said."
    LOW = 3

    @classmethod
    def _missing_(cls, value: object) -> "ThreadPriority | None":
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        member = int.__new__(cls, value)
        member._name_ = "UNKNOWN"
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether this version knows what the number means."""
        return self.value in type(self)._value2member_map_

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.int_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(int),
        )


class Between:
    """Annotates whole numbers of an input that lie within bounds, both included."""

    def __init__(self, least: int, most: int, meaning: str = "") -> None:
        self.least = least
        """The smallest number that is right."""
        self._most = most
        self._meaning = f": {meaning}" if meaning else ""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        from pydantic_core import PydanticCustomError, core_schema

        bounds = {"bounds": f"from {self.least} to {self._most}{self._meaning}"}

        def checked(value: Any) -> Any:
            if isinstance(value, bool):
                raise PydanticCustomError("whole_number", "must be a whole number {bounds}", bounds)
            if isinstance(value, int) and not self.least <= value <= self._most:
                raise PydanticCustomError("between", "must be {bounds}", bounds)
            return int(value) if isinstance(value, int) else value

        return core_schema.no_info_before_validator_function(checked, handler(source))


class TextLength:
    """Annotates texts of an input that have so many characters, both bounds included.

    What counts is Unicode's characters. Plain may count more for some of them, like emoji.
    """

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = most

    def __get_pydantic_core_schema__(
        self, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        from pydantic_core import PydanticCustomError, core_schema

        least = f"{self._least:,} to " if self._least else "at most "

        def checked(value: str) -> str:
            if self._least <= len(value) <= self._most:
                return value
            raise PydanticCustomError(
                "length",
                "must have {bounds} characters, not {given}",
                {"bounds": f"{least}{self._most:,}", "given": f"{len(value):,}"},
            )

        return core_schema.no_info_after_validator_function(checked, handler(source))


class NotEmpty:
    """Annotates lists of an input that hold at least one item."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        from pydantic_core import PydanticCustomError, core_schema

        def checked(value: Any) -> Any:
            if not value:
                raise PydanticCustomError("not_empty", "must hold at least one item")
            return value

        return core_schema.no_info_after_validator_function(checked, handler(source))


class LinkAddress:
    """Annotates texts of an input that are the address of a link: with a scheme, and no space."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        from urllib.parse import urlsplit

        from pydantic_core import PydanticCustomError, core_schema

        def checked(value: str) -> str:
            try:
                parts = urlsplit(value)
                whole = parts.netloc if parts.scheme in ("http", "https") else parts.path
            except ValueError:
                whole = ""
            if not whole or not urlsplit(value).scheme or any(c.isspace() for c in value):
                raise PydanticCustomError(
                    "address", "must be a whole address, like https://example.com/orders/1"
                )
            return value

        return core_schema.no_info_after_validator_function(checked, handler(source))


class _Moment:
    """Annotates times of an input: ISO 8601 text, or an aware `datetime` that becomes it."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        from pydantic_core import PydanticCustomError, core_schema

        def text(value: Any) -> Any:
            if isinstance(value, dt.datetime):
                if value.utcoffset() is None:
                    raise PydanticCustomError(
                        "naive_time",
                        "must say its time zone: datetime.now(UTC), or value.astimezone()",
                    )
                return iso8601(value)
            if isinstance(value, str):
                try:
                    dt.datetime.fromisoformat(value)
                except ValueError:
                    raise PydanticCustomError(
                        "iso_time",
                        "must be a time in ISO 8601, like 2026-01-31T12:00:00Z, or an aware "
                        "datetime",
                    ) from None
            elif isinstance(value, MomentModel):
                return value.iso8601
            return value

        return core_schema.no_info_before_validator_function(text, core_schema.str_schema())


if TYPE_CHECKING:
    Moment: TypeAlias = "str | dt.datetime | MomentModel"
else:
    Moment = Annotated[str, _Moment()]
"""A time in an input. The model holds the text that is sent."""


def iso8601(moment: dt.datetime) -> str:
    """An aware time as Plain writes it: in UTC, with milliseconds, and finer where it is finer."""
    utc = moment.astimezone(dt.UTC)
    digits = "microseconds" if utc.microsecond % 1000 else "milliseconds"
    return utc.isoformat(timespec=digits).replace("+00:00", "Z")


@total_ordering
class MomentModel:
    """What a `DateTime` of Plain's can do: it compares, and is a `datetime` when asked."""

    if TYPE_CHECKING:
        iso8601: str

    @property
    def datetime(self) -> dt.datetime:
        """The time as an aware `datetime` in UTC.

        Raises:
            ValueError: The text is not a time in ISO 8601.
        """
        moment = dt.datetime.fromisoformat(self.iso8601 or "")
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)

    def __str__(self) -> str:
        return self.iso8601

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.iso8601!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MomentModel):
            return self._key() == other._key()
        return self._key() == other if isinstance(other, dt.datetime) else NotImplemented

    def __lt__(self, other: "MomentModel | dt.datetime") -> bool:
        return self.datetime < (other.datetime if isinstance(other, MomentModel) else other)

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> "dt.datetime | str":
        """What equal times have in common; a text that is no time is equal to itself alone."""
        try:
            return self.datetime
        except ValueError:
            return self.iso8601
