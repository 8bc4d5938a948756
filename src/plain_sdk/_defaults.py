"""The defaults of the client, in one place, with their units."""

from typing import Final

PUBLIC_URL: Final = "https://core-api.uk.plain.com/graphql/v1"
"""Plain's only documented address."""

TRANSPORT_VARIABLE: Final = "PLAIN_TRANSPORT"
KEY_VARIABLE: Final = "PLAIN_API_KEY"
URL_VARIABLE: Final = "PLAIN_API_URL"

TIMEOUT: Final = 30.0
"""Seconds that one call may take, whatever happens, repetitions and waits included."""

CONNECT_TIMEOUT: Final = 5.0
"""Seconds to open a connection, TLS included."""

READ_TIMEOUT: Final = 15.0
"""Seconds of silence while a response is awaited or read."""

WRITE_TIMEOUT: Final = 15.0
"""Seconds without progress while a request is sent."""

POOL_TIMEOUT: Final = None
"""Seconds to wait for a free slot among the requests in flight. None: up to the timeout."""

MAX_ATTEMPTS: Final = 4
"""How often a request is sent at most, the first time included."""

BACKOFF_BASE: Final = 0.25
"""Seconds: the first repetition waits a random time up to this, each further one up to twice
as long."""

BACKOFF_CAP: Final = 8.0
"""Seconds: no backoff is drawn from a longer time than this."""

MAX_RESPONSE_BYTES: Final = 32 * 1024 * 1024
"""The largest response that is read, decompressed; a larger one is refused."""

MAX_IN_FLIGHT: Final = 256
"""Requests that one client has under way at most."""

KEEP_ALIVE: Final = 30.0
"""Seconds that an idle connection is kept for reuse."""

RESERVE: Final = 0.1
"""The part of each window's quota that bulk calls leave to interactive ones."""

MAX_RUNNING: Final = 32
"""Calls that a bulk helper has under way at once."""

PAGE_SIZE: Final = 100
"""Nodes to fetch at a time; also the most that Plain allows."""
