"""Attachments: an upload in two steps, the second of which goes to what stands for S3 here."""

import base64
import hashlib
import hmac
import json
import mimetypes
from collections.abc import Sequence
from typing import Any

from .._context import Context
from .._domain import Domain
from .._ids import date_time, iso
from .._members import Object
from .._refusals import BadField, MutationRefused, bad_input
from .._store import Row, Store, Table
from .actors import MADE, made, stamped
from .inputs import blank, existing, invalid, refuse

DOMAIN = Domain(
    tables=(
        Table(
            "attachments",
            {
                "id": "TEXT PRIMARY KEY",
                "customer_id": "TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE",
                "file_name": "TEXT NOT NULL",
                "size": "INTEGER NOT NULL",
                "type": "TEXT NOT NULL",
                "content": "BLOB",
                "used": "INTEGER NOT NULL DEFAULT 0",
                **MADE,
            },
        ),
    )
)

UPLOADS = "/attachments/upload"
DOWNLOADS = "/attachments/download"
EXPIRES = 2 * 60 * 60
"""Seconds that an address to upload to is good for, as documented."""
KEPT = 24 * 60 * 60
"""Seconds after which a file that nothing refers to is gone, as documented."""

_MEGABYTE = 1_000_000
_LIMITS = {"EMAIL": 6, "CHAT": 100, "CUSTOM_TIMELINE_ENTRY": 6}
_LIMIT = 50
"""Megabytes of the files of one message. What threads and events may carry is not documented; an
earlier version of the documentation said 6."""
_MOST = 100
_BANNED = frozenset((
    "bat", "bin", "chm", "com", "cpl", "crt", "exe", "hlp", "hta", "inf", "ins", "isp", "jse",
    "lnk", "mdb", "msc", "msi", "msp", "mst", "pcd", "pif", "reg", "scr", "sct", "shs", "vba",
    "vbe", "vbs", "wsf", "wsh", "wsl",
))  # fmt: skip
_SECRET = b"plain-sandbox"


@DOMAIN.loader("Attachment")
def load_attachment(context: Context, attachment_id: str) -> Object | None:
    """The attachment with this id."""
    row = context.store.by("attachments", "id", attachment_id)
    return None if row is None else _as_attachment(row)


@DOMAIN.mutation("createAttachmentUploadUrl", permissions=("attachment:create",))
def create_attachment_upload_url(context: Context, input: dict[str, Any]) -> Object:
    """Where to post a file to, and with which form."""
    existing(context, "customers", input["customerId"], "customerId", "customer")
    name, size, type_ = input["fileName"], input["fileSizeBytes"], input["attachmentType"]
    refuse(blank("fileName", name))
    if size < 1:
        raise invalid("fileSizeBytes", "Must be more than 0.")
    if name.rpartition(".")[2].lower() in _BANNED and "." in name:
        raise MutationRefused("attachment_file_type_not_allowed", "The file type is not allowed.")
    if size > _limit(type_):
        raise _too_large()
    attachment_id = context.ids.new("att")
    own = {"customer_id": input["customerId"], "file_name": name, "size": size, "type": type_}
    stamps = stamped(context)
    context.store.insert("attachments", {"id": attachment_id, **own, **stamps})
    expires = iso(context.clock() + EXPIRES)
    conditions = [{"key": attachment_id}, ["content-length-range", size, size]]
    policy = _encoded({"expiration": expires, "conditions": conditions})
    amz = stamps["created_at"].replace("-", "").replace(":", "").partition(".")[0] + "Z"
    form = {
        "acl": "private",
        "x-amz-server-side-encryption": "AES256",
        "Content-Type": "application/octet-stream",
        "bucket": "plain-sandbox-attachments",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"SANDBOX/{amz[:8]}/eu-west-2/s3/aws4_request",
        "X-Amz-Date": amz,
        "X-Amz-Security-Token": "sandbox",
        "key": attachment_id,
        "Policy": policy,
        "X-Amz-Signature": signature(policy),
    }
    url = {
        "attachment": load_attachment(context, attachment_id),
        "uploadFormUrl": f"{context.base_url}{UPLOADS}",
        "uploadFormData": [{"key": key, "value": value} for key, value in form.items()],
        "expiresAt": date_time(expires),
    }
    return {"attachmentUploadUrl": url}


@DOMAIN.mutation("createAttachmentDownloadUrl", permissions=("attachment:download",))
def create_attachment_download_url(context: Context, input: dict[str, Any]) -> Object:
    """Where to get a file from."""
    row = existing(context, "attachments", input["attachmentId"], "attachmentId", "attachment")
    if row["content"] is None:
        raise not_uploaded()
    expires = iso(context.clock() + EXPIRES)
    token = _encoded({"key": row["id"], "expiration": expires})
    url = {
        "attachment": _as_attachment(row),
        "downloadUrl": f"{context.base_url}{DOWNLOADS}/{token}.{signature(token)}",
        "expiresAt": date_time(expires),
    }
    return {"attachmentDownloadUrl": url, "attachmentVirusScanResult": "CLEAN"}


def check_attachments(
    context: Context, ids: Sequence[str] | None, type_: str, path: str = "attachmentIds"
) -> list[str]:
    """The files of a message; refused unless they are all there, uploaded, and for its kind."""
    ids = list(dict.fromkeys(ids or ()))
    if len(ids) > _MOST:
        raise invalid(path, f"A message has at most {_MOST} attachments.")
    bad: list[BadField] = []
    size = 0
    for index, attachment_id in enumerate(ids):
        row = existing(context, "attachments", attachment_id, f"{path}.{index}", "attachment")
        if row["content"] is None:
            raise not_uploaded()
        if row["type"] != type_:
            message = f"Is an attachment of type {row['type']}, not {type_}."
            bad.append(BadField(f"{path}.{index}", message, "VALIDATION"))
        size += row["size"]
    if bad:
        raise bad_input(bad)
    if size > _limit(type_):
        raise _too_large()
    for attachment_id in ids:
        context.store.update("attachments", attachment_id, {"used": 1})
    return ids


def forget_unused(store: Store, now: float) -> None:
    """What nothing refers to is gone after a day."""
    due = [iso(now - KEPT)]
    if store.row("SELECT 1 FROM attachments WHERE used = 0 AND created_at < ?", due) is not None:
        store.write("DELETE FROM attachments WHERE used = 0 AND created_at < ?", due)


def signature(text: str) -> str:
    """What proves that an address or a policy was given by the sandbox."""
    return hmac.new(_SECRET, text.encode(), hashlib.sha256).hexdigest()


def not_uploaded() -> MutationRefused:
    """The file's id exists, and its bytes never arrived."""
    return MutationRefused("attachment_not_uploaded", "The attachment was not uploaded.")


def _too_large() -> MutationRefused:
    return MutationRefused("attachment_file_size_too_large", "The attachments are too large.")


def _limit(type_: str) -> int:
    return _LIMITS.get(type_, _LIMIT) * _MEGABYTE


def _encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _as_attachment(row: Row) -> Object:
    name, size = row["file_name"], row["size"]
    return {
        "id": row["id"],
        "fileName": name,
        "fileSize": {"bytes": size, "kiloBytes": size / 1000, "megaBytes": size / _MEGABYTE},
        "fileExtension": name.rpartition(".")[2] if "." in name else None,
        "fileMimeType": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "type": row["type"],
        **made(row),
    }
