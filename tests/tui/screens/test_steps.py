from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from sonde_core.exchange import Exchanger
from sonde_core.expecting import Match
from sonde_core.history.history import History
from sonde_core.model import Direction, Exchange
from sonde_core.script.draft import Recorded, read_recorded
from sonde_core.session_request import SessionRequest
from sonde_tui.screens import steps
from sonde_tui.screens.performing import PerformingScreen
from sonde_tui.screens.session import SocketTab
from sonde_tui.screens.session_options import SessionOptionsScreen
from sonde_tui.screens.steps import StepsScreen
from sonde_tui.widgets import steps_editor
from sonde_tui.widgets.cycle import Cycle
from sonde_tui.widgets.rows.line_view import LineView
from sonde_tui.widgets.steps_area import StepsArea
from tests.patience import PATIENCE
from tests.peers import Peer, echo, throwaway_tls
from tests.tui.driving import Driver, driving
from tests.web_sockets import echo_server


async def record(folder: Path, address: str, *messages: bytes) -> str:
    """Keep a session in the history that an app will open; the peer echoes."""
    history = History(folder / "history.json")
    history.open()
    exchanger = Exchanger(history)
    session = exchanger.session(SessionRequest(address))
    await session.open()
    for message in messages:
        await session.send(message)
        assert isinstance(await session.expect(message, seconds=10), Match)
    await session.close()
    entry = await exchanger.recorded(session)
    await exchanger.close()
    return entry.id


@asynccontextmanager
async def steps_of(
    folder: Path, peer: Peer, *messages: bytes, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Driver]:
    """Open the steps of a recording as a person would."""
    await record(folder, peer.address, *messages)
    async with driving(folder, tab="history", size=size) as driver:
        await driver.until(lambda: driver.app.tab.entry)
        await driver.press("E")
        await driver.until(lambda: "ctrl+j performs" in note(driver) or "too much" in note(driver))
        yield driver


def screen(driver: Driver) -> StepsScreen:
    found = driver.app.screen
    assert isinstance(found, StepsScreen)
    return found


def note(driver: Driver) -> str:
    return str(screen(driver).query_one("#note", Static).render())


def area(driver: Driver) -> StepsArea:
    return screen(driver).query_one(StepsArea)


def told(driver: Driver) -> str:
    found = driver.app.screen
    if not isinstance(found, PerformingScreen):
        return ""
    return str(found.query_one("#told", Static).render())


async def perform(driver: Driver) -> None:
    await driver.press("ctrl+j")
    await driver.until(lambda: "steps as expected" in told(driver) or "same ·" in told(driver))


