"""Where the schema and the operations are: in the wheel, or in the checkout."""

from pathlib import Path

_PACKAGED = Path(__file__).parent / "_api"
_CHECKOUT = Path(__file__).parents[2]


def schema_path() -> Path:
    """The file `schema.graphql`."""
    return _folder() / "schema.graphql"


def queries_path() -> Path:
    """The folder `queries`."""
    return _folder() / "queries"


def _folder() -> Path:
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
