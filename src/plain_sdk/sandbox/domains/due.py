"""What happens by itself when its time has come."""

from .._context import Context
from .attachments import forget_unused
from .threads.status import wake_threads


def carry_out_what_is_due(context: Context) -> None:
    """End snoozes that are over, and forget files that nothing refers to."""
    wake_threads(context)
    forget_unused(context.store, context.clock())
