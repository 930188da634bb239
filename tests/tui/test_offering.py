"""What each tab has to give away, the best of it first."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sonde_core.outlets.saving import Content
from tests.peers import Peer
from tests.tui.driving import Driver, driving
from tests.web import WebHandler, serving

BODY = b'{"a": 1, "b": [2]}'


class Answering(WebHandler):
    def do_GET(self) -> None:
        self.answer(BODY, "application/json")


@pytest.fixture
def url() -> Iterator[str]:
    with serving(Answering) as url:
        yield f"{url}/data"


def echo(peer: Peer, client: socket.socket) -> None:
    while data := client.recv(4096):
        client.sendall(data.upper())


@pytest.fixture
def address() -> Iterator[str]:
    with Peer(echo) as peer:
        yield peer.address


async def offered(driver: Driver) -> Sequence[Content]:
    return await driver.app.tab.contents()


async def titles(driver: Driver) -> list[str]:
    return [content.title for content in await offered(driver)]


def read(content: Content) -> bytes:
    return b"".join(content.slices())


async def send(driver: Driver) -> None:
    await driver.press("enter")
    await driver.until(lambda: '"b": [' in driver.drawn())


async def test_what_is_shown_of_an_answer_comes_first(tmp_path: Path, url: str) -> None:
    async with driving(tmp_path, endpoint=url) as driver:
        assert await titles(driver) == []
        await send(driver)
        assert (await titles(driver))[:2] == ["body as received", "body, as shown"]
        await driver.press("h")
        await driver.until(lambda: "HTTP/1.1 200" in driver.drawn())
        first = (await offered(driver))[0]
        assert (first.title, first.name) == ("headers as text", "data-headers.txt")
        assert read(first).startswith(b"HTTP/1.1 200 OK\n")
        await driver.press("w")
        await driver.until(lambda: "GET /data" in driver.drawn())
        assert (await titles(driver))[0] == "transcript as text"
        assert "body as received" in await titles(driver)


async def test_a_selection_comes_before_all_else(tmp_path: Path, url: str) -> None:
    async with driving(tmp_path, endpoint=url) as driver:
        await send(driver)
        await driver.press("j", "space", "j")
        first = (await offered(driver))[0]
        assert first.title == "selection"
        assert read(first) == b'  "a": 1,\n'


async def test_a_session_under_way_is_offered_as_far_as_it_came(
    tmp_path: Path, address: str
) -> None:
    async with driving(tmp_path, endpoint=address) as driver:
        assert await titles(driver) == []
        await driver.press("enter")
        await driver.until(lambda: "open" in driver.status())
        await driver.type("hello")
        await driver.press("enter")
        await driver.until(lambda: "HELLO" in driver.drawn())
        found = {content.title: content for content in await offered(driver)}
        assert list(found)[:4] == [
            "transcript as text",
            "bytes received",
            "bytes sent",
            "bytes of both",
        ]
        assert read(found["bytes received"]).startswith(b"HELLO")
        assert b"> hello" in read(found["transcript as text"])


async def test_the_history_offers_what_its_entry_has(tmp_path: Path, url: str) -> None:
    async with driving(tmp_path, endpoint=url) as driver:
        await send(driver)
        await driver.press("f5", "S")  # at once: the entry may not be shown yet
        await driver.until(lambda: "body as received" in driver.drawn())
        await driver.press("escape")
        await driver.until(lambda: '"b": [' in driver.drawn())
        found = await offered(driver)
        assert found[0].title == "body as received"
        assert read(found[0]) == BODY
