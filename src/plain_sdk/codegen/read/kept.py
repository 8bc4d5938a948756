"""What is known of the selections of objects, and of the fragments that have classes."""

from dataclasses import dataclass, field

from graphql import FieldNode, FragmentDefinitionNode, GraphQLError, SelectionNode

from .names import member_name, own_name
from .nodes import spread_of
from .selections import TYPENAME, key_of


@dataclass(frozen=True)
class Key:
    """A field of a fragment's class."""

    node: FieldNode
    conditional: bool
    origin: str
    """The fragment in which it is written."""

    @property
    def attribute(self) -> str:
        if key_of(self.node) == TYPENAME:
            return "typename__"
        return member_name(own_name(key_of(self.node), self.node.name.value))

    def agrees(self, other: "Key") -> bool:
        """Whether a class may have both, one inherited."""
        if self.origin == other.origin:
            return True
        both_leaves = self.node.selection_set is None and other.node.selection_set is None
        return both_leaves and self.conditional == other.conditional


@dataclass
class Made:
    """A fragment that has a class."""

    definition: FragmentDefinitionNode
    keys: dict[str, Key]
    ancestors: set[str]
    """The fragments on whose classes it builds, however far."""
    stand_in: type
    """A class that builds on others as the fragment's own does."""


@dataclass
class Selected:
    """What is selected of an object."""

    fields: dict[str, FieldNode]
    spreads: list[str]
    keys: dict[str, Key] = field(default_factory=dict[str, Key])

    def selections(self) -> list[SelectionNode]:
        """The same, to be written into a document."""
        return [*map(spread_of, self.spreads), *self.fields.values()]


def check_names(keys: dict[str, Key]) -> None:
    """Refuse fields that would have one name in Python."""
    seen: dict[str, str] = {}
    for key, known in keys.items():
        if key == TYPENAME and known.node.name.value != TYPENAME:
            message = f"{TYPENAME!r} is GraphQL's own; give the field another alias."
            raise GraphQLError(message, known.node)
        other = seen.setdefault(known.attribute, key)
        if other != key:
            message = (
                f"Of {other!r} and {key!r}, two fields would be called {known.attribute}; give "
                "one of them an alias."
            )
            raise GraphQLError(message, known.node)
