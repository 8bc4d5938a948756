"""An upload: ask for an address, and post the file there."""

import secrets
from dataclasses import dataclass

import anyio
from plain_graphql.fragments.attachment import Attachment
from plain_graphql.fragments.attachment_upload_url import AttachmentUploadUrl
from plain_graphql.operations.create_attachment_upload_url import CREATE_ATTACHMENT_UPLOAD_URL

from .._call.call import Call
from .._call.pipeline import Pipeline
from .._call.requests import USER_AGENT
from .._call.retry import FailedAttempt
from .._transports.base import Transfer, Transport, TransportOptions
from ..runtime.operations import RequestOptions
from .answers import check_address, refused
from .attempts import LARGEST_ANSWER, attempted, begun, once_only
from .checks import check_file
from .files import UPLOAD, Progress
from .form import after_file, before_file
from .source import Source, UploadBody, UploadSource, open_source, source_failed


@dataclass(frozen=True)
class Upload:
    """What is to be uploaded, and as what."""

    customer_id: str
    attachment_type: str
    file_name: str | None
    size: int | None
    on_progress: Progress | None


async def upload(
    pipeline: Pipeline,
    api_url: str,
    given: UploadSource,
    what: Upload,
    options: RequestOptions | None,
) -> Attachment:
    """Upload a file; the attachment."""
    settings = pipeline.settings(options)
    call = begun(pipeline, UPLOAD, settings)
    source = await open_source(given, what.size)
    del given
    try:
        name = check_file(
            what.file_name if what.file_name is not None else source.name,
            source.size, str(what.attachment_type), UPLOAD,
        )  # fmt: skip
        address = await pipeline.value(
            CREATE_ATTACHMENT_UPLOAD_URL,
            {
                "input": {
                    "customer_id": what.customer_id,
                    "file_name": name,
                    "file_size_bytes": source.size,
                    "attachment_type": what.attachment_type,
                }
            },
            options,
        )
        check_address(address.upload_form_url, api_url, UPLOAD)
        await _post(pipeline, call, address, source, what.on_progress)
    finally:
        with anyio.CancelScope(shield=True):
            await source.aclose()
    return address.attachment


async def _post(
    pipeline: Pipeline,
    call: Call,
    address: AttachmentUploadUrl,
    source: Source,
    progress: Progress | None,
) -> None:
    boundary = f"plain-sdk-{secrets.token_hex(16)}"
    head = before_file(((field.key, field.value) for field in address.upload_form_data), boundary)
    tail = after_file(boundary)
    wire = TransportOptions(
        address.upload_form_url,
        {
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + source.size + len(tail)),
        },
        LARGEST_ANSWER,
    )

    async def send(transport: Transport) -> FailedAttempt | None:
        try:
            await source.begin()
        except Exception as error:
            raise source_failed(error) from None
        body = UploadBody(source, head, tail, progress)
        return await _attempt(call, transport, body, source, address.upload_form_url)

    await pipeline.transfer(call, wire, send)


async def _attempt(
    call: Call, transport: Transport, body: UploadBody, source: Source, url: str
) -> FailedAttempt | None:
    transfer = Transfer(b"", call.settings, content=body)
    response = await attempted(call, transport, transfer)
    failed = (
        response
        if isinstance(response, FailedAttempt)
        else refused(response, UPLOAD, "the file", url=url)
    )
    if failed is not None and body.fault is not None:
        raise body.fault
    return once_only(failed, source.can_begin, "the source is a stream that cannot be read twice")
