"""A server that is waited for stops when it is told to, whenever that comes."""

import sys
import threading
from types import FrameType
from typing import Any

import pytest

from plain_sdk._api import schema_path
from plain_sdk.sandbox import SandboxApp, SandboxServer

STEPS = 100
"""Steps of Python while somebody waits, a few rounds of them."""


class InterruptAt:
    """Raises KeyboardInterrupt at one step of Python, as a signal's handler may at any."""

    def __init__(self, step: int) -> None:
        self.left = step

    def __call__(self, frame: FrameType, event: str, argument: Any) -> "InterruptAt":
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self


def interrupted_everywhere(server: SandboxServer, reached: list[int]) -> None:
    """Wait for the server again and again, each time until another step; then stop it."""
    for step in range(1, STEPS):
        reached.append(step)
        before = sys.gettrace()
        sys.settrace(InterruptAt(step))
        try:
            server.wait()
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
    server.close()


def test_an_interrupted_wait_leaves_a_server_that_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever step of the waiting the Ctrl-C hits: no lock stays taken behind it."""
    monkeypatch.setattr("plain_sdk.sandbox._server.POLL", 0.001)
    server = SandboxServer(SandboxApp(schema_path().read_text(encoding="utf-8"))).__enter__()
    reached: list[int] = []
    waiting = threading.Thread(target=interrupted_everywhere, args=(server, reached), daemon=True)
    waiting.start()
    waiting.join(20)
    assert not waiting.is_alive(), f"it hangs once interrupted at step {reached[-2]}"
    assert reached[-1] == STEPS - 1
