"""Uploads: the form, the sources, what is repeated, what is refused, and what is left open."""

import asyncio
import io
import itertools
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from file_server import FIELDS, S3_ERROR, FileServer, parts_of
from scripted_server import Behaviour, Request, answer, end_of_stream, hang_until_gone, reset
from wire_support import each_way, run

from plain_sdk import (
    AsyncPlainClient,
    PlainAttachmentError,
    PlainClosedError,
    PlainConnectionError,
    PlainError,
    PlainInputError,
    PlainResponseError,
    PlainTimeoutError,
)

KEY = "plainApiKey_secret"
CONTENT = os.urandom(300_000)
STORED = answer(body=b"", status=204, headers={"content-type": ""})


async def pieces(content: bytes = CONTENT, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def upload(source: Any, **more: Any) -> Callable[[AsyncPlainClient], Any]:
    async def scenario(client: AsyncPlainClient) -> Any:
        given = source() if callable(source) else source
        settings = {"customer_id": "c_1", "attachment_type": "CHAT", "file_name": "a.txt", **more}
        return await client.upload_attachment(given, **settings)

    return scenario


@each_way
def test_the_form_is_as_the_storage_wants_it(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every field in the order received, the file last and named `file`, the length told; and
    nothing of the client's goes to the storage."""
    with FileServer(STORED) as server:
        attachment = run(way, monkeypatch, upload(CONTENT), server.url, key=KEY)
    assert attachment.id == "att_1"
    assert server.asked == {
        "customerId": "c_1", "fileName": "a.txt", "fileSizeBytes": len(CONTENT),
        "attachmentType": "CHAT",
    }  # fmt: skip
    (request,) = server.stored
    assert request.line == "POST /files?signature=f00 HTTP/1.1"
    assert int(request.headers["content-length"]) == len(request.body)
    assert "transfer-encoding" not in request.headers
    *fields, file = parts_of(request)
    assert [(name, content.decode()) for name, _, content in fields] == FIELDS
    assert file == (
        "file", {"filename": "file", "Content-Type": "application/octet-stream"}, CONTENT
    )  # fmt: skip
    assert not {"authorization", "cookie"} & request.headers.keys()
    assert KEY not in str(request.headers)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_users_own_client_keeps_its_headers_from_the_storage(backend: str) -> None:
    """They are for whom it was made for."""

    async def both() -> None:
        headers = {"Authorization": "Basic x", "X-Own": "1", "Cookie": "a=b"}
        async with httpx.AsyncClient(headers=headers, auth=("a", "b"), trust_env=False) as http:
            async with AsyncPlainClient(KEY, url=server.url, http_client=http) as client:
                await upload(CONTENT)(client)
                assert not http.is_closed

    with FileServer(STORED) as server:
        anyio.run(both, backend=backend)
        assert not {"authorization", "cookie", "x-own"} & server.stored[0].headers.keys()


class AsyncReader:
    """Like aiofiles' and anyio's files."""

    def __init__(self) -> None:
        self._file = io.BytesIO(b"skipped" + CONTENT)
        self._file.seek(7)

    async def read(self, size: int) -> bytes:
        return self._file.read(size)

    async def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    async def tell(self) -> int:
        return self._file.tell()

    async def seekable(self) -> bool:
        return True


class Pipe:
    """A stream with no way back, which gives less than it is asked for."""

    def __init__(self) -> None:
        self._file = io.BytesIO(CONTENT)

    def read(self, size: int) -> bytes:
        return self._file.read(min(size, 1000))


SOURCES: dict[str, tuple[Callable[[], Any], dict[str, Any], bool]] = {
    "bytes": (lambda: CONTENT, {}, True),
    "bytearray": (lambda: bytearray(CONTENT), {}, True),
    "memoryview": (lambda: memoryview(CONTENT), {}, True),
    "file": (lambda: io.BytesIO(CONTENT), {}, True),
    "async file": (AsyncReader, {}, True),
    "pipe": (Pipe, {"size": len(CONTENT)}, False),
    "pieces": (pieces, {"size": len(CONTENT)}, False),
}
each_source = pytest.mark.parametrize("source", SOURCES)


@each_way
@each_source
def test_every_source_arrives(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """Whole, and with the size told before."""
    make, more, _ = SOURCES[source]
    with FileServer(STORED) as server:
        run(way, monkeypatch, upload(make, **more), server.url)
    assert server.asked["fileSizeBytes"] == len(CONTENT)
    assert parts_of(server.stored[0])[-1][2] == CONTENT


@each_way
def test_a_path_tells_its_name_and_is_closed(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As text, as a path, or open; what was opened here is closed, what was not is not."""
    path = tmp_path / "bill.pdf"
    path.write_bytes(CONTENT)
    for source in (str(path), path):
        with FileServer(STORED) as server:
            run(way, monkeypatch, upload(source, file_name=None), server.url)
        assert server.asked["fileName"] == "bill.pdf"
        assert parts_of(server.stored[0])[-1][2] == CONTENT
        assert not is_open(path)
    with FileServer(STORED) as server, path.open("rb") as file:
        file.seek(100_000)
        run(way, monkeypatch, upload(file, file_name=None), server.url)
        assert not file.closed
    assert server.asked["fileName"] == "bill.pdf"
    assert parts_of(server.stored[0])[-1][2] == CONTENT[100_000:]


def test_an_open_file_of_anyios_arrives(tmp_path: Path) -> None:
    """It can seek, in its own way."""
    (tmp_path / "a.txt").write_bytes(CONTENT)

    async def scenario() -> None:
        async with await anyio.open_file(tmp_path / "a.txt", "rb") as file:
            async with AsyncPlainClient("k", url=server.url) as client:
                client._pipeline._randomness = lambda: 0.0
                await upload(file, file_name=None)(client)

    with FileServer(STORED, cuts={0: 100_000}) as server:
        anyio.run(scenario)
        assert parts_of(server.stored[1])[-1][2] == CONTENT


def is_open(path: Path) -> bool:
    """Whether this process has a file open."""
    held: list[str] = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            held.append(str(entry.readlink()))
        except OSError:
            continue
    return str(path) in held


@each_way
@each_source
def test_a_cut_midway_is_repeated_from_the_start(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """Where the source can go back; else the error says that it was not, and why."""
    make, more, can_begin = SOURCES[source]
    told: list[tuple[int, int]] = []
    more = {**more, "on_progress": lambda sent, size: told.append((sent, size))}
    with FileServer(STORED, cuts={0: 150_000}) as server:
        if can_begin:
            run(way, monkeypatch, upload(make, **more), server.url)
            assert len(server.stored) == 2
            assert parts_of(server.stored[1])[-1][2] == CONTENT
            assert told[-1] == (len(CONTENT), len(CONTENT))
            assert any(later < sent for (sent, _), (later, _) in itertools.pairwise(told))
        else:
            with pytest.raises(PlainConnectionError, match="cannot be read twice") as raised:
                run(way, monkeypatch, upload(make, **more), server.url)
            assert len(server.stored) == 1
            assert raised.value.attempts == 1


@each_way
@pytest.mark.parametrize(
    "fault",
    [answer(status=503), answer(status=500), answer(status=429), end_of_stream, reset,
     answer(status=400, body=b"<Error><Code>RequestTimeout</Code></Error>")],
    ids=["503", "500", "429", "end", "reset", "RequestTimeout"],
)  # fmt: skip
def test_what_passes_is_repeated(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, fault: Behaviour
) -> None:
    """A stream that nobody can read twice is not."""
    events: list[Any] = []
    with FileServer(fault, STORED) as server:
        run(way, monkeypatch, upload(CONTENT), server.url, on_retry=events.append)
        assert [event.operation for event in events] == ["uploadAttachment"]
        assert len(server.stored) == 2
    with FileServer(fault, STORED) as server:
        with pytest.raises(PlainError, match="it was not tried again"):
            run(way, monkeypatch, upload(pieces, size=len(CONTENT)), server.url)
        assert len(server.stored) == 1


@each_way
def test_no_more_attempts_than_allowed(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four, or as many as the options say."""
    for options, count in (({}, 4), ({"max_attempts": 2}, 2)):
        with FileServer(answer(status=503)) as server:
            with pytest.raises(PlainAttachmentError) as raised:
                run(way, monkeypatch, upload(CONTENT, options=options), server.url)
            assert (raised.value.attempts, len(server.stored)) == (count, count)


@each_way
def test_a_refusal_is_told(way: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the storage's code, and without a repetition."""
    refusal = answer(status=400, body=S3_ERROR)
    with FileServer(refusal) as server:
        with pytest.raises(PlainAttachmentError, match="exceeds the maximum") as raised:
            run(way, monkeypatch, upload(CONTENT), server.url)
        assert len(server.stored) == 1
    error = raised.value
    assert (error.code, error.status_code, error.outcome) == (
        "EntityTooLarge", 400, "not_carried_out",
    )  # fmt: skip
    assert str(error).startswith("upload_attachment: 127.0.0.1 refused the file")
    assert "f00" not in str(error)


@each_way
def test_a_refusal_amid_the_upload_is_told(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the storage answers before it has read all, and then closes."""

    async def hasty(request: Request, writer: asyncio.StreamWriter) -> bool:
        assert request.reader is not None
        refusal = answer(status=403, body=S3_ERROR, headers={"connection": "close"})
        await refusal(request, writer)
        while await request.reader.read(1 << 16):
            pass
        return False

    with FileServer(STORED, cuts={0: 1000}, at_cut=hasty) as server:
        with pytest.raises(PlainAttachmentError) as raised:
            run(way, monkeypatch, upload(bytes(2_000_000)), server.url)
    assert (raised.value.code, raised.value.status_code) == ("EntityTooLarge", 403)


@each_way
def test_no_redirect_is_followed(way: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It would carry a customer's file elsewhere."""
    moved = answer(status=307, headers={"location": "/elsewhere"})
    with FileServer(moved) as server:
        with pytest.raises(PlainAttachmentError, match="redirects are not followed"):
            run(way, monkeypatch, upload(CONTENT), server.url)
        assert len(server.stored) == 1


@each_way
@pytest.mark.parametrize("url", ["ftp://x/", "", "x", "file:///etc/passwd"])
def test_an_address_that_is_none_is_refused(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Before anything goes there."""
    with FileServer(STORED, url=url) as server:
        with pytest.raises(PlainResponseError, match="is not https"):
            run(way, monkeypatch, upload(CONTENT), server.url)


@each_way
def test_the_time_of_a_call_bounds_an_upload(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A storage that says nothing; a source that gives nothing; and no connection is left."""
    options = {"timeout": 0.3}

    async def endless() -> AsyncIterator[bytes]:
        yield b"x"
        await anyio.sleep_forever()

    for source, more in ((CONTENT, {}), (endless, {"size": 10})):
        with FileServer(hang_until_gone) as server:
            with pytest.raises(PlainTimeoutError) as raised:
                run(way, monkeypatch, upload(source, options=options, **more), server.url)
            assert raised.value.timeout == 0.3
            wait_until_closed(server)


def wait_until_closed(server: FileServer) -> None:
    async def closed() -> None:
        with anyio.fail_after(20):
            while server.open_connections:
                await anyio.sleep(0.001)

    anyio.run(closed)


@each_way
def test_a_cancelled_upload_leaves_nothing_open(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Cancelled amid the file, by a scope of anyio's: no connection, no file."""
    path = tmp_path / "a.txt"
    path.write_bytes(bytes(20_000_000))

    async def scenario(client: AsyncPlainClient) -> None:
        with anyio.CancelScope() as scope:

            def progress(sent: int, size: int) -> None:
                if sent > 1_000_000:
                    scope.cancel()

            await upload(path, on_progress=progress)(client)
        assert scope.cancelled_caught
        assert not is_open(path)
        with anyio.fail_after(20):
            # The connection to the API may be kept.
            while server.open_connections > 1:
                await anyio.sleep(0.001)

    with FileServer(STORED) as server:
        run(way, monkeypatch, scenario, server.url)
        wait_until_closed(server)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
async def test_a_task_that_is_cancelled_leaves_nothing_open(transport: Any, tmp_path: Path) -> None:
    """Likewise by asyncio's own cancellation."""
    path = tmp_path / "a.txt"
    path.write_bytes(bytes(20_000_000))
    begun = asyncio.Event()
    with FileServer(STORED) as server:
        async with AsyncPlainClient("k", url=server.url, transport=transport) as client:
            task = asyncio.create_task(upload(path, on_progress=lambda *_: begun.set())(client))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not is_open(path)
        await anyio.to_thread.run_sync(wait_until_closed, server)


@each_way
def test_closing_the_client_ends_uploads(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it ends calls; and a closed client uploads nothing."""

    async def scenario(client: AsyncPlainClient) -> None:
        async with anyio.create_task_group() as group:

            async def close() -> None:
                await server.wait_for(2)
                await client.aclose()

            group.start_soon(close)
            with pytest.raises(PlainClosedError):
                await upload(CONTENT)(client)
        with pytest.raises(PlainClosedError):
            await upload(CONTENT)(client)

    with FileServer(hang_until_gone) as server:
        run(way, monkeypatch, scenario, server.url)
        wait_until_closed(server)


@each_way
def test_what_the_source_raises_is_told(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an error of ours whose cause it is, once; what the progress raises comes as it is."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise RuntimeError("no disk")

    class Text:
        def read(self, size: int) -> str:
            return "x"

    def stop(sent: int, size: int) -> None:
        raise KeyError("stop")

    with FileServer(STORED) as server:
        with pytest.raises(PlainAttachmentError, match="no disk") as raised:
            run(way, monkeypatch, upload(broken, size=10), server.url)
        assert isinstance(raised.value.__cause__, RuntimeError)
        wait_until_closed(server)
    with FileServer(STORED) as server:
        with pytest.raises(PlainAttachmentError, match="gave str in place of bytes"):
            run(way, monkeypatch, upload(Text, size=10), server.url)
    with FileServer(STORED) as server:
        with pytest.raises(PlainAttachmentError, match="ended after 300,000 of 300,001 bytes"):
            run(way, monkeypatch, upload(pieces, size=len(CONTENT) + 1), server.url)
    with FileServer(STORED) as server:
        with pytest.raises(KeyError, match="stop"):
            run(way, monkeypatch, upload(CONTENT, on_progress=stop), server.url)
        assert server.stored == []


@each_way
def test_a_file_that_shrinks_meanwhile_is_told(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It does not hold what was announced."""
    path = tmp_path / "a.txt"
    path.write_bytes(CONTENT)
    shrink = lambda *_: os.truncate(path, 70_000)  # noqa: E731
    with FileServer(STORED) as server:
        with pytest.raises(PlainAttachmentError, match="it ended after"):
            run(way, monkeypatch, upload(path, on_progress=shrink), server.url)


MB = 2**20


@pytest.mark.parametrize(
    ("source", "more", "told"),
    [
        (b"", {}, "source is empty"),
        (b"x", {"file_name": " "}, "file_name is blank"),
        (b"x", {"file_name": None}, "file_name is required"),
        (b"x", {"file_name": "a.exe"}, r"ends in \.exe"),
        (b"x", {"file_name": "a.b.ExE"}, r"ends in \.exe"),
        (b"x", {"file_name": "a.wsf. "}, r"ends in \.wsf"),
        (pieces, {}, "size is required"),
        (Pipe, {}, "size is required"),
        (pieces, {"size": -1}, "size is required"),
        (pieces, {"size": True}, "size is required"),
        (pieces, {"size": 6 * MB + 1, "attachment_type": "EMAIL"}, "6 MB are allowed"),
        (pieces, {"size": 50 * MB + 1, "attachment_type": "NOTE"}, "50 MB are allowed"),
        (pieces, {"size": 100 * MB + 1, "attachment_type": "CHAT"}, "100 MB are allowed"),
        (pieces, {"size": 2**31, "attachment_type": "CUSTOM_TIMELINE_ENTRY"}, "2 GB"),
        (5, {}, "must be bytes, a path or a binary stream, not int"),
        (io.StringIO("x"), {}, "open as text"),
        ("/nowhere/at/all", {}, "cannot be read"),
        ("/", {}, "cannot be read"),
        ("/dev/null", {}, "no regular file"),
        (memoryview(b"abcd")[::2], {}, "do not lie side by side"),
    ],
    ids=range(20),
)
async def test_what_cannot_be_is_refused_before_anything_is_sent(
    source: Any, more: dict[str, Any], told: str
) -> None:
    """Nothing comes to the server."""
    with FileServer(STORED) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            with pytest.raises(PlainInputError, match=told):
                await upload(source, **more)(client)
        assert server.requests == []


@pytest.mark.parametrize(
    ("attachment_type", "size"),
    [("FAX", 101 * MB), ("EMAIL", 6 * MB), ("NOTE", 50 * MB), ("CHAT", 100 * MB),
     ("CUSTOM_TIMELINE_ENTRY", 2**31 - 1)],
)  # fmt: skip
async def test_at_the_bound_the_address_is_asked_for(attachment_type: str, size: int) -> None:
    """Exactly as many bytes are allowed; of a type that is newer than this, Plain judges."""

    async def nothing() -> AsyncIterator[bytes]:
        for _ in ():
            yield b""

    with FileServer(STORED) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            with pytest.raises(PlainAttachmentError, match="ended after 0"):
                await upload(nothing, size=size, attachment_type=attachment_type)(client)
        assert server.asked["fileSizeBytes"] == size


SCRIPT = """
import resource, sys
import anyio
from plain_sdk import AsyncPlainClient

url, backend, transport, *paths = sys.argv[1:]

async def main():
    most = []
    for path in paths:
        async with AsyncPlainClient("k", url=url, transport=transport) as client:
            await client.upload_attachment(path, customer_id="c_1", attachment_type="CHAT")
        most.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    print(most[1] - most[0])

anyio.run(main, backend=backend)
"""


@each_way
def test_twenty_megabytes_take_less_than_eight(way: tuple[str, str], tmp_path: Path) -> None:
    """Of memory, on top of what a small file takes, in a process of its own; and the connection is
    cut midway, so that it is sent again from its start."""
    small, large = tmp_path / "small.txt", tmp_path / "large.txt"
    small.write_bytes(b"x")
    large.write_bytes(os.urandom(20_000_000))

    async def both(request: Request, writer: asyncio.StreamWriter) -> bool:
        is_file = request.line.startswith("POST /files")
        return await (STORED if is_file else server._address)(request, writer)

    with FileServer(both, cuts={2: 10_000_000}) as server:
        server.behaviours[0] = both
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, server.url, *way, small, large],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.stderr == ""
    assert len(server.requests) == 5
    assert parts_of(server.requests[-1])[-1][2] == large.read_bytes()
    assert int(done.stdout) < 8 * 1024
