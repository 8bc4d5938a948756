"""Walks a Relay connection, a page at a time."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Generic, TypeVar

from .. import _defaults as defaults
from .._call.pipeline import Pipeline
from .._config import checked_count
from .._errors import InputProblem, PlainInputError, PlainResponseError, in_python
from ..runtime.operations import ConnectionLike, Operation, Page, Paging, RequestOptions
from ..runtime.tables import Nodes
from .prefetch import PrefetchedNodes

NodeT = TypeVar("NodeT")


class Paginator(Generic[NodeT]):
    """The nodes of a list, fetched while you iterate; see `NodePages`."""

    def __init__(
        self,
        pipeline: Pipeline,
        operation: "Operation[Any, Any, ConnectionLike[NodeT] | None]",
        variables: Mapping[str, object],
        paging: Paging,
        options: RequestOptions | None,
    ) -> None:
        check_paging(paging, operation.name)
        self._pipeline = pipeline
        self._operation = operation
        self._variables = variables
        self._paging = paging
        self._options = options

    def __repr__(self) -> str:
        return f"<{in_python(self._operation.name)}: nodes, page by page; use `async for`>"

    async def __aiter__(self) -> AsyncIterator[NodeT]:
        async for page in self.pages():
            for node in page.nodes:
                yield node

    async def pages(self) -> AsyncIterator[Page[NodeT]]:
        """The pages, each with its nodes, its cursors and the total count."""
        paging = self._paging
        left = paging.limit
        cursor = paging.before if paging.backward else paging.after
        while left is None or left > 0:
            size = paging.page_size or defaults.PAGE_SIZE
            size = size if left is None else min(size, left)
            page, following = await self._page(size, cursor)
            left = None if left is None else left - len(page.nodes)
            if left is not None and left <= 0:
                page = Page(page.nodes, page.cursors, False, page.total_count)
            yield page
            if not page.has_next:
                return
            if following is None or following == cursor:
                raise PlainResponseError(
                    f"there should be more pages, but the cursor {cursor!r} does not advance",
                    operation=self._operation.name,
                )
            cursor = following

    def prefetched(self, ahead: int = 1) -> PrefetchedNodes[NodeT]:
        """The nodes, with `ahead` pages prefetched, for an `async with` block."""
        checked_count("ahead", ahead)
        return PrefetchedNodes(self.pages, ahead)

    async def first(self) -> NodeT | None:
        """The first node, or None when the list is empty. One request for one node."""
        cursor = self._paging.before if self._paging.backward else self._paging.after
        page, _ = await self._page(1, cursor)
        return page.nodes[0] if page.nodes else None

    async def collect(self) -> list[NodeT]:
        """All nodes in one list. Set a `limit` when the list may be long."""
        return Nodes([node async for node in self])

    async def total_count(self) -> int | None:
        """How many nodes there are across all pages; None where the API does not say."""
        page, _ = await self._page(1, None)
        return page.total_count

    async def _page(self, size: int, cursor: str | None) -> tuple[Page[NodeT], str | None]:
        backward = self._paging.backward
        connection = await self._pipeline.value(
            self._operation,
            {**self._variables, **page_variables(size, cursor, backward=backward)},
            self._options,
        )
        if connection is None:
            # What has the list does not exist.
            return Page([], [], has_next=False, total_count=None), None
        # Plain promises neither of these to be null, and breaks no caller who meets it.
        info: Any = connection.page_info
        told: Any = connection.edges or ()
        if info is None:
            raise PlainResponseError(
                "Plain reported no error, but 'pageInfo' is null", operation=self._operation.name
            )
        edges = [edge for edge in told if edge is not None]
        edges = edges[::-1] if backward else edges
        page = Page(
            nodes=[edge.node for edge in edges],
            cursors=[edge.cursor for edge in edges],
            has_next=info.has_previous_page if backward else info.has_next_page,
            total_count=getattr(connection, "total_count", None),
        )
        return page, (info.start_cursor if backward else info.end_cursor)


def page_variables(size: int, cursor: str | None, *, backward: bool) -> dict[str, object]:
    """The page arguments: `first` goes with `after`, `last` with `before`, never mixed."""
    if backward:
        return {"last": size, "before": cursor}
    return {"first": size, "after": cursor}


def check_paging(paging: Paging, operation: str) -> None:
    """Refuse page arguments that Plain would refuse."""
    problems: list[InputProblem] = []
    size, limit = paging.page_size, paging.limit
    for name, value in (("page_size", size), ("limit", limit)):
        if not _is_whole_or_none(value):
            problem = InputProblem(name, f"must be a whole number, not {value!r}")
            raise PlainInputError([problem], operation=operation)
    if size is not None and not 1 <= size <= defaults.PAGE_SIZE:
        problems.append(InputProblem("page_size", f"must be 1 to {defaults.PAGE_SIZE}, not {size}"))
    if limit is not None and limit < 0:
        problems.append(InputProblem("limit", f"must not be negative ({limit})"))
    if paging.after is not None and paging.backward:
        problems.append(InputProblem("after", "pages forward; with backward=True, use before="))
    if paging.before is not None and not paging.backward:
        problems.append(InputProblem("before", "pages backward; add backward=True, or use after="))
    if problems:
        raise PlainInputError(problems, operation=operation)


def _is_whole_or_none(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))
