"""`plain-sdk sandbox --coverage`: what of the client the sandbox carries out."""

from collections.abc import Iterable, Mapping

from graphql import FieldNode, OperationDefinitionNode, parse

from ._catalogue import AnyOperation, operations


def coverage() -> list[tuple[str, AnyOperation, bool]]:
    """Every method of the client, its operation, and whether the sandbox carries it out."""
    from ..sandbox import carried_out

    known = carried_out()
    return [
        (name, operation, known.issuperset(root_fields(operation)))
        for name, operation in operations().items()
    ]


def root_fields(operation: AnyOperation) -> set[str]:
    """The root fields that an operation selects."""
    return {
        selection.name.value
        for definition in parse(operation.document, no_location=True).definitions
        if isinstance(definition, OperationDefinitionNode)
        for selection in definition.selection_set.selections
        if isinstance(selection, FieldNode)
    }


def table(rows: Iterable[tuple[str, AnyOperation, bool]], extra: Mapping[str, int]) -> str:
    """The table, and beneath it how many of how many."""
    rows = list(rows)
    width = max((len(name) for name, _, _ in rows), default=0)
    lines = [
        f"{'yes' if done else 'no ':3}  {name:{width}}  {operation.kind} {operation.name}"
        for name, operation, done in rows
    ]
    counted = sum(done for _, _, done in rows)
    told = ", ".join(f"{number} {what}" for what, number in extra.items())
    return "\n".join(
        [*lines, "", f"{counted} of {len(rows)} operations of the client are carried out ({told})."]
    )
