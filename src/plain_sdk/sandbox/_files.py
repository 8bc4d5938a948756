"""What stands for S3: takes the form that a file is posted with, and gives files out again."""

import base64
import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from xml.sax.saxutils import escape

from ._ids import iso
from ._store import Store
from .domains.attachments import DOWNLOADS, UPLOADS, signature

Served = tuple[int, bytes, str]
"""A status, a body and its type."""

MAX_FILE = 110_000_000
"""The most bytes that are read of a form: the largest file that may be, and room for the form."""

_XML = "application/xml"


def serves(path: str) -> bool:
    """Whether a path is of files."""
    return path == UPLOADS or path.startswith(f"{DOWNLOADS}/")


def serve(
    store: Store, now: float, method: str, path: str, content_type: str, body: bytes
) -> Served:
    """Take a file or give one out; refused as S3 refuses, in XML."""
    if path == UPLOADS and method == "POST":
        return _take(store, iso(now), content_type, body)
    if path != UPLOADS and method in ("GET", "HEAD"):
        return _give(store, iso(now), path.removeprefix(f"{DOWNLOADS}/"))
    return _refused(405, "MethodNotAllowed", "The specified method is not allowed.")


def _take(store: Store, now: str, content_type: str, body: bytes) -> Served:
    parts = _parts(content_type, body)
    if not parts or parts[-1][0] != "file":
        # What comes after the file is ignored, so it has to come last.
        return _refused(400, "InvalidArgument", "The file has to be the last field of the form.")
    form = {name: content.decode("utf-8", "replace") for name, content in parts[:-1]}
    policy, content = form.get("Policy", ""), parts[-1][1]
    if form.get("X-Amz-Signature") != signature(policy):
        return _refused(403, "SignatureDoesNotMatch", "The signature does not match.")
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(policy))
    if told["expiration"] < now:
        return _refused(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
    key, (_, least, most) = told["conditions"]
    if form.get("key") != key["key"]:
        return _refused(403, "AccessDenied", "Invalid according to Policy: Policy Condition failed")
    if len(content) > most:
        message = "Your proposed upload exceeds the maximum allowed size"
        return _refused(400, "EntityTooLarge", message)
    if len(content) < least:
        message = "Your proposed upload is smaller than the minimum allowed size"
        return _refused(400, "EntityTooSmall", message)
    if store.by("attachments", "id", key["key"]) is None:
        return _refused(404, "NoSuchKey", "The specified key does not exist.")
    with store.transaction():
        store.update("attachments", key["key"], {"content": content})
    return 204, b"", _XML


def _parts(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        return []
    found: list[tuple[str, bytes]] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        found.append((str(name), content if isinstance(content, bytes) else b""))
    return found


def _give(store: Store, now: str, token: str) -> Served:
    text, _, signed = token.rpartition(".")
    if signed != signature(text):
        return _refused(403, "SignatureDoesNotMatch", "The signature does not match.")
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text))
    if told["expiration"] < now:
        return _refused(403, "AccessDenied", "Request has expired")
    row = store.by("attachments", "id", told["key"])
    if row is None or row["content"] is None:
        return _refused(404, "NoSuchKey", "The specified key does not exist.")
    return 200, bytes(row["content"]), "application/octet-stream"


def _refused(status: int, code: str, message: str) -> Served:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    )
    return status, body.encode(), _XML
