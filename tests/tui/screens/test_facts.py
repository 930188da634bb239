"""The facts of a connection, asked for by key where connections are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_tui.screens.facts import FactsScreen
from sonde_tui.widgets.rows.line_view import LineView
from tests.histories import session
from tests.peers import Peer, echo, throwaway_tls
from tests.tui.driving import Driver, driving
from tests.tui.history_tab import fill


def facts(driver: Driver) -> str:
    screen = driver.app.screen
    assert isinstance(screen, FactsScreen)
    return "\n".join(driver.rows(screen.query_one(LineView)))


async def asked(driver: Driver) -> str:
    await driver.press("s")
    await driver.until(lambda: isinstance(driver.app.screen, FactsScreen))
    await driver.until(lambda: facts(driver))
    return facts(driver)


async def test_a_session_under_way_shows_its_certificates(tmp_path: Path) -> None:
    with throwaway_tls() as (context, _), Peer(echo, tls=context) as peer:
        async with driving(tmp_path, endpoint=peer.address, tab="socket", size=(80, 24)) as driver:
            await driver.press("enter")
            await driver.until(lambda: "self-signed" in driver.problem())
            await driver.press("escape")
            told = await asked(driver)
            assert peer.address in told
            assert "self-signed" in told
            assert "CN=sonde localhost" in told
            assert "EC secp256r1" in told
            await driver.press("y")
            await driver.until(lambda: driver.copies)
            await driver.press("escape")
            await driver.until(lambda: not isinstance(driver.app.screen, FactsScreen))


async def test_nothing_yet_is_told(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="socket") as driver:
        await driver.press("escape", "s")
        await driver.until(lambda: "no connection here yet" in driver.notes())


async def test_an_entry_of_the_history_shows_them_too(tmp_path: Path) -> None:
    with throwaway_tls() as (context, _), Peer(echo, tls=context) as peer:
        async with driving(tmp_path, endpoint=peer.address, tab="socket") as driver:
            await driver.press("enter")
            await driver.until(lambda: "self-signed" in driver.problem())
            await driver.press("f5")
            await driver.until(lambda: driver.app.tab.entry is not None)
            told = await asked(driver)
            assert "NO: it is self-signed" in told
            assert "sha256" in told


async def test_a_client_of_a_listener_shows_them_too(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        driver.app.tab.load("tls://127.0.0.1:0")
        await driver.press("enter")
        await driver.until(lambda: driver.status("#listener-state").startswith("listening on "))
        port = int(driver.status("#listener-state").partition(" · ")[0].rpartition(":")[2])
        client = Session(SessionRequest(f"tls://127.0.0.1:{port}", SessionOptions(verify=False)))
        await client.open()
        await driver.until(lambda: driver.app.tab.exchange)
        await driver.until(lambda: driver.app.tab.exchange and driver.app.tab.exchange.tls)
        told = await asked(driver)
        assert "we are       the server" in told
        assert "TLSv1.3" in told
        await driver.press("escape")
        client.abort()


async def test_a_token_in_the_address_is_masked_until_it_is_asked_for(tmp_path: Path) -> None:
    request = SessionRequest("ws://127.0.0.1:1/?token=s3cret")
    await fill(tmp_path, replace(session(), request=request))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: driver.app.tab.entry is not None)
        assert "/?token=***" in await asked(driver)
        await driver.press("down", "ctrl+g")
        assert "/?token=s3cret" in facts(driver)
        assert driver.app.screen.query_one(LineView).cursor_row == 1
        await driver.press("y")
        await driver.until(lambda: b"/?token=s3cret" in b"".join(driver.copies))
        await driver.press("ctrl+g")
        assert "s3cret" not in facts(driver)
