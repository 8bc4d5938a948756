"""`plain-sdk quota`."""

import io
from typing import Any

import pytest
from support import StartSandbox

from plain_sdk import PlainTimeoutError
from plain_sdk._call.quota import QuotaStatus
from plain_sdk._call.shared_quota import Holder
from plain_sdk.cli import main
from plain_sdk.cli._quota import _watch, holders_table, line, table

STATUS = QuotaStatus(450, 12, 3.25, "2026-01-01T00:00:00.000Z", 0, 0, others_per_second=7.5)
HOLDERS = [Holder("web-1:12", 30, 4, 2), Holder("nightly:7", 400, 8, 5)]


def test_it_says_what_is_left(
    start_sandbox: StartSandbox, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], redis_url: str,
) -> None:  # fmt: skip
    """Alone and shared; one request each."""
    server = start_sandbox(rate_limit=450, rate_window=60.0)
    monkeypatch.setenv("PLAIN_API_KEY", "full")
    monkeypatch.setenv("PLAIN_API_URL", server.url)
    assert main(["quota"]) == 0
    assert "remaining  449" in capsys.readouterr().out
    assert main(["quota", "--quota", redis_url]) == 0
    assert "remaining  448" in capsys.readouterr().out
    assert server.usage.admitted == 2
    assert main(["quota", "--every", "0"]) == 2
    assert main(["quota", "--quota", "unix:///nowhere/redis"]) == 2
    assert "cannot be asked" in capsys.readouterr().err


def test_a_table_and_a_line_tell_who_holds_what() -> None:
    """Those who share it, and what others use."""
    assert table(STATUS, HOLDERS)[-1] == "nightly:7    400     8          5"
    assert line(STATUS, HOLDERS) == (
        "12 of 450 left, reset in 3.2 s, others 8/s, shared by 2, 12 held"
    )
    nothing = QuotaStatus(None, None, None, None, 0, 0)
    assert table(nothing, []) == [line(nothing, [])]


def test_what_does_not_fit_goes() -> None:
    """The least of a line, the front of a name, and the last of the holders, who are counted."""
    assert line(STATUS, HOLDERS, 50) == "12 of 450 left, reset in 3.2 s, others 8/s"
    assert line(STATUS, HOLDERS, 40) == "12 of 450 left, reset in 3.2 s"
    many = [Holder(f"web-{n}.eu-central.example.com:{n}", n, 0, 0) for n in range(9)]
    shown = holders_table(many, 49, 7)
    assert shown[2] == "…eu-central.example.com:0      0     0          0"
    assert shown[-1] == "… and 6 more"
    assert max(map(len, shown)) == 49
    assert len(shown) == 6
    assert len(holders_table(many[:3], 49, 7)) == 5


class Enough(Exception):
    """The end of what would go on until Ctrl-C."""


class Watched:
    """Stands for a client whose second request fails, and whose third is the last."""

    quota = STATUS
    asked = 1

    async def my_permissions(self) -> None:
        self.asked += 1
        if self.asked == 2:
            raise PlainTimeoutError("my_permissions: not finished within 30 seconds")
        raise Enough


async def test_a_block_renews_itself_where_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes back to its first line; a failure is told in its place."""
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "24")
    client: Any = Watched()
    with pytest.raises(Enough):
        await _watch(client, None, HOLDERS, 0.0)
    first, second = terminal.getvalue().removeprefix("\r\x1b[J").split("\r\x1b[4A\x1b[J")
    assert first.splitlines()[0] == "12 of 450 left, reset in 3.2 s, others 8/s"
    assert len(first.splitlines()) == 5
    assert "not finished within 30 seconds" in second.splitlines()[0]
    assert second.endswith("\n")


async def test_lines_follow_each_other_where_nobody_looks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In a file or a pipe nothing goes back."""
    client: Any = Watched()
    with pytest.raises(Enough):
        await _watch(client, None, HOLDERS, 0.0)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == line(STATUS, HOLDERS)
    assert len(told) == 2
