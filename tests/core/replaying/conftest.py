"""A server whose answers can be made to change, and a history of what was asked of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from sonde_core.exchange import Exchanger
from sonde_core.history.entry import Entry
from sonde_core.history.summary import Summary
from sonde_core.http_request import HttpRequest
from tests.web import WebHandler, serving


class Answers:
    """What the server says and hears.

    Attributes:
        changed: Paths that are answered otherwise.
        most: So many requests were under way at once.
        heard: Paths, in the order in which they came.
        headers: Of the last request, names in lower case.
        gate: Requests for `/held` are answered once it is set.
    """

    def __init__(self) -> None:
        self.url = ""
        self.changed: set[str] = set()
        self.most = 0
        self.heard: list[str] = []
        self.headers: dict[str, str] = {}
        self.gate = threading.Event()
        self.came = threading.Event()
        self.together = threading.Semaphore(0)
        self._now = 0
        self._lock = threading.Lock()

    def begin(self, path: str, headers: dict[str, str]) -> None:
        with self._lock:
            self.heard.append(path)
            self.headers = headers
            self._now += 1
            self.most = max(self.most, self._now)

    def end(self) -> None:
        with self._lock:
            self._now -= 1


@pytest.fixture
def answers() -> Iterator[Answers]:
    said = Answers()

    class Answering(WebHandler):
        def do_GET(self) -> None:
            said.begin(self.path, {name.lower(): value for name, value in self.headers.items()})
            if self.path == "/held":
                said.came.set()
                said.gate.wait(20)
            what = "changed" if self.path in said.changed else "usual"
            body = b'{"path": "%s", "what": "%s"}' % (self.path.encode(), what.encode())
            said.end()  # before it is answered: the next may come at once
            failed = "error" in self.path and what == "changed"
            self.answer(body, "application/json", status=503 if failed else 200)

    with serving(Answering) as said.url:
        yield said
        said.gate.set()


async def ask(exchanger: Exchanger, url: str) -> Entry:
    return await exchanger.run(exchanger.call(HttpRequest(url=url)))


async def asked(exchanger: Exchanger, answers: Answers, *paths: str) -> list[Summary]:
    """Ask for each path, and return what the history lists of them, oldest first."""
    for path in paths:
        await ask(exchanger, answers.url + path)
    answers.heard.clear()
    answers.most = 0
    return list(reversed(exchanger.history.summaries()))
