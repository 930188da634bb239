from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual import on
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from sonde_core.comparing.ignore_file import IgnoreFile
from sonde_core.comparing.ignoring import IgnoreRule, load_rules
from sonde_core.config import Config
from sonde_core.difference import Difference
from sonde_core.exchange import Exchanger
from sonde_core.expecting import Match
from sonde_core.formats.listing import difference_json
from sonde_core.history.entry import Entry
from sonde_core.history.history import History
from sonde_core.http_request import HttpRequest
from sonde_core.model import Chunk, Direction, Exchange, HttpResponse, Outcome
from sonde_core.replay import Changes, replay
from sonde_core.session_request import SessionRequest
from sonde_core.steps import ExpectStep, SendStep
from sonde_tui.messages import CopyAsked, EntryRecorded
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.ignore_rules import IgnoreRulesScreen, IgnoreScreen
from sonde_tui.screens.save import SaveScreen
from sonde_tui.services import Services
from sonde_tui.widgets.rows.line_view import LineView
from sonde_tui.widgets.status_line import ProblemPanel
from tests.histories import STARTED, http
from tests.patience import PATIENCE
from tests.peers import Peer, echo, silent
from tests.tui.driving import driving
from tests.tui.history_tab import counts, fill


class Collector(App[None]):
    """Shows the dialog and keeps what it tells."""

    def __init__(self, dialog: DifferenceScreen) -> None:
        super().__init__()
        self.dialog = dialog
        self.copies: list[bytes] = []
        self.recorded: list[Entry] = []

    def on_mount(self) -> None:
        self.push_screen(self.dialog)

    @on(CopyAsked)
    def _copy(self, message: CopyAsked) -> None:
        self.copies.append(message.read())

    @on(EntryRecorded)
    def _keep(self, message: EntryRecorded) -> None:
        self.recorded.append(message.entry)

    def words(self, where: str) -> str:
        if not self.dialog.query(where):
            return ""
        return str(self.dialog.query_one(where, Static).render())

    def lines(self) -> list[str]:
        view = self.dialog.query_one(LineView)
        return [view.whole(row).text.rstrip() for row in range(view.source.count)]

    def problem(self) -> str:
        return str(self.dialog.query_one(ProblemPanel).problem or "")


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    history = History(tmp_path / "history.json")
    history.open()
    services = Services(Exchanger(history), history, Config(tmp_path / "config.toml"))
    yield services
    await services.exchanger.close()


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await pilot.pause()


async def talk(services: Services, address: str, data: bytes) -> Entry:
    session = services.exchanger.session(SessionRequest(address))
    await session.open()
    await session.send(data)
    assert isinstance(await session.expect(len(data), seconds=5), Match)
    await session.close()
    return await services.exchanger.recorded(session)


async def heard_nothing(services: Services, address: str) -> Entry:
    """Keep a session whose peer answered after a minute, so that its replay waits."""
    timeline = (Chunk(0.1, Direction.SENT, b"x"), Chunk(60.0, Direction.RECEIVED, b"y"))
    request = SessionRequest(address)
    exchange = replace(http(), request=request, kind="tcp", response=None, timeline=timeline)
    return await services.history.add(exchange)


async def test_replay_shows_steps_both_outcomes_and_what_differs(services: Services) -> None:
    def shout(_peer: Peer, client: socket.socket) -> None:
        data = client.recv(100)
        client.sendall(data.upper() if shouted else b"he\x1b[3")
        shouted.append(True)

    shouted: list[bool] = []
    with Peer(shout) as peer:
        before = await talk(services, peer.address, b"hello")
        app = Collector(DifferenceScreen.of_replay(services, before.id))
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.lines())
            assert app.words("#summary").startswith("Differs: ")
            outcomes = app.words("#outcomes").splitlines()
            assert [text.split()[0] for text in outcomes] == ["before", "after"]
            assert "5 B received" in outcomes[1]
            rows = app.lines()
            steps, others = rows[: rows.index("")], rows[rows.index("") :]
            assert [text[0] for text in steps[:2]] == ["=", "≠"]
            assert "expect equal" in steps[1]
            assert "at byte 0" in steps[1]
            assert "steps as expected; 1 differs" in app.words("#summary")
            assert others[:4] == [
                "",
                "~ received line 1:",
                "-   he␛[3",
                "+   HELLO",
            ]
            await until(pilot, lambda: app.recorded)
            assert app.recorded[0].replay_of == before.id


