"""Ending a task group that belongs to an `async with` block."""

from types import TracebackType

from anyio.abc import TaskGroup


async def cancel_and_leave(
    tasks: TaskGroup,
    exc_type: type[BaseException] | None,
    exc: BaseException | None,
    traceback: TracebackType | None,
) -> bool | None:
    """Cancel the tasks and wait for them; an error of the block alone goes on as it is."""
    tasks.cancel_scope.cancel()
    try:
        return await tasks.__aexit__(exc_type, exc, traceback)
    except BaseExceptionGroup as group:
        if exc is not None and list(group.exceptions) == [exc]:
            return False
        raise