async def test_the_steps_of_an_entry_are_shown_and_performed(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n", b"two\n") as driver:
            assert 'send "one\\n"' in area(driver).text
            assert 'expect equal "two\\n"' in area(driver).text
            await perform(driver)
            assert "differ" not in told(driver)
            assert len(driver.history.summaries()) == 2
            await driver.press("escape", "escape")
            assert len(driver.app.screen_stack) == 1


async def test_an_error_stands_at_its_place_and_nothing_is_performed(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            area(driver).replace("exqect any\n", (0, 0), (0, 0))
            await driver.until(lambda: "Line 1, column 1" in note(driver))
            assert "expect" in note(driver)  # did you mean
            assert area(driver).wrong == (0, 0)
            area(driver).go_to(2)
            await driver.press("ctrl+j")
            await driver.until(lambda: area(driver).cursor_location == (0, 0))
            assert peer.clients == 1
            await driver.press("ctrl+z")
            await driver.until(lambda: area(driver).wrong is None)


async def test_edited_steps_are_performed_with_variables(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            editor = area(driver)
            text = 'send! "{{who}}\\n"\nexpect equal "ann\\n"\n'
            editor.replace(text, (0, 0), editor.document.end)
            await driver.until(lambda: "{{who}}" in note(driver))
            screen(driver).query_one("#variables", Input).value = "who=ann"
            await driver.until(lambda: "2 steps" in note(driver))
            await perform(driver)
            assert "2 of 2 steps as expected" in told(driver)
        assert bytes(peer.heard) == b"one\nann\n"


async def test_a_send_that_fills_in_nothing_is_remarked(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            area(driver).text = 'send "{{who}}"\n'
            await driver.until(lambda: "1 step" in note(driver))
            screen(driver).query_one("#variables", Input).value = "who=ann"
            await driver.until(lambda: "Line 1: {{who}} is sent as it stands here" in note(driver))
            area(driver).text = 'send! "{{who}}"\n'
            await driver.until(lambda: "1 step · ctrl+j performs" in note(driver))


async def test_what_is_written_is_kept_until_the_app_is_left(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            area(driver).replace("# mine\n", (0, 0), (0, 0))
            await driver.press("escape")
            await driver.until(lambda: len(driver.app.screen_stack) == 1)
            await driver.press("E")
            await driver.until(lambda: area(driver).text.startswith("# mine"))
            await driver.press("f9")
            await driver.until(lambda: not area(driver).text.startswith("# mine"))
            await driver.press("escape", "E")
            await driver.until(lambda: "ctrl+j performs" in note(driver))
            assert "# mine" not in area(driver).text


async def talking(driver: Driver, text: str) -> None:
    """Open a session to the address that stands there, and say something."""
    await driver.press("ctrl+l", "enter")
    await driver.until(lambda: "open" in driver.status())
    await driver.type(text)
    await driver.press("enter")
    await driver.until(lambda: "B received" in driver.status().replace(" 0 B received", ""))


async def open_steps(driver: Driver) -> None:
    await driver.press("escape", "E")
    await driver.until(lambda: "ctrl+j performs" in note(driver))


async def write_over(driver: Driver) -> None:
    """Open the steps at hand, change them, and leave them."""
    await open_steps(driver)
    area(driver).replace("# mine\n", (0, 0), (0, 0))
    await driver.press("escape")
    await driver.until(lambda: len(driver.app.screen_stack) == 1)


def title(driver: Driver) -> str:
    return str(screen(driver).query_one("#title", Static).render())


async def test_what_is_written_in_one_session_is_not_in_the_next_one(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address, size=(80, 17)) as driver:
            await talking(driver, "one")
            await write_over(driver)
            await open_steps(driver)
            assert area(driver).text.startswith("# mine")
            shown = f"Draft of the steps of {peer.address}"
            assert shown in driver.drawn()  # though there is little room
            await driver.press("escape", "f8")
            await driver.until(lambda: driver.app.tab.entry)
            await talking(driver, "fresh")
            await open_steps(driver)
            assert 'send "fresh\\n"' in area(driver).text
            assert "# mine" not in area(driver).text
            assert title(driver) == f"Steps of {peer.address}"


async def test_what_is_written_in_a_session_is_in_its_entry(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await talking(driver, "one")
            await write_over(driver)
            await driver.press("f8")
            await driver.until(lambda: driver.app.tab.entry)
            await open_steps(driver)
            assert area(driver).text.startswith("# mine")
            assert title(driver) == f"Draft of the steps of {peer.address}"
            await driver.press("f9")
            await driver.until(lambda: title(driver) == f"Steps of {peer.address}")
            await driver.press("ctrl+z")
            await driver.until(lambda: title(driver).startswith("Draft"))
            await driver.press("escape", "f5")
            await driver.until(lambda: driver.app.tab.entry)
            await open_steps(driver)
            assert area(driver).text.startswith("# mine")


async def test_what_is_written_while_a_session_ends_is_in_its_entry(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await talking(driver, "one")
            await open_steps(driver)
            area(driver).replace("# before\n", (0, 0), (0, 0))
            await driver.until(lambda: kept(driver) == 1)
            tab = driver.app.tab
            assert isinstance(tab, SocketTab)
            tab.pane.action_close()
            await driver.until(lambda: tab.entry)
            area(driver).replace("# after\n", (0, 0), (0, 0))
            await driver.press("escape")
            await open_steps(driver)
            assert area(driver).text.startswith("# after\n# before\n")
            assert kept(driver) == 1


def kept(driver: Driver) -> int:
    return len(driver.app.services.drafts._drafts)


async def test_secrets_are_shown_and_masked_where_the_steps_are_open(tmp_path: Path) -> None:
    with echo_server() as url:
        async with driving(tmp_path, endpoint=f"{url}?sig=s3") as driver:
            await talking(driver, "one")
            await open_steps(driver)
            opened = screen(driver).query_one(".open", Static)
            assert title(driver) == f"Steps of {url}?sig=***"
            assert str(opened.render()) == f"({url}?sig=*** is open)"
            await driver.press("ctrl+g")
            assert title(driver) == f"Steps of {url}?sig=s3"
            assert str(opened.render()) == f"({url}?sig=s3 is open)"
            await driver.press("ctrl+g")
            assert title(driver) == f"Steps of {url}?sig=***"
            assert str(opened.render()) == f"({url}?sig=*** is open)"


async def test_they_are_performed_elsewhere(tmp_path: Path) -> None:
    def other(_: Peer, client: socket.socket) -> None:
        client.sendall(client.recv(100).upper())
        client.recv(1)

    with Peer(echo) as peer, Peer(other) as elsewhere:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            screen(driver).query_one("#to", Input).value = elsewhere.address
            await perform(driver)
            assert "1 differs" in told(driver)
        assert (peer.clients, elsewhere.clients) == (1, 1)


async def test_a_certificate_may_go_unverified(tmp_path: Path) -> None:
    with throwaway_tls() as (tls, _), Peer(echo) as peer, Peer(echo, tls=tls) as secure:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            screen(driver).query_one("#to", Input).value = secure.address
            await driver.press("ctrl+j")
            await driver.until(lambda: "is not trusted" in told(driver))
            await driver.press("escape")
            screen(driver).query_one("#variables", Input).focus()
            await driver.press("tab", "space")
            assert "verify TLS: no" in driver.drawn()
            await driver.press("O")
            await driver.until(lambda: isinstance(driver.app.screen, SessionOptionsScreen))
            assert driver.app.screen.query_one("#verify", Cycle).value == "no"
            await driver.press("ctrl+j")
            await driver.until(lambda: isinstance(driver.app.screen, StepsScreen))
            await perform(driver)
        assert (bytes(peer.heard), bytes(secure.heard)) == (b"one\n", b"one\n")


async def test_options_that_are_chosen_stand_in_the_fields(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            screen(driver).query_one("#strict", Cycle).focus()
            await driver.press("O")
            await driver.until(lambda: isinstance(driver.app.screen, SessionOptionsScreen))
            driver.app.screen.query_one("#verify", Cycle).focus()
            await driver.press("space", "ctrl+j")
            await driver.until(lambda: "verify TLS: no" in driver.drawn())


async def test_the_rest_is_performed_in_the_open_session(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        await record(tmp_path, peer.address, b"one\n", b"two\n")
        async with driving(tmp_path, tab="history") as driver:
            await driver.until(lambda: driver.app.tab.entry)
            await driver.app.show("socket")
            await driver.type(peer.address)
            await driver.press("enter")
            await driver.until(lambda: "open" in driver.status())
            await driver.type("one")
            await driver.press("enter")
            await driver.until(lambda: peer.heard.endswith(b"two\none\n"))
            await driver.until(lambda: "4 B received" in driver.status())
            await driver.app.show("history")
            await driver.until(lambda: driver.app.tab.entry)
            await driver.press("E")
            await driver.until(lambda: "ctrl+j performs" in note(driver))
            screen(driver).query_one("#into", Cycle).focus()
            await driver.press("space")
            await driver.until(lambda: "stays open" in note(driver))
            line = area(driver).document.get_line(area(driver).cursor_location[0])
            assert "one" in line or "two" in line
            await perform(driver)
            assert peer.clients == 2
            assert peer.heard.endswith(b"one\ntwo\n")
            await driver.press("escape", "escape", "2")
            await driver.until(lambda: "open" in driver.status())


async def test_steps_that_are_too_much_are_listed_and_performed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps_editor, "EDITABLE", 20)
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            assert "too much to be written in here" in note(driver)
            listed = screen(driver).query_one("#listed", LineView)
            assert any('send "one\\n"' in row for row in driver.rows(listed))
            await perform(driver)
            assert peer.clients == 2


async def test_a_session_that_did_not_open_has_no_steps_and_some_can_be_written(
    tmp_path: Path, closed_port: int
) -> None:
    async with driving(tmp_path, endpoint=f"tcp://127.0.0.1:{closed_port}") as driver:
        await driver.press("ctrl+j")
        await driver.until(lambda: driver.app.tab.entry)
        await driver.press("escape", "E")
        await driver.until(lambda: "No steps yet" in note(driver))
        assert area(driver).text == ""
        await driver.press("ctrl+j")
        await driver.until(lambda: "There is no step to perform. Write one." in note(driver))
        await driver.type('send "one"')
        await driver.until(lambda: "1 step · ctrl+j performs" in note(driver))
        await driver.press("f9")
        await driver.until(lambda: "No steps yet" in note(driver))
        await driver.press("ctrl+z")
        await driver.until(lambda: area(driver).text == 'send "one"')


async def test_steps_that_were_searched_in_are_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps_editor, "EDITABLE", 20)
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            listed = screen(driver).query_one("#listed", LineView)
            await driver.press("slash", "z", "z", "enter", "f9")
            await driver.until(lambda: screen(driver).query_one("#listed", LineView) is not listed)
            assert "/zz" not in driver.drawn()


async def test_a_key_while_the_recording_is_read_does_not_end_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def slowly(exchange: Exchange) -> Recorded:
        assert go.wait(PATIENCE)
        return read_recorded(exchange)

    monkeypatch.setattr(steps, "read_recorded", slowly)
    with Peer(echo) as peer:
        await record(tmp_path, peer.address, b"one\n")
        async with driving(tmp_path, tab="history") as driver:
            await driver.until(lambda: driver.app.tab.entry)
            await driver.press("E")
            await driver.until(lambda: "Reading the recording" in note(driver))
            await driver.press("f9", "ctrl+o")
            go.set()
            await driver.until(lambda: 'send "one\\n"' in area(driver).text)


async def test_http_and_a_client_of_a_listener_have_none_to_perform(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        await driver.press("escape", "E")
        await driver.until(lambda: "No session is at hand" in driver.notes())
        assert len(driver.app.screen_stack) == 1


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_a_small_terminal_shows_steps_and_what_to_do(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n", size=size) as driver:
            assert 'send "one' in driver.drawn()
            await perform(driver)
            assert "=" in driver.drawn()


async def test_the_entry_that_was_replayed_knows_its_recording(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with steps_of(tmp_path, peer, b"one\n") as driver:
            await perform(driver)
            newest, recording = driver.history.summaries()
            assert newest.replay_of == recording.id
            entry = await driver.history.get(newest.id)
            sent = [c.data for c in entry.exchange.chunks() if c.direction is Direction.SENT]
            assert sent == [b"one\n"]
