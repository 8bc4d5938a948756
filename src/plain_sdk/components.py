"""What a thread, an event or a customer card shows, a function for each kind of component.

    from plain_sdk.components import badge, row, text

    components = [row([text("Plan")], [badge("Pro", color="GREEN")])]

Each gives the component as Plain takes it, JSON and nothing else, so that it goes wherever an
input takes components, beside mappings, input models and pasted JSON. What Plain would refuse is a
`PlainInputError` at once. `preview` shows components in a browser, a notebook or a terminal.

Where which may stand: a row holds neither rows nor containers, a container no containers, an
event no containers at its top. Type checkers know it.
"""

from collections.abc import Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ._components.preview import Preview as Preview
from ._components.preview import preview as preview
from ._components.wire import made
from .runtime.hints import with_hints

if TYPE_CHECKING:
    from plain_graphql.enums import (
        ComponentBadgeColorOrText,
        ComponentDividerSpacingSizeOrText,
        ComponentPlainTextColorOrText,
        ComponentPlainTextSizeOrText,
        ComponentSpacerSizeOrText,
        ComponentTextColorOrText,
        ComponentTextSizeOrText,
    )
    from plain_graphql.mappings import (
        ComponentByComponentBadgeJson,
        ComponentByComponentContainer,
        ComponentByComponentContainerJson,
        ComponentByComponentCopyButtonJson,
        ComponentByComponentDateTimeJson,
        ComponentByComponentDividerJson,
        ComponentByComponentLinkButtonJson,
        ComponentByComponentPlainTextJson,
        ComponentByComponentRow,
        ComponentByComponentRowJson,
        ComponentByComponentSpacerJson,
        ComponentByComponentTextJson,
        ComponentByComponentUserJson,
        ComponentByComponentWorkflowButtonJson,
        ComponentContainerContentLike,
        ComponentRowContentLike,
    )

    from .runtime.values import Moment

    # Unions all, because mypy makes nothing of a list of different mappings, and a union of unions.
    SimpleComponent: TypeAlias = (
        ComponentByComponentTextJson
        | ComponentByComponentPlainTextJson
        | ComponentByComponentBadgeJson
        | ComponentByComponentCopyButtonJson
        | ComponentByComponentDividerJson
        | ComponentByComponentSpacerJson
        | ComponentByComponentLinkButtonJson
        | ComponentByComponentWorkflowButtonJson
        | ComponentByComponentDateTimeJson
        | ComponentByComponentUserJson
    )
    RowComponent: TypeAlias = ComponentByComponentRow | ComponentByComponentRowJson
    ContainerComponent: TypeAlias = (
        ComponentByComponentContainer | ComponentByComponentContainerJson
    )
else:
    SimpleComponent = RowComponent = ContainerComponent = dict[str, Any]
"""A component that may stand anywhere; a row, which may stand everywhere but in rows; a container,
which may stand at the top of threads and cards."""

__all__ = [
    "ContainerComponent",
    "Preview",
    "RowComponent",
    "SimpleComponent",
    "badge",
    "container",
    "copy_button",
    "date_time",
    "divider",
    "link_button",
    "plain_text",
    "preview",
    "row",
    "spacer",
    "text",
    "user",
    "workflow_button",
]


def text(
    text: str,
    /,
    *,
    size: "ComponentTextSizeOrText | None" = None,
    color: "ComponentTextColorOrText | None" = None,
) -> "SimpleComponent":
    """Text with bold, italic and links as Markdown.

    Args:
        text: 1 to 10,000 characters.
        size: S, M or L. Plain's default: M.
        color: NORMAL, MUTED, SUCCESS, WARNING or ERROR. Plain's default: NORMAL.
    """
    return cast(
        "SimpleComponent",
        made("text", {"text": text, "textSize": size, "textColor": color}),
    )


def plain_text(
    text: str,
    /,
    *,
    size: "ComponentPlainTextSizeOrText | None" = None,
    color: "ComponentPlainTextColorOrText | None" = None,
) -> "SimpleComponent":
    """Text that is shown as it is.

    Args:
        text: 1 to 10,000 characters.
        size: S, M or L. Plain's default: M.
        color: NORMAL, MUTED, SUCCESS, WARNING or ERROR. Plain's default: NORMAL.
    """
    return cast(
        "SimpleComponent",
        made("plain_text", {"plainText": text, "plainTextSize": size, "plainTextColor": color}),
    )


