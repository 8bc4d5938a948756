"""The application: asks for a signature, reads the request, has the cards made, answers."""

import inspect
import math
import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final, TypeVar

from .._components.wire import warm
from .._errors import (
    PlainConfigurationError,
    PlainInputError,
    PlainWebhookError,
    PlainWebhookPayloadError,
)
from .._webhooks import asgi
from .._webhooks.headers import Headers, header
from .._webhooks.signing import HEADER, Body, Secret, raw_bytes, verify
from .protocol import CardRequest, CardsResponse, checked_ttl, read_request, response
from .running import LOGGER, CardHandler, Registered, answer_with_cards

HandlerT = TypeVar("HandlerT", bound=CardHandler)

TIMEOUT: Final = 10.0
"""Seconds. Plain waits for 15; what is left is for the way there and back."""
_PLAIN_WAITS: Final = 15.0

MAX_BODY: Final = 2**20
"""Bytes. A request has some hundreds."""

_KEY: Final = re.compile(r"[a-zA-Z0-9_-]{1,500}")


class CustomerCards:
    """Answers Plain's requests for customer cards: an ASGI application, and a plain function.

        cards = CustomerCards(secret)

        @cards.card("usage", ttl=300)
        async def usage(request: CardRequest) -> list[ComponentLike] | None: ...

        app = FastAPI(routes=[Route("/cards", cards)])

    Every card that is asked for is answered. One whose handler gives None or nothing is hidden.
    Handlers run at once; one that fails, takes too long, or gives what Plain would refuse, hides
    its own card, which is logged under `plain_sdk.cards`, and no other; Plain is told to ask for
    it again after 15 s. So is a card that nobody makes.

    Answers: 200, the cards; 400, the body cannot be understood; 401, the signature is wrong; 405,
    not POST; 413, the body is too large. Plain asks again once after a fault of the server, and
    keeps what it got for as long as the response, or the card's configuration, says. There is no
    timestamp in a request, so that one that was recorded can be played back: show nothing that
    whoever knows the address may not see twice.

    Args:
        secret: The workspace's secret of request signing; several while it is being rotated.
        timeout: Seconds that all handlers together may take, less than the 15 that Plain waits.
        max_body: The most bytes of a body.

    Raises `PlainConfigurationError` for an empty secret, or numbers that cannot be.
    """

    def __init__(
        self, secret: Secret, *, timeout: float = TIMEOUT, max_body: int = MAX_BODY
    ) -> None:
        self._secrets = (secret,) if isinstance(secret, str) else (*secret,)
        if not self._secrets or not all(self._secrets):
            raise PlainConfigurationError(
                "the secret is empty: give the one that Plain shows under Settings, Request signing"
            )
        if math.isnan(timeout) or not 0 < timeout < _PLAIN_WAITS:
            raise PlainConfigurationError(
                f"timeout is {timeout!r}, and must be more than 0 and less than the "
                f"{_PLAIN_WAITS:g} seconds that Plain waits"
            )
        if max_body < 1:
            raise PlainConfigurationError(f"max_body is {max_body!r}, and must be at least 1")
        self._timeout = timeout
        self._max_body = max_body
        self._cards: dict[str, Registered] = {}

    def card(self, key: str, *, ttl: float | None = None) -> Callable[[HandlerT], HandlerT]:
        """Register an async function for a card.

        Args:
            key: The card's key in its configuration in Plain.
            ttl: Seconds that Plain may show the card without asking again, 15 to a year. Default:
                what its configuration says.

        The function takes the `CardRequest`, and gives components, None, or a `Card`.

        Raises `PlainConfigurationError` for a key that cannot be or has a function already, for
        a time out of bounds, and for what is no async function.
        """
        if not isinstance(key, str) or not _KEY.fullmatch(key):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise PlainConfigurationError(
                f"{key!r} is no key of a card: letters, digits, _ and -, up to 500 of them"
            )
        if key in self._cards:
            raise PlainConfigurationError(f"the card {key!r} is registered already")
        if ttl is not None:
            try:
                checked_ttl(ttl)
            except PlainInputError as error:
                raise PlainConfigurationError(f"the card {key!r}: {error.message}") from None

        def register(handler: HandlerT) -> HandlerT:
            call: object = getattr(handler, "__call__", None)  # noqa: B004 - for objects
            if not any(map(inspect.iscoroutinefunction, (handler, call))):
                raise PlainConfigurationError(
                    f"{getattr(handler, '__qualname__', handler)!r} is no async function; what "
                    "blocks can be called within one with anyio.to_thread.run_sync"
                )
            self._cards[key] = Registered(handler, ttl)
            # While the application starts, rather than while Plain waits for the first card.
            warm()
            return handler

        return register

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Serve ASGI, wherever it is mounted."""
        await asgi.serve(
            scope, receive, send, handle=self._answer, limit=self._max_body, running=nullcontext()
        )

    async def handle(self, body: Body, headers: Headers) -> CardsResponse:
        """Handle one request; what to answer with is returned.

        A handler that does not stop when its time is up, because it waits for a thread, holds up
        this function; served as ASGI, the answer is sent before.

        Args:
            body: The raw body, as it came.
            headers: The request's headers, as your framework gives them.
        """
        found = self._read(body, headers)
        if isinstance(found, CardsResponse):
            return found
        answers: list[CardsResponse] = []

        async def keep(cards: list[dict[str, Any]]) -> None:
            answers.append(CardsResponse(200, response(cards)))

        await answer_with_cards(found, self._cards, self._timeout, keep)
        return answers[0]

    async def _answer(self, body: bytes, headers: asgi.Pairs, respond: asgi.Respond) -> None:
        found = self._read(body, headers)
        if isinstance(found, CardsResponse):
            return await respond(asgi.Answer(found.status, found.body, found.content_type))

        async def send(cards: list[dict[str, Any]]) -> None:
            await respond(asgi.Answer(200, response(cards), "application/json"))

        return await answer_with_cards(found, self._cards, self._timeout, send)

    def _read(self, body: Body, headers: Headers) -> CardRequest | CardsResponse:
        """The request, or what to answer in its place."""
        content = raw_bytes(body)
        status = 413
        if len(content) <= self._max_body:
            try:
                verify(content, header(headers, HEADER), self._secrets)
                return read_request(content, header(headers, "Plain-Workspace-Id"))
            except PlainWebhookError as error:
                LOGGER.warning("a request for cards was refused: %s", error)
                status = 400 if isinstance(error, PlainWebhookPayloadError) else 401
        answer = asgi.Answer.of(status)
        return CardsResponse(status, answer.content, answer.content_type)
