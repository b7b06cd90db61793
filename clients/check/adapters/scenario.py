"""The same requests for every generated Python client."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

KEY = f"generated-client-{time.time_ns()}"
METRIC: dict[str, Any] = {
    "metric_id": KEY,
    "name": "Generated client",
    "short_name": "GC",
    "description": "Counts nothing.",
    "owner": "Finance",
    "business_domain": "revenue",
    "unit": "1",
    "formula": {"expression": "count(*)", "language": "sql"},
}


@dataclass
class Page:
    keys: list[str]
    total: int | None
    next_cursor: str | None


@dataclass
class Outcome:
    """A response: with a metric as it is sent, or the code of a problem."""

    status: int
    etag: str | None
    metric: dict[str, Any]
    code: str | None = None


class Client(Protocol):
    """A generated client, as little adapted as possible."""

    def page(self, number: int, limit: int) -> Page: ...
    def after(self, cursor: str, limit: int) -> Page: ...
    def tagged(self, tags: list[str]) -> Page: ...
    def create(self, metric: dict[str, Any]) -> Outcome: ...
    def read(self, key: str) -> Outcome: ...
    def patch(self, key: str, etag: str) -> Outcome: ...
    def activate(self, key: str) -> Outcome: ...
    def remove(self, key: str) -> Outcome: ...


def expect(what: str, actual: object, expected: object) -> None:
    if actual != expected:
        raise SystemExit(f"{what}: {actual} instead of {expected}")


def run(connect: Callable[[str, str], Client]) -> None:
    """Runs the scenario: `python adapter.py <address> <token>`."""
    client = connect(sys.argv[1], sys.argv[2])
    page = client.page(2, 2)
    expect("the number of metrics on a page", len(page.keys), 2)
    expect("the type of the total", type(client.tagged(["core", "kpi"]).total), int)

    keys: set[str] = set()
    cursor: str | None = ""
    while cursor is not None:
        found = client.after(cursor, 100)
        keys.update(found.keys)
        cursor = found.next_cursor
    expect("the number of metrics by cursor", len(keys), page.total)

    created = client.create(METRIC)
    expect("create", (created.status, created.metric["metric_id"], created.metric["version"]), (201, KEY, 1))
    read = client.read(KEY)
    expect("read", (read.status, read.metric["short_name"], read.etag), (200, "GC", created.etag))
    etag = read.etag or ""
    expect("an ETag", etag != "", True)
    patched = client.patch(KEY, etag)
    expect("patch", (patched.status, patched.metric["version"], patched.metric["owner"]), (200, 2, "Sales"))
    expect("a member removed by null", "short_name" in patched.metric, False)
    outdated = client.patch(KEY, etag)
    expect("an outdated patch", (outdated.status, outdated.code), (412, "precondition_failed"))
    active = client.activate(KEY)
    expect("transition", (active.status, active.metric["status"]), (200, "active"))
    expect("delete", client.remove(KEY).status, 204)
    gone = client.read(KEY)
    expect("read after delete", (gone.status, gone.code), (404, "not_found"))