def badge(label: str, /, *, color: "ComponentBadgeColorOrText | None" = None) -> "SimpleComponent":
    """A short text on a coloured ground.

    Args:
        label: At most 500 characters.
        color: GREY, GREEN, YELLOW, RED or BLUE. Plain does not document its default.
    """
    return cast("SimpleComponent", made("badge", {"badgeLabel": label, "badgeColor": color}))


def copy_button(value: str, /, *, tooltip: str | None = None) -> "SimpleComponent":
    """A button that copies a text.

    Args:
        value: What is copied; at most 1,000 characters.
        tooltip: What the button says of it; at most 500 characters. Plain's default: the value.
    """
    return cast(
        "SimpleComponent",
        made("copy_button", {"copyButtonValue": value, "copyButtonTooltipLabel": tooltip}),
    )


def divider(*, spacing: "ComponentDividerSpacingSizeOrText | None" = None) -> "SimpleComponent":
    """A line between what is above and below.

    Args:
        spacing: The space around it: XS, S, M, L or XL. Plain's default: S.
    """
    return cast("SimpleComponent", made("divider", {"dividerSpacingSize": spacing}))


def spacer(size: "ComponentSpacerSizeOrText", /) -> "SimpleComponent":
    """Empty space.

    Args:
        size: XS, S, M, L or XL.
    """
    return cast("SimpleComponent", made("spacer", {"spacerSize": size}))


def link_button(label: str, url: str) -> "SimpleComponent":
    """A button that opens an address in a new tab.

    Args:
        label: At most 500 characters.
        url: A whole address, with its scheme.
    """
    return cast(
        "SimpleComponent",
        made("link_button", {"linkButtonLabel": label, "linkButtonUrl": url}),
    )


def workflow_button(
    label: str, /, *, workflow_id: str | None = None, workflow_key: str | None = None
) -> "SimpleComponent":
    """A button that starts a workflow. Exactly one of `workflow_id` and `workflow_key` is given.

    Args:
        label: At most 500 characters.
        workflow_id: Plain's id of the workflow.
        workflow_key: Its key instead.
    """
    workflow = {"workflowId": workflow_id, "workflowKey": workflow_key}
    given = {name: value for name, value in workflow.items() if value is not None}
    return cast(
        "SimpleComponent",
        made(
            "workflow_button",
            {"workflowButtonLabel": label, "workflowButtonWorkflowIdentifier": given},
        ),
    )


def date_time(moment: "Moment", /) -> "SimpleComponent":
    """A point in time, shown in the viewer's time zone.

    Args:
        moment: An aware `datetime`, or ISO 8601 text.
    """
    return cast("SimpleComponent", made("date_time", {"dateTimeIso8601": moment}))


def user(*, user_id: str | None = None, email_address: str | None = None) -> "SimpleComponent":
    """A user of the workspace. Exactly one of the two arguments is given.

    Args:
        user_id: Plain's id of the user.
        email_address: The user's email address instead.
    """
    identifier = {"userId": user_id, "emailAddress": email_address}
    given = {name: value for name, value in identifier.items() if value is not None}
    return cast("SimpleComponent", made("user", {"userIdentifier": given}))


def row(
    main: "Sequence[ComponentRowContentLike]", aside: "Sequence[ComponentRowContentLike]"
) -> "RowComponent":
    """Components side by side. A row holds neither rows nor containers.

    Args:
        main: What stands on the left; at least one component.
        aside: What stands on the right; at least one component.
    """
    return cast(
        "RowComponent",
        made("row", {"rowMainContent": main, "rowAsideContent": aside}),
    )


def container(content: "Sequence[ComponentContainerContentLike]", /) -> "ContainerComponent":
    """A box around components, rows among them. It holds no containers, and events have none.

    Args:
        content: At least one component.
    """
    return cast("ContainerComponent", made("container", {"containerContent": content}))


for _name in __all__:
    _made: object = globals()[_name]
    if isinstance(_made, type | FunctionType):
        with_hints(_made)
        # Where users import it from, in tracebacks and help().
        _made.__module__ = __name__


def __dir__() -> list[str]:
    return __all__
