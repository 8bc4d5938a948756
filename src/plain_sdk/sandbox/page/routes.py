"""The page's addresses."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote

from .._answers import LOGGER
from .._documents import DocumentRefused
from .._keys import ApiKey
from .._wire import Response
from .guard import HEADERS, is_local, is_own

if TYPE_CHECKING:
    from .._app import SandboxApp

PARTS: Final = ("", "customers", "threads", "requests", "webhooks", "faults", "query")
_OTHERS: Final = ("static", "version")
_HTML: Final = "text/html; charset=utf-8"
_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}


def serves(method: str, path: str) -> bool:
    """Whether a request is for the page."""
    first = path.removeprefix("/").partition("/")[0]
    if method == "POST":
        return path in ("/faults", "/requests")
    return method in ("GET", "HEAD") and (first in PARTS or first in _OTHERS)


class Page:
    """Answers a browser."""

    def __init__(self, app: "SandboxApp", keys: tuple[ApiKey, ...], api_path: str) -> None:
        self._app = app
        self._keys = keys
        self._api_path = api_path

    def answer(
        self, method: str, path: str, query: str, headers: dict[str, str], body: bytes
    ) -> Response:
        """What the browser gets."""
        host = headers.get("host", "")
        if not is_local(host):
            text = b"The page is for a browser on this machine: http://127.0.0.1 and the port."
            return Response(403, text, {**HEADERS}, _TYPES["txt"])
        # What templates are made with is loaded when somebody looks.
        from .views import Missing, Views

        views = Views(self._app, f"http://{host}{self._api_path}", self._keys)
        parts = [unquote(part) for part in path.split("/")[1:]]
        if method == "POST":
            if not is_own(headers.get("origin"), host):
                text = b"Only the page itself may change something."
                return Response(403, text, {**HEADERS}, _TYPES["txt"])
            return self._changed(views, parts[0], _form(body.decode("utf-8", "replace")))
        try:
            return self._shown(views, parts, _form(query))
        except Missing as missing:
            return self._html(404, "missing.html", views, part="missing", what=str(missing))
        except DocumentRefused:
            LOGGER.warning("the page asks for what this schema has not", exc_info=True)
            what = "This version of the schema has not all that this part of the page asks for."
            return self._html(200, "missing.html", views, part=parts[0], what=what)

    def _shown(self, views: Any, parts: list[str], query: dict[str, str]) -> Response:
        part, *more = parts
        if part == "version":
            return Response(200, views.version().encode(), {**HEADERS}, _TYPES["txt"])
        if part == "static":
            return _static(more)
        named = more[0] if more and more[0] else None
        shown: dict[str, Callable[[], tuple[str, dict[str, Any]]]] = {
            "": lambda: ("overview.html", views.overview()),
            "customers": lambda: (
                ("customer.html", views.customer(named))
                if named
                else ("customers.html", views.customers(query))
            ),
            "threads": lambda: (
                ("thread.html", views.thread(named))
                if named
                else ("threads.html", views.threads(query))
            ),
            "requests": lambda: ("requests.html", views.requests(named, query)),
            "webhooks": lambda: ("webhooks.html", views.webhooks(named)),
            "faults": lambda: ("faults.html", views.faults()),
            "query": lambda: ("query.html", views.editor(query)),
        }
        template, values = shown[part]()
        return self._html(200, template, views, part=part, **values)

    def _changed(self, views: Any, part: str, form: dict[str, str]) -> Response:
        if part == "requests":
            self._app.requests.clear()
            return _see_other("/requests")
        faults = self._app.faults
        try:
            if "clear" in form:
                faults.clear()
            elif "off" in form:
                faults.remove(form["off"])
            else:
                faults.add(form.get("on", ""))
        except ValueError as error:
            values = views.faults(form.get("on", ""), str(error))
            return self._html(422, "faults.html", views, part=part, **values)
        return _see_other("/faults")

    def _html(self, code: int, template: str, views: Any, /, **values: Any) -> Response:
        from .render import render

        content = render(template, **views.common(), **values)
        return Response(code, content, {**HEADERS}, _HTML)


def _static(names: list[str]) -> Response:
    from .render import static

    name = names[0] if len(names) == 1 else ""
    content = static(name)
    if content is None:
        return Response(404, b"Not found.", {**HEADERS}, _TYPES["txt"])
    return Response(200, content, {**HEADERS}, _TYPES[name.rpartition(".")[2]])


def _see_other(path: str) -> Response:
    return Response(303, b"", {**HEADERS, "location": path}, _HTML)


def _form(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))
