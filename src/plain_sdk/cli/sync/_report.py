"""What a sync says at its end, and for each outcome."""

from dataclasses import asdict
from typing import Any

from ..._bulk.outcomes import ItemOutcome
from ..._customer_sync.policy import SyncSummary
from ..._customers.rows import UpsertRow
from ..._outcome import Err, Ok
from ._check import Checked
from ._output import Output
from ._refused import RefusedRows
from .mapping.columns import source_of


def report(
    output: Output, checked: Checked, summary: SyncSummary, out: RefusedRows | None, code: int
) -> None:
    """Print the counts, or give them as JSON."""
    name = checked.table.name
    output.result(f"{name}: {checked.rows} rows")
    where = f", reasons in {out.path}" if out is not None and out.count else ""
    for count, what in (
        (checked.left_out, "left out by --where"),
        (checked.invalid, f"invalid, not sent{where}"),
        (summary.to_send, "would be sent"),
        (summary.created, "created"),
        (summary.updated, "updated"),
        (summary.noop, "sent, but already up to date"),
        (summary.relinked, "of these, found under another identity"),
        (summary.unchanged, "unchanged since an earlier run, not sent"),
        (summary.repeated, "repeated, not sent"),
        (
            summary.refused,
            f"refused{where}; the next run sends them again, unless the row is wrong",
        ),
        (
            summary.refused_before,
            f"refused before and unchanged, not sent (--retry-refused sends them){where}",
        ),
        (summary.waiting, "with a conflict, not sent again yet; the next run does"),
        (summary.unanswered, "without a usable response; the next run sends them again"),
    ):
        if count:
            output.result(f"{count:>9} {what}")
    for (member, example), count in checked.undone.items():
        output.result(f"{count:>9} of {member} read without a tool's additions: {example}")
    output.event(
        event="summary", file=name, exit_code=code, rows=checked.rows, invalid=checked.invalid,
        left_out=checked.left_out, refused_file=str(out.path) if out and out.count else None,
        **{name: value for name, value in asdict(summary).items() if name != "rows"},
    )  # fmt: skip


def outcome_event(output: Output, outcome: "ItemOutcome[UpsertRow, Any]") -> None:
    """Give an outcome as JSON, and as a line where every outcome is wanted."""
    row = source_of(outcome.item)
    found = outcome.outcome
    told: dict[str, Any] = {"event": "outcome", "row": row.number, "key": outcome.key}
    if row.line:
        told["line"] = row.line
    if isinstance(found, Ok):
        told |= {"result": str(found.value.result).lower(), "customer_id": found.value.customer.id}
        words = f"{told['result']} {told['customer_id']}"
    else:
        assert isinstance(found, Err)
        code = error_code(found.error)
        told |= {"result": "error", "code": code, "message": str(found.error)}
        words = f"error {code}: {found.error}"
    output.event(**told)
    if output.verbose:
        output.say(f"{row.name}: {words}")


def error_code(error: Exception) -> str:
    """What to call an error: Plain's code for it, or its class."""
    return str(getattr(error, "code", None) or type(error).__name__)
