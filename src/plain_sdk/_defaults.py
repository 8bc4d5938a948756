"""The defaults of the client, in one place, with their units."""

from typing import Final

PUBLIC_URL: Final = "https://core-api.uk.plain.com/graphql/v1"
"""Plain's only documented address."""

KEY_VARIABLE: Final = "PLAIN_API_KEY"
URL_VARIABLE: Final = "PLAIN_API_URL"

TIMEOUT: Final = 30.0
"""Seconds that one call may take, whatever happens."""

CONNECT_TIMEOUT: Final = 5.0
"""Seconds to open a connection, TLS included."""

MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024
"""The largest answer that is read; a larger one is refused."""

MAX_CONNECTIONS: Final = 100
"""Connections that one client keeps open at most."""

PAGE_SIZE: Final = 100
"""Nodes to fetch at a time; also the most that Plain allows."""
