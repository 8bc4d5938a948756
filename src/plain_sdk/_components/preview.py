"""A look at components before anybody else has one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .html import as_html, as_page
from .terminal import as_text
from .wire import checked

if TYPE_CHECKING:
    from plain_graphql.mappings import ComponentLike


class Preview:
    """Components to look at: a notebook shows them, and `print` does in a terminal.

    It is close to what Plain shows, and no more than that: Plain alone knows its own look.
    """

    def __init__(self, components: list[dict[str, Any]]) -> None:
        self.components = components
        """The components as Plain takes them, as JSON."""

    @property
    def html(self) -> str:
        """A part of a page, which needs nothing from elsewhere."""
        return as_html(self.components)

    @property
    def page(self) -> str:
        """A whole page, to be written to a file and opened in a browser."""
        return as_page(self.html)

    def _repr_html_(self) -> str:
        return self.html

    def __str__(self) -> str:
        return as_text(self.components)

    def __repr__(self) -> str:
        return f"<Preview of {len(self.components)} components>"


def preview(components: "Sequence[ComponentLike] | ComponentLike") -> Preview:
    """Components to look at, in a browser, a notebook or a terminal.

        print(preview([text("Hello")]))
        Path("preview.html").write_text(preview([text("Hello")]).page, encoding="utf-8")

    Args:
        components: Components of any form: made here, mappings, input models, pasted JSON; or
            one of them.

    Raises PlainInputError for what Plain would refuse.
    """
    return Preview(checked(components))
