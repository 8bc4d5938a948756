"""How the sandbox says no, in Plain's own codes."""

from dataclasses import dataclass, field

NOT_YET_IMPLEMENTED = "not_yet_implemented"
"""Plain's code for what its API does not do yet; the sandbox's for what it does not."""


@dataclass(frozen=True)
class BadField:
    """One field of a mutation's input that is not acceptable."""

    field: str
    message: str
    type: str
    """`VALIDATION`, `REQUIRED` or `NOT_FOUND`."""


@dataclass
class MutationRefused(Exception):
    """A mutation is refused; the response carries this as its `error`."""

    code: str
    message: str
    type: str = "VALIDATION"
    fields: list[BadField] = field(default_factory=list)

    def as_error(self) -> dict[str, object]:
        """The API's `MutationError` object."""
        return {
            "message": self.message,
            "type": self.type,
            "code": self.code,
            "fields": [vars(bad) for bad in self.fields],
        }


@dataclass
class QueryRefused(Exception):
    """A query is refused; the response's `errors` carry this, under an HTTP status."""

    code: str
    message: str
    status: int = 200

    def __str__(self) -> str:
        return self.message


def bad_input(fields: list[BadField]) -> MutationRefused:
    """The input has bad fields."""
    return MutationRefused(
        "input_validation", "There was a validation error.", "VALIDATION", fields
    )


def not_found(field_path: str, message: str) -> MutationRefused:
    """The input points to something that does not exist."""
    return MutationRefused(
        "not_found", message, "VALIDATION", [BadField(field_path, message, "NOT_FOUND")]
    )


def not_yet_implemented(name: str) -> str:
    """What the sandbox says of a root field that it does not have."""
    return f"The sandbox does not implement {name}."
