"""Downloads: where the file goes, what is repeated, what is refused, and what is left behind."""

import asyncio
import gzip
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from file_server import FileServer
from scripted_server import Behaviour, Request, answer, hang_until_gone, head, reset
from wire_support import each_way, run

from plain_sdk import (
    AsyncPlainClient,
    PlainAttachmentError,
    PlainConnectionError,
    PlainError,
    PlainInputError,
    PlainResponseError,
    PlainTimeoutError,
)
from plain_sdk.types import AttachmentVirusScanResult

KEY = "plainApiKey_secret"
CONTENT = os.urandom(300_000)
BINARY = {"content-type": "application/octet-stream"}
WHOLE = answer(body=CONTENT, headers=BINARY)


def download(to: Any, **more: Any) -> Callable[[AsyncPlainClient], Any]:
    async def scenario(client: AsyncPlainClient) -> Any:
        return await client.download_attachment("att_1", to=to, **more)

    return scenario


def half(content: bytes = CONTENT, *, length: bool = True) -> Behaviour:
    """Half of a file, and then the connection is closed."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> bool:
        told = head(200, len(content), BINARY)
        if not length:
            told = told.replace(b"content-length", b"x-length")
        writer.write(told + content[: len(content) // 2])
        await writer.drain()
        return False

    return behave


class Stream:
    """A stream that is written to and has no way back."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, piece: bytes) -> int:
        # Like a raw file, it takes less than it is given.
        self.content += piece[:10_000]
        return len(piece[:10_000])


class AsyncStream:
    """Likewise, with a coroutine function that does not say how much it took."""

    def __init__(self) -> None:
        self.content = b""

    async def write(self, piece: bytes) -> None:
        self.content += piece


