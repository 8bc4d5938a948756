"""What is said on the wire: a request for cards, and the response."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from .._components.wire import checked
from .._errors import InputProblem, PlainInputError, PlainWebhookPayloadError
from ..runtime.events import EventModel

if TYPE_CHECKING:
    from plain_graphql.mappings import ComponentLike

ModelT = TypeVar("ModelT", bound=EventModel)

TTL: Final = (15, 31_536_000)
"""Seconds, from a quarter of a minute to a year: what a card's configuration takes. Whether a
response may go beyond, Plain does not say."""


class CardCustomer(EventModel):
    """The customer whom somebody looks at."""

    id: str
    "Plain's id of the customer."
    email: str
    "The customer's email address."
    external_id: str | None
    "Your own id of the customer."


class CardThread(EventModel):
    """The thread that somebody looks at."""

    id: str
    "Plain's id of the thread."
    external_id: str | None
    "Your own id of the thread."


class CardTenant(EventModel):
    """The tenant that the thread belongs to."""

    id: str
    "Plain's id of the tenant."
    external_id: str | None
    "Your own id of the tenant."


class _Body(EventModel):
    card_keys: list[str]
    customer: CardCustomer
    thread: CardThread | None
    tenant: CardTenant | None


@dataclass(frozen=True, slots=True)
class CardRequest:
    """What Plain asks for. What Plain adds to it some day is in the `extra` of each part."""

    card_keys: tuple[str, ...]
    """The cards that are wanted, each once."""
    customer: CardCustomer
    """Whom they are about."""
    thread: CardThread | None = None
    """The thread that somebody looks at, if it is one."""
    tenant: CardTenant | None = None
    """The tenant of that thread, if it has one."""
    workspace_id: str | None = None
    """Plain's id of the workspace, from the request's headers."""
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, compare=False)
    """The whole body, as JSON, untouched."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows, and for how long, where that differs from time to time."""

    components: "Sequence[ComponentLike] | None"
    """None, or nothing in it: there is nothing to show, and the card is hidden."""
    ttl: float | None = None
    """Seconds that Plain may show it without asking again, 15 to a year. None: what the card was
    registered with, else what its configuration in Plain says."""


@dataclass(frozen=True, slots=True)
class CardsResponse:
    """What to answer a request with, for those who have no ASGI."""

    status: int
    body: bytes
    content_type: str = "application/json"

    @property
    def headers(self) -> dict[str, str]:
        """The response's headers."""
        return {"Content-Type": self.content_type, "Content-Length": str(len(self.body))}


def read_request(content: bytes, workspace_id: str | None) -> CardRequest:
    """The request in a body; `PlainWebhookPayloadError` says where it is none."""
    wrong, raw, body = ("", ""), None, None
    try:
        raw = from_json(content, allow_inf_nan=False)
        body = _Body.model_validate(raw, by_alias=True, by_name=False)
        # A part that is missing altogether is None to the model, whatever the annotation says.
        for pointer, part in (
            ("/cardKeys", raw.get("cardKeys")), ("/customer", raw.get("customer")),
            ("/customer/id", body.customer and body.customer.id),
            *((f"/cardKeys/{place}", key) for place, key in enumerate(body.card_keys or ())),
        ):  # fmt: skip
            if part is None:
                wrong = pointer, f"{pointer}: is missing"
                break
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        told = "is not an object" if first["type"] == "model_type" else first["msg"]
        wrong = pointer, f"{pointer or 'the body'}: {told}"
    except (ValueError, RecursionError):
        wrong = "", "the body is not JSON"
    # Outside of any `except`, whose error would hold the body.
    if wrong[1] or body is None or raw is None:
        del content, raw, body
        raise PlainWebhookPayloadError(wrong[1], pointer=wrong[0])
    keys = tuple(dict.fromkeys(body.card_keys))
    return CardRequest(keys, body.customer, body.thread, body.tenant, workspace_id, raw)


def written(key: str, card: Card, default_ttl: float | None) -> dict[str, Any]:
    """A card of the response; `PlainInputError` says what Plain would refuse in it."""
    made: dict[str, Any] = {"key": key}
    ttl = default_ttl if card.ttl is None else card.ttl
    if ttl is not None:
        made["timeToLiveSeconds"] = checked_ttl(ttl)
    # Left out, it would be an error of the integration; null hides the card.
    made["components"] = checked(card.components) if card.components else None
    return made


def checked_ttl(ttl: object) -> int:
    """Seconds as Plain takes them, whole and within bounds."""
    least, most = TTL
    # What is no number compares with none.
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not least <= ttl <= most:
        told = f"must be from {least} to {most:,} seconds, not {ttl!r}"
        raise PlainInputError([InputProblem("ttl", told)])
    return int(ttl)


def response(cards: Sequence[dict[str, Any]]) -> bytes:
    """The body of a response."""
    return json.dumps({"cards": [*cards]}, separators=(",", ":")).encode()