async def test_steps_that_say_what_to_expect_decide_alone(services: Services) -> None:
    greetings = iter([b"220 one", b"220 two", b"220 three"])

    def greet(_peer: Peer, client: socket.socket) -> None:
        client.sendall(next(greetings))
        client.recv(100)

    expecting = Changes(steps=(ExpectStep("prefix", b"220 "), SendStep(b"x")))
    with Peer(greet) as peer:
        first = await talk(services, peer.address, b"x")
        before = await replay(services.exchanger, first, changes=expecting)
        assert before.same
        app = Collector(DifferenceScreen.of_replay(services, before.entry.id))
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.lines())
            told = app.words("#summary")
            assert told.startswith("Same by its steps: 2 of 2 steps as expected · other than")


async def test_y_copies_all_lines(services: Services) -> None:
    with Peer(echo) as peer:
        before = await talk(services, peer.address, b"hello")
        app = Collector(DifferenceScreen.of_replay(services, before.id))
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.lines())
            assert (
                app.words("#summary")
                == "Same: done, 5 B sent, 5 B received · 4 of 4 steps as expected"
            )
            await pilot.press("y")
            await until(pilot, lambda: app.copies)
            assert app.copies == ["\n".join([*app.lines(), ""]).encode()]


async def test_escape_cancels_what_runs_and_it_is_recorded(services: Services) -> None:
    with Peer(silent) as peer:
        before = await heard_nothing(services, peer.address)
        app = Collector(DifferenceScreen.of_replay(services, before.id))
        async with app.run_test() as pilot:
            await until(pilot, lambda: "1 B sent" in app.words("#summary"))
            await pilot.press("escape")
            await until(pilot, lambda: app.recorded)
            assert app.screen is not app.dialog
            entry = await services.history.get(app.recorded[0].id)
            assert entry.exchange.outcome is Outcome.CANCELLED
            assert entry.replay_of == before.id


async def test_replay_goes_on_when_its_screen_is_gone(services: Services) -> None:
    def late(peer: Peer, client: socket.socket) -> None:
        client.recv(100)
        peer.stuck.set()
        gone.wait_for_exit()
        client.sendall(b"y")

    gone = Gone()
    with Peer(late) as peer:
        before = await heard_nothing(services, peer.address)
        app = Collector(DifferenceScreen.of_replay(services, before.id))
        async with app.run_test() as pilot:
            await until(pilot, peer.stuck.is_set)
            app.pop_screen()
            await until(pilot, lambda: not app.dialog.is_attached)
            gone.set()
            await until(pilot, lambda: app.recorded)
            assert app.recorded[0].exchange.outcome is Outcome.DONE
            assert app.recorded[0].exchange.received == 1


async def test_http_replay_goes_on_when_its_screen_is_gone(services: Services) -> None:
    def late(peer: Peer, client: socket.socket) -> None:
        client.recv(1000)
        peer.stuck.set()
        gone.wait_for_exit()
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    gone = Gone()
    with Peer(late) as peer:
        exchange = replace(http(), request=HttpRequest(url=f"http://127.0.0.1:{peer.port}/"))
        before = await services.history.add(exchange)
        app = Collector(DifferenceScreen.of_replay(services, before.id))
        async with app.run_test() as pilot:
            await until(pilot, peer.stuck.is_set)
            app.pop_screen()
            await until(pilot, lambda: not app.dialog.is_attached)
            gone.set()
            await until(pilot, lambda: app.recorded)
            response = app.recorded[0].exchange.response
            assert response is not None
            assert response.body.read() == b"hi"


class Gone:
    """Tells a peer's thread that the screen is gone."""

    def __init__(self) -> None:
        self._pair = socket.socketpair()
        self._pair[0].settimeout(10)

    def set(self) -> None:
        self._pair[1].sendall(b"x")

    def wait_for_exit(self) -> None:
        self._pair[0].recv(1)
        for end in self._pair:
            end.close()


