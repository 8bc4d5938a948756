"""Which rows are wanted: conditions like `type=identify`."""

from collections.abc import Sequence

from ..._exit import CommandError
from .cells import BOOLEANS
from .expression import Values, is_empty, parsed


class Condition:
    """A column, or an expression in braces, that is or is not a text."""

    def __init__(self, given: str, columns: Sequence[str] | None) -> None:
        left, mark, right = given.partition("!=")
        self._wanted = not mark
        if not mark:
            left, mark, right = given.partition("=")
        if not mark or not left.strip():
            raise CommandError(
                f"--where {given!r}: must be COLUMN=TEXT or COLUMN!=TEXT; an empty text is no value"
            )
        self.expression = parsed(left.strip(), columns)
        self._text = right.strip()

    def holds(self, values: Values) -> bool:
        """Whether a row meets it."""
        found = self.expression.value(values)
        return self._is(found) is self._wanted

    def _is(self, found: object) -> bool:
        if is_empty(found):
            return not self._text
        if isinstance(found, bool):
            return found is BOOLEANS.get(self._text.lower())
        return str(found).strip() == self._text
