"""What is from Plain is believed; whatever is forged, altered, old or from the future is not."""

import json
import math
import pickle
import traceback
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Any

import pytest

from plain_sdk import (
    PlainInputError,
    PlainWebhookError,
    PlainWebhookPayloadError,
    PlainWebhookReplayError,
    PlainWebhookSignatureError,
)
from plain_sdk.webhooks import PAYLOADS, sample, sign, unwrap, verify

SECRET = "whsec_Duckburg"
NOW = datetime(2026, 11, 26, 12, 0, 0, 123000, UTC)
MADE = sample("thread.thread_created", secret=SECRET, now=NOW)


def test_the_check_vector() -> None:
    """HMAC-SHA256 in hexadecimal, over the body alone."""
    expected = "1bff4699de4fb5202a4b1e6cefd7b5fdfb02d19a67a1eb371dd417a45b0a47df"
    assert sign(b"hello-world", "secret") == expected
    verify(b"hello-world", expected, "secret")
    verify("hello-world", expected, ["another", "secret"])
    verify("hello-world", expected, ["secret", "another"])


@pytest.mark.parametrize(
    ("body", "signature", "secret", "told"),
    [
        (b"x", None, "s", "Plain-Request-Signature is missing"),
        (b"x", "", "s", "Plain-Request-Signature is empty"),
        (b"x", "00", "", "the secret is empty"),
        (b"x", "00", [], "the secret is empty"),
        (b"x", sign(b"x", "s"), ["s", ""], "the secret is empty"),
        (b"", sign(b"", "s"), "s", "the body is empty"),
        (b"x", sign(b"x", "t"), "s", "the signature is wrong"),
        (b"x", sign(b"x", "s").upper(), "s", "the signature is wrong"),
        (b"x", "ä" * 64, "s", "the signature is wrong"),
        (b"x", "\ud83d", "s", "the signature is wrong"),
        ("\ud83d", "00", "s", "the signature is wrong"),
    ],
    ids=range(11),
)
def test_each_fault_has_its_message(
    body: bytes | str, signature: str | None, secret: Any, told: str
) -> None:
    """Whoever sets it up is told what is wrong."""
    with pytest.raises(PlainWebhookSignatureError, match=told):
        verify(body, signature, secret)


