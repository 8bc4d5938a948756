"""Fetching a schema, and saying what is new in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from graphql import GraphQLSchema, lexicographic_sort_schema, print_schema

from ..._schemas import SchemaError, read_any_schema
from .._files import replace_file

_LARGEST: Final = 64 * 1024 * 1024
_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Pulled:
    """What a pull found."""

    text: str
    """The schema as it is written: sorted, so that only changes differ."""
    schema: GraphQLSchema
    before: GraphQLSchema | None
    """The schema that the file held."""
    changed: bool


def pull(source: str, output: Path) -> Pulled:
    """Read a schema from an address or a file and write it; `SchemaError` leaves the file as
    it was."""
    content = content_of(source)
    schema = read_any_schema(content, source)
    text = print_schema(lexicographic_sort_schema(schema)) + "\n"
    before, old = None, None
    if output.exists():
        old = _read(output)
        try:
            before = read_any_schema(old, str(output))
        except SchemaError:
            raise SchemaError(
                [f"{output}: already exists and is not a schema; give another --output"]
            ) from None
    changed = old != text.encode()
    if changed:
        try:
            replace_file(output, text.encode())
        except OSError as error:
            raise SchemaError([f"{output}: cannot be written: {error.strerror}"]) from None
    return Pulled(text, schema, before, changed)


def content_of(source: str) -> bytes:
    """What an address or a file holds; `SchemaError` when it cannot be had."""
    return fetched(source) if "://" in source else _read(Path(source))


def fetched(url: str) -> bytes:
    """What an address answers; `SchemaError` when it is not a whole, good response."""
    if not url.startswith(("http://", "https://")):
        raise SchemaError([f"{url}: is neither an http address nor a file"])
    try:
        with (
            httpx.Client(timeout=_SECONDS, follow_redirects=True) as client,
            client.stream("GET", url) as response,
        ):
            if not response.is_success:
                raise SchemaError(
                    [f"{url}: answered with HTTP {response.status_code}; is it the right address?"]
                )
            content = bytearray()
            for part in response.iter_bytes():
                content += part
                if len(content) > _LARGEST:
                    raise SchemaError([f"{url}: sends more than {_LARGEST >> 20} MB"])
            return bytes(content)
    except httpx.TimeoutException:
        raise SchemaError([f"{url}: no response within {_SECONDS:g} seconds"]) from None
    except httpx.RemoteProtocolError as error:
        raise SchemaError([f"{url}: the download broke off: {error}"]) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SchemaError([f"{url}: cannot be reached: {error}"]) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SchemaError([f"{path}: cannot be read: {error.strerror}"]) from None
