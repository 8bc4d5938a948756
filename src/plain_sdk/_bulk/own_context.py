"""One call with context variables of its own, in the task of its caller."""

from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from types import coroutine
from typing import Any, TypeVar

ValueT = TypeVar("ValueT")


@coroutine
def in_own_context(call: Coroutine[Any, Any, ValueT]) -> Generator[Any, Any, ValueT]:
    """Await `call`; what it sets in context variables is seen by nobody after it.

    A task for each call would do the same, for a turn of the event loop more.
    """
    context = copy_context()
    step: Callable[[Any], Any] = call.send
    given: Any = None
    while True:
        try:
            awaited = context.run(step, given)
        except StopIteration as done:
            value: ValueT = done.value
            return value
        try:
            given = yield awaited
            step = call.send
        except GeneratorExit:
            context.run(call.close)
            raise
        except BaseException as error:
            given = error
            step = call.throw
