from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_tui.screens.choose import ChooseScreen
from sonde_tui.screens.http import HttpTab
from sonde_tui.screens.session import SocketTab
from tests.peers import Peer, greeter
from tests.tui.driving import Driver, driving
from tests.web import WebHandler, serving


@pytest.fixture
def url() -> Iterator[str]:
    """A server that answers with what it was asked, and keeps the connection."""

    class Answering(WebHandler):
        def do_GET(self) -> None:
            body = f"you asked {self.path} as {self.headers['X-Who']}".encode()
            self.answer(body, "text/plain")

    with serving(Answering) as found:
        yield found


def socket_tab(driver: Driver) -> SocketTab:
    return driver.app.screen_stack[0].query_one(SocketTab)


async def test_http_is_sent_raw_and_comes_back_as_http(tmp_path: Path, url: str) -> None:
    async with driving(tmp_path, endpoint=f"{url}/cats?a=1") as driver:
        await driver.press("enter")
        await driver.until(lambda: driver.app.tab.entry is not None)
        await driver.press("escape", "V")
        await driver.until(lambda: "byte for byte" in driver.notes())
        tab = socket_tab(driver)
        assert tab.address.value == url.replace("http", "tcp")
        text = tab.pane.line.text
        assert text.startswith("GET /cats?a=1 HTTP/1.1\\r\n")
        assert "Host: " in text
        await driver.press("enter")
        await driver.until(lambda: "open" in driver.status())
        line = tab.pane.line
        line.put(type(line.typed)(text.replace("\\r\n", "\\r\nX-Who: me\\r\n", 1)))
        await driver.press("ctrl+j")
        await driver.until(lambda: "as me" in driver.drawn())
        await driver.press("escape", "V")  # while it is open
        await driver.until(lambda: isinstance(driver.app.tab, HttpTab))
        await driver.until(lambda: "you asked /cats?a=1 as me" in driver.drawn())
        assert "200 OK" in driver.drawn()
        assert "The session was with" not in driver.notes()
        assert "X-Who" in str(driver.app.tab.query_one("RequestEditor").request("GET", url))  # type: ignore[attr-defined]


async def test_of_several_requests_one_is_chosen(tmp_path: Path, url: str) -> None:
    address = url.replace("http", "tcp")
    async with driving(tmp_path, endpoint=address) as driver:
        await driver.press("enter")
        await driver.until(lambda: "open" in driver.status())
        for path in ("one", "two?token=hush"):
            await driver.type(f"GET /{path} HTTP/1.1\\r\\nHost: h\\r\\n\\r")
            await driver.press("enter")
            await driver.until(lambda path=path: f"/{path[:3]}" in driver.drawn())  # type: ignore[misc]
        await driver.until(lambda: "you asked /two" in driver.drawn())
        await driver.press("escape", "V")
        await driver.until(lambda: isinstance(driver.app.screen, ChooseScreen))
        await driver.until(lambda: "http://h/two?token=*** → 200 OK" in driver.drawn())
        await driver.press("down", "enter")
        await driver.until(lambda: isinstance(driver.app.tab, HttpTab))
        await driver.until(lambda: "you asked /two" in driver.drawn())
        assert f"The session was with {address}." in driver.notes()


async def test_a_row_of_the_history_is_opened_the_other_way(tmp_path: Path, url: str) -> None:
    async with driving(tmp_path, endpoint=url) as driver:
        await driver.press("enter")
        await driver.until(lambda: driver.app.tab.entry is not None)
        await driver.press("f5")
        await driver.until(lambda: driver.app.tab.entry is not None)
        await driver.press("V")
        await driver.until(lambda: isinstance(driver.app.tab, SocketTab))
        await driver.until(lambda: socket_tab(driver).pane.line.text.startswith("GET / HTTP"))


async def test_a_refusal_that_is_opened_raw_is_a_session_that_was_done(tmp_path: Path) -> None:
    class Refusing(WebHandler):
        def do_GET(self) -> None:
            self.answer(b"no", "text/plain", status=503)

    with serving(Refusing) as url:
        async with driving(tmp_path, endpoint=url) as driver:
            await driver.press("enter")
            await driver.until(lambda: driver.app.tab.entry is not None)
            await driver.press("f5")
            await driver.until(lambda: driver.app.tab.entry is not None)
            await driver.press("V")
            await driver.until(lambda: isinstance(driver.app.tab, SocketTab))
            await driver.until(lambda: "done" in driver.status())
            assert "✓ done" in driver.drawn()
            await driver.until(lambda: "byte for byte" in driver.notes())
            await driver.press("escape", "V")
            await driver.until(lambda: isinstance(driver.app.tab, HttpTab))
            await driver.until(lambda: "✗ 503" in driver.drawn())


async def test_what_is_no_http_says_so_and_stays(tmp_path: Path) -> None:
    with Peer(greeter(b"Hello, client!")) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await driver.press("escape", "V")
            await driver.until(lambda: "send something first" in driver.notes())
            driver.app.tab.action_address()
            await driver.press("enter")
            await driver.until(lambda: "Hello, client!" in driver.drawn())
            await driver.press("escape", "V")
            await driver.until(lambda: "No request of HTTP/1" in driver.notes())
            assert isinstance(driver.app.tab, SocketTab)
