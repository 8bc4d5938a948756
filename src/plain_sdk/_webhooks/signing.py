"""Signatures: HMAC-SHA256 over the raw body with the workspace's secret, in hexadecimal.

Plain signs webhooks and customer-card requests alike. Nothing but the body is signed; that a
delivery is recent is told by a timestamp within it.
"""

import hmac
from collections.abc import Sequence
from typing import Final, TypeAlias

from .._errors import PlainWebhookSignatureError

HEADER: Final = "Plain-Request-Signature"
"""The header with the signature. Without a secret in the workspace, Plain leaves it out."""

Body: TypeAlias = bytes | bytearray | memoryview | str
"""A body as it came. Text is encoded as UTF-8."""

Secret: TypeAlias = str | Sequence[str]
"""The secret of request signing; several while it is being rotated."""


def raw_bytes(body: Body) -> bytes:
    """The bytes that were signed."""
    if isinstance(body, str):
        # Half a character cannot have come from the wire; it then matches no signature.
        return body.encode("utf-8", "replace")
    return bytes(body)


def sign(body: Body, secret: str) -> str:
    """The signature that Plain puts on a body: 64 hexadecimal digits."""
    return hmac.digest(secret.encode(), raw_bytes(body), "sha256").hex()


def verify(body: Body, signature: str | None, secret: Secret) -> None:
    """Check that a body was signed with the secret, in constant time.

    Args:
        body: The raw body, as it came. JSON that was parsed and written again has other bytes.
        signature: The value of the header `Plain-Request-Signature`; None: there was none.
        secret: The workspace's secret, or several of which one must fit, as after a rotation.

    Raises `PlainWebhookSignatureError` that says what is missing or wrong.
    """
    wrong = what_is_wrong(body, signature, secret)
    # The frame of an error is shown by error trackers.
    del body, secret
    if wrong:
        raise PlainWebhookSignatureError(wrong)


def what_is_wrong(body: Body, signature: str | None, secret: Secret) -> str | None:
    """Why the signature does not hold; None when it does."""
    secrets = [secret] if isinstance(secret, str) else [*secret]
    if not secrets or not all(secrets):
        return "the secret is empty: give the one that Plain shows under Settings, Request signing"
    if signature is None:
        return (
            f"the header {HEADER} is missing: the request is not from Plain, or request signing "
            "is not set up in the workspace"
        )
    if not signature:
        return f"the header {HEADER} is empty"
    content = raw_bytes(body)
    if not content:
        return "the body is empty: it may have been read before"
    given = signature.encode("utf-8", "replace")
    fits = False
    for one in secrets:
        # Every secret is tried, so that the time does not tell which one fits.
        fits |= hmac.compare_digest(sign(content, one).encode(), given)
    if not fits:
        return (
            "the signature is wrong: another secret, or not the raw body (parsed and written "
            "again, it has other bytes)"
        )
    return None
