"""Sending planned rows, and noting in the checkpoint what came of them."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from plain_graphql.enums import UpsertResult

from .._bulk.outcomes import Settled
from .._bulk.stopping import STOPPING
from .._call.tally import TALLY
from .._customers.prepared import PreparedUpsert, email_key
from .._errors import (
    PlainCheckpointError,
    PlainCustomerConflictError,
    PlainError,
    PlainMutationError,
    PlainNotAppliedError,
)
from .._outcome import Err, Ok, Outcome
from .checkpoint import Checkpoint, Claims, Refusal
from .outage import Outage
from .planning import Planned, overwritten
from .policy import is_lasting, is_refusal
from .second_tries import SecondTries

if TYPE_CHECKING:
    from plain_graphql.operations.upsert_customer import UpsertedCustomer

    UpsertPack: TypeAlias = Callable[
        [list[PreparedUpsert], int | None, dict[str, UpsertedCustomer]],
        Awaitable[list[Outcome[UpsertedCustomer]]],
    ]
    """Carries out a pack of upserts, with that many attempts (None: as many as usual), and
    gives an outcome for each. Those that were written in part, and whose outcome is an error,
    it puts into the mapping by their keys."""

_COUNTS: Final[dict[str, str]] = {
    UpsertResult.CREATED: "created",
    UpsertResult.UPDATED: "updated",
    UpsertResult.NOOP: "noop",
}


class Sender:
    """Carries out packs of planned rows."""

    def __init__(
        self,
        upsert: "UpsertPack",
        checkpoint: Checkpoint,
        counts: Counter[str],
        outage: Outage,
        second: SecondTries,
        now: Callable[[], str],
    ) -> None:
        self._upsert = upsert
        self._checkpoint = checkpoint
        self._counts = counts
        self._outage = outage
        self._second = second
        self._now = now

    async def carry_out(self, pack: list[Planned]) -> "list[Settled[UpsertedCustomer]]":
        """The outcome of each row of the pack."""
        try:
            return await self._carry_out(pack)
        finally:
            self._second.ended(len(pack))

    async def _carry_out(self, pack: list[Planned]) -> "list[Settled[UpsertedCustomer]]":
        to_send = [planned for planned in pack if planned.known is None]
        outcomes = {planned.place: planned.known for planned in pack}
        for planned in pack:
            if planned.known is not None:
                self._counts[planned.count_as] += 1
                self._counts["waiting"] -= planned.send is not None
        if to_send:
            try:
                if any(planned.replaces for planned in to_send):
                    # From here on, what the file holds of these rows may be untrue. A new row
                    # is sent again after a kill whether the file knows of it or not.
                    await self._checkpoint.save()
                partly: dict[str, UpsertedCustomer] = {}
                sent = await self._outage.send(
                    [cast("PreparedUpsert", planned.send) for planned in to_send],
                    lambda upserts, attempts: self._upsert(upserts, attempts, partly),
                )
                for planned, outcome in zip(to_send, sent, strict=True):
                    noted = self._noted(planned, outcome, partly.get(cast("str", planned.key)))
                    outcomes[planned.place] = noted
                await self._checkpoint.save()
            except PlainCheckpointError as error:
                return [Settled(Err(error)) for _ in pack]
        return [Settled(cast("Outcome[UpsertedCustomer]", outcomes[p.place]), p.key) for p in pack]

    def _noted(
        self,
        planned: Planned,
        outcome: "Outcome[UpsertedCustomer]",
        partly: "UpsertedCustomer | None",
    ) -> "Outcome[UpsertedCustomer]":
        """The outcome, recorded and counted."""
        key = cast("str", planned.key)
        if planned.attempts:
            self._counts["waiting"] -= 1
        if isinstance(outcome, Ok):
            upserted = outcome.value
            place = self._checkpoint.done(key, self._now(), *_seen(upserted))
            if place is None:
                self._second.came_through()
                self._counts[_COUNTS.get(upserted.result, "updated")] += 1
                self._counts["relinked"] += hasattr(upserted, "matched_by")
                return outcome
            outcome = Err(overwritten(place))
        elif partly is not None:
            # Its email and external id may be those that it is about to give up.
            result, customer_id, _ = _seen(partly)
            place = self._checkpoint.applied(key, result, customer_id, Claims(None, None))
            if place is not None:
                outcome = Err(overwritten(place, outcome.error))
        error = outcome.error
        if is_refusal(error):
            refusal = Refusal(_code(error), _bad_fields(error), is_lasting(error))
            self._checkpoint.refused(key, self._now(), refusal)
            self._counts["waiting" if self._holds(planned, error) else "refused"] += 1
        elif not isinstance(error, STOPPING):
            self._counts["unanswered"] += 1
        return outcome

    def _holds(self, planned: Planned, error: PlainError) -> bool:
        if not isinstance(error, PlainCustomerConflictError):
            return False
        tally = TALLY.get()
        sent = max(1, tally.attempts) if tally is not None else 1
        return self._second.hold(planned, error, planned.attempts + sent)


def _seen(upserted: "UpsertedCustomer") -> tuple[str, str, Claims]:
    """What a response says: the result, the customer, and who that is."""
    customer = upserted.customer
    claims = Claims(email_key(customer.email.email), customer.external_id)
    return str(upserted.result), customer.id, claims


def _code(error: PlainError) -> str | None:
    if isinstance(error, PlainNotAppliedError):
        return "not_applied"
    code: str | None = getattr(error, "code", None)
    return code


def _bad_fields(error: PlainError) -> str:
    """The paths of a refusal's bad fields, and nothing that may repeat what is in them."""
    if isinstance(error, PlainNotAppliedError):
        return ", ".join(error.fields)
    fields = error.fields if isinstance(error, PlainMutationError) else ()
    return ", ".join(field.field for field in fields if re.fullmatch(r"[\w.\[\]]+", field.field))
