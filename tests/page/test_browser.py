"""The sandbox's page in a browser: headless Chromium, light and dark, wide and narrow."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from page_support import filled

from plain_sdk.sandbox import SandboxServer
from plain_sdk.testing import PlainSandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

NEEDED = "PLAIN_SDK_TESTS_NEED_CHROMIUM"
SHOTS = "PLAIN_SDK_TESTS_SCREENSHOTS"
"""A folder to put pictures of every part in, to be looked at."""

SIZES = {"wide": (1280, 800), "narrow": (390, 844)}
SCHEMES = ("light", "dark")
_CONTRAST = 4.5

# The least contrast of text that is seen, over what is behind it, with where it is.
_LEAST_CONTRAST = """() => {
  const parts = (color) => {
    const found = color.match(/[\\d.]+/g).map(Number);
    return [found[0], found[1], found[2], found[3] ?? 1];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => {
      const v = c / 255;
      return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  let least = [99, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const one = node.parentElement;
    const others = "script, style, .components, .cm-editor, .skip, :disabled";
    if (!node.data.trim() || one.closest(others) || !one.getClientRects().length) continue;
    const ground = (element) => parts(getComputedStyle(element).backgroundColor);
    let behind = one;
    while (behind && ground(behind)[3] < 1) behind = behind.parentElement;
    const pair = [
      light(parts(getComputedStyle(one).color)),
      light(behind ? ground(behind) : [255, 255, 255]),
    ].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < least[0]) least = [contrast, `${one.className}: ${node.data.trim()}`];
  }
  return least;
}"""


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    path = shutil.which("chromium")
    if path is None:
        _without("Chromium is not installed (Debian: apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _without("playwright is not installed (pip install -r tests/page/requirements.txt)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def _without(reason: str) -> NoReturn:
    if os.environ.get(NEEDED):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def look(chromium: "Browser", plain_server: SandboxServer) -> "Iterator[Callable[..., Page]]":
    """Opens a part of the page; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    elsewhere: list[str] = []
    contexts: list[Any] = []

    def opened(path: str, size: str = "wide", scheme: Any = "light") -> "Page":
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: elsewhere.append(request.url))
        page.goto(plain_server.page_url.rstrip("/") + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in elsewhere if not url.startswith(plain_server.page_url)] == []


def _parts(sandbox: PlainSandbox) -> dict[str, str]:
    customer_id, thread_id = filled(sandbox)
    attempts = sandbox.webhooks.attempts
    return {
        "overview": "/",
        "customers": "/customers",
        "customer": f"/customers/{customer_id}",
        "threads": "/threads",
        "thread": f"/threads/{thread_id}",
        "requests": "/requests",
        "webhooks": f"/webhooks/{attempts[0].id}" if attempts else "/webhooks",
        "faults": "/faults",
        "query": "/query",
    }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_part_fits_and_can_be_read(
    size: str, scheme: str, look: "Callable[..., Page]", plain_sandbox: PlainSandbox
) -> None:
    """Hostile names, in light and dark, on a screen and on a phone."""
    parts = _parts(plain_sandbox)
    plain_sandbox.faults.add("503 myWorkspace")
    page = look("/", size, scheme)
    for name, path in parts.items():
        page.goto(re.sub(r"(?<=\d)/.*", path, page.url))
        page.wait_for_load_state()
        assert page.title() != "x", f"{name}: a name became a script"
        seen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert seen[0] <= seen[1], f"{name} is wider than the screen"
        contrast, where = page.evaluate(_LEAST_CONTRAST)
        assert contrast >= _CONTRAST, f"{name}: {where}"
        assert page.locator("h1").count() == 1
        if folder := os.environ.get(SHOTS):
            page.screenshot(path=Path(folder) / f"{name}-{scheme}-{size}.png")


def test_requests_appear_as_they_arrive(
    look: "Callable[..., Page]", plain_server: SandboxServer, plain_sandbox: PlainSandbox
) -> None:
    page = look("/requests")
    assert "None yet" in page.inner_text("#requests")
    asked = "fetch('/graphql/v1', {method: 'POST', body: '{\"query\": \"{myWorkspace{id}}\"}', "
    asked += "headers: {'content-type': 'application/json', authorization: 'Bearer k'}})"
    page.evaluate(asked)
    page.wait_for_selector("#requests >> text=myWorkspace")
    assert page.inner_text("#nav .count") == "1"
    page.click("#requests >> text=myWorkspace")
    page.wait_for_url("**/requests/1")
    assert "Sandbox" not in page.inner_text(".detail .source >> nth=0")
    assert '"myWorkspace": {' in page.inner_text(".detail")


def test_a_fault_is_switched_on_and_off(
    look: "Callable[..., Page]", plain_sandbox: PlainSandbox
) -> None:
    page = look("/faults")
    page.click("text=503 for one in ten")
    page.wait_for_selector("#live-faults >> text=503 10%")
    assert [str(fault) for fault in plain_sandbox.faults] == ["503 10%"]
    page.click("text=Switch off")
    page.wait_for_selector("text=Nothing goes wrong")
    assert not len(plain_sandbox.faults)


def test_the_editor_completes_complains_and_runs(
    look: "Callable[..., Page]", plain_sandbox: PlainSandbox
) -> None:
    plain_sandbox.customer("ada@example.com", full_name="Ada Lovelace")
    page = look("/query")
    page.wait_for_selector("body[data-schema=known]")
    page.click("#run")
    page.wait_for_selector("#told >> text=200")
    assert "Ada Lovelace" in page.inner_text("#answer")

    page.click("#query .cm-content")
    page.keyboard.press("Control+a")
    page.keyboard.type("{ customerByEm")
    page.wait_for_selector(".cm-tooltip-autocomplete >> text=customerByEmail")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.keyboard.type("{ nonsense")
    page.wait_for_selector(".cm-lintRange-error")

    page.keyboard.press("Control+a")
    page.keyboard.insert_text("{ myWorkspace { name } }")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#answer >> text=myWorkspace")
    assert plain_sandbox.requests[-1].operations == ("myWorkspace",)


def test_it_can_be_walked_by_keyboard(
    look: "Callable[..., Page]", plain_sandbox: PlainSandbox
) -> None:
    _, thread_id = filled(plain_sandbox)
    page = look("/threads")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus(".row.thread")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/threads/{thread_id}")