@pytest.mark.parametrize(
    "headers",
    [
        {"Plain-Request-Signature": "SIG"},
        {"plain-request-signature": "SIG"},
        {"PLAIN-REQUEST-SIGNATURE": " SIG "},
        {"HTTP_PLAIN_REQUEST_SIGNATURE": "SIG", "wsgi.version": (1, 0)},
        {"Plain-Request-Signature": ["SIG"]},
        MappingProxyType({"other": "x", "Plain-Request-Signature": "SIG"}),
        [(b"host", b"x"), (b"plain-request-signature", b"SIG")],
        (("Plain-Request-Signature", "SIG"),),
    ],
    ids=range(8),
)
def test_headers_of_any_framework(headers: Any) -> None:
    """Any case, CGI's names, lists of values, pairs of text or bytes."""
    signature = MADE.headers["Plain-Request-Signature"]

    def put(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("SIG", signature)
        if isinstance(value, bytes):
            return value.replace(b"SIG", signature.encode())
        if isinstance(value, list | tuple):
            return type(value)(map(put, value))
        return {k: put(v) for k, v in value.items()} if hasattr(value, "items") else value

    assert unwrap(MADE.body, put(headers), secret=SECRET, now=NOW).id == MADE.event_id


@pytest.mark.parametrize("seconds", [0.0, 299.9, 300.0])
@pytest.mark.parametrize("sign_of", [1, -1])
def test_within_the_window(seconds: float, sign_of: int) -> None:
    """Exactly as many seconds are allowed, either way; as a moment or as a number."""
    now = NOW + sign_of * timedelta(seconds=seconds)
    assert unwrap(MADE.body, MADE.headers, secret=SECRET, now=now).id == MADE.event_id
    assert unwrap(MADE.body, MADE.headers, secret=SECRET, now=now.timestamp()).id == MADE.event_id


@pytest.mark.parametrize(
    ("seconds", "told"), [(300.1, "sent 300.1 s ago"), (-300.1, "sent 300.1 s in the future")]
)
def test_out_of_the_window(seconds: float, told: str) -> None:
    """The error says by how much, and which way."""
    with pytest.raises(PlainWebhookReplayError, match=told) as caught:
        unwrap(MADE.body, MADE.headers, secret=SECRET, now=NOW + timedelta(seconds=seconds))
    assert caught.value.age == pytest.approx(seconds)
    assert caught.value.tolerance == 300.0
    unwrap(MADE.body, MADE.headers, secret=SECRET, now=0, tolerance=math.inf)


@pytest.mark.parametrize("tolerance", [-1.0, math.nan])
def test_a_tolerance_that_is_none(tolerance: float) -> None:
    """It is refused, rather than letting everything or nothing through."""
    with pytest.raises(PlainInputError, match="tolerance"):
        unwrap(MADE.body, MADE.headers, secret=SECRET, now=NOW, tolerance=tolerance)


def test_the_order_is_signature_payload_age() -> None:
    """An old delivery with a broken body and a wrong signature is told by the signature."""
    old = NOW + timedelta(days=1)
    broken = b'{"id": 1}'
    right = {"Plain-Request-Signature": sign(broken, SECRET)}
    with pytest.raises(PlainWebhookSignatureError):
        unwrap(broken, MADE.headers, secret=SECRET, now=old)
    with pytest.raises(PlainWebhookPayloadError):
        unwrap(broken, right, secret=SECRET, now=old)
    with pytest.raises(PlainWebhookReplayError):
        unwrap(MADE.body, MADE.headers, secret=SECRET, now=old)


def test_ten_thousand_forged_deliveries_are_refused() -> None:
    """Each with the right error, and none of the errors holds the secret or the body."""
    random = Random(15)
    refused = dict.fromkeys(FORGERIES, 0)
    samples = [sample(kind, secret=SECRET, now=NOW) for kind in PAYLOADS]
    for number in range(10_000):
        made = random.choice(samples)
        name = [*FORGERIES][number % len(FORGERIES)]
        body, headers, secret, now, expected = FORGERIES[name](random, made)
        with pytest.raises(PlainWebhookError) as caught:
            unwrap(body, headers, secret=secret, now=now)
        assert type(caught.value) is expected, (name, caught.value)
        refused[name] += 1
    assert sum(refused.values()) == 10_000
    assert min(refused.values()) > 500


def _flipped(random: Random, made: Any) -> Any:
    at, bit = random.randrange(len(made.body)), 1 << random.randrange(8)
    body = made.body[:at] + bytes([made.body[at] ^ bit]) + made.body[at + 1 :]
    return body, made.headers, SECRET, NOW, PlainWebhookSignatureError


def _shifted(seconds: float) -> Any:
    def shifted(_: Random, made: Any) -> Any:
        now = NOW + timedelta(seconds=seconds)
        return made.body, made.headers, SECRET, now, PlainWebhookReplayError

    return shifted


def _signed_with(made: Any, signature: str) -> dict[str, str]:
    return {**made.headers, "Plain-Request-Signature": signature}


FORGERIES: dict[str, Any] = {
    "another secret": lambda r, m: (m.body, m.headers, f"{SECRET}{r.random()}", NOW,
                                    PlainWebhookSignatureError),
    "a flipped bit": _flipped,
    "truncated": lambda r, m: (m.body[: r.randrange(len(m.body))], m.headers, SECRET, NOW,
                               PlainWebhookSignatureError),
    "written again": lambda r, m: (json.dumps(json.loads(m.body)).encode(), m.headers, SECRET,
                                   NOW, PlainWebhookSignatureError),
    "of another body": lambda r, m: (m.body, _signed_with(m, sign(m.body + b" ", SECRET)), SECRET,
                                     NOW, PlainWebhookSignatureError),
    "part of a signature": lambda r, m: (
        m.body, _signed_with(m, sign(m.body, SECRET)[: r.randrange(64)]), SECRET, NOW,
        PlainWebhookSignatureError),
    "no signature": lambda r, m: (m.body, {}, SECRET, NOW, PlainWebhookSignatureError),
    "an empty body": lambda r, m: (b"", m.headers, SECRET, NOW, PlainWebhookSignatureError),
    "an empty secret": lambda r, m: (m.body, _signed_with(m, sign(m.body, "")), "", NOW,
                                     PlainWebhookSignatureError),
    "old": _shifted(300.1),
    "very old": _shifted(86400.0),
    "from the future": _shifted(-300.1),
    "genuine, but nonsense": lambda r, m: (b"[]", _signed_with(m, sign(b"[]", SECRET)), SECRET,
                                           NOW, PlainWebhookPayloadError),
}  # fmt: skip


@pytest.mark.parametrize("fault", ["signature", "payload", "age"])
def test_no_error_holds_the_secret_or_the_body(fault: str) -> None:
    """Neither in its text, nor in its state, nor in the frames of ours that an error tracker
    would send."""
    body = {**json.loads(MADE.body), "id": "Scrooge"}
    if fault == "payload":
        body["payload"] = {"thread": {"title": ["Scrooge"]}}
    content = json.dumps(body).encode()
    secret = SECRET if fault != "signature" else f"{SECRET}!"
    headers = {"Plain-Request-Signature": sign(content, SECRET)}
    with pytest.raises(PlainWebhookError) as caught:
        unwrap(content, headers, secret=secret, now=NOW + timedelta(days=1))
    error = caught.value
    frames = [f for f, _ in traceback.walk_tb(error.__traceback__) if "plain_sdk" in
              f.f_code.co_filename]  # fmt: skip
    assert frames
    shown = [str(error), repr(error), repr(error.__dict__)]
    shown += [repr(v) for frame in frames for v in frame.f_locals.values()]
    assert not any(SECRET in text or "Scrooge" in text for text in shown if fault != "age")
    assert not any(SECRET in text for text in shown)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.__dict__) == (type(error), str(error), error.__dict__)
    assert type(error)("made of its text").message == "made of its text"
