"""What the comment above an operation says of it.

The comment is text, then lines of the form `Word: value`:

    # Create a customer, or update the one that the identifier matches.
    #
    # Permission: customer:create, customer:edit
    # Repeat: safe

`Permission` is what the operation itself needs; what it selects is added by the compiler. Behind
what Plain does not document stands `(Plain does not document it)`.
`Repeat` is `safe` or `unsafe`. A query is always safe; a mutation must say it. `Done` names
the codes with which Plain refuses what has been done already; behind a lost response such a
refusal means success. `Null` names a member of the payload that may be null on success.
"""

import re
from dataclasses import dataclass

from graphql import GraphQLError, OperationDefinitionNode, OperationType, TokenKind

_TAG = re.compile(r"^(Permission|Repeat|Done|Null):\s*(.*)$")


@dataclass(frozen=True)
class OperationNotes:
    """The comment above an operation, taken apart."""

    text: str
    permission: str
    repeatable: bool
    done_codes: tuple[str, ...] = ()
    null_members: tuple[str, ...] = ()

    @property
    def permissions(self) -> tuple[str, ...]:
        """The permissions' names, without what the comment adds to them."""
        return tuple(re.findall(r"\b[A-Za-z]+:[A-Za-z]+\b", self.permission))

    @property
    def is_documented(self) -> bool:
        """Whether Plain documents what the comment says of permissions."""
        return "does not document" not in self.permission


def operation_notes(operation: OperationDefinitionNode) -> OperationNotes:
    """Read the comment above an operation; `GraphQLError` when it is not complete."""
    text: list[str] = []
    tags: dict[str, str] = {}
    for line in _comment_lines(operation):
        if match := _TAG.match(line):
            tags[match[1]] = match[2].strip()
        else:
            text.append(line)
    is_query = operation.operation is OperationType.QUERY
    repeat = tags.get("Repeat", "safe" if is_query else "")
    if repeat not in ("safe", "unsafe"):
        name = operation.name.value if operation.name else "?"
        raise GraphQLError(
            f"The comment above the mutation {name!r} must say "
            "'# Repeat: safe' or '# Repeat: unsafe'" + (f", not {repeat!r}." if repeat else "."),
            operation,
        )
    return OperationNotes(
        text="\n".join(text).strip(),
        permission=tags.get("Permission", ""),
        repeatable=repeat == "safe",
        done_codes=tuple(re.findall(r"\w+", tags.get("Done", ""))),
        null_members=tuple(re.findall(r"\w+", tags.get("Null", ""))),
    )


def _comment_lines(operation: OperationDefinitionNode) -> list[str]:
    lines: list[str] = []
    following = operation.loc.start_token if operation.loc else None
    token = following.prev if following else None
    # A comment that an empty line sets apart is about something else.
    while (
        token is not None
        and following is not None
        and token.kind is TokenKind.COMMENT
        and token.line == following.line - 1
    ):
        lines.append((token.value or "").removeprefix(" ").rstrip())
        following, token = token, token.prev
    return lines[::-1]
