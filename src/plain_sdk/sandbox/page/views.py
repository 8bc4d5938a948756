"""What each part of the page shows, by the values that its template takes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ..._faults.fault import GRAMMAR
from .._keys import ApiKey
from .fitting import fitted
from .outcomes import failed, printed, trouble
from .queries import (
    CUSTOMER,
    CUSTOMERS,
    FOUND,
    OVERVIEW,
    PER_PAGE,
    TARGETS,
    THREAD,
    THREADS,
)  # fmt: skip

if TYPE_CHECKING:
    from .._app import SandboxApp
    from .._seen import SeenRequest

Values = dict[str, Any]

_KEY = ApiKey("plainApiKey_of_the_page")
_LISTED = 200
STATUSES = ("TODO", "SNOOZED", "DONE")
READY = (
    ("503 for one in ten", "503 10%"),
    ("Third mutation is cut off, after it was done", "cut mutation #3"),
    ("Connection reset after one mutation in ten", "reset after mutation 10%"),
    ("Slow: 0.2 to 1 seconds", "latency=0.2..1"),
    ("A quota of 10 in 10 seconds", "quota=10/10s"),
    ("HTML instead of JSON", "502=html 20%"),
    ("Internal error of GraphQL", "graphql query 20%"),
    ("Mutations are refused", "refuse 20%"),
    ("Enum values of tomorrow", "enum"),
)
"""Faults to be switched on by their names."""


class Missing(Exception):
    """There is nothing of this name."""


class Views:
    """The parts of the page, read from a sandbox."""

    def __init__(self, app: "SandboxApp", url: str, keys: tuple[ApiKey, ...]) -> None:
        self._app = app
        self._url = url
        self._keys = keys

    def common(self) -> Values:
        """What every part shows."""
        version = self.version()
        return {"requests_seen": len(self._app.requests), "faults_on": len(self._app.faults),
                "attempts_made": len(self._app.webhooks.attempts), "version": version,
                "schema_url": f"{self._url}/schema.graphql", "url": self._url}  # fmt: skip

    def version(self) -> str:
        """Another text whenever something else is to be seen."""
        app = self._app
        seen = app.requests
        last = seen[-1].number if len(seen) else 0
        open_ones = sum(one.status is None for one in seen[-50:])
        return f"{last}.{len(seen)}.{open_ones}.{len(app.webhooks.attempts)}.{len(app.faults)}"

    def overview(self) -> Values:
        """How to reach it, and the newest of everything."""
        data = self._asked(OVERVIEW)
        usage = self._app.usage
        key = self._keys[0].key if self._keys else "any-key"
        return {
            "customers": _nodes(data["customers"]), "threads": _nodes(data["todo"]),
            "customer_count": data["customers"]["totalCount"],
            "thread_count": data["all"]["totalCount"], "todo_count": data["todo"]["totalCount"],
            "requests": self._newest(8), "usage": usage, "key": key, "keys": self._keys,
        }  # fmt: skip

    def customers(self, query: Mapping[str, str]) -> Values:
        """A page of customers, or those that a term is found in."""
        term = query.get("q", "").strip()
        if term:
            found = self._asked(FOUND, {"is": {"caseInsensitiveContains": term}})
            nodes = _nodes(found["searchCustomers"])
            return {"customers": nodes, "term": term, "count": len(nodes), "page": None}
        data = self._asked(CUSTOMERS, _paging(query))["customers"]
        return {
            "customers": _nodes(data), "term": "", "count": data["totalCount"],
            "page": data["pageInfo"],
        }  # fmt: skip

    def customer(self, customer_id: str) -> Values:
        """A customer, with threads and timeline."""
        data = self._asked(CUSTOMER, {"id": customer_id})
        customer = data["customer"]
        if customer is None:
            raise Missing(customer_id)
        groups, tenants = customer["customerGroupMemberships"], customer["tenantMemberships"]
        return {
            "customer": customer,
            "groups": [node["customerGroup"] for node in _nodes(groups)],
            "tenants": [node["tenant"] for node in _nodes(tenants)],
            "threads": _nodes(data["threads"]),
            "entries": _nodes(data["timelineEntries"]),
        }  # fmt: skip

    def threads(self, query: Mapping[str, str]) -> Values:
        """A page of threads, of one status or all."""
        status = query.get("status", "")
        filters = {"statuses": [status]} if status in STATUSES else None
        data = self._asked(THREADS, {"filters": filters, **_paging(query)})["threads"]
        return {
            "threads": _nodes(data), "status": status if filters else "", "statuses": STATUSES,
            "count": data["totalCount"], "page": data["pageInfo"],
        }  # fmt: skip

    def thread(self, thread_id: str) -> Values:
        """A thread, with its timeline."""
        thread = self._asked(THREAD, {"id": thread_id})["thread"]
        if thread is None:
            raise Missing(thread_id)
        return {"thread": thread, "entries": _nodes(thread["timelineEntries"])}

    def requests(self, number: str | None, query: Mapping[str, str]) -> Values:
        """The newest requests, all or those that somebody looks for, and one of them whole."""
        chosen = None
        if number is not None:
            chosen = self._request(number)
            if chosen is None:
                raise Missing(f"request {number}")
        term, only_failed = query.get("q", "").strip(), "failed" in query
        wanted = [
            seen
            for seen in self._newest(len(self._app.requests))
            if (not only_failed or failed(seen)) and _has(seen, term.lower())
        ]
        kept = {"q": term} if term else {}
        narrowed = urlencode({**kept, "failed": 1} if only_failed else kept)
        return {
            "requests": wanted[:_LISTED], "count": len(wanted), "chosen": chosen, "term": term,
            "only_failed": only_failed, "narrowed": f"?{narrowed}" if narrowed else "",
        }  # fmt: skip

    def webhooks(self, attempt_id: str | None) -> Values:
        """Targets, and the newest attempts, one of them whole."""
        made = [*self._app.webhooks.attempts][::-1]
        chosen = None
        if attempt_id is not None:
            chosen = next((one for one in made if one.id == attempt_id), None)
            if chosen is None:
                raise Missing(attempt_id)
        body = None if chosen is None else json.loads(chosen.body)
        return {
            "targets": _nodes(self._asked(TARGETS)["webhookTargets"]),
            "attempts": made[:_LISTED], "chosen": chosen, "body": body,
            "secret": self._app.webhooks.secret,
            "next_due": self._due(),
        }  # fmt: skip

    def _due(self) -> datetime | None:
        due = self._app.webhooks.next_due
        return None if due is None else datetime.fromtimestamp(due, UTC)

    def faults(self, line: str = "", problem: str = "") -> Values:
        """What goes wrong, and what can."""
        faults = self._app.faults
        live = [(str(fault), faults.hits[str(fault)]) for fault in faults]
        on = {line for line, _ in live}
        ready = [(name, text, text in on) for name, text in READY]
        return {
            "live": live, "ready": ready, "grammar": GRAMMAR, "line": line, "problem": problem,
        }  # fmt: skip

    def editor(self, query: Mapping[str, str]) -> Values:
        """The editor, with a request to begin with."""
        given = self._request(query.get("from", ""))
        return {
            "query": _FIRST if given is None else printed(given.query),
            "variables": {} if given is None else dict(given.variables or {}),
            "keys": [key.key for key in self._keys] or ["any-key"],
        }  # fmt: skip

    def _request(self, number: str) -> "SeenRequest | None":
        return next((one for one in self._app.requests if str(one.number) == number), None)

    def _newest(self, count: int) -> "list[SeenRequest]":
        return [*self._app.requests[-count:]][::-1]

    def _asked(self, query: str, variables: Mapping[str, Any] | None = None) -> Values:
        """The data that a query gives, past quota and faults, seen by nobody."""
        asked = fitted(self._app.schema, query)
        body = json.dumps({"query": asked, "variables": variables}).encode()
        _, content = self._app.directly(body, _KEY, self._url.removesuffix("/graphql/v1"))
        data = content.get("data")
        if content.get("errors") or data is None:
            raise Missing(content["errors"][0]["message"])
        return dict(data)


def _has(seen: "SeenRequest", term: str) -> bool:
    """Whether a term is found in a request's operations, in what it met, or in its variables."""
    if not term:
        return True
    words = [*seen.operations, *seen.faults, trouble(seen) or "", str(seen.status or "")]
    return any(term in word.lower() for word in words) or term in str(seen.variables).lower()


def _nodes(connection: Mapping[str, Any]) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]]


def _paging(query: Mapping[str, str]) -> Values:
    if before := query.get("before"):
        return {"last": PER_PAGE, "before": before}
    return {"first": PER_PAGE, "after": query.get("after")}


_FIRST = """\
# Ctrl-Space completes, Ctrl-Enter runs. What you ask here is a request like any other.
query Customers {
  customers(first: 10) {
    totalCount
    edges {
      node {
        id
        fullName
        email {
          email
        }
      }
    }
  }
}
"""
