"""Components as Plain takes them: checked by the generated inputs, and plain JSON then."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from .._call.inputs import build_input
from .._errors import InputProblem, PlainInputError
from ..runtime.models import InputModel

if TYPE_CHECKING:
    from plain_graphql.mappings import ComponentLike


def made(kind: str, members: Mapping[str, object]) -> Any:
    """A component of a kind, by its members on the wire; None is left out."""
    given = {name: value for name, value in members.items() if value is not None}
    for name, value in given.items():
        if name.endswith("Content"):
            given[name] = _listed(value, name)
    model = build_input(_model(kind), given, operation=f"components.{kind}")
    first, *rest = kind.split("_")
    key = "".join(["component", first.title(), *(part.title() for part in rest)])
    return {key: _json(model)}


def _listed(value: object, name: str) -> list[object]:
    """What a row or a container holds; a component alone is no list of components."""
    kind = type(value).__name__
    if isinstance(value, Mapping | str) or not isinstance(value, Sequence):
        told = f"must be a list of components, not {kind}"
        raise PlainInputError([InputProblem(name, told)])
    return list(cast("Sequence[object]", value))


def checked(components: "Sequence[ComponentLike] | ComponentLike") -> list[dict[str, Any]]:
    """Components of any form as JSON; `PlainInputError` says what Plain would refuse."""
    one = isinstance(components, Mapping | InputModel)
    given = [components] if one else _listed(components, "components")
    return [
        _json(build_input(_model(""), one, operation="components", root=f"components[{number}]"))
        for number, one in enumerate(given)
    ]


def warm() -> None:
    """Load now what the first component would load, which takes some tenths of a second."""
    _model("")


def _json(model: InputModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)


@cache
def _model(kind: str) -> type[InputModel]:
    # Loaded when first used: whoever only imports this needs no model yet.
    inputs = import_module("plain_graphql.inputs")
    found: type[InputModel] = getattr(inputs, f"Component{kind.title().replace('_', '')}Input")
    return found
