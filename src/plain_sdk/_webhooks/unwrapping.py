"""A delivery becomes an event, if it is to be believed."""

from datetime import datetime

from .._errors import PlainWebhookSignatureError
from .event import WebhookEvent
from .headers import Headers, header
from .parsing import read, refuse
from .replay import TOLERANCE, check_age
from .signing import HEADER, Body, Secret, what_is_wrong


def unwrap(
    body: Body,
    headers: Headers,
    *,
    secret: Secret,
    tolerance: float = TOLERANCE,
    now: datetime | float | None = None,
) -> WebhookEvent:
    """The event of a delivery that is from Plain, and recent.

    Args:
        body: The raw body, as it came: bytes; text is encoded as UTF-8.
        headers: The request's headers, as your framework gives them; names in any case.
        secret: The workspace's secret of request signing; several while it is being rotated.
        tolerance: How many seconds ago, or ahead, the attempt may have been made; exactly as
            many are allowed. `math.inf` does not look.
        now: The moment to compare with, aware or in seconds since 1970; default: the clock's.

    Raises, in this order: `PlainWebhookSignatureError`, `PlainWebhookPayloadError`,
    `PlainWebhookReplayError`; and `PlainInputError` for a tolerance that is none.
    """
    wrong = what_is_wrong(body, header(headers, HEADER), secret)
    # The frame of an error is shown by error trackers.
    del secret
    if wrong:
        del body, headers
        raise PlainWebhookSignatureError(wrong)
    found = read(body)
    del body
    if not isinstance(found, WebhookEvent):
        refuse(*found)
    check_age(found.metadata.timestamp, now, tolerance)
    return found
