"""A server for benchmarks: answers every POST with the same upsert, as fast as it can.

It parses no more of a request than its length, so that a run measures the client. Run it
in a process of its own; it prints its address.
"""

import asyncio
import json

MOMENT = {
    "__typename": "DateTime",
    "iso8601": "2026-01-06T15:30:00.000Z",
    "unixTimestamp": "1767713400000",
}
ACTOR = {"__typename": "MachineUserActor", "machineUserId": "mu_01GZEA2M91124MPFAVZEPKC2MY"}
CUSTOMER = {
    "__typename": "Customer",
    "id": "c_01G8JVJ6A3CX5ZSJ4AVJYC42HW",
    "fullName": "Donald Duck",
    "shortName": "Donald",
    "externalId": "c_123",
    "email": {"email": "donald@example.com", "isVerified": True, "verifiedAt": MOMENT},
    "avatarUrl": None,
    "isAnonymous": False,
    "company": None,
    "assignedToUser": None,
    "assignedAt": None,
    "createdAt": MOMENT,
    "createdBy": ACTOR,
    "updatedAt": MOMENT,
    "updatedBy": ACTOR,
    "markedAsSpamAt": None,
    "markedAsSpamBy": None,
}
ANSWER = {"data": {"upsertCustomer": {"result": "NOOP", "customer": CUSTOMER, "error": None}}}


def response() -> bytes:
    body = json.dumps(ANSWER).encode()
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\napigw-requestid: r1\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Answering(asyncio.Protocol):
    """One connection: counts the bytes of each request, answers when it is whole."""

    answer = response()

    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            start = self.buffer[:end].lower().find(b"content-length:")
            length = int(self.buffer[start + 15 : end].split(b"\r\n")[0]) if start >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.write(self.answer)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=2048)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/graphql/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
