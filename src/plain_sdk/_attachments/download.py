"""A download: ask for an address, and fetch the file from there."""

import anyio
from plain_graphql.enums import AttachmentVirusScanResult
from plain_graphql.fragments.attachment import Attachment
from plain_graphql.operations.create_attachment_download_url import (
    CREATE_ATTACHMENT_DOWNLOAD_URL,
    CreateAttachmentDownloadUrlValue,
)

from .._call.call import Call
from .._call.pipeline import Pipeline
from .._call.requests import USER_AGENT
from .._call.retry import Effect, FailedAttempt
from .._errors import PlainAttachmentError
from .._transports.base import Transfer, Transport, TransportOptions
from ..runtime.operations import RequestOptions
from .answers import check_address, refused
from .attempts import LARGEST_ANSWER, attempted, begun, once_only
from .files import DOWNLOAD, Progress
from .target import DownloadSink, DownloadTarget, Target, open_target, target_failed


async def download(
    pipeline: Pipeline,
    api_url: str,
    attachment_id: str,
    to: DownloadTarget,
    *,
    allow_infected: bool,
    on_progress: Progress | None,
    options: RequestOptions | None,
) -> Attachment:
    """Download a file; its attachment."""
    call = begun(pipeline, DOWNLOAD, pipeline.settings(options))
    target = await open_target(to)
    try:
        address = await pipeline.value(
            CREATE_ATTACHMENT_DOWNLOAD_URL, {"input": {"attachment_id": attachment_id}}, options
        )
        if not allow_infected:
            _refuse_infected(address)
        check_address(address.download_url, api_url, DOWNLOAD)
        # Whatever the schema promises, some day it may be null.
        size: int | None = getattr(address.attachment.file_size, "bytes_", None)
        await _get(pipeline, call, address.download_url, target, size, on_progress)
    finally:
        with anyio.CancelScope(shield=True):
            await target.aclose()
    return address.attachment


def _refuse_infected(address: CreateAttachmentDownloadUrlValue) -> None:
    if address.attachment_virus_scan_result == AttachmentVirusScanResult.INFECTED:
        raise PlainAttachmentError(
            f"{address.attachment.file_name!r} is infected, says Plain's virus scan; "
            "allow_infected=True fetches it all the same",
            code="INFECTED",
            operation=DOWNLOAD,
        )


async def _get(
    pipeline: Pipeline,
    call: Call,
    url: str,
    target: Target,
    size: int | None,
    progress: Progress | None,
) -> None:
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}

    async def send(transport: Transport) -> FailedAttempt | None:
        sink = DownloadSink(target, size, progress)
        try:
            await target.begin()
        except Exception as error:
            raise target_failed(error) from None
        failed = await _attempt(call, transport, sink, url, size)
        if failed is None:
            try:
                await target.finish()
            except Exception as error:
                raise target_failed(error) from None
        return once_only(failed, target.can_begin, "the target is a stream that has no way back")

    await pipeline.transfer(call, TransportOptions(url, headers, LARGEST_ANSWER), send)


async def _attempt(
    call: Call, transport: Transport, sink: DownloadSink, url: str, size: int | None
) -> FailedAttempt | None:
    response = await attempted(call, transport, Transfer(b"", call.settings, sink=sink))
    if sink.fault is not None:
        raise sink.fault
    if isinstance(response, FailedAttempt):
        return response
    failed = refused(response, DOWNLOAD, "to give the file", url=url)
    if failed is None and size is not None and sink.received != size:
        told = f"{sink.received:,} of the file's {size:,} bytes came"
        error = PlainAttachmentError(told, status_code=response.status, operation=DOWNLOAD)
        failed = FailedAttempt(error, Effect.NONE, passing=True)
    return failed
