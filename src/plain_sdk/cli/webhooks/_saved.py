"""Requests in files, the secret, and the address that a request goes on to."""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from .._exit import CommandError

SECRET_VARIABLE: Final = "PLAIN_WEBHOOK_SECRET"


def secrets(given: str | Sequence[str] | None) -> list[str]:
    """The secrets of the arguments, or of the environment; none where there is none."""
    if given is None:
        found = os.environ.get(SECRET_VARIABLE)
        return [found] if found else []
    several = [given] if isinstance(given, str) else [*given]
    if not all(several):
        raise CommandError("--secret is empty")
    return several


def checked_address(url: str, option: str) -> str:
    """An address that a request can be posted to."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise CommandError(f"{option} {url!r} is no address like http://127.0.0.1:8000/plain")
    return url


def read(file: str) -> bytes:
    """What a file, or standard input, holds."""
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from None


def written(headers: Iterable[tuple[str, str]], body: bytes, path: str) -> bytes:
    """A request as a file holds it: as it is on the wire."""
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body


def taken_apart(content: bytes) -> tuple[list[tuple[str, str]] | None, bytes]:
    """The headers and the body of a saved request; no headers where it is a body alone."""
    if content.lstrip()[:1] in (b"{", b""):
        return None, content
    for end in (b"\r\n", b"\n"):
        head, found, body = content.partition(end * 2)
        lines = head.decode("latin-1").split(end.decode())
        pairs = [line.partition(":") for line in lines if ":" in line.split(" ")[0]]
        if found and pairs:
            return [(name.strip(), value.strip()) for name, _, value in pairs], body
    return None, content
