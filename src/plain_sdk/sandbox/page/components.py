"""Components as the API gives them, made into what `preview` shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...components import preview

_INNER = ("rowMainContent", "rowAsideContent", "containerContent")


def shown(components: Sequence[Mapping[str, Any]]) -> str:
    """Components as HTML, escaped."""
    return preview([_given(component) for component in components]).html


def _given(component: Mapping[str, Any]) -> Any:
    """The input that a component was made from, as far as the page asked for it."""
    kind = component["__typename"]
    name = kind[:1].lower() + kind[1:]
    members: dict[str, Any] = {
        member: value
        for member, value in component.items()
        if member != "__typename" and value is not None
    }
    for inner in _INNER:
        if inner in members:
            members[inner] = [_given(one) for one in members[inner]]
    match kind:
        case "ComponentDateTime":
            members = {"dateTimeIso8601": component["dateTimeIso8601"]["iso8601"]}
        case "ComponentUser":
            named = (component["user"] or {}).get("fullName", "somebody who is gone")
            # It is shown, and looked up by nobody.
            members = {"userIdentifier": {"userId": named}}
        case "ComponentWorkflowButton":
            members["workflowButtonWorkflowIdentifier"] = {"workflowId": "a workflow"}
        case _:
            pass
    return {name: members}
