"""What the generated methods are built on: operations as data, and who carries them out.

Generated code only describes calls. Whoever sends them implements `Executor`; in
this project that is `AsyncPlainClient`, which hands every call to one choke point. Nothing here
needs pydantic, so that a client can be imported before the first model is.
"""

import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypedDict, TypeVar, cast

from .hints import with_hints
from .tables import as_table
from .unset import UNSET

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from .models import InputModel, PageInfoLike

DataT = TypeVar("DataT")
PayloadT = TypeVar("PayloadT")
ValueT = TypeVar("ValueT")
ValueT_co = TypeVar("ValueT_co", covariant=True)
NodeT = TypeVar("NodeT")
MethodT = TypeVar("MethodT", bound=Callable[..., Any])
NodeT_co = TypeVar("NodeT_co", covariant=True)


class RequestOptions(TypedDict, total=False):
    """What one call may do differently from the client's own settings."""

    timeout: float | None
    """The most that the call may take, in seconds, retries and waits included.
    None: no limit."""
    connect_timeout: float | None
    """Seconds to open a connection."""
    read_timeout: float | None
    """Seconds of silence while the response is awaited or read."""
    write_timeout: float | None
    """Seconds without progress while the request is sent; on aiohttp the `timeout` bounds it."""
    pool_timeout: float | None
    """Seconds to wait for a turn among the client's own calls, for a slot or for quota."""
    max_attempts: int
    """The most attempts to make; 1 means no retries."""
    priority: Literal["interactive", "bulk"]
    """`interactive` goes at once while quota lasts; `bulk` is spread over the window."""
    detail: Literal["full", "lean"]
    """`lean` asks for other objects' ids only, which takes fewer permissions and less time; reading
    what was not asked for raises an AttributeError. `full`, the default, asks for their names."""


with_hints(RequestOptions)


class NullMemberError(ValueError):
    """A successful response lacks a field that success guarantees."""

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member


def require(value: ValueT | None, member: str) -> ValueT:
    """The value, which success guarantees; `NullMemberError` when it is null."""
    if value is None:
        raise NullMemberError(member)
    return value


def given(arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments that a caller gave."""
    return {name: value for name, value in arguments.items() if value is not UNSET}


def deprecated(reason: str) -> "Callable[[MethodT], MethodT]":
    """Marks a method that should not be used any more; calling it warns.

    Type checkers are shown `typing_extensions.deprecated`, which is slow to import.
    """

    def mark(method: "MethodT") -> "MethodT":
        @wraps(method)
        def warning(*args: Any, **kwargs: Any) -> Any:
            warnings.warn(reason, DeprecationWarning, stacklevel=2)
            return method(*args, **kwargs)

        vars(warning)["__deprecated__"] = reason
        return cast("MethodT", warning)

    return mark


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Generic[DataT, PayloadT, ValueT_co]):
    """One GraphQL operation and how its response is unwrapped.

    `DataT` is the whole `data` object, `PayloadT` the value of its root field,
    `ValueT_co` what the caller gets.
    """

    name: str
    """The operation's name in GraphQL, for logs, errors and Plain's own tracking."""
    kind: Literal["query", "mutation"]
    document: str
    """The operation and its fragments, without needless white space."""
    repeatable: bool
    """Whether carrying it out twice has the same effect as once."""
    permissions: tuple[str, ...]
    """The permissions that the API key needs, for the operation and for what it selects."""
    done_codes: tuple[str, ...]
    """Codes with which Plain refuses what has been done already."""
    data_type: type[DataT]
    variables_type: "type[InputModel]"
    payload: Callable[[DataT], PayloadT]
    unwrap: Callable[[PayloadT], ValueT_co]
    derived_permissions: tuple[str, ...] = ()
    """Those of the permissions that follow from names alone: Plain does not document them."""


class EdgeLike(Protocol[NodeT_co]):
    """A node within a page, with its cursor."""

    @property
    def cursor(self) -> str: ...
    @property
    def node(self) -> NodeT_co: ...


class ConnectionLike(Protocol[NodeT_co]):
    """One page of a Relay connection."""

    @property
    def page_info(self) -> "PageInfoLike": ...
    @property
    def edges(self) -> Sequence[EdgeLike[NodeT_co]]: ...


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is walked."""

    page_size: int | None = None
    """How many nodes a page holds, 1 to 100. None: the client's default."""
    limit: int | None = None
    """The most nodes to yield across all pages. None: all."""
    after: str | None = None
    """Start after this cursor, going forward."""
    before: str | None = None
    """Start before this cursor, going backward."""
    backward: bool = False
    """Walk from the end of the list to its start."""


class NodePages(Protocol[NodeT]):
    """The nodes of a list, fetched a page at a time while you iterate.

    `async for node in pages` yields nodes; `pages.pages()` yields whole pages.
    Nothing is sent before the iteration starts, and each iteration starts over.
    """

    def __aiter__(self) -> AsyncIterator[NodeT]: ...
    def pages(self) -> "AsyncIterator[Page[NodeT]]":
        """The pages, each with its nodes, its cursors and the total count."""
        ...

    def prefetched(self, ahead: int = 1) -> "AbstractAsyncContextManager[AsyncIterator[NodeT]]":
        """The nodes, with `ahead` pages prefetched while you use those of the current one.

        An `async with` block owns the fetching; leaving the block cancels it:

            async with client.customers().prefetched() as customers:
                async for customer in customers: ...
        """
        ...

    async def first(self) -> NodeT | None:
        """The first node, or None when the list is empty. One request for one node."""
        ...

    async def collect(self) -> list[NodeT]:
        """All nodes in one list, which a notebook shows as a table.

        Set a `limit` when the list may be long.
        """
        ...

    async def total_count(self) -> int | None:
        """How many nodes there are across all pages; None where the API does not say."""
        ...


@dataclass(frozen=True, slots=True)
class Page(Generic[NodeT]):
    """One page of a list, in the order of iteration."""

    nodes: list[NodeT]
    cursors: list[str]
    """The cursor of each node; resume after one with `after=` (backward: `before=`)."""
    has_next: bool
    """Whether the iteration has more pages to come."""
    total_count: int | None
    """How many nodes there are across all pages; None where the API does not say."""

    def _repr_html_(self) -> str:
        return as_table(self.nodes)


class Executor(Protocol):
    """Whoever carries operations out."""

    def execute(
        self,
        operation: Operation[Any, Any, ValueT],
        variables: Mapping[str, object],
        options: RequestOptions | None = None,
    ) -> Coroutine[Any, Any, ValueT]:
        """The unwrapped value; a refusal is raised."""
        ...

    def execute_raw(
        self,
        operation: Operation[Any, PayloadT, Any],
        variables: Mapping[str, object],
        options: RequestOptions | None = None,
    ) -> Coroutine[Any, Any, PayloadT]:
        """The value of the root field, with its `error` field untouched."""
        ...

    def paginate(
        self,
        operation: "Operation[Any, Any, ConnectionLike[NodeT] | None]",
        variables: Mapping[str, object],
        paging: Paging,
        options: RequestOptions | None = None,
    ) -> NodePages[NodeT]:
        """The nodes of a connection, page by page."""
        ...


class OperationsBase:
    """Holds the executor to which generated methods hand their calls."""

    _executor: Executor

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        with_hints(cls)
