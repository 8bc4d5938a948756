"""What the sandbox was asked and what it answered, to look at afterwards."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, overload

REMEMBERED = 10_000
"""Requests that are remembered; of more, the oldest are forgotten."""

_SECRET = "authorization"


@dataclass(slots=True, eq=False)
class SeenRequest:
    """One request to the API, and what became of it."""

    number: int
    """From 1, in the order in which they came."""
    at: datetime
    """When it came, by the sandbox's clock; aware."""
    operations: tuple[str, ...]
    """The root fields that it asks for, like `upsertCustomer`; none when it is no document."""
    query: str = field(repr=False)
    variables: Mapping[str, Any] | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """In lower case, without the API key."""
    machine_user_id: str | None = None
    """Who asked; None when the key is not valid."""
    status: int | None = None
    """The status of the response; None: none was sent."""
    answer: Any = field(default=None, repr=False)
    """The body of the response, as JSON; None where it was none."""
    carried_out: bool = False
    """Whether it got as far as being carried out, whatever was answered then."""
    faults: tuple[str, ...] = ()
    """The faults that it met."""
    quota_cost: int = 0
    """What it took of the quota."""


class SeenRequests(Sequence[SeenRequest]):
    """The requests so far, the oldest first."""

    def __init__(self) -> None:
        self._seen: deque[SeenRequest] = deque(maxlen=REMEMBERED)
        self._count = 0

    def note(
        self,
        at: float,
        operations: tuple[str, ...],
        query: str,
        variables: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> SeenRequest:
        """Remember a request that came."""
        self._count += 1
        shown = {name: value for name, value in headers.items() if name != _SECRET}
        moment = datetime.fromtimestamp(at, UTC)
        seen = SeenRequest(self._count, moment, operations, query, variables, shown)
        self._seen.append(seen)
        return seen

    def of(self, *operations: str) -> list[SeenRequest]:
        """Those that ask for one of these root fields."""
        return [seen for seen in self if not {*operations}.isdisjoint(seen.operations)]

    def clear(self) -> None:
        """Forget them."""
        self._seen.clear()

    def __len__(self) -> int:
        return len(self._seen)

    @overload
    def __getitem__(self, index: int) -> SeenRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[SeenRequest]: ...
    def __getitem__(self, index: int | slice) -> SeenRequest | list[SeenRequest]:
        return list(self._seen)[index] if isinstance(index, slice) else self._seen[index]

    def __iter__(self) -> Iterator[SeenRequest]:
        # Of a copy: a server goes on in its own thread.
        return iter(list(self._seen))

    def __repr__(self) -> str:
        return f"<{len(self._seen)} requests>"
