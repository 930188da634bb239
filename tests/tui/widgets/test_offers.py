"""The row at the bottom names a key only while it does something."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sonde_core.comparing.ignore_file import IgnoreFile
from sonde_core.comparing.ignoring import IgnoreRule
from sonde_core.http_request import HttpRequest
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.ignore_rules import IgnoreRulesScreen
from sonde_tui.screens.saved_filters import SavedFiltersScreen
from sonde_tui.widgets.client_list import ClientList
from sonde_tui.widgets.difference_view import DifferenceView
from sonde_tui.widgets.steps_area import StepsArea
from sonde_tui.widgets.transcript.transcript import Transcript
from tests.histories import http, session
from tests.peers import Peer, echo, silent, throwaway_tls
from tests.tui.driving import Driver, driving
from tests.tui.history_tab import counts, fill
from tests.web_sockets import echo_server

ROOM = (300, 30)
OF_A_SESSION = {"Half-close", "Close", "Upgrade to TLS", "Repeat", "Control key"}
OF_AN_ENTRY = {"Replay", "Copy as…", "Save…", "Facts"}


def names(driver: Driver, asked: set[str]) -> set[str]:
    """Return which of some keys are named."""
    bar = f" {driver.drawn().splitlines()[-1]} "
    return {each for each in asked if f" {each} " in bar.replace("Text/hex/file", "")}


def look_at_it(driver: Driver) -> None:
    """Go from the field to the conversation, where letters are keys."""
    driver.app.tab.query_one(Transcript).focus()


async def test_a_session_that_is_over_offers_nothing_that_needs_an_open_one(
    tmp_path: Path,
) -> None:
    every = OF_A_SESSION | OF_AN_ENTRY
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address, size=ROOM) as driver:
            look_at_it(driver)
            await driver.until(lambda: names(driver, {"Many lines"}))
            assert names(driver, every) == set()
            await driver.press("ctrl+j")
            look_at_it(driver)
            await driver.until(lambda: names(driver, every) == {*OF_A_SESSION, "Save…", "Facts"})
            await driver.press("f8")
            await driver.until(lambda: names(driver, every) == OF_AN_ENTRY)
            await driver.press("ctrl+f")
            await driver.until(lambda: "The session is over" in driver.problem())
            await driver.press("ctrl+j")
            await driver.until(lambda: names(driver, every) >= {"Half-close", "Close"})


async def test_one_that_could_not_be_opened_offers_no_end(tmp_path: Path, closed_port: int) -> None:
    every = OF_A_SESSION | OF_AN_ENTRY
    address = f"tcp://127.0.0.1:{closed_port}"
    async with driving(tmp_path, endpoint=address, size=ROOM) as driver:
        await driver.press("ctrl+j")
        await driver.until(lambda: driver.app.tab.entry)
        look_at_it(driver)
        await driver.until(lambda: names(driver, every) == OF_AN_ENTRY)


async def test_our_end_is_offered_once(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address, size=ROOM) as driver:
            await driver.press("enter")
            look_at_it(driver)
            await driver.until(lambda: names(driver, OF_A_SESSION) == OF_A_SESSION)
            await driver.press("ctrl+f")
            left = {"Close", "Repeat", "Control key"}
            await driver.until(lambda: names(driver, OF_A_SESSION) == left)


async def test_a_session_with_tls_is_not_upgraded_again(tmp_path: Path) -> None:
    with throwaway_tls() as (tls, _), Peer(silent, tls=tls) as peer:
        async with driving(tmp_path, endpoint=peer.address, size=ROOM) as driver:
            await driver.press("tab", "space", "shift+tab", "enter")
            look_at_it(driver)
            left = OF_A_SESSION - {"Upgrade to TLS"}
            await driver.until(lambda: names(driver, OF_A_SESSION) == left)


async def test_datagrams_have_no_end_and_no_tls(tmp_path: Path, closed_port: int) -> None:
    address = f"udp://127.0.0.1:{closed_port}"
    async with driving(tmp_path, endpoint=address, size=ROOM) as driver:
        await driver.press("enter")
        look_at_it(driver)
        left = {"Close", "Repeat", "Control key"}
        await driver.until(lambda: names(driver, OF_A_SESSION) == left)


async def test_a_web_socket_has_an_end_and_no_tls_of_its_own(tmp_path: Path) -> None:
    with echo_server() as url:
        async with driving(tmp_path, endpoint=url, size=ROOM) as driver:
            await driver.press("enter")
            look_at_it(driver)
            await driver.until(lambda: driver.status().startswith("open"))
            left = OF_A_SESSION - {"Upgrade to TLS"}
            await driver.until(lambda: names(driver, OF_A_SESSION) == left)


async def test_a_listener_offers_ends_while_there_is_a_client(tmp_path: Path) -> None:
    every = OF_A_SESSION | OF_AN_ENTRY | {"Stop"}
    async with driving(tmp_path, tab="listen", size=ROOM) as driver:
        look_at_it(driver)
        await driver.until(lambda: names(driver, {"Many lines"}))
        assert names(driver, every) == set()
        driver.app.tab.load("tcp://127.0.0.1:0")
        driver.app.tab.action_address()
        await driver.press("enter")
        await driver.until(lambda: "listening on" in driver.status("#listener-state"))
        look_at_it(driver)
        await driver.until(lambda: names(driver, every) == {"Stop"})
        port = driver.status("#listener-state").split(":")[2].split()[0]
        with socket.create_connection(("127.0.0.1", int(port))):
            driver.app.tab.query_one(ClientList).focus()
            await driver.until(lambda: names(driver, every) == {"Stop", "Save…", "Facts"})
            look_at_it(driver)
            await driver.until(lambda: names(driver, every) >= OF_A_SESSION)
        await driver.press("f8")
        await driver.until(lambda: names(driver, every) == {*OF_AN_ENTRY, "Stop"})
        await driver.press("f9")
        await driver.until(lambda: names(driver, every) == OF_AN_ENTRY)


async def test_http_offers_what_is_of_an_answer_once_there_is_one(
    tmp_path: Path, closed_port: int
) -> None:
    every = {*OF_AN_ENTRY, "Copy", "Filter"}
    url = f"http://127.0.0.1:{closed_port}/"
    async with driving(tmp_path, endpoint=url, size=ROOM) as driver:
        await driver.press("ctrl+s")
        await driver.until(lambda: names(driver, every) == set())
        await driver.press("ctrl+j")
        await driver.until(lambda: driver.app.tab.entry)
        await driver.press("ctrl+s")
        await driver.until(lambda: names(driver, every) == every - {"Facts"})


async def test_an_empty_history_offers_nothing_that_is_done_to_entries(tmp_path: Path) -> None:
    every = {"Open", "Edit", "Compare", "Mark", "Delete", "Undo", "Name", "Tags", *OF_AN_ENTRY}
    async with driving(tmp_path, tab="history", size=ROOM) as driver:
        await driver.until(lambda: "Nothing here yet" in counts(driver))
        await driver.until(lambda: names(driver, every) == set())
        assert names(driver, {"Tree/list", "Find"}) == {"Tree/list", "Find"}
        await driver.history.add(session())
        await driver.until(lambda: names(driver, every) == every - {"Undo"})
        await driver.press("D")
        await driver.until(lambda: names(driver, every) == {"Undo"})
        await driver.press("u")
        await driver.until(lambda: "Edit" in names(driver, every))


async def test_a_heading_is_opened_and_marked(tmp_path: Path) -> None:
    await fill(tmp_path, http(1), http(2), session())
    every = {"Open", "Edit", "Compare", "Mark", "Delete", "Name"}
    async with driving(tmp_path, tab="history", size=ROOM) as driver:
        await driver.until(lambda: names(driver, every) == every)
        await driver.press("v")
        await driver.until(lambda: "by host" in counts(driver))
        await driver.press("j")
        await driver.until(lambda: names(driver, every) == {"Open", "Mark"})
        await driver.press("space")
        await driver.until(lambda: names(driver, every) == {"Open", "Mark", "Compare", "Delete"})


@pytest.mark.parametrize("differs", [False, True])
async def test_changes_are_gone_through_where_there_are_some(
    tmp_path: Path, *, differs: bool
) -> None:
    every = {"Next", "Previous", "Leave out…", "Left out"}
    await fill(tmp_path, http(), http(body=b"other" if differs else b"hello"))
    async with driving(tmp_path, tab="history", size=ROOM) as driver:
        await driver.until(lambda: counts(driver) == "2 entries")
        await driver.press("space", "j", "d")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
        view = driver.app.screen.query_one(DifferenceView)
        await driver.until(lambda: view.written() is not None)
        if differs:
            await driver.until(lambda: names(driver, every) >= {"Next", "Previous"})
            await driver.press("right_square_bracket")
            await driver.until(lambda: names(driver, every) == every - {"Left out"})
        else:
            await driver.until(lambda: names(driver, every) == set())


async def test_steps_under_way_are_not_begun_again_and_have_no_entry(tmp_path: Path) -> None:
    every = {"Again", "Difference", "In History"}
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address, size=ROOM) as driver:
            await driver.press("ctrl+j")
            await driver.until(lambda: driver.status().startswith("open"))
            await driver.press("f8", "f8")
            await driver.until(lambda: driver.app.tab.entry)
            look_at_it(driver)
            await driver.press("E")
            await driver.until(
                lambda: "No steps yet" in driver.drawn() or "1 step" in driver.drawn()
            )
            driver.app.screen.query_one(StepsArea).text = "expect any\n"
            await driver.until(lambda: "1 step" in driver.drawn())
            await driver.press("ctrl+j")
            await driver.until(lambda: "escape stops" in driver.drawn())
            assert names(driver, every) == set()
            await driver.press("escape")
            await driver.until(lambda: names(driver, every) == every)


async def test_the_first_time_has_none_before_it(tmp_path: Path, closed_port: int) -> None:
    every = {"Again", "With the one before", "In History"}
    url = f"http://127.0.0.1:{closed_port}/"
    async with driving(tmp_path, tab="history", size=ROOM) as driver:
        exchanger = driver.app.services.exchanger
        await exchanger.run(exchanger.call(HttpRequest(url=url)))
        await driver.until(lambda: driver.app.tab.entry_id)
        await driver.press("R")
        await driver.until(lambda: "Start" in driver.drawn())
        await driver.press("2", "enter")
        await driver.until(lambda: names(driver, every) == every)
        await driver.press("g")
        await driver.until(lambda: names(driver, every) == {"Again", "In History"})


async def test_lists_that_are_empty_offer_nothing_to_delete(tmp_path: Path) -> None:
    every = {"Keep the filter as…", "Rename", "Delete", "Put back"}
    async with driving(tmp_path, tab="history", size=ROOM) as driver:
        await driver.press("ctrl+s")
        await driver.until(lambda: isinstance(driver.app.screen, SavedFiltersScreen))
        await driver.until(lambda: names(driver, every) == set())
        await driver.press("escape", "f")
        await driver.type("kind:tcp")
        await driver.press("ctrl+s")
        await driver.until(lambda: names(driver, every) == {"Keep the filter as…"})
        await driver.press("ctrl+s", "a", "enter")
        await driver.until(lambda: names(driver, every) == every - {"Put back"})
        await driver.press("delete")
        await driver.until(lambda: "Put back" in names(driver, every))
        assert "Rename" not in names(driver, every)


async def test_rules_are_deleted_where_there_are_some(tmp_path: Path) -> None:
    every = {"Delete", "Put back"}
    async with driving(tmp_path, size=ROOM) as driver:
        path = driver.app.services.config.path
        await driver.app.push_screen(IgnoreRulesScreen(path))
        await driver.until(lambda: "No rule yet" in driver.drawn())
        assert names(driver, every) == set()
        await driver.press("escape")
        IgnoreFile.beside(path).add(IgnoreRule("received"))
        await driver.app.push_screen(IgnoreRulesScreen(path))
        await driver.until(lambda: names(driver, every) == {"Delete"})
        await driver.press("delete")
        await driver.until(lambda: names(driver, every) == {"Put back"})
