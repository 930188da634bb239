"""The Listen tab by keyboard, with real clients."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import socket
import ssl
import subprocess
import sys
import threading
import weakref
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input

from sonde_core.listen_fields import RULES
from sonde_core.listen_plan import ListenPlan
from sonde_core.model import Outcome
from sonde_core.session import Session
from sonde_tui.screens.listener import ListenTab
from sonde_tui.screens.plan_tab import IDLE
from sonde_tui.widgets import sending
from sonde_tui.widgets.cycle import Cycle
from sonde_tui.widgets.transcript.transcript import Transcript
from tests.histories import session
from tests.holding import lets_go_on
from tests.peers import Peer, echo
from tests.tui.driving import Driver, driving

CLIENT = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.connect(('localhost', int(sys.argv[1])))
    s.sendall(b'Hello, server!')
    data = s.recv(1024)
print('Received', repr(data))
"""


def tab(driver: Driver) -> ListenTab:
    assert isinstance(driver.app.tab, ListenTab)
    return driver.app.tab


def state(driver: Driver) -> str:
    return driver.status("#listener-state")


def said(driver: Driver, text: str) -> bool:
    return any(text in row for row in driver.rows(tab(driver).query_one(Transcript)))


async def listening(driver: Driver, address: str = "tcp://127.0.0.1:0") -> int:
    """Bind by keyboard; return the port that was taken."""
    before = tab(driver)._listener
    await driver.type(address)
    await driver.press("enter")
    await driver.until(lambda: tab(driver)._listener is not before)
    await driver.until(lambda: state(driver).startswith("listening on "))
    where = state(driver).split()[2]
    return int(where.rpartition(":")[2]) if "://" in where else 0


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


async def received(client: socket.socket, size: int) -> bytes:
    return await asyncio.to_thread(client.recv, size)


async def test_the_tutorials_client_is_greeted_heard_and_recorded(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.press("tab")
        await driver.type("Hello, client!")
        await driver.press("ctrl+l")
        port = await listening(driver)
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CLIENT, str(port), stdout=subprocess.PIPE
        )
        output, _ = await client.communicate()
        assert output == b"Received b'Hello, client!'\n"
        await driver.until(lambda: said(driver, "< 14 B     Hello, server!"))
        assert said(driver, "> 14 B     Hello, client!")
        await driver.until(lambda: tab(driver).entry)
        assert driver.history.summaries()[0].role == "server"
        assert driver.history.summaries()[0].size == 14


