"""Customer cards: their configs, and the cards that are loaded from the endpoints."""
