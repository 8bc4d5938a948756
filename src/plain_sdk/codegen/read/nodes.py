"""Parts of documents, made rather than parsed."""

from graphql import (
    DirectiveNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    SelectionNode,
    SelectionSetNode,
)

from .selections import TYPENAME, leaf


def selection_of(selections: list[SelectionNode]) -> SelectionSetNode:
    """A selection; where nothing that is written applies, the response holds nothing either."""
    nothing = leaf(TYPENAME)
    nothing.directives = (marker("include"),)
    return SelectionSetNode(selections=tuple(selections or [nothing]))


def spread_of(name: str) -> FragmentSpreadNode:
    return FragmentSpreadNode(name=NameNode(value=name), directives=())


def inline_on(name: str, selections: list[SelectionNode]) -> InlineFragmentNode:
    condition = NamedTypeNode(name=NameNode(value=name))
    return InlineFragmentNode(
        type_condition=condition, directives=(), selection_set=selection_of(selections)
    )


def marker(name: str) -> DirectiveNode:
    return DirectiveNode(name=NameNode(value=name), arguments=())


def fragment_of(
    node: FragmentDefinitionNode, selections: list[SelectionNode]
) -> FragmentDefinitionNode:
    return FragmentDefinitionNode(
        name=node.name,
        type_condition=node.type_condition,
        variable_definitions=(),
        directives=(),
        selection_set=selection_of(selections),
        loc=node.loc,
    )