async def test_each_client_is_chosen_and_answered_by_hand(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as first, connect(port) as second:
            first.sendall(b"from the first")
            second.sendall(b"from the second")
            await driver.until(lambda: "2 connected of 2 clients" in state(driver))
            await driver.until(lambda: said(driver, "from the first"))
            await driver.press("j")
            await driver.until(lambda: said(driver, "from the second"))
            assert not said(driver, "from the first")
            await driver.press("enter")
            await driver.type("two")
            await driver.press("enter")
            assert await received(second, 100) == b"two\n"
            await driver.press("ctrl+s", "k", "enter")
            await driver.type("one")
            await driver.press("ctrl+j")
            assert await received(first, 100) == b"one\n"
            await driver.press("f8")
            assert await received(first, 100) == b""
            await driver.press("f9")
        await driver.until(lambda: len(driver.history.summaries()) == 2)


async def test_echo_sends_back_what_comes(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.press("tab", "tab", "space", "ctrl+l")
        port = await listening(driver)
        with connect(port) as client:
            client.sendall(b"again")
            assert await received(client, 100) == b"again"


async def test_stop_ends_all_and_says_how_many_there_were(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            await driver.until(lambda: "1 connected of 1 client" in state(driver))
            await driver.press("f9")
            assert await received(client, 100) == b""
        await driver.until(lambda: state(driver) == "stopped · 1 client in all")
        await driver.until(lambda: len(driver.history.summaries()) == 1)
        with pytest.raises(ConnectionRefusedError):
            connect(port)


async def test_a_listener_that_others_can_reach_says_so(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await listening(driver, "tcp://0.0.0.0:0")
        assert "OPEN TO THE NETWORK" in state(driver)
        await driver.press("ctrl+l", "ctrl+u")
        await listening(driver, "tcp://localhost:0")
        await driver.until(lambda: "OPEN" not in state(driver))


async def test_a_taken_port_is_told_and_recorded(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with driving(tmp_path, tab="listen") as driver:
            await driver.type(f"tcp://127.0.0.1:{taken.getsockname()[1]}")
            await driver.press("enter")
            await driver.until(lambda: "in use" in driver.problem())
            assert "0 takes any free one" in driver.problem()
            await driver.until(lambda: driver.history.summaries())
            summary = driver.history.summaries()[0]
            assert (summary.kind, summary.outcome) == ("listen", Outcome.FAILED)
            assert state(driver).startswith("failed")


async def test_an_address_that_is_none_is_told_and_recorded(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.type("tcp://127.0.0.1:70000")
        await driver.press("enter")
        await driver.until(lambda: "Port 70000 is out of range" in driver.problem())
        await driver.until(lambda: driver.history.summaries())
        assert driver.history.summaries()[0].target == "tcp://127.0.0.1:70000"


async def test_a_mistyped_address_leaves_the_listener_and_its_clients_alone(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            client.sendall(b"still here")
            await driver.until(lambda: said(driver, "still here"))
            before = state(driver)
            await driver.press("ctrl+l", "ctrl+u")
            await driver.type("tcp://127.0.0.1:70000")
            await driver.press("enter")
            await driver.until(lambda: driver.history.summaries())
            assert "Port 70000 is out of range" in driver.problem()
            (summary,) = driver.history.summaries()
            assert (summary.target, summary.outcome) == ("tcp://127.0.0.1:70000", Outcome.FAILED)
            assert state(driver) == before
            assert driver.app.focused is tab(driver).address
            with connect(port):
                await driver.until(lambda: "2 connected of 2 clients" in state(driver))
            tab(driver).pane.payload.focus()
            await driver.type("answered")
            await driver.press("enter")
            assert await received(client, 100) == b"answered\n"
            await driver.press("f9")
            await driver.until(lambda: state(driver).startswith("stopped"))


async def test_an_empty_address_asks_nothing(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.press("ctrl+j")
        await driver.until(lambda: "There is no address yet." in driver.problem())
        await driver.pilot.pause()
        assert driver.history.summaries() == []
        assert state(driver).startswith("Not listening")


async def test_a_listener_that_failed_is_loaded_to_be_bound_again(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.type("tcp://127.0.0.1:70000")
        await driver.press("enter")
        await driver.until(lambda: driver.history.summaries())
        await driver.press("ctrl+u", "f5")
        await driver.until(lambda: driver.app.tab.id == "history")
        await driver.until(lambda: driver.app.tab.entry_id)
        await driver.press("r")
        await driver.until(lambda: "A listener cannot be replayed." in driver.drawn())
        await driver.press("escape", "e")
        await driver.until(lambda: driver.app.tab.id == "listen")
        await driver.until(lambda: tab(driver).address.value == "tcp://127.0.0.1:70000")


async def test_a_listener_is_busy_until_a_client_is_recorded(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        assert not tab(driver).busy
        port = await listening(driver)
        assert tab(driver).busy
        with connect(port) as client:
            client.sendall(b"soon gone")
            await driver.until(lambda: said(driver, "soon gone"))
            assert tab(driver).busy
        await driver.press("f9")
        await driver.until(lambda: tab(driver).entry)
        assert not tab(driver).busy


async def test_what_is_said_of_a_listener_is_seen_whole_in_80_columns(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen", size=(80, 24)) as driver:
        await driver.until(lambda: "and press enter." in driver.drawn())
        await listening(driver, "tcp://0.0.0.0:0")
        await driver.until(lambda: "0 connected of 0" in driver.drawn().replace("\n ", " "))
        assert "clients" in driver.drawn()


async def test_a_greeting_that_is_none_is_told_and_nothing_is_bound(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.type("tcp://127.0.0.1:0")
        await driver.press("tab")
        await driver.type(r"Hello\q")
        await driver.press("enter")
        await driver.until(lambda: r"Unknown escape '\q'" in driver.problem())
        assert state(driver).startswith("Not listening")


async def test_tls_clients_talk(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver, "tls://127.0.0.1:0")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE

        def talk() -> None:
            with connect(port) as plain, context.wrap_socket(plain) as client:
                client.sendall(b"in secret")

        await asyncio.to_thread(talk)
        await driver.until(lambda: said(driver, "in secret"))


async def test_datagrams_are_clients_by_their_address(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver, "udp://127.0.0.1:0")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.sendto(b"ping", ("127.0.0.1", port))
            await driver.until(lambda: said(driver, "ping"))
            await driver.press("enter")
            await driver.type("pong")
            await driver.press("enter")
            assert await received(client, 100) == b"pong\n"


async def test_a_unix_socket_is_bound(tmp_path: Path) -> None:
    path = str(tmp_path / "listen.sock")
    async with driving(tmp_path, tab="listen") as driver:
        await listening(driver, f"unix:{path}")
        assert "OPEN" not in state(driver)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(b"local")
            await driver.until(lambda: said(driver, "local"))


async def test_a_client_that_is_not_shown_is_read_on(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port), connect(port) as second:
            await driver.until(lambda: "2 connected" in state(driver))
            await asyncio.to_thread(second.sendall, bytes(6 << 20))
            rows = tab(driver).clients
            await driver.until(lambda: any("<6.3 MB" in row for row in driver.rows(rows)))


async def test_the_next_client_is_shown_when_the_one_before_is_over(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.press("tab")
        await driver.type("hi")
        await driver.press("ctrl+l")
        port = await listening(driver)
        for number in (b"1st", b"2nd"):
            with connect(port) as client:
                client.sendall(number)
                assert await received(client, 100) == b"hi"
            await driver.until(partial(said, driver, number.decode()))
            await driver.until(lambda: " 0 connected" in state(driver))


async def test_ctrl_j_away_from_the_fields_does_not_bind_again(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            await driver.until(lambda: "1 connected" in state(driver))
            await driver.press("ctrl+j")
            assert await received(client, 100) == b"\n"


async def test_many_short_clients_neither_slow_it_nor_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sonde_core.transport.roster.KEPT", 200)
    async with driving(tmp_path, tab="listen") as driver:
        await driver.press("tab")
        await driver.type("hi")
        await driver.press("ctrl+l")
        port = await listening(driver)

        def come_and_go() -> None:
            for _ in range(300):
                with connect(port) as client:
                    client.recv(10)

        thread = threading.Thread(target=come_and_go)
        thread.start()
        goes_on = await lets_go_on(lambda: not thread.is_alive())
        thread.join()
        await driver.until(lambda: "0 connected of 300 clients" in state(driver))
        assert goes_on
        assert len(tab(driver).clients.sessions) <= 201
        await driver.until(lambda: len(driver.history.summaries()) == 300)
        await driver.until(lambda: not tab(driver)._live)
        gone = weakref.ref(tab(driver).clients.sessions[0])
        await driver.press("ctrl+l", "ctrl+u")
        await listening(driver, "tcp://127.0.0.1:0")
        await driver.until(lambda: gc.collect() >= 0 and gone() is None)
        kept = sum(isinstance(thing, Session) for thing in gc.get_objects())
        assert kept < 20


async def test_an_entry_of_a_client_goes_where_one_listens(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            client.sendall(b"remember me")
            await driver.until(lambda: said(driver, "remember me"))
        await driver.press("f9")
        await driver.until(lambda: tab(driver).entry)
        entry = await driver.history.get(driver.history.summaries()[0].id)
        tab(driver).edit(entry)
        await driver.until(lambda: said(driver, "remember me"))
        assert tab(driver).address.value == f"tcp://127.0.0.1:{port}"
        assert tab(driver).entry is entry
        await driver.until(lambda: "has to come by itself" in driver.notes())
        assert state(driver) == IDLE  # nothing is told of the listener before
        assert driver.rows(tab(driver).clients) == ["no client yet"]


async def test_an_entry_of_a_client_brings_back_what_the_listener_did(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        rules = {"rules": "PING=PONG\\r\\n\n", "framing": "lines"}
        tab(driver)._take(ListenPlan(RULES, rules))
        tab(driver).query_one("#greeting", Input).value = r"hello\r\n"
        port = await listening(driver)
        with connect(port) as client:
            client.sendall(b"PING\r\n")
            await driver.until(lambda: said(driver, "PONG"))
        await driver.press("f9")
        await driver.until(lambda: tab(driver).entry)
        tab(driver)._take(ListenPlan())
        tab(driver).query_one("#greeting", Input).value = ""
        await driver.press("f5")
        await driver.until(lambda: driver.app.tab.id == "history")
        await driver.until(lambda: driver.app.tab.entry_id)
        await driver.press("e")
        await driver.until(lambda: driver.app.tab.id == "listen")
        await driver.until(lambda: tab(driver).plan.manner == RULES)
        back = tab(driver).plan
        assert {name: back.text(name) for name in rules} == rules
        assert tab(driver).query_one("#greeting", Input).value == r"hello\r\n"


async def test_it_fits_80_columns(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen", size=(80, 24)) as driver:
        await driver.press("tab")
        await driver.type("hi")
        await driver.press("ctrl+l")
        port = await listening(driver, "tcp://0.0.0.0:0")
        with connect(port) as client:
            client.sendall(b"Hello, server!")
            await driver.until(lambda: said(driver, "Hello, server!"))
            await driver.until(lambda: "Hello, server!" in driver.drawn())
            assert "answer: by hand" in driver.drawn()
            assert "OPEN TO THE NETWORK" in driver.drawn()
            assert "ending: LF" in driver.drawn()


async def test_a_wide_screen_shows_clients_beside_what_they_say(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        pane, clients = tab(driver).pane, tab(driver).clients
        await driver.until(lambda: pane.region.x == clients.region.right > 0)
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: pane.region.y == clients.region.bottom)


async def test_a_client_is_upgraded_by_key(tmp_path: Path) -> None:
    def talk(client: socket.socket) -> bytes:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(client) as tls:
            tls.sendall(b"over TLS")
            return tls.recv(1)

    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            client.sendall(b"STARTTLS\r\n")
            await driver.until(lambda: said(driver, "STARTTLS"))
            talking = asyncio.create_task(asyncio.to_thread(talk, client))
            await driver.until(lambda: tab(driver).pane.session)
            tab(driver).pane.transcript.focus()
            await driver.press("U")
            await driver.until(lambda: said(driver, "over TLS"))
            await driver.press("f8")
            assert await talking == b""
            await driver.until(lambda: tab(driver).entry)
        entry = tab(driver).entry
    assert entry is not None
    assert entry.exchange.tls is not None


async def test_a_client_is_upgraded_from_the_list(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            client.sendall(b"STARTTLS\r\n")
            await driver.until(lambda: said(driver, "STARTTLS"))
            assert tab(driver).clients.has_focus
            await driver.press("U")
            await driver.until(lambda: said(driver, "upgrading to TLS"))


async def test_a_handshake_that_is_waited_for_is_not_told_as_a_peer_that_does_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PATIENT", 0.0)
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port):
            await driver.until(lambda: tab(driver).pane.session)
            await driver.press("ctrl+s", "U")
            await driver.until(lambda: "TLS handshake…" in driver.drawn())
            assert "does not read" not in driver.drawn()
            await driver.press("enter", "a", "enter")  # waits for it, too
            await driver.until(lambda: tab(driver).pane.line.text == "")
            shown = tab(driver).pane.session
            assert shown is not None
            tab(driver).pane._draw(shown)
            await driver.pilot.pause()
            assert "does not read" not in driver.drawn()


async def test_a_client_that_sent_its_end_is_answered_by_hand_without_haste(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sonde_core.transport.listener.HALF_OPEN", 0.05)
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client, connect(port) as other:
            await driver.until(lambda: "2 connected" in state(driver))
            session = tab(driver).pane.session
            shown, unseen = client, other
            if session and session.peer != "{}:{}".format(*client.getsockname()):
                shown, unseen = other, client
            for each in (shown, unseen):
                each.sendall(b"question")
                each.shutdown(socket.SHUT_WR)
            assert await received(unseen, 100) == b""  # nobody looks at it
            await driver.until(lambda: "0 connected, 1 half-closed of 2 clients" in state(driver))
            await driver.press("enter")
            await driver.type("late")
            await driver.press("enter")
            assert (await received(shown, 100)).startswith(b"late")
            await driver.press("ctrl+f")
            assert await received(shown, 100) == b""


async def plan(driver: Driver, plan: ListenPlan, address: str = "tcp://127.0.0.1:0") -> int:
    """Bind with what the options say."""
    tab(driver)._take(plan)
    await driver.press("ctrl+l", "ctrl+u")
    return await listening(driver, address)


async def test_rules_answer_and_what_answered_is_counted(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await plan(driver, ListenPlan("rules", {"rules": "PING=PONG {{counter}}"}))
        with connect(port) as client:
            client.sendall(b"PING\nPING\n")
            assert await received(client, 6) == b"PONG 1"
            await driver.until(lambda: "2 answered" in driver.rows(tab(driver).clients)[0])
        assert "line by line" not in state(driver)
        tab(driver)._take(ListenPlan())
        await driver.until(lambda: "1 rule, line by line" in state(driver))


async def test_what_is_forwarded_comes_from_there(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, tab="listen") as driver:
            port = await plan(driver, ListenPlan("forward", {"forward": peer.address}))
            with connect(port) as client:
                client.sendall(b"there and back")
                assert await received(client, 100) == b"there and back"
                await driver.until(lambda: said(driver, "> 14 B     there and back"))


async def test_a_recording_is_played_to_whoever_comes(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        entry = await driver.history.add(session(b"Hello, client!"))
        tab(driver).play(entry)
        await driver.until(lambda: "plays tcp://127.0.0.1:8888" in driver.drawn())
        assert tab(driver).address.value == "tcp://127.0.0.1:0"
        await driver.press("ctrl+l", "enter")
        await driver.until(lambda: state(driver).startswith("listening on "))
        port = int(state(driver).split()[2].rpartition(":")[2])
        with connect(port) as client:
            assert await received(client, 100) == b"Hello, client!"


async def test_what_is_chosen_counts_when_it_is_bound_again_and_says_so(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            client.sendall(b"me")
            await driver.until(lambda: said(driver, "me"))
            await driver.press("E")
            await driver.until(lambda: "says nothing in this recording" in driver.notes())
            tab(driver).pane.payload.focus()
            await driver.type("you")
            await driver.press("enter")
            assert await received(client, 100) == b"you\n"
            await driver.press("escape", "E")
            await driver.until(lambda: "counts when bound again: recording" in driver.drawn())
            await driver.until(lambda: "by hand" in state(driver))
            await driver.until(lambda: "Only a client itself can repeat" in driver.notes())
            await driver.press("ctrl+l", "enter")
            await driver.until(lambda: "counts when bound again" not in driver.drawn())
            await driver.until(lambda: "by hand" not in state(driver))
        tab(driver).query_one("#manner", Cycle).value = "echo"
        await driver.until(lambda: "counts when bound again: echo" in driver.drawn())
        await driver.press("f9")
        await driver.until(lambda: "counts when bound again" not in driver.drawn())


async def test_a_recording_gives_way_to_another_one_only_when_that_is_confirmed(
    tmp_path: Path,
) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        first = await driver.history.add(session(b"first"), name="first one")
        second = await driver.history.add(session(b"second"), name="second one")
        tab(driver).play(first)
        await driver.until(lambda: "plays first one" in driver.drawn())
        tab(driver).play(second)
        await driver.until(lambda: "Another recording is chosen" in driver.drawn())
        await driver.press("down", "enter")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        assert "plays first one" in driver.drawn()
        tab(driver).play(second)
        await driver.until(lambda: "Another recording is chosen" in driver.drawn())
        await driver.press("enter")
        await driver.until(lambda: "plays second one" in driver.drawn())
        tab(driver).play(second)
        await driver.press("ctrl+l")
        assert len(driver.app.screen_stack) == 1


async def test_what_was_wrong_with_an_address_goes_when_it_is_changed(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.type("nowhere://x")
        await driver.press("enter")
        await driver.until(driver.problem)
        await driver.press("backspace")
        await driver.until(lambda: not driver.problem())


async def test_what_cannot_be_played_is_told(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        silent = dataclasses.replace(session(), timeline=())
        tab(driver).play(await driver.history.add(silent))
        await driver.until(lambda: "says nothing in this recording" in driver.notes())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (ListenPlan("rules"), "There are no rules yet"),
        (ListenPlan("HTTP", {"body": "@/nowhere/at all"}), "Could not read"),
        (ListenPlan("forward", {"forward": "udp://127.0.0.1:9"}), "do not mix"),
    ],
)
async def test_a_plan_that_cannot_be_leaves_the_listener_and_its_clients_alone(
    tmp_path: Path, wrong: ListenPlan, told: str
) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        with connect(port) as client:
            client.sendall(b"still here")
            await driver.until(lambda: said(driver, "still here"))
            tab(driver)._take(wrong)
            await driver.press("ctrl+l", "enter")
            await driver.until(lambda: told in driver.problem())
            tab(driver).pane.payload.focus()
            await driver.type("answered")
            await driver.press("enter")
            assert await received(client, 100) == b"answered\n"


async def test_a_port_that_another_program_has_leaves_the_listener_alone(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with driving(tmp_path, tab="listen") as driver:
            port = await listening(driver)
            await driver.press("ctrl+l", "ctrl+u")
            await driver.type(f"tcp://127.0.0.1:{taken.getsockname()[1]}")
            await driver.press("enter")
            await driver.until(lambda: "in use" in driver.problem())
            assert state(driver).startswith("listening on ")
            with connect(port):
                await driver.until(lambda: "1 connected" in state(driver))


async def test_the_same_port_is_bound_anew_with_other_options(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        port = await listening(driver)
        await plan(driver, ListenPlan("echo"), f"tcp://127.0.0.1:{port}")
        assert not driver.problem()
        await driver.until(lambda: "echoing" not in state(driver))
        with connect(port) as client:
            client.sendall(b"again")
            assert await received(client, 100) == b"again"
