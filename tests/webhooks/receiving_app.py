"""A FastAPI application that receives webhooks and makes customer cards; each handling of an event
leaves two lines in a file."""

import os
import time
from functools import partial
from pathlib import Path

import anyio
from fastapi import FastAPI
from starlette.routing import Mount, Route

from plain_sdk.cards import Card, CardRequest, CustomerCards
from plain_sdk.components import badge, row, text
from plain_sdk.webhooks import (
    DeliveryStore,
    RedisStore,
    SQLiteStore,
    ThreadCreated,
    WebhookEvent,
    WebhookReceiver,
)

_STORE = os.environ["STORE"]
_EFFECTS = Path(os.environ["EFFECTS"])


def _store() -> DeliveryStore:
    return SQLiteStore(_STORE) if _STORE.startswith("/") else RedisStore(_STORE)


def _write(line: str) -> None:
    # Appended in one write, so that processes do not mix their lines.
    with _EFFECTS.open("ab", buffering=0) as file:
        file.write(f"{line}\n".encode())


receiver = WebhookReceiver(
    os.environ["SECRET"], store=_store(), lease=0.5, background="BACKGROUND" in os.environ
)


@receiver.on(ThreadCreated)
async def handle(event: WebhookEvent[ThreadCreated]) -> None:
    await anyio.to_thread.run_sync(partial(_write, f"began {event.id}"))
    await anyio.sleep(0.005)
    await anyio.to_thread.run_sync(partial(_write, f"did {event.id}"))


cards = CustomerCards(os.environ["SECRET"], timeout=1.0)


@cards.card("email", ttl=60)
async def email(request: CardRequest) -> Card:
    await anyio.sleep(0.005)
    return Card([text(request.customer.email), row([text("Plan")], [badge("Pro")])])


@cards.card("never")
async def never(request: CardRequest) -> None:
    # A thread does not stop when it is told to.
    await anyio.to_thread.run_sync(time.sleep, 3.0)


app = FastAPI(
    routes=[Route("/plain", receiver), Mount("/cards", cards)], lifespan=receiver.lifespan
)
