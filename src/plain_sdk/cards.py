"""Customer cards: what Plain asks you to show while somebody looks at a customer.

    from plain_sdk.cards import CardRequest, CustomerCards
    from plain_sdk.components import text

    cards = CustomerCards(secret)

    @cards.card("usage", ttl=300)
    async def usage(request: CardRequest) -> list[ComponentLike] | None:
        return [text(f"{await used_by(request.customer.email)} of 100")]

`CustomerCards` is an ASGI application and, without ASGI, a plain function. It loads no HTTP client.
"""

from ._cards.application import CustomerCards as CustomerCards
from ._cards.protocol import Card as Card
from ._cards.protocol import CardCustomer as CardCustomer
from ._cards.protocol import CardRequest as CardRequest
from ._cards.protocol import CardsResponse as CardsResponse
from ._cards.protocol import CardTenant as CardTenant
from ._cards.protocol import CardThread as CardThread
from ._cards.running import CardHandler as CardHandler
from .runtime.hints import with_hints

__all__ = [
    "Card",
    "CardCustomer",
    "CardHandler",
    "CardRequest",
    "CardTenant",
    "CardThread",
    "CardsResponse",
    "CustomerCards",
]

for _made in (
    Card, CardCustomer, CardRequest, CardTenant, CardThread, CardsResponse, CustomerCards,
):  # fmt: skip
    with_hints(_made)
    # Where users import it from, in tracebacks and help().
    _made.__module__ = __name__


def __dir__() -> list[str]:
    return __all__