@each_way
def test_a_file_is_fetched(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """To a path, over what was there; with nothing of the client's in the request."""
    told: list[tuple[int, int]] = []
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with FileServer(WHOLE, size=len(CONTENT)) as server:
        more: dict[str, Any] = {"on_progress": lambda got, size: told.append((got, size))}
        attachment = run(way, monkeypatch, download(path, **more), server.url, key=KEY)
    assert attachment.file_name == "a.txt"
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert sorted(told) == told
    (request,) = server.stored
    assert request.line == "GET /files?signature=f00 HTTP/1.1"
    assert not {"authorization", "cookie", "content-length"} & request.headers.keys()
    assert request.headers["accept-encoding"] == "identity"
    assert os.listdir(tmp_path) == ["a.txt"]


@each_way
@pytest.mark.parametrize("target", [io.BytesIO, Stream, AsyncStream])
def test_every_target_is_written_to(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, target: Any
) -> None:
    """From where it is, and left open."""
    to = target()
    with FileServer(WHOLE, size=len(CONTENT)) as server:
        if target is io.BytesIO:
            to.write(b"before")
        run(way, monkeypatch, download(to), server.url)
    if target is io.BytesIO:
        assert to.getvalue() == b"before" + CONTENT
    else:
        assert to.content == CONTENT


@each_way
@pytest.mark.parametrize(
    "fault",
    [half(), half(length=False), answer(status=503), reset],
    ids=["half", "half, and no length", "503", "reset"],
)
def test_what_breaks_off_is_fetched_again(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, fault: Behaviour, tmp_path: Path
) -> None:
    """From the start, as whoever has the file says how large it is."""
    file = io.BytesIO(b"before")
    file.seek(6)
    for to in (tmp_path / "a.txt", file):
        with FileServer(fault, WHOLE, size=len(CONTENT)) as server:
            run(way, monkeypatch, download(to), server.url)
            assert len(server.stored) == 2
    assert (tmp_path / "a.txt").read_bytes() == CONTENT
    assert file.getvalue() == b"before" + CONTENT


@each_way
def test_a_stream_that_has_no_way_back_gets_the_file_once(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a part is written, the error says so; before, another attempt is made."""
    stream = Stream()
    with FileServer(answer(status=503), reset, WHOLE, size=len(CONTENT)) as server:
        run(way, monkeypatch, download(stream), server.url)
    assert stream.content == CONTENT
    stream = Stream()
    with FileServer(half(length=False), WHOLE, size=len(CONTENT)) as server:
        with pytest.raises(PlainError, match="has no way back"):
            run(way, monkeypatch, download(stream), server.url)
        assert len(server.stored) == 1
    assert stream.content == CONTENT[: len(CONTENT) // 2]


@each_way
def test_a_file_of_which_no_size_is_told_is_fetched(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Null where the schema promised a number is nothing to check against."""
    with FileServer(WHOLE, size=None) as server:
        run(way, monkeypatch, download(tmp_path / "a.txt", on_progress=print), server.url)
    assert (tmp_path / "a.txt").read_bytes() == CONTENT


@each_way
def test_what_is_infected_is_not_fetched(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Unless somebody wants it; a scan that is under way hinders nobody."""
    path = tmp_path / "a.txt"
    with FileServer(WHOLE, size=len(CONTENT), scan="INFECTED") as server:
        with pytest.raises(PlainAttachmentError, match="is infected") as raised:
            run(way, monkeypatch, download(path), server.url)
        assert raised.value.code == "INFECTED"
        assert server.stored == []
        assert os.listdir(tmp_path) == []
        server.requests.clear()
        run(way, monkeypatch, download(path, allow_infected=True), server.url)
    assert path.read_bytes() == CONTENT
    for scan in ("PENDING", "FAILED", "CLEAN", "NEWER"):
        with FileServer(WHOLE, size=len(CONTENT), scan=scan) as server:
            run(way, monkeypatch, download(path), server.url)


async def test_the_address_is_given_like_its_siblings_give_theirs() -> None:
    """The one object of the payload, never null, with what the scan found."""
    with FileServer(scan="PENDING", size=5) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            found = await client.create_attachment_download_url("att_1")
            assert found.download_url.endswith("/files?signature=f00")
            assert found.attachment.file_size.bytes_ == 5
            assert found.attachment_virus_scan_result == AttachmentVirusScanResult.PENDING
            assert type(found).model_validate(found.model_dump()) == found
            raw = await client.raw.create_attachment_download_url("att_1")
            assert raw.attachment_download_url is not None


@each_way
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (answer(status=403, body=b"<Error><Code>AccessDenied</Code></Error>"), "AccessDenied"),
        (answer(status=302, headers={"location": "/"}), "redirects are not followed"),
        (answer(body=CONTENT + b"x", headers=BINARY), "more than the file's 300,000 bytes came"),
        (answer(body=gzip.compress(CONTENT), headers={**BINARY, "content-encoding": "gzip"}),
         "encoded as 'gzip'"),
    ],
    ids=["403", "302", "more", "encoded"],
)  # fmt: skip
def test_what_is_refused_leaves_nothing_behind(
    way: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    fault: Behaviour,
    told: str,
    tmp_path: Path,
) -> None:
    """The path holds whatever it held."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with FileServer(fault, size=len(CONTENT)) as server:
        with pytest.raises((PlainAttachmentError, PlainConnectionError, PlainResponseError)) as e:
            run(way, monkeypatch, download(path, options={"max_attempts": 1}), server.url)
    assert told in str(e.value)
    assert "signature" not in str(e.value)
    assert os.listdir(tmp_path) == ["a.txt"]
    assert path.read_bytes() == b"old"


@each_way
def test_a_download_that_is_given_up_leaves_nothing_behind(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By its time, or cancelled amid the file."""

    async def begins(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(head(200, len(CONTENT), BINARY) + CONTENT[:1000])
        await writer.drain()
        return await hang_until_gone(request, writer)

    async def cancelled(client: AsyncPlainClient) -> None:
        with anyio.CancelScope() as scope:
            more: dict[str, Any] = {"on_progress": lambda *_: scope.cancel()}
            await download(tmp_path / "a.txt", **more)(client)
        assert scope.cancelled_caught
        with anyio.fail_after(20):
            while server.open_connections > 1:
                await anyio.sleep(0.001)

    with FileServer(begins, size=len(CONTENT)) as server:
        with pytest.raises(PlainTimeoutError):
            run(way, monkeypatch, download(tmp_path / "a.txt", options={"timeout": 0.3}),
                server.url)  # fmt: skip
        server.requests.clear()
        run(way, monkeypatch, cancelled, server.url)
    assert os.listdir(tmp_path) == []


@each_way
def test_what_the_target_raises_is_told(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an error of ours whose cause it is, once."""

    class Full:
        def write(self, piece: bytes) -> int:
            raise OSError(28, "No space left on device")

    with FileServer(WHOLE, size=len(CONTENT)) as server:
        with pytest.raises(PlainAttachmentError, match="No space left") as raised:
            run(way, monkeypatch, download(Full()), server.url)
        assert len(server.stored) == 1
    assert isinstance(raised.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("to", "told"),
    [(".", "it is a directory"), ("nowhere/a.txt", "No such file"), (5, "must be a path"),
     ("", "cannot be written")],
    ids=["directory", "nowhere", "number", "empty"],
)  # fmt: skip
async def test_what_cannot_be_written_to_is_refused_before_anything_is_sent(
    to: Any, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No address is asked for."""
    monkeypatch.chdir(tmp_path)
    with FileServer(WHOLE) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            with pytest.raises(PlainInputError, match=told):
                await client.download_attachment("att_1", to=to)
        assert server.requests == []
    assert os.listdir(tmp_path) == []


SCRIPT = """
import resource, sys
import anyio
from plain_sdk import AsyncPlainClient

url, backend, transport, to = sys.argv[1:]

async def main():
    most = []
    for attachment in ("att_small", "att_large"):
        async with AsyncPlainClient("k", url=url, transport=transport) as client:
            await client.download_attachment(attachment, to=to)
        most.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    print(most[1] - most[0])

anyio.run(main, backend=backend)
"""


@each_way
def test_twenty_megabytes_take_less_than_eight(way: tuple[str, str], tmp_path: Path) -> None:
    """Of memory, on top of what a small file takes, in a process of its own."""
    large = os.urandom(20_000_000)

    async def both(request: Request, writer: asyncio.StreamWriter) -> bool:
        if request.line.startswith("GET"):
            content = large[: server._told["size"]]
            return await answer(body=content, headers=BINARY)(request, writer)
        is_small = request.json["variables"]["input"]["attachmentId"] == "att_small"
        server._told["size"] = 1 if is_small else len(large)
        return await server._address(request, writer)

    with FileServer(both) as server:
        server.behaviours[0] = both
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, server.url, *way, tmp_path / "a"],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.stderr == ""
    assert (tmp_path / "a").read_bytes() == large
    assert int(done.stdout) < 8 * 1024
