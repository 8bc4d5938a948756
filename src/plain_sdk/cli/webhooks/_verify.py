"""`plain-sdk webhooks verify`: a saved request, checked."""

import argparse
from datetime import UTC, datetime

from ..._errors import PlainWebhookError
from ..._webhooks.headers import header
from ..._webhooks.parsing import parse
from ..._webhooks.replay import check_age
from ..._webhooks.signing import HEADER, verify
from .._exit import CHECK_FAILED, OK, CommandError
from ._saved import SECRET_VARIABLE, read, secrets, taken_apart
from ._show import Paint, told


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    given = secrets(arguments.secret)
    if not given:
        raise CommandError(f"give the secret with --secret, or in {SECRET_VARIABLE}")
    headers, body = taken_apart(read(arguments.file))
    signature = arguments.signature
    if headers is not None and signature is None:
        signature = header(headers, HEADER)
    elif headers is None and signature is None:
        raise CommandError("the file is a body alone: give its signature with --signature")
    try:
        verify(body, signature, given)
        print("signature: holds")
        event = parse(body)
        if arguments.tolerance is not None:
            check_age(event.metadata.timestamp, None, arguments.tolerance)
    except PlainWebhookError as error:
        print(f"refused: {error}")
        return CHECK_FAILED
    age = (datetime.now(UTC) - event.metadata.timestamp).total_seconds()
    print(f"age: {age:.1f} s")
    print("\n".join(told(event, Paint("never"))))
    return OK
