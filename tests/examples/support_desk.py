"""A FastAPI application on Plain: a contact form, a webhook receiver, a customer card.

    PLAIN_API_KEY=… PLAIN_SECRET=… uvicorn --factory support_desk:create_app

A visitor writes; the application makes the customer, opens a thread, and, told by the webhook,
labels it. Its tests run against the sandbox: see test_support_desk.py.
"""

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from starlette.routing import Route

from plain_sdk import AsyncPlainClient, PlainError, PlainInputError, PlainMutationError
from plain_sdk.cards import Card, CardRequest, CustomerCards
from plain_sdk.components import badge, row, text
from plain_sdk.webhooks import ThreadCreated, WebhookEvent, WebhookReceiver

LABEL = "contact-form"


class Contact(BaseModel):
    """What the form sends."""

    email: str
    name: str
    subject: str
    message: str


class Opened(BaseModel):
    """What it gets back."""

    thread_id: str
    is_new_customer: bool


def create_app(
    secret: str | None = None, make_client: Callable[[], AsyncPlainClient] = AsyncPlainClient
) -> FastAPI:
    """The application, with one client for as long as it runs."""
    secret = secret or os.environ["PLAIN_SECRET"]
    receiver, cards = WebhookReceiver(secret), CustomerCards(secret)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with make_client() as plain, receiver:
            app.state.plain = plain
            app.state.label_type_id = await the_label(plain)
            yield

    app = FastAPI(lifespan=lifespan, routes=[Route("/webhooks", receiver), Route("/cards", cards)])

    @app.post("/contact")
    async def contact(written: Contact) -> Opened:
        """Open a thread for whoever wrote."""
        plain: AsyncPlainClient = app.state.plain
        try:
            upserted = await plain.upsert_customer(
                identifier={"email_address": written.email},
                on_create={
                    "full_name": written.name,
                    "email": {"email": written.email, "is_verified": False},
                },
            )
            thread = await plain.create_thread(
                customer_identifier={"customer_id": upserted.customer.id},
                title=written.subject,
                description=written.message[:200],
            )
            await plain.send_customer_chat(
                customer_id=upserted.customer.id, thread_id=thread.id, text=written.message
            )
        except PlainInputError as error:
            raise HTTPException(422, str(error)) from None
        except PlainError as error:
            # What the client could not mend: the visitor may try again.
            raise HTTPException(503, "We cannot take your message just now.") from error
        return Opened(thread_id=thread.id, is_new_customer=upserted.created)

    @receiver.on(ThreadCreated)
    async def label(event: WebhookEvent[ThreadCreated]) -> None:
        """Label the thread. Plain may tell of it twice, and the label may be there."""
        plain: AsyncPlainClient = app.state.plain
        try:
            await plain.add_labels(
                thread_id=event.payload.thread.id, label_type_ids=[app.state.label_type_id]
            )
        except PlainMutationError as error:
            if error.code != "label_with_given_type_already_added_to_thread":
                raise

    @cards.card("plan", ttl=300)
    async def plan(request: CardRequest) -> Card:
        """What the customer pays for."""
        known = request.customer.external_id is not None
        return Card([row([text("Plan")], [badge("Pro" if known else "Free")])])

    return app


async def the_label(plain: AsyncPlainClient) -> str:
    """The id of our label type, which is made at the first start."""
    found = await plain.label_type_by_external_id(LABEL)
    if found is None:
        found = await plain.create_label_type(name="Contact form", external_id=LABEL)
    return found.id
