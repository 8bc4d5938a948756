"""A server between client and sandbox that breaks a part of the exchanges, before or after."""

import asyncio
import random

import aiohttp
from scripted_server import Behaviour, Request, ScriptedServer, answer, head, reset


class FaultProxy(ScriptedServer):
    """Passes requests on; so many of them meet a fault, drawn by the seed.

    A fault is a reset or a 500 before Plain has carried the request out, the same after it has,
    a body that is cut off, or a 429.
    """

    def __init__(self, target: str, *, rate: float, seed: int) -> None:
        super().__init__(self._pass_on)
        self._target = target
        self._rate = rate
        self._random = random.Random(seed)
        self.faults: dict[str, int] = {}

    async def _pass_on(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        fault = None
        if self._random.random() < self._rate:
            fault = self._random.choice(("reset", "late reset", "500", "late 500", "cut", "429"))
            self.faults[fault] = self.faults.get(fault, 0) + 1
        broken: Behaviour = answer({"errors": [{"message": "fault"}]}, status=500)
        if fault == "429":
            limited = {"message": "slow", "extensions": {"code": "RATE_LIMITED"}}
            return await answer({"errors": [limited]}, status=429, headers={"retry-after": "0"})(
                request, writer
            )
        if fault == "reset":
            return await reset(request, writer)
        if fault == "500":
            return await broken(request, writer)
        status, body = await self._forwarded(request)
        if fault == "late reset":
            return await reset(request, writer)
        if fault == "late 500":
            return await broken(request, writer)
        if fault == "cut":
            writer.write(head(status, len(body)) + body[: len(body) // 2])
            await writer.drain()
            return False
        writer.write(head(status, len(body)) + body)
        await writer.drain()
        return True

    async def _forwarded(self, request: Request) -> tuple[int, bytes]:
        headers = {name: request.headers[name] for name in ("authorization", "content-type")}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self._target, data=request.body, headers=headers) as response,
        ):
            return response.status, await response.read()
