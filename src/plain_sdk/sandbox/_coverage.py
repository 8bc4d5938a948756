"""Which root fields of the API the sandbox carries out."""

from .domains import DOMAINS


def carried_out() -> frozenset[str]:
    """The names of the queries and mutations that have rules here; all others are refused as
    `not_yet_implemented`."""
    return frozenset(name for domain in DOMAINS for name in (*domain.queries, *domain.mutations))
