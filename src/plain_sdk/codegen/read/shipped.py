"""The operations and fragments that come with the package, for operations of one's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    Token,
    TokenKind,
    parse,
)

from ..._api import queries_path
from ..._schemas import describe


@dataclass(frozen=True)
class Shipped:
    """What comes with the package, by name; a name may be an operation's and a fragment's."""

    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]

    def needed(self, nodes: list[Node], own: set[str]) -> dict[str, FragmentDefinitionNode]:
        """The fragments that some documents spread and do not define, and those that these
        spread; `own` fragments take their places."""
        found: dict[str, FragmentDefinitionNode] = {}
        pending = list(nodes)
        while pending:
            for spread in spreads_in(pending.pop()):
                name = spread.name.value
                if name in self.fragments and name not in own and name not in found:
                    found[name] = self.fragments[name]
                    pending.append(found[name])
        return found


def shipped() -> Shipped:
    """All of it, read anew, since what is read may be written to."""
    operations: dict[str, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for name, text in _texts():
        for definition in parse(Source(text, name)).definitions:
            if isinstance(definition, FragmentDefinitionNode):
                fragments[definition.name.value] = definition
            elif isinstance(definition, OperationDefinitionNode) and definition.name:
                operations[definition.name.value] = definition
    return Shipped(operations, fragments)


@cache
def _texts() -> list[tuple[str, str]]:
    folder = queries_path()
    return [
        (f"plain_sdk:{file.relative_to(folder).as_posix()}", file.read_text(encoding="utf-8"))
        for file in sorted(folder.rglob("*.graphql"))
    ]


def with_shipped(document: DocumentNode) -> DocumentNode:
    """The document with the shipped fragments that it spreads and does not define."""
    own = {d.name.value for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    if all(spread.name.value in own for spread in spreads_in(document)):
        return document
    needed = shipped().needed([document], own)
    return DocumentNode(definitions=(*document.definitions, *needed.values()))


def spreads_in(node: Node) -> list[FragmentSpreadNode]:
    """The spreads that something holds itself, in their order."""
    return [*_spreads(node)]


def _spreads(node: Node) -> Iterator[FragmentSpreadNode]:
    if isinstance(node, DocumentNode):
        for definition in node.definitions:
            yield from _spreads(definition)
    elif isinstance(node, FragmentSpreadNode):
        yield node
    else:
        # Nothing but a selection holds one, and a visitor would look at all else, too.
        selected: SelectionSetNode | None = getattr(node, "selection_set", None)
        for selection in selected.selections if selected is not None else ():
            yield from _spreads(selection)


def placed_where_spread(error: GraphQLError, document: DocumentNode) -> str | None:
    """A mistake in a shipped fragment, with the place where it was spread; None for others."""
    source = error.source
    if source is None or not source.name.startswith("plain_sdk:") or not error.positions:
        return None
    spread, name = _way(document, source.name, next(iter(error.positions)))
    told = f"The fragment {name}, which comes with plain-sdk, does not fit this schema"
    return (
        describe(GraphQLError(f"{told}: {error.message}", spread))
        + f"\n    -> pull a schema that has it, or write the fragment {name} yourself: "
        f"plain-sdk operations --write {name}"
    )


def _way(
    document: DocumentNode, source: str, position: int
) -> tuple[FragmentSpreadNode | None, str]:
    """The first spread of one's own that leads to a place in a shipped fragment."""
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    target = next(
        name
        for name, node in fragments.items()
        if node.loc and node.loc.source.name == source and node.loc.start <= position < node.loc.end
    )
    for spread in spreads_in(document):
        if spread.loc is None or spread.loc.source.name.startswith("plain_sdk:"):
            continue
        pending, seen = [spread.name.value], set[str]()
        while pending:
            name = pending.pop()
            if name == target:
                return spread, target
            if name in fragments and name not in seen:
                seen.add(name)
                pending += [inner.name.value for inner in spreads_in(fragments[name])]
    return None, target


def text_of(node: Node) -> str:
    """A definition as it is written, with the comment above it."""
    assert node.loc is not None
    first: Token = node.loc.start_token
    while (
        first.prev is not None
        and first.prev.kind is TokenKind.COMMENT
        and first.prev.line == first.line - 1
    ):
        first = first.prev
    return node.loc.source.body[first.start : node.loc.end] + "\n"
