"""What the Listen tab shows of its clients and does to them, with real ones."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sonde_core.model import Outcome
from sonde_tui.screens.client_tab import ClientTab
from tests.tui.driving import Driver, driving


def tab(driver: Driver) -> ClientTab:
    assert isinstance(driver.app.tab, ClientTab)
    return driver.app.tab


def state(driver: Driver) -> str:
    return driver.status("#listener-state")


async def listening(driver: Driver, manner: str = "by hand") -> int:
    await driver.type("tcp://127.0.0.1:0")
    await driver.press("tab", "tab")
    while f"answer: {manner}" not in driver.drawn():
        await driver.press("space")
    await driver.press("ctrl+l", "enter")
    await driver.until(lambda: state(driver).startswith("listening on "))
    return int(state(driver).split()[2].rpartition(":")[2])


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


async def came(driver: Driver, number: int) -> None:
    await driver.until(lambda: f"{number} connected of {number} client" in state(driver))
    await driver.until(lambda: tab(driver).pane.session)


def end_of(client: socket.socket) -> str:
    """Return how a connection ended."""
    try:
        return repr(client.recv(100))
    except ConnectionResetError:
        return "reset"


async def test_a_client_is_written_to_from_the_list(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            await came(driver, 1)
            await driver.press("i", "h", "i", "enter")
            assert await asyncio.to_thread(client.recv, 100) == b"hi\n"


async def test_a_client_is_half_closed_and_closed_from_the_list(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            await came(driver, 1)
            await driver.press("ctrl+f")
            assert await asyncio.to_thread(end_of, client) == "b''"
            await driver.until(lambda: "local end" in driver.rows(tab(driver).clients)[0])
            client.sendall(b"still heard")
            await driver.until(lambda: "<11 B" in driver.rows(tab(driver).clients)[0])
            await driver.press("f8")
        await driver.until(lambda: tab(driver).entry)


async def test_a_client_is_reset(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        await driver.press("X")
        await driver.until(lambda: "No client that is connected is shown." in driver.notes())
        with connect(port) as client:
            await came(driver, 1)
            await driver.press("X")
            assert await asyncio.to_thread(end_of, client) == "reset"
        await driver.until(lambda: tab(driver).entry)
        entry = tab(driver).entry
        assert entry is not None
        assert entry.exchange.outcome is Outcome.DONE


async def test_all_clients_are_closed_and_the_listener_goes_on(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as one, connect(port) as two:
            await came(driver, 2)
            await driver.press("C")
            assert await asyncio.to_thread(end_of, one) == "b''"
            assert await asyncio.to_thread(end_of, two) == "b''"
        await driver.until(lambda: "0 connected of 2" in state(driver))
        with connect(port):
            await driver.until(lambda: "1 connected of 3" in state(driver))


@pytest.fixture
def ask() -> Callable[[int, str], bytes]:
    def asked(port: int, path: str) -> bytes:
        with connect(port) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            heard = b""
            while data := client.recv(1000):
                heard += data
            return heard

    return asked


async def test_requests_are_listed_as_they_come_and_opened_in_the_history(
    tmp_path: Path, ask: Callable[[int, str], bytes]
) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver, "HTTP")
        assert tab(driver).shows_requests
        assert (await asyncio.to_thread(ask, port, "/one")).startswith(b"HTTP/1.1 200 OK\r\n")
        await asyncio.to_thread(ask, port, "/two")
        await driver.until(lambda: "2 requests" in state(driver))
        captures = tab(driver).captures
        assert captures is not None
        await driver.until(lambda: "/two" in driver.rows(captures.rows)[1])
        assert "/one" in driver.rows(captures.rows)[0]
        await driver.until(lambda: "GET /two HTTP/1.1" in driver.drawn())
        await driver.press("k")
        await driver.until(lambda: "GET /one HTTP/1.1" in driver.drawn())
        await driver.press("y")
        await driver.until(lambda: driver.copies)
        await driver.press("enter")
        await driver.until(lambda: driver.app.tab.id == "history")
        await driver.until(lambda: driver.app.tab.entry)
        entry = driver.app.tab.entry
        assert entry is not None
        assert entry.exchange.target.endswith("/one")


async def test_clients_and_requests_take_turns(
    tmp_path: Path, ask: Callable[[int, str], bytes]
) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver, "HTTP")
        await asyncio.to_thread(ask, port, "/one")
        await driver.until(lambda: "1 request" in state(driver))
        await driver.press("ctrl+s")
        assert not tab(driver).shows_requests
        await driver.until(lambda: "1 answered" in driver.rows(tab(driver).clients)[0])
        await driver.press("ctrl+s")
        assert tab(driver).shows_requests
        await driver.press("f4")
        assert tab(driver).shows_requests
        await driver.press("ctrl+l", "tab", "tab", "left", "left", "ctrl+l", "enter")
        await driver.until(lambda: not tab(driver).shows_requests)
        assert tab(driver).exchange is None
