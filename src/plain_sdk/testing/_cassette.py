"""Plain's real answers, recorded to a file and played from it."""

import json
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import httpx

from ._masking import Blanks, Masks, learn, unmasked

Mode: TypeAlias = Literal["auto", "record", "replay"]

_FORMAT: Final = 1
_KEPT_HEADERS: Final = ("content-type", "apigw-requestid", "retry-after")
"""Of the response: what the quota was then is of no use later."""
_UPLOAD: Final = "a file"


class CassetteError(Exception):
    """A file of recorded answers cannot be used, or was not played to its end."""


class Cassette:
    """Records what Plain really answers, and plays it, without Plain and without a key.

        cassette = Cassette("tests/answers.json")
        async with AsyncPlainClient(key, http_client=cassette.http_client()) as plain:
            ...
        cassette.check()

    The file holds no API key, and no personal data: addresses, names, texts, external ids and
    secrets are masked, equal ones alike, also within texts. Look at it before you commit it: a
    thread field of your own may be personal under a name that nobody else knows (`personal=`).

    A call is answered with the first answer that was recorded for the operation and the same
    variables, personal ones aside, and not played yet; in it, the masks of what the call itself
    said are replaced by that. A call that was not recorded is refused with the code
    `NOT_RECORDED`, as a `PlainGraphQLError`.

    Args:
        path: The file, JSON.
        mode: `auto` plays the file where there is one, and else records it.
        personal: Names of members to mask besides those that are known, like `region`.
        through: What carries the calls that are recorded. None: httpx's own transport, with a
            connection for each call, so that none stays open.

    Raises CassetteError when the file cannot be read.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        mode: Mode = "auto",
        personal: Iterable[str] = (),
        through: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.path = Path(path)
        self.is_recording = mode == "record" or (mode == "auto" and not self.path.exists())
        """Whether calls go through to Plain."""
        self._through = through
        known = frozenset(personal)
        self._masks, self._blanks = Masks(known), Blanks(known)
        self._names: dict[str, str] = {}
        self._exchanges: list[dict[str, Any]] = [] if self.is_recording else self._read()
        self._played: set[int] = set()

    def http_client(self) -> httpx.AsyncClient:
        """What `AsyncPlainClient` takes as its `http_client`."""
        return httpx.AsyncClient(transport=_Transport(self, self._through))

    @property
    def unplayed(self) -> list[str]:
        """The operations of recorded answers that no call has asked for."""
        if self.is_recording:
            return []
        return [
            str(exchange["operation"])
            for index, exchange in enumerate(self._exchanges)
            if index not in self._played
        ]

    def check(self) -> None:
        """Raise CassetteError when something that was recorded was not asked for."""
        if left := self.unplayed:
            raise CassetteError(f"{self.path}: recorded, but not asked for: {', '.join(left)}")

    def record(self, asked: "_Asked", response: httpx.Response, body: bytes) -> None:
        """Keep an answer, and write the file."""
        exchange: dict[str, Any] = {
            "operation": asked.operation,
            "variables": self._masks.masked(asked.variables),
            "status": response.status_code,
            "headers": {n: response.headers[n] for n in _KEPT_HEADERS if n in response.headers},
        }
        try:
            exchange["answer"] = self._masks.masked(json.loads(body))
        except ValueError:
            exchange["text"] = self._masks.text(body.decode("utf-8", "replace"))
        self._exchanges.append(exchange)
        content = {"plain_sdk_cassette": _FORMAT, "exchanges": self._exchanges}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(
            json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    def play(self, asked: "_Asked") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer to this."""
        wanted = self._blanks.masked(asked.variables)
        for index, exchange in enumerate(self._exchanges):
            if index in self._played or exchange["operation"] != asked.operation:
                continue
            if self._blanks.masked(exchange["variables"]) != wanted:
                continue
            self._played.add(index)
            learn(exchange["variables"], asked.variables, self._names)
            if "answer" not in exchange:
                return exchange["status"], exchange["headers"], exchange["text"].encode()
            answer = unmasked(exchange["answer"], self._names)
            return exchange["status"], exchange["headers"], json.dumps(answer).encode()
        message = (
            f"{self.path.name} has no answer (any more) to {asked.operation} with these variables; "
            "delete the file to record it anew"
        )
        error = {"message": message, "extensions": {"code": "NOT_RECORDED"}}
        return 400, {"content-type": "application/json"}, json.dumps({"errors": [error]}).encode()

    def _read(self) -> list[dict[str, Any]]:
        try:
            content = json.loads(self.path.read_bytes())
            if content["plain_sdk_cassette"] != _FORMAT:
                raise CassetteError(f"{self.path} was written by another version")
            exchanges: list[dict[str, Any]] = content["exchanges"]
        except OSError as error:
            raise CassetteError(f"{self.path}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            raise CassetteError(f"{self.path} holds no recorded answers") from None
        return exchanges


class _Asked:
    """What a request asks for."""

    def __init__(self, body: bytes) -> None:
        self.operation = _UPLOAD
        self.variables: Any = None
        try:
            content = json.loads(body)
            self.operation = str(content.get("operationName") or content["query"].strip())
            self.variables = content.get("variables")
        except (ValueError, KeyError, AttributeError):
            # What is uploaded goes to a storage, and is kept nowhere.
            return


class _Transport(httpx.AsyncBaseTransport):
    def __init__(self, cassette: Cassette, through: httpx.AsyncBaseTransport | None) -> None:
        self._cassette = cassette
        self._through = through

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = _Asked(await request.aread())
        if not self._cassette.is_recording:
            status, headers, body = self._cassette.play(asked)
            return httpx.Response(status, headers=headers, content=body)
        if self._through is not None:
            response, body = await _exchanged(self._through, request)
        else:
            async with httpx.AsyncHTTPTransport() as own:
                response, body = await _exchanged(own, request)
        told = httpx.Response(response.status_code, headers=response.headers, content=body)
        self._cassette.record(asked, told, told.content)
        return httpx.Response(
            response.status_code, headers=_whole(response.headers), content=told.content
        )


async def _exchanged(
    through: httpx.AsyncBaseTransport, request: httpx.Request
) -> tuple[httpx.Response, bytes]:
    response = await through.handle_async_request(request)
    try:
        body = b"".join([piece async for piece in response.stream])  # type: ignore[union-attr]
    finally:
        await response.aclose()
    return response, body


def _whole(headers: httpx.Headers) -> list[tuple[str, str]]:
    """The headers of a body that is decompressed already."""
    gone = ("content-encoding", "content-length", "transfer-encoding")
    return [(name, value) for name, value in headers.multi_items() if name.lower() not in gone]
