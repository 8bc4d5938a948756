"""Calling the endpoints of customer cards as Plain does: in batches, with one retry."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import anyio
import httpx

from ...._webhooks.signing import HEADER, sign
from ..._context import Context
from ..._members import Object
from ..._refusals import MutationRefused
from ..._store import Row
from ..components import components_given

TIMEOUT = 15
"""Seconds that an endpoint has, as documented."""
RETRY_AFTER = 1.0
MAX_BYTES = 64 * 1024
"""The largest card. Plain has a limit and does not document it."""


@dataclass(frozen=True)
class Loaded:
    """A card as its endpoint gave it; `components` None: it has no data, and is not shown."""

    components: list[Object] | None
    ttl: int | None


@dataclass(frozen=True)
class Failed:
    """What became of a card instead."""

    detail: Object
    is_kept: bool
    """Whether it is remembered for a while: what is the endpoint's own mistake."""


Outcome = Loaded | Failed


def batches(configs: Sequence[Row]) -> list[list[Row]]:
    """Cards that are asked for in one request: of the same address and the same headers."""
    found: dict[object, list[Row]] = {}
    for config in configs:
        headers = frozenset(
            (h["name"].strip().lower(), h["value"]) for h in json.loads(config["headers"])
        )
        found.setdefault((config["url"].strip(), headers), []).append(config)
    return list(found.values())


async def call(
    context: Context, batch: Sequence[Row], body: Mapping[str, Any]
) -> dict[str, Outcome]:
    """What became of each card of a batch, by its key."""
    keys = [config["key"] for config in batch]
    content = json.dumps({**body, "cardKeys": keys}).encode()
    headers = {h["name"].strip(): h["value"] for h in json.loads(batch[0]["headers"])}
    headers |= {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Plain-Workspace-Id": context.workspace_id,
        "User-Agent": "Plain/1.0 (plain.com; help@plain.com)",
    }
    if context.secret is not None:
        headers[HEADER] = sign(content, context.secret)
    url = batch[0]["url"].strip()
    answer = await _post(url, content, headers)
    if isinstance(answer, Failed) and not answer.is_kept:
        await anyio.sleep(RETRY_AFTER)
        answer = await _post(url, content, headers)
    if isinstance(answer, Failed):
        return dict.fromkeys(keys, answer)
    return {key: _card(answer, key) for key in keys}


async def _post(url: str, content: bytes, headers: Mapping[str, str]) -> Failed | dict[str, Any]:
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
            response = await http.post(url, content=content, headers=dict(headers))
    except httpx.TimeoutException:
        message = f"The endpoint did not respond within {TIMEOUT} seconds."
        return Failed(_detail("Timeout", message, timeoutSeconds=TIMEOUT), False)
    except httpx.HTTPError as error:
        code = type(error).__name__
        return Failed(_detail("Request", str(error) or code, errorCode=code), False)
    if response.status_code != 200:
        again = response.status_code >= 500 or response.status_code == 429
        message = f"The endpoint responded with {response.status_code}."
        detail = _detail("StatusCode", message, statusCode=response.status_code,
                         responseBody=response.text[:1000])  # fmt: skip
        return Failed(detail, not again)
    try:
        answer: object = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("cards"), list):
        return _bad_body(response.text)
    return cast("dict[str, Any]", answer)


def _card(answer: Mapping[str, Any], key: str) -> Outcome:
    card = next((c for c in answer["cards"] if isinstance(c, dict) and c.get("key") == key), None)
    if card is None:
        message = f"The response has no card {key}."
        return Failed(_detail("MissingCard", message, cardKey=key), True)
    size = len(json.dumps(card))
    if size > MAX_BYTES:
        detail = _detail("CardTooBig", "The card is too big.", cardKey=key, sizeBytes=size,
                         maxSizeBytes=MAX_BYTES)  # fmt: skip
        return Failed(detail, True)
    given, ttl = card.get("components"), card.get("timeToLiveSeconds")
    if not isinstance(given, list | None) or not isinstance(ttl, int | None):
        return _bad_body(json.dumps(card))
    try:
        components = components_given(cast("Any", given) or [])
    except (MutationRefused, AttributeError, TypeError, KeyError, ValueError):
        return _bad_body(json.dumps(card))
    # An empty list is kept as none, as documented.
    return Loaded(components or None, ttl)


def _bad_body(text: str) -> Failed:
    message = "The response does not have the form of cards."
    return Failed(_detail("ResponseBody", message, responseBody=text[:1000]), True)


def _detail(kind: str, message: str, **more: Any) -> Object:
    return {
        "__typename": f"CustomerCardInstance{kind}ErrorDetail",
        "message": message,
        **more,
    }
