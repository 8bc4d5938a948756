"""The bytes of a file, in a private copy: what is sent is what was checked, whatever happens to
the file in the hours between. Compressed files are unpacked, and workbooks become CSV.
"""

import bz2
import gzip
import lzma
import os
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, cast

from ..._exit import UNWRITABLE, CommandError

_CHUNK: Final = 1 << 16
_TRIES: Final = 3
_NOT_ROWS: Final = (
    (b"PAR1", "is a Parquet file; read it with pyarrow, polars or pandas, and give the frame to "
     "client.sync_customers(frame, ...)"),
    (b"SQLite format 3\0", "is an SQLite database; export the table as CSV"),
    (b"%PDF", "is a PDF; export the rows as CSV"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd; unpack it first"),
)  # fmt: skip
_BROKEN: Final = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)


def opened(file: str, sheet: str | None) -> tuple[IO[bytes], str]:
    """A private copy of the rows' text, and the file's name without `.gz` and the like."""
    copy = _copied(file)
    try:
        return _unpacked(copy, file, sheet)
    except BaseException:
        copy.close()
        raise


def _copied(file: str) -> IO[bytes]:
    if file == "-":
        if sys.stdin is None:
            raise CommandError("-: standard input is closed")
        return _spooled(sys.stdin.buffer, file)
    path = Path(file)
    try:
        if path.is_dir():
            raise CommandError(f"{file}: is a directory; give a file of rows")
        for _ in range(_TRIES):
            with path.open("rb") as stream:
                before = os.fstat(stream.fileno())
                copy = _spooled(stream, file)
                after = os.fstat(stream.fileno())
                if _identity(before) == _identity(after):
                    return copy
                copy.close()
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from None
    raise CommandError(
        f"{file}: is being written just now; run again when it is complete", UNWRITABLE
    )


def _identity(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_size, stat.st_mtime_ns


def _spooled(stream: IO[bytes], file: str) -> IO[bytes]:
    try:
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the table
    except OSError as error:
        raise _no_room(file, error) from None
    try:
        while chunk := stream.read(_CHUNK):
            try:
                copy.write(chunk)
            except OSError as error:
                raise _no_room(file, error) from None
        copy.flush()
        copy.seek(0)
    except BaseException as error:
        with _quietly():
            copy.close()
        if isinstance(error, OSError):
            raise _no_room(file, error) from None
        raise
    return cast("IO[bytes]", copy)


def _no_room(file: str, error: OSError) -> CommandError:
    return CommandError(
        f"{file}: cannot be copied to {tempfile.gettempdir()}: {error.strerror}; a sync works "
        "from a copy, so that it sends what it checked. Set TMPDIR to a folder with room",
        UNWRITABLE,
    )


class _quietly:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc: object) -> bool:
        return isinstance(exc[1], OSError)


def _unpacked(copy: IO[bytes], file: str, sheet: str | None) -> tuple[IO[bytes], str]:
    start = copy.read(512)
    copy.seek(0)
    for magic, told in _NOT_ROWS:
        if start.startswith(magic):
            raise CommandError(f"{file}: {told}")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<head", b"<meta")):
        raise CommandError(
            f"{file}: is a web page or XML, whatever its name says; open it in a spreadsheet and "
            "save it as CSV (UTF-8)"
        )
    name = file
    while True:
        start = copy.read(512)
        copy.seek(0)
        unpack = _unpacker(start)
        if unpack is not None:
            name = str(Path(name).with_suffix("")) if _is_packed(name) else name
            copy = _replaced(copy, unpack, file)
        elif start.startswith(b"PK\x03\x04"):
            if _is_workbook(copy, file):
                return _workbook(copy, file, sheet), f"{name}.csv"
            copy, name = _member(copy, file)
        elif start.startswith(b"\xd0\xcf\x11\xe0"):
            return _workbook(copy, file, sheet), f"{name}.csv"
        else:
            return copy, name


def _is_packed(name: str) -> bool:
    return Path(name).suffix.lower() in (".gz", ".bz2", ".xz")


def _unpacker(start: bytes) -> Callable[[IO[bytes]], IO[bytes]] | None:
    if start.startswith(b"\x1f\x8b"):
        return lambda stream: cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    if start.startswith(b"BZh"):
        return lambda stream: cast("IO[bytes]", bz2.BZ2File(stream))
    if start.startswith(b"\xfd7zXZ\0"):
        return lambda stream: cast("IO[bytes]", lzma.LZMAFile(stream))
    return None


def _replaced(copy: IO[bytes], unpack: Callable[[IO[bytes]], IO[bytes]], file: str) -> IO[bytes]:
    try:
        with copy, unpack(copy) as stream:
            return _spooled(stream, file)
    except _BROKEN as error:
        raise CommandError(f"{file}: cannot be unpacked: {error}") from None


def _is_workbook(copy: IO[bytes], file: str) -> bool:
    try:
        names = zipfile.ZipFile(copy).namelist()
    except _BROKEN as error:
        raise CommandError(f"{file}: cannot be unpacked: {error}") from None
    finally:
        copy.seek(0)
    return "[Content_Types].xml" in names or "content.xml" in names


def _workbook(copy: IO[bytes], file: str, sheet: str | None) -> IO[bytes]:
    from .excel import as_csv

    with copy:
        return _spooled(as_csv(copy, file, sheet), file)


def _member(copy: IO[bytes], file: str) -> tuple[IO[bytes], str]:
    archive = zipfile.ZipFile(copy)
    names = [
        name
        for name in archive.namelist()
        if not name.endswith("/") and not Path(name).name.startswith(".")
        and not name.startswith("__MACOSX/")
    ]  # fmt: skip
    if len(names) != 1:
        told = ", ".join(names[:5]) or "nothing"
        raise CommandError(f"{file}: must hold one file of rows, and holds {told}; unpack it")

    def member(_: IO[bytes]) -> IO[bytes]:
        try:
            return archive.open(names[0])
        except (RuntimeError, NotImplementedError) as error:
            raise CommandError(f"{file}: cannot be unpacked: {error}") from None

    return _replaced(copy, member, file), names[0]