async def test_escape_cancels_an_http_replay_and_it_is_recorded(services: Services) -> None:
    with Peer(silent) as peer:
        exchange = replace(http(), request=HttpRequest(url=f"http://127.0.0.1:{peer.port}/"))
        before = await services.history.add(exchange)
        app = Collector(DifferenceScreen.of_replay(services, before.id))
        async with app.run_test() as pilot:
            await until(pilot, lambda: "waiting" in app.words("#summary"))
            await pilot.press("escape")
            await until(pilot, lambda: app.recorded)
            assert app.recorded[0].exchange.outcome is Outcome.CANCELLED
            assert app.recorded[0].replay_of == before.id


async def test_failed_replay_is_shown_and_recorded(services: Services, closed_port: int) -> None:
    exchange = replace(http(), request=HttpRequest(url=f"http://127.0.0.1:{closed_port}/"))
    before = await services.history.add(exchange)
    app = Collector(DifferenceScreen.of_replay(services, before.id))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.lines())
        assert "outcome done → failed" in app.words("#summary")
        assert "after   failed" in app.words("#outcomes")
        await until(pilot, lambda: app.recorded)


async def test_what_cannot_be_replayed_is_explained(services: Services) -> None:
    exchange = replace(
        http(),
        request=SessionRequest("tcp://127.0.0.1:1"),
        kind="tcp",
        role="server",
        response=None,
    )
    entry = await services.history.add(exchange)
    app = Collector(DifferenceScreen.of_replay(services, entry.id))
    async with app.run_test() as pilot:
        await until(pilot, app.problem)
        assert "client of your listener" in app.problem()
        assert "can play your side" in app.problem()
        assert app.lines() == []
        await pilot.press("y")
        await pilot.press("escape")
        assert app.copies == []
        assert app.screen is not app.dialog


async def test_entry_that_is_gone_is_explained(services: Services) -> None:
    for dialog in (
        DifferenceScreen.of_replay(services, "none"),
        DifferenceScreen.of_entries(services, "none", "none"),
    ):
        app = Collector(dialog)
        async with app.run_test() as pilot:
            await until(pilot, app.problem)
            assert "none" in app.problem()


async def test_two_entries_are_compared(services: Services) -> None:
    first = await services.history.add(http(1, body=b'{"a": 1}'))
    second = await services.history.add(http(1, body=b'{"a": 2}'))
    app = Collector(DifferenceScreen.of_entries(services, first.id, second.id))
    async with app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: app.lines())
        assert app.words("#summary") == "Differs: 1 place in the JSON body"
        assert app.lines()[0] == "~ body.a: 1 → 2"


async def test_what_is_older_is_before_whatever_was_marked_first(services: Services) -> None:
    old = await services.history.add(http(1, body=b'{"a": 1}'))
    later = STARTED + timedelta(minutes=1)
    new = await services.history.add(http(1, body=b'{"a": 2}', started=later, status=404))
    app = Collector(DifferenceScreen.of_entries(services, new.id, old.id))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.lines())
        assert "status 200 → 404" in app.words("#summary")
        before, after = app.words("#outcomes").splitlines()
        assert before.startswith("before  200 OK")
        assert before.endswith(old.exchange.started.astimezone().strftime("%H:%M:%S"))
        assert after.startswith("after   404")
        assert "older one is before" in str(app.dialog.query_one(".title", Static).render())


async def test_date_is_left_out(services: Services) -> None:
    def dated(date: str) -> Exchange:
        response = HttpResponse(200, "OK", headers=(("Date", date),))
        return replace(http(1), response=response)

    first, second = [await services.history.add(dated(date)) for date in ("Mon", "Tue")]
    app = Collector(DifferenceScreen.of_entries(services, first.id, second.id))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.lines())
        assert app.words("#summary") == "Same: 200, 0 B"


async def test_secrets_are_masked_until_they_are_revealed(services: Services) -> None:
    def answer(_peer: Peer, client: socket.socket) -> None:
        client.sendall(b"Set-Cookie: sid=hush%d\n" % len(client.recv(100)))

    with Peer(answer) as peer:
        session = services.exchanger.session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"X-Api-Key: hush\n")
        assert isinstance(await session.expect(23, seconds=5), Match)
        await session.close()
        entry = await services.exchanger.recorded(session)
        other = replace(entry.exchange, timeline=(Chunk(0.1, Direction.SENT, b"Cookie: hush2\n"),))
        kept = await services.history.add(other)
        for screen in (
            DifferenceScreen.of_entries(services, entry.id, kept.id),
            DifferenceScreen.of_replay(services, entry.id),
        ):
            await turn_to_secrets_and_back(Collector(screen))
        assert not services.reveal


