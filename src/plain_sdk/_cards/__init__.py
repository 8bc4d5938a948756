"""Customer cards: what comes in is Plain's request, what goes out is the components of each card.

`protocol` is what is said on the wire, read and written; `application` is what users register
their cards with; `running` calls the cards at once, within the time that there is. The plumbing of
ASGI, headers and signatures are the webhooks'.
"""
