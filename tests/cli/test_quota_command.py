"""`plain-sdk quota`."""

import pytest
from support import StartSandbox

from plain_sdk._call.quota import QuotaStatus
from plain_sdk._call.shared_quota import Holder
from plain_sdk.cli import main
from plain_sdk.cli._quota import line, table

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
        "12 of 450 left, reset in 3.2 s, others 7.5/s, shared by 2, 12 held"
    )
    nothing = QuotaStatus(None, None, None, None, 0, 0)
    assert table(nothing, []) == [line(nothing, [])]
