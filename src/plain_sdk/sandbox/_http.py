"""What is answered to bytes that are no HTTP request, of which the application never hears."""

import json
import secrets
import socket
import struct
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ._answers import refused
from ._requests import Receive
from ._wire import CONNECTION, Scope, Send

_LINGER = 1.0
"""Seconds: closing at once, with bytes unread, would take the refusal off the wire again."""


class JsonRefusals(H11Protocol):
    """uvicorn's protocol, with a refusal in the API's form instead of plain text."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._refused = False
        app = self.app

        async def connected(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[CONNECTION] = self
            await app(scope, receive, send)

        self.app = connected

    def reset(self) -> None:
        """Break the connection off at once, for a fault that asks for it."""
        found: socket.socket = self.transport.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def hang_up(self) -> None:
        """Close the connection, for a fault that asks for it, when what was written is through."""
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what comes in; after a refusal, nothing of it counts."""
        if not self._refused:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Refuse, and close the connection."""
        status, content = refused(400, msg, "BAD_USER_INPUT")
        body = json.dumps(content).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"apigw-requestid", secrets.token_hex(8).encode()),
            (b"connection", b"close"),
        ]
        events = (
            h11.Response(status_code=status, headers=headers, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        )
        self._refused = True
        try:
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        except h11.LocalProtocolError:
            # A response is under way or over; there is nothing more to say on this connection.
            self.transport.close()
            return
        self.transport.write_eof()
        self.loop.call_later(_LINGER, self.transport.close)
