"""Many entries replayed by keyboard, against a real server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from sonde_core.http_request import HttpRequest
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.history import HistoryTab
from sonde_tui.screens.ignore_rules import IgnoreScreen
from sonde_tui.screens.replay_plan import ReplayPlanScreen
from sonde_tui.screens.replay_results import ReplayResultsScreen
from sonde_tui.screens.save import SaveScreen
from sonde_tui.widgets.rerun_rows import RerunRows
from sonde_tui.widgets.rows.line_view import LineSource, LineView
from tests.patience import PATIENCE
from tests.peers import Peer, echo, throwaway_tls
from tests.tui.driving import Driver, driving
from tests.tui.screens.test_steps import record as record_session
from tests.web import WebHandler, serving


class Server:
    """Answers `/other` otherwise each time; holds `/held` when it is to."""

    def __init__(self) -> None:
        self.url = ""
        self.count = 0
        self.holds = False
        self.gate = threading.Event()


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Answering(WebHandler):
        def do_GET(self) -> None:
            state.count += 1
            if self.path == "/held" and state.holds:
                state.gate.wait(PATIENCE)
            text = f"number {state.count}" if self.path == "/other" else "always"
            self.answer(text)

    with serving(Answering) as state.url:
        yield state
        state.gate.set()


async def record(driver: Driver, server: Server, *paths: str) -> None:
    """Ask for each path, and show them in the history."""
    exchanger = driver.app.services.exchanger
    for path in paths:
        await exchanger.run(exchanger.call(HttpRequest(url=server.url + path)))
    tab = driver.app.tab
    assert isinstance(tab, HistoryTab)
    await driver.until(lambda: len(tab.listed) == len(paths))


def screen(driver: Driver) -> ReplayResultsScreen:
    found = driver.app.screen
    assert isinstance(found, ReplayResultsScreen)
    return found


def rows(driver: Driver) -> list[str]:
    return [" ".join(row.split()[:2]) for row in driver.rows(screen(driver).table)]


def told(driver: Driver) -> str:
    return str(screen(driver).query_one("#told").render())


async def replay_marked(driver: Driver, jobs: str = "1") -> None:
    """Replay all that is listed, by marking it; so many at a time."""
    await driver.press("asterisk", "r")
    await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
    plan = driver.app.screen
    assert plan.query_one("#jobs", Input).value == "1"
    await driver.press("home", "shift+end", *jobs, "enter")


async def over(driver: Driver) -> None:
    await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))
    await driver.until(lambda: "replays: " in told(driver))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_is_marked_is_performed_the_oldest_first(
    tmp_path: Path, server: Server, size: tuple[int, int]
) -> None:
    async with driving(tmp_path, tab="history", size=size) as driver:
        await record(driver, server, "/a", "/other", "/b")
        await replay_marked(driver)
        await over(driver)
        assert rows(driver) == ["= same", "≠ changed", "= same"]
        assert told(driver) == "3 replays: 2 same · 1 changed · 0 failed"
        await driver.press("j")
        detail = screen(driver).query_one("#detail", LineView)
        await driver.until(lambda: any("number" in row for row in driver.rows(detail)))
        await driver.until(lambda: "Differs" in driver.drawn())
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
        await driver.until(lambda: "number 2" in driver.drawn())
        await driver.press("escape")
        await driver.press("f")
        await driver.until(lambda: rows(driver) == ["≠ changed"])
        await driver.press("f")
        await driver.until(lambda: rows(driver) == ["= same", "= same"])
        await driver.press("y")
        await driver.until(lambda: driver.copies)
        assert driver.copies[0].decode().count("= same") == 2
        await driver.press("escape")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        assert len(driver.history.summaries()) == 6


async def test_a_row_follows_a_rule_that_is_made_of_its_difference(
    tmp_path: Path, server: Server
) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/a", "/other")
        await replay_marked(driver)
        await over(driver)
        assert rows(driver) == ["= same", "≠ changed"]
        await driver.press("j", "d")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
        await driver.until(lambda: "number 2" in driver.drawn())
        await driver.press("i")
        await driver.until(lambda: isinstance(driver.app.screen, IgnoreScreen))
        await driver.press("enter")
        await driver.until(lambda: "is left out; O lists the rules" in driver.notes())
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))
        await driver.until(lambda: rows(driver) == ["= same", "= same"])
        assert told(driver) == "2 replays: 2 same · 0 changed · 0 failed"
        detail = driver.rows(screen(driver).query_one("#detail", LineView))
        assert not any("number" in row for row in detail)


async def test_a_row_whose_replay_is_gone_stays_as_it_was(tmp_path: Path, server: Server) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/a", "/other")
        await replay_marked(driver)
        await over(driver)
        await driver.press("j")
        result = screen(driver).current
        assert result is not None
        await driver.history.delete([result.after])
        screen(driver)._renew(result)
        await driver.until(lambda: result.after in driver.notes())
        assert rows(driver) == ["= same", "≠ changed"]


async def test_escape_stops_first_and_then_goes_back(tmp_path: Path, server: Server) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/a", "/held", "/b")
        server.holds = True
        await replay_marked(driver)
        await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))
        await driver.until(lambda: rows(driver) == ["= same", "… running", "· waiting"])
        await driver.until(lambda: "1 of 3" in told(driver))
        await driver.press("escape")
        await over(driver)
        assert rows(driver) == ["= same", "○ stopped", "· waiting"]
        assert "1 stopped · 1 not performed" in told(driver)
        await driver.press("escape")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)


async def test_marked_entries_may_be_performed_several_at_a_time(
    tmp_path: Path, server: Server
) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/held", "/held", "/held")
        server.holds = True
        await replay_marked(driver, jobs="2")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))
        await driver.until(lambda: rows(driver) == ["… running", "… running", "· waiting"])
        server.gate.set()
        await over(driver)
        assert "2 at a time" in driver.drawn()


async def test_all_that_is_listed_is_performed_after_a_question(
    tmp_path: Path, server: Server
) -> None:
    async with driving(tmp_path, tab="history", size=(80, 24)) as driver:
        await record(driver, server, "/a", "/b")
        await driver.press("M")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
        await driver.until(lambda: "Replay 2 entries" in driver.drawn())
        await driver.until(lambda: "2 GET" in driver.drawn())
        await driver.press("enter")
        await over(driver)
        assert rows(driver) == ["= same", "= same"]
        await driver.press("escape")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        await driver.press("M")
        await driver.until(lambda: "Left out: 2 replays" in driver.drawn())
        await driver.press("escape")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)


async def test_a_plan_that_is_none_is_told_and_one_elsewhere_is_performed(
    tmp_path: Path, server: Server, closed_port: int
) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/a")
        await driver.press("M")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
        await driver.press("tab")
        await driver.type(f"gopher://127.0.0.1:{closed_port}")
        await driver.press("enter")
        await driver.until(lambda: "Unknown scheme" in driver.drawn())
        await driver.press("home", "shift+end", "delete")
        await driver.type(f"http://127.0.0.1:{closed_port}")
        await driver.press("ctrl+j")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))
        await driver.until(lambda: rows(driver) == ["✗ failed"])
        await driver.until(lambda: "connection refused" in driver.drawn())
        assert f"127.0.0.1:{closed_port}" in driver.drawn()
        await driver.press("ctrl+j")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
        await driver.until(lambda: f"http://127.0.0.1:{closed_port}" in driver.drawn())
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))


async def test_each_row_of_a_plan_is_seen_when_it_is_gone_to(
    tmp_path: Path, server: Server
) -> None:
    async with driving(tmp_path, tab="history", size=(40, 12)) as driver:
        await record(driver, server, "/a")
        await driver.press("M")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
        await driver.press("tab", "tab", "tab")
        await driver.until(lambda: "verify TLS" in driver.drawn())
        await driver.press("tab")
        await driver.until(lambda: "at a time" in driver.drawn())


async def test_a_session_is_named_in_a_plan(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        await record_session(tmp_path, peer.address, b"one\n")
        async with driving(tmp_path, tab="history") as driver:
            await driver.until(lambda: driver.app.tab.entry_id)
            await driver.press("M")
            await driver.until(lambda: "1 session; the oldest first" in driver.drawn())


async def test_a_server_may_be_trusted_for_once(tmp_path: Path, server: Server) -> None:
    async with driving(tmp_path, tab="history", size=(80, 24)) as driver:
        await record(driver, server, "/a")
        with throwaway_tls() as (tls, _), Peer(always, tls=tls) as peer:
            there = peer.address.replace("tls:", "https:")
            await driver.press("M")
            await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
            await driver.press("tab")
            await driver.type(there)
            await driver.press("ctrl+j")
            await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))
            await driver.until(lambda: "is not trusted" in driver.drawn())
            await driver.press("ctrl+j")
            await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
            driver.app.screen.query_one("#credentials").focus()
            await driver.press("tab", "left")
            await driver.until(lambda: "verify TLS           no" in driver.drawn())
            await driver.press("ctrl+j")
            await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))
            await driver.until(lambda: "1 changed" in told(driver))  # other headers
            assert f"at {there} · verify TLS no · 10 at a time" in driver.drawn()
            await driver.press("ctrl+j")
            await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
            await driver.until(lambda: "verify TLS           no" in driver.drawn())


def always(_: Peer, connection: socket.socket) -> None:
    """Answer a request as the server does."""
    received = b""
    while not received.endswith(b"\r\n\r\n") and (data := connection.recv(4096)):
        received += data
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nalways")


async def test_a_password_of_another_server_is_masked(tmp_path: Path, server: Server) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/a")
        await driver.press("M")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayPlanScreen))
        await driver.press("tab")
        await driver.type(server.url.replace("//", "//ann:s3cret@"))
        await driver.press("ctrl+j")
        await driver.until(lambda: "1 replay: " in told(driver))
        assert "***@127.0.0.1" in driver.drawn()
        assert "s3cret" not in driver.drawn()
        await driver.press("ctrl+g")
        await driver.until(lambda: "ann:s3cret@" in driver.drawn())


async def test_results_are_saved_for_ci(tmp_path: Path, server: Server) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/a", "/other")
        driver.app.services.folder = tmp_path
        await replay_marked(driver)
        await over(driver)
        await driver.press("S")
        await driver.until(lambda: isinstance(driver.app.screen, SaveScreen))
        await driver.until(lambda: "replay.xml" in driver.drawn())
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))
        assert b'failures="1"' in (tmp_path / "replay.xml").read_bytes()


async def test_what_is_copied_or_saved_is_written_in_a_thread(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def noted(rows: RerunRows, row: int) -> str:
        threads.append(threading.get_ident())
        return LineSource.text(rows, row)

    monkeypatch.setattr(RerunRows, "text", noted)
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/a", "/other")
        driver.app.services.folder = tmp_path
        await replay_marked(driver)
        await over(driver)
        await driver.press("y")
        await driver.until(lambda: driver.copies)
        await driver.press("S")
        await driver.until(lambda: isinstance(driver.app.screen, SaveScreen))
        await driver.press("down", "down", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, ReplayResultsScreen))
        assert (tmp_path / "replay.txt").read_bytes() == driver.copies[0]
        assert len(threads) == 4
        assert threading.get_ident() not in threads


async def test_secrets_are_masked_until_they_are_asked_for(tmp_path: Path, server: Server) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/a?token=s3cret", "/b")
        await replay_marked(driver)
        await over(driver)
        assert "s3cret" not in driver.drawn()
        await driver.press("ctrl+g")
        await driver.until(lambda: "token=s3cret" in driver.drawn())


async def test_the_new_entry_is_shown_in_the_history(tmp_path: Path, server: Server) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await record(driver, server, "/a", "/b")
        await replay_marked(driver)
        await over(driver)
        wanted = screen(driver).current
        assert wanted is not None
        await driver.press("o")
        await driver.until(lambda: driver.app.tab.entry_id == wanted.after)
