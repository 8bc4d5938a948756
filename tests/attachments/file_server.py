"""A server that is Plain's API and its file storage at once."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from scripted_server import Behaviour, Request, ScriptedServer, answer, reset
from wire_support import ACTOR, MOMENT

FIELDS = [
    ("acl", "private"),
    ("x-amz-server-side-encryption", "AES256"),
    ("Content-Type", "application/octet-stream"),
    ("bucket", "plain"),
    ("key", 'w_1/"späm"\r\nx'),
    ("key", "twice"),
    ("Policy", "e30="),
    ("X-Amz-Signature", "f00"),
]
"""Not in the order of their names, and one of them twice."""


class FileServer(ScriptedServer):
    """Names its own address for the files; what the storage then does is told by behaviours.

    The first request is the one for the address, and the storage's are counted from 0.
    """

    def __init__(
        self,
        *storage: Behaviour,
        cuts: Mapping[int, int] | None = None,
        at_cut: Behaviour = reset,
        **told: Any,
    ) -> None:
        moved = {number + 1: most for number, most in (cuts or {}).items()}
        super().__init__(self._address, *storage, cuts=moved, at_cut=at_cut)
        self._told = told

    async def _address(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        asked = request.json["variables"]["input"]
        attachment = {
            "__typename": "Attachment", "id": "att_1", "fileName": asked.get("fileName", "a.txt"),
            "fileSize": {
                "bytes": self._told.get("size", asked.get("fileSizeBytes")),
                "kiloBytes": 1.0, "megaBytes": 1.0,
            },
            "fileExtension": "txt", "fileMimeType": "text/plain", "type": "EMAIL",
            "createdAt": MOMENT, "createdBy": ACTOR, "updatedAt": MOMENT, "updatedBy": ACTOR,
        }  # fmt: skip
        url = self._told.get("url", self.url.replace("/graphql/v1", "/files?signature=f00"))
        if "createAttachmentUploadUrl" in request.json["query"]:
            found = {
                "attachment": attachment, "uploadFormUrl": url, "expiresAt": MOMENT,
                "uploadFormData": [{"key": key, "value": value} for key, value in FIELDS],
            }  # fmt: skip
            data = {"createAttachmentUploadUrl": {"attachmentUploadUrl": found, "error": None}}
        else:
            where = {"attachment": attachment, "downloadUrl": url, "expiresAt": MOMENT}
            data = {
                "createAttachmentDownloadUrl": {
                    "attachmentDownloadUrl": where,
                    "attachmentVirusScanResult": self._told.get("scan"),
                    "error": None,
                }
            }
        return await answer({"data": data})(request, writer)

    @property
    def stored(self) -> list[Request]:
        """What came to the storage."""
        return self.requests[1:]

    @property
    def asked(self) -> Any:
        """The input with which the address was asked for."""
        return json.loads(self.requests[0].body)["variables"]["input"]


def parts_of(request: Request) -> list[tuple[str, dict[str, str], bytes]]:
    """The parts of a form in their order: name, other parameters and headers, content."""
    kind, _, boundary = request.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    first, *parts, last = request.body.split(b"--" + boundary.encode())
    assert (first, last) == (b"", b"--\r\n")
    found: list[tuple[str, dict[str, str], bytes]] = []
    for part in parts:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        _, *parameters = headers.pop("Content-Disposition").split("; ")
        told = {n: v.strip('"') for n, _, v in (p.partition("=") for p in parameters)}
        found.append((told.pop("name"), {**told, **headers}, content.removesuffix(b"\r\n")))
    return found


S3_ERROR = (
    b'<?xml version="1.0"?><Error><Code>EntityTooLarge</Code>'
    b"<Message>Your proposed upload exceeds the maximum allowed size</Message></Error>"
)
