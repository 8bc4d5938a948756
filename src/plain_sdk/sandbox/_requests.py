"""What a request's body asks for; whatever the body is, it is a request or a refusal."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, cast

from ._refusals import QueryRefused

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_BODY = 10 * 1024 * 1024
"""The most bytes that are read. Plain does not document its limit; this is its gateway's."""

MAX_QUERY = 1024 * 1024
"""The most characters of a query, of which all have to be looked at."""


@dataclass(frozen=True)
class Request:
    """A query and its variables."""

    query: str
    variables: dict[str, Any] | None


async def body_of(receive: Receive, most: int = MAX_BODY) -> bytes | None:
    """The whole body, or its start when there is more than `most`; None when the caller is
    gone before its end."""
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(content) <= most:
            # What is over is taken off the connection all the same, so that the caller gets to
            # read the response.
            content += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(content)


def read_request(headers: Mapping[str, str], body: bytes) -> Request:
    """The request of a body; `QueryRefused` when it is none."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        _refuse("The content type must be application/json.")
    if len(body) > MAX_BODY:
        _refuse(f"The body is larger than {MAX_BODY >> 20} MB.", 413)
    content = _json(body)
    if not isinstance(content, dict):
        _refuse("The body must be an object with a query.")
    members = cast("dict[str, object]", content)
    query, variables = members.get("query"), members.get("variables")
    if not isinstance(query, str):
        _refuse("The body must contain a query.")
    if len(query) > MAX_QUERY:
        _refuse(f"The query is longer than {MAX_QUERY} characters.", 413)
    if not isinstance(variables, dict | None):
        _refuse("The variables must be an object.")
    return Request(query, cast("dict[str, Any] | None", variables))


def _json(body: bytes) -> object:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        _refuse("The body is not UTF-8.")
    try:
        content: object = _DECODER.decode(text)
        # Half a character comes as an escape, passes as JSON, and can be kept nowhere.
        if "\\u" in text:
            json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        _refuse("The body contains half a character.")
    except RecursionError:
        _refuse("The body is nested too deeply.")
    except ValueError:
        _refuse("The body is not JSON.")
    return content


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_json)


def _refuse(message: str, status: int = 400) -> NoReturn:
    raise QueryRefused("BAD_USER_INPUT", message, status)