async def turn_to_secrets_and_back(app: Collector) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, app.lines)
        assert "hush" not in "".join(app.lines())
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "hush" in "".join(app.lines()))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "hush" not in "".join(app.lines()))


async def test_what_is_revealed_already_is_shown(services: Services) -> None:
    services.reveal = True
    first, second = [
        await services.history.add(
            replace(http(), response=HttpResponse(200, headers=(("X-Api-Key", f"hush{number}"),)))
        )
        for number in range(2)
    ]
    app = Collector(DifferenceScreen.of_entries(services, first.id, second.id))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.lines())
        assert "hush0" in "".join(app.lines())


# going through changes, and leaving out

CALM = b'{"a": %d, "id": %d, "text": "x"}'


async def two(services: Services, *bodies: bytes) -> DifferenceScreen:
    first, second = [await services.history.add(http(1, body=body)) for body in bodies]
    return DifferenceScreen.of_entries(services, first.id, second.id)


async def test_wide_both_sides_stand_beside_each_other(services: Services) -> None:
    app = Collector(await two(services, CALM % (1, 1), CALM % (2, 2)))
    async with app.run_test(size=(130, 30)) as pilot:
        await until(pilot, app.lines)
        assert app.lines()[0] == "~ body.a"
        assert app.lines()[1].startswith("- 1 ")
        assert app.lines()[1].endswith("│ + 2")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: app.lines()[0] == "~ body.a: 1 → 2")


@pytest.mark.parametrize("size", [(20, 6), (44, 12), (300, 70)])
async def test_any_size_will_do(services: Services, size: tuple[int, int]) -> None:
    app = Collector(await two(services, b"[1, 2, 3]", b'{"a": "\\u001b[31m"}'))
    async with app.run_test(size=size) as pilot:
        await until(pilot, app.lines)
        await pilot.press("]", "I", "G")
        assert "\x1b" not in "".join(app.lines())


async def test_keys_go_through_the_changes(services: Services) -> None:
    app = Collector(await two(services, CALM % (1, 1), CALM % (2, 2)))
    async with app.run_test(size=(130, 30)) as pilot:
        await until(pilot, app.lines)
        await until(pilot, lambda: app.words("#place") == "change 1 of 2")
        await pilot.press("]")
        assert app.dialog.query_one(LineView).cursor_row == 2
        await until(pilot, lambda: app.words("#place") == "change 2 of 2")
        await pilot.press("]", "[")
        assert app.dialog.query_one(LineView).cursor_row == 0


async def test_a_rule_is_made_of_a_change(services: Services) -> None:
    app = Collector(await two(services, CALM % (1, 1), CALM % (1, 2)))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, app.lines)
        assert app.lines()[0] == "~ body.id: 1 → 2"
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, IgnoreScreen))
        await pilot.press("enter")
        await until(pilot, lambda: app.words("#summary").startswith("Same"))
        await until(pilot, lambda: app.words("#place") == "1 left out (I shows it)")
        rules = load_rules(services.config.path.parent)
        assert [rule.place for rule in rules.rules] == ["body.id"]
        assert rules.rules[0].applies(http(1).target)
        await pilot.press("I")
        await until(pilot, lambda: "~ body.id: 1 → 2" in app.lines())
        await pilot.press("I")
        await until(pilot, lambda: "~ body.id: 1 → 2" not in app.lines())


async def test_what_is_left_out_only_now_is_not_kept(services: Services) -> None:
    app = Collector(await two(services, CALM % (1, 1), CALM % (1, 2)))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, app.lines)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, IgnoreScreen))
        await pilot.press(*"only", "enter")
        await until(pilot, lambda: app.words("#summary").startswith("Same"))
        assert not services.config.path.with_name("ignore.toml").exists()


def one_rule(services: Services) -> IgnoreFile:
    file = IgnoreFile.beside(services.config.path)
    file.add(IgnoreRule("body.id"))
    return file


