"""What happens by itself when its time has come."""

from .._context import Context
from .attachments import forget_unused
from .customer_deletion import delete_customers
from .threads.status import wake_threads


def carry_out_what_is_due(context: Context) -> None:
    """End snoozes that are over, delete what is to be deleted, forget files that nothing refers
    to."""
    delete_customers(context)
    wake_threads(context)
    forget_unused(context.store, context.clock())