async def list_rules(app: Collector, pilot: Pilot[None]) -> OptionList:
    """Open the list of the rules, of which there are some."""
    await until(pilot, lambda: app.words("#summary").startswith("Same"))
    await pilot.press("O")
    await until(pilot, lambda: isinstance(app.screen, IgnoreRulesScreen))
    options = app.screen.query_one(OptionList)
    await until(pilot, lambda: options.option_count)
    return options


async def test_rules_are_listed_deleted_and_put_back(services: Services) -> None:
    file = one_rule(services)
    app = Collector(await two(services, CALM % (1, 1), CALM % (1, 2)))
    async with app.run_test(size=(80, 24)) as pilot:
        options = await list_rules(app, pilot)
        await pilot.press("delete")
        await until(pilot, lambda: not options.option_count)
        await pilot.press("u")
        await until(pilot, lambda: options.option_count)
        await pilot.press("delete")
        await until(pilot, lambda: not options.option_count)
        assert file.read().rules == ()
        await pilot.press("escape")
        await until(pilot, lambda: app.words("#summary").startswith("Differs"))


async def test_a_rule_that_could_not_be_put_back_can_be_later(services: Services) -> None:
    file = one_rule(services)
    app = Collector(await two(services, CALM % (1, 1), CALM % (1, 2)))
    async with app.run_test(size=(80, 24)) as pilot:
        options = await list_rules(app, pilot)
        await pilot.press("delete")
        await until(pilot, lambda: not options.option_count)
        file.path.unlink()
        file.path.mkdir()  # nothing can be written there
        await pilot.press("u")
        await until(pilot, lambda: app._notifications)
        file.path.rmdir()
        await pilot.press("u")
        await until(pilot, lambda: options.option_count)
        assert file.read().rules == (IgnoreRule("body.id"),)


async def test_rules_hold_for_a_replay(services: Services) -> None:
    IgnoreFile.beside(services.config.path).add(IgnoreRule("received"))

    def shout(_peer: Peer, client: socket.socket) -> None:
        data = client.recv(100)
        client.sendall(b"HELLO" if said else data)
        said.append(True)

    said: list[bool] = []
    with Peer(shout) as peer:
        before = await talk(services, peer.address, b"hello")
        app = Collector(DifferenceScreen.of_replay(services, before.id))
        async with app.run_test() as pilot:
            await until(pilot, lambda: "Same" in app.words("#summary"))


async def test_it_is_copied_as_json_and_saved(services: Services, tmp_path: Path) -> None:
    services.folder = tmp_path
    app = Collector(await two(services, CALM % (1, 1), CALM % (2, 2)))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, app.lines)
        await pilot.press("Y")
        await until(pilot, lambda: app.copies)
        assert b'"path": "a"' in app.copies[0]
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, SaveScreen))
        await pilot.pause()
        await pilot.press("enter")
        saved = tmp_path / "difference.txt"
        await until(pilot, lambda: app.screen is app.dialog)
        assert saved.read_text().startswith("~ body.a: 1 → 2\n")


async def test_what_is_copied_as_json_is_written_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def noted(difference: Difference) -> str:
        threads.append(threading.get_ident())
        return difference_json(difference)

    monkeypatch.setattr("sonde_tui.screens.compared.difference_json", noted)
    await fill(tmp_path, http(1, body=CALM % (1, 1)), http(1, body=CALM % (2, 2)))
    async with driving(tmp_path, tab="history") as driver:
        driver.app.services.folder = tmp_path
        await driver.until(lambda: counts(driver) == "2 entries")
        await driver.press("space", "j", "d")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
        await driver.until(lambda: "~ body.a" in driver.drawn())
        await driver.press("Y")
        await driver.until(lambda: driver.copies)
        await driver.press("S")
        await driver.until(lambda: isinstance(driver.app.screen, SaveScreen))
        await driver.press("down", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
        assert (tmp_path / "difference.json").read_bytes() == driver.copies[0]
        assert len(threads) == 2
        assert threading.get_ident() not in threads


async def test_escape_leaves_a_long_comparison_at_once(services: Services) -> None:
    line = b"a" * 40
    IgnoreFile.beside(services.config.path).add(IgnoreRule("/(a+)+$/"))
    app = Collector(await two(services, line + b"b\n", line + b"c\n"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "comparing text" in app.words("#summary"))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not app.dialog)
        begun = time.monotonic()
        await app.workers.wait_for_complete()
        assert time.monotonic() - begun < 5
