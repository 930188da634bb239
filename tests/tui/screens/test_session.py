"""The Socket tab by keyboard, against real peers."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonde_core.model import Chunk, Direction, EventKind, Outcome
from sonde_core.session import Session
from sonde_core.settings import Limits
from sonde_tui.screens.session import SocketTab
from sonde_tui.widgets.cycle import Cycle
from sonde_tui.widgets.status_line import StatusLine
from sonde_tui.widgets.transcript.transcript import Transcript
from tests.peers import Peer, echo, greeter, late, resetting, silent, slow, throwaway_tls
from tests.tui.driving import Driver, driving

SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(('', 0))
s.listen(1)
print(s.getsockname()[1], flush=True)
while True:
    conn, addr = s.accept()
    conn.sendall(b'Hello, client!')
    conn.close()
"""


@pytest.fixture
def tutorial_port() -> Iterator[int]:
    """Run the tutorial's server, which takes a free port here."""
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE)
    assert server.stdout is not None
    with server.stdout as told:
        yield int(told.readline())
    server.kill()
    server.wait()


def view(driver: Driver) -> Transcript:
    return driver.app.tab.query_one(Transcript)


def said(driver: Driver, text: str) -> bool:
    return any(text in row for row in driver.rows(view(driver)))


def shown(driver: Driver) -> Session:
    tab = driver.app.tab
    assert isinstance(tab, SocketTab)
    assert tab.pane.session is not None
    return tab.pane.session


def session_end(session: Session, text: str) -> float:
    """Return when an event of this text was, in seconds since the start."""
    return next(event.at for event in session.exchange().events() if text in event.text)


async def opened(driver: Driver) -> None:
    await driver.press("enter")
    await driver.until(lambda: driver.status().startswith("open"))


async def test_the_tutorials_server_greets_and_ends_and_the_session_can_be_closed(
    tmp_path: Path, tutorial_port: int
) -> None:
    async with driving(tmp_path, endpoint=f"tcp://localhost:{tutorial_port}") as driver:
        assert isinstance(driver.app.tab, SocketTab)
        await driver.press("enter")
        await driver.until(lambda: said(driver, "the peer sent its end"))
        await driver.until(lambda: said(driver, "< 14 B     Hello, client!"))
        assert driver.status().startswith(("the peer sent its end, we may go on", "peer ended"))
        await driver.press("f8")
        await driver.until(lambda: driver.status().startswith("done"))
        await driver.until(lambda: driver.app.tab.entry)
        await driver.until(lambda: driver.problem() == "")


async def test_text_with_escapes_and_an_ending_goes_out_and_comes_back(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.type(r"ping\t\x00")
            await driver.press("enter")
            await driver.until(lambda: said(driver, "< 7 B"))
            assert peer.heard == b"ping\t\0\n"
            await driver.until(lambda: said(driver, "> 7 B      ping␉␀␊"))


async def test_other_endings_and_hex_and_a_file_by_keyboard(tmp_path: Path) -> None:
    (tmp_path / "payload.bin").write_bytes(bytes(range(256)) * 1000)
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("shift+tab", "space", "tab")
            await driver.type("a")
            await driver.press("ctrl+j")
            await driver.until(lambda: bytes(peer.heard) == b"a\r\n")
            await driver.press("ctrl+n")
            await driver.type("00 ff 0A")
            await driver.press("enter")
            await driver.until(lambda: bytes(peer.heard) == b"a\r\n\x00\xff\n")
            await driver.press("ctrl+n")
            await driver.type(str(tmp_path / "payload.bin"))
            await driver.press("enter")
            await driver.until(lambda: len(peer.heard) == 6 + 256_000)
            await driver.until(lambda: "256 KB sent · 256 KB received" in driver.status())
            await driver.until(lambda: driver.problem() == "")


@pytest.mark.parametrize(
    ("typed", "mode", "sentence"),
    [
        ("abc", 1, "odd number of hex digits"),
        ("zz", 1, "no hex digit"),
        (r"\q", 0, "Unknown escape"),
        ("/nowhere/at/all", 2, "Could not read '/nowhere/at/all': no such file"),
        ("/dev/zero", 2, "'/dev/zero' is no regular file"),
    ],
)
async def test_a_slip_in_what_is_typed_is_told_and_kept_and_is_no_part_of_the_conversation(
    tmp_path: Path, typed: str, mode: int, sentence: str
) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press(*["ctrl+n"] * mode)
            await driver.type(typed)
            await driver.press("enter")
            await driver.until(lambda: sentence in driver.problem())
            tab = driver.app.tab
            assert isinstance(tab, SocketTab)
            assert tab.pane.payload.value == typed
            await driver.until(lambda: driver.status().startswith("open"))
            await driver.press("f8")
            await driver.until(lambda: tab.entry)
            assert tab.entry is not None
            kinds = [event.kind for event in tab.entry.exchange.events()]
            assert EventKind.ERROR not in kinds
            await driver.until(lambda: driver.problem() == "")  # the session ended well


async def test_an_error_of_sending_is_part_of_the_conversation(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("ctrl+f")
            await driver.type("late")
            await driver.press("enter")
            await driver.until(lambda: driver.status().startswith("done"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer_socket:
        peer_socket.bind(("127.0.0.1", 0))
        endpoint = f"udp://127.0.0.1:{peer_socket.getsockname()[1]}"
        async with driving(tmp_path, endpoint=endpoint) as driver:
            await opened(driver)
            await driver.press("ctrl+f")
            await driver.until(lambda: said(driver, "Datagrams have no end"))


async def test_an_old_error_goes_when_the_next_send_works(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("ctrl+n")
            await driver.type("abc")
            await driver.press("enter")
            await driver.until(lambda: "odd number" in driver.problem())
            await driver.press("0", "enter")
            await driver.until(lambda: bytes(peer.heard) == b"\xab\xc0")
            await driver.until(lambda: driver.problem() == "")
            await driver.press("z", "enter")
            await driver.until(lambda: "no hex digit" in driver.problem())
            await driver.press("ctrl+f")
            await driver.until(lambda: driver.status().startswith("done"))
            await driver.until(lambda: driver.problem() == "")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("tcp://127.0.0.1:99999", "Port 99999 is out of range"),
        ("gopher://x:70", "Unknown scheme 'gopher'"),
        ("example.org", "'example.org' is no socket address. Write tcp://host:port"),
        ("tcp://nowhere.invalid:80", "nowhere.invalid"),
        ("unix:/nowhere/socket", "/nowhere/socket"),
    ],
)
async def test_an_address_that_does_not_work_is_told_with_a_hint_and_recorded(
    tmp_path: Path, address: str, sentence: str
) -> None:
    async with driving(tmp_path, tab="socket") as driver:
        await driver.type(address)
        await driver.press("enter")
        await driver.until(lambda: driver.app.tab.entry)
        await driver.until(lambda: sentence in driver.problem())
        assert driver.problem().count(".") >= 2  # a sentence and a hint
        await driver.until(lambda: driver.status().startswith("failed"))
        entry = driver.app.tab.entry
        assert entry is not None
        assert entry.exchange.target == address
        assert entry.exchange.outcome is Outcome.FAILED
        assert [summary.id for summary in driver.history.summaries()] == [entry.id]
        assert driver.app.focused is driver.app.tab.query_one("#address")


async def test_an_empty_address_asks_nothing(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="socket") as driver:
        await driver.press("ctrl+j")
        await driver.until(lambda: "There is no address yet." in driver.problem())
        await driver.until(lambda: "tcp://localhost:8888" in driver.problem())
        assert not driver.app.tab.busy
        assert driver.app.focused is driver.app.tab.query_one("#address")
        await driver.pilot.pause()
        assert driver.history.summaries() == []


async def test_why_it_failed_stays_when_one_sends_all_the_same(
    tmp_path: Path, closed_port: int
) -> None:
    async with driving(tmp_path, endpoint=f"tcp://127.0.0.1:{closed_port}") as driver:
        await driver.press("enter")
        await driver.until(lambda: "refused" in driver.problem())
        tab = driver.app.tab
        assert isinstance(tab, SocketTab)
        await driver.until(lambda: tab.entry)
        entry = tab.entry
        tab.pane.payload.focus()
        await driver.type("hi")
        await driver.press("enter")
        await driver.until(lambda: "nothing was sent" in driver.problem())
        await driver.until(lambda: "refused" in driver.problem())
        await driver.until(lambda: "ctrl+j opens it again" in driver.problem())
        assert entry is not None
        tab.edit(entry)
        tab.pane.session = None  # as after a restart: it comes from the history
        tab.pane.payload.focus()
        await driver.press("enter")
        await driver.until(lambda: "No session is open" in driver.problem())
        await driver.until(lambda: "refused" in driver.problem())


async def test_a_closed_port_is_told_and_can_be_tried_again(
    tmp_path: Path, closed_port: int
) -> None:
    async with driving(tmp_path, endpoint=f"tcp://127.0.0.1:{closed_port}") as driver:
        await driver.press("enter")
        await driver.until(lambda: driver.app.tab.entry)
        await driver.until(lambda: "refused" in driver.problem())
        await driver.until(lambda: "Check that something is listening" in driver.problem())
        await driver.press("enter")
        await driver.until(lambda: len(driver.history.summaries()) == 2)


async def test_a_self_signed_certificate_is_told_and_can_be_accepted(tmp_path: Path) -> None:
    with throwaway_tls() as (context, _), Peer(greeter(b"secret"), tls=context) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await driver.press("enter")
            await driver.until(lambda: driver.app.tab.entry)
            await driver.until(lambda: "certificate" in driver.problem())
            await driver.press("tab", "space", "ctrl+j")
            await driver.until(lambda: said(driver, "secret"))
            await driver.until(lambda: driver.problem() == "")


async def test_a_reset_is_told_and_what_came_before_it_is_kept(tmp_path: Path) -> None:
    with Peer(resetting(b"half an ans")) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.type("go")
            await driver.press("enter")
            await driver.until(lambda: driver.app.tab.entry)
            await driver.until(lambda: "reset" in driver.problem())
            await driver.until(lambda: said(driver, "half an ans"))
            entry = driver.app.tab.entry
            assert entry is not None
            stored = await driver.history.get(entry.id)
            received = [c.data for c in stored.exchange.chunks() if c.direction == "<"]
            assert b"".join(received) == b"half an ans"


async def test_half_close_keeps_receiving(tmp_path: Path) -> None:
    with Peer(late) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.type("question")
            await driver.press("enter", "ctrl+f")
            await driver.until(lambda: driver.status().startswith("done"))
            assert "150 KB received" in driver.status()
            assert peer.heard == b"question\n"
            await driver.until(lambda: said(driver, "we sent our end"))


async def test_udp_has_no_end_to_send_and_says_so(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(5)
        port = peer.getsockname()[1]
        async with driving(tmp_path, endpoint=f"udp://127.0.0.1:{port}") as driver:
            await opened(driver)
            await driver.type("one")
            await driver.press("enter")
            data, address = await asyncio.to_thread(peer.recvfrom, 100)
            assert data == b"one\n"
            peer.sendto(b"", address)
            await driver.until(lambda: said(driver, "0 B"))
            await driver.press("ctrl+f")
            await driver.until(lambda: "Datagrams have no end" in driver.problem())
            (tmp_path / "big").write_bytes(bytes(70_000))
            await driver.press("ctrl+n", "ctrl+n")
            await driver.type(str(tmp_path / "big"))
            await driver.press("enter")
            await driver.until(lambda: "larger than one datagram" in driver.problem())


async def test_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with Peer(echo, path=path) as peer:
        async with driving(tmp_path, endpoint=f"unix:{path}") as driver:
            await opened(driver)
            await driver.type("hi")
            await driver.press("enter")
            await driver.until(lambda: said(driver, "< 3 B"))
            assert peer.heard == b"hi\n"


async def test_chunks_appear_while_one_types_on(tmp_path: Path) -> None:
    with Peer(slow) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await driver.press("enter")
            await driver.type("typing meanwhile")
            await driver.until(lambda: said(driver, "the peer sent its end"))
            rows = [row for row in driver.rows(view(driver)) if " < 1 B " in row]
            assert [row[-1] for row in rows] == list("slow")
            tab = driver.app.tab
            assert isinstance(tab, SocketTab)
            assert tab.pane.payload.value == "typing meanwhile"


async def test_messages_typed_while_it_connects_are_sent_in_order(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=f"tcp://localhost:{peer.port}") as driver:
            keys = [key for number in range(5) for key in (str(number), "enter")]
            await driver.press("enter", *keys, "ctrl+f")
            await driver.until(lambda: driver.status().startswith("done"))
            assert peer.heard == b"".join(b"%d\n" % number for number in range(5))


async def test_escape_cancels_opening_and_it_is_recorded(tmp_path: Path) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:  # a full backlog drops what comes next, so connecting hangs
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        endpoint = f"tcp://127.0.0.1:{full.getsockname()[1]}"
        async with driving(tmp_path, endpoint=endpoint) as driver:
            await driver.press("enter")
            await driver.until(lambda: driver.status().startswith("connecting"))
            assert "escape cancels" in driver.status()
            await driver.press("escape")
            await driver.until(lambda: driver.app.tab.entry)
            entry = driver.app.tab.entry
            assert entry is not None
            assert entry.exchange.outcome is Outcome.CANCELLED
        for filler in fillers:
            filler.close()


async def test_closing_a_peer_that_does_not_end_can_be_hurried(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("f8")
            await driver.until(lambda: driver.status().startswith("closing… · F8 again closes"))
            session = shown(driver)
            assert not session.state.over
            await driver.press("f8")
            await driver.until(lambda: driver.status().startswith("done"))
            assert session.exchange().timing.total < session_end(session, "we sent our end") + 0.9


async def test_a_silent_peer_is_left_after_a_second(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("f8")
            await driver.until(lambda: driver.status().startswith("done"))
            session = shown(driver)
            waited = session.exchange().timing.total - session_end(session, "we sent our end")
            assert 0.9 < waited < 2.0
            await driver.until(lambda: said(driver, "did not come within 1 s"))


async def test_a_flood_neither_hides_nor_holds_up_that_it_is_closed(tmp_path: Path) -> None:
    def flood(peer: Peer, connection: socket.socket) -> None:
        while not peer.stop.is_set():
            connection.sendall(b"all work and no play\n" * 3000)

    with Peer(flood) as peer:
        limits = Limits(record_kept=1 << 20)
        async with driving(tmp_path, endpoint=peer.address, limits=limits) as driver:
            await driver.press("enter")
            await driver.until(lambda: "MB received" in driver.status())
            session = shown(driver)
            seen: list[tuple[float, int]] = []  # when it was told, and how many rows there were

            def told(text: str) -> None:
                if text.startswith("closing…"):
                    seen.append((session.recorder.elapsed, view(driver)._count))

            status = driver.app.tab.query(StatusLine).first()
            driver.app.watch(status, "text", told, init=False)
            await driver.press("f8")
            await driver.until(lambda: driver.status().startswith("done"))
            assert 0.8 < session.exchange().timing.total - seen[0][0] < 2.0
            assert len({rows for _, rows in seen}) == 1


async def test_ctrl_j_opens_a_session_again_that_is_over(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("f8")
            await driver.until(lambda: driver.status().startswith("done"))
            await driver.type("late")
            await driver.press("enter")
            await driver.until(lambda: "ctrl+j opens it again" in driver.problem())
            await driver.press("ctrl+j")
            await driver.until(lambda: driver.status().startswith("open"))
            await driver.press("enter")
            await driver.until(lambda: bytes(peer.heard) == b"late\n")
            assert peer.clients == 2


async def test_the_next_session_does_not_wait_for_the_one_before(tmp_path: Path) -> None:
    with Peer(silent) as first, Peer(greeter(b"second")) as second:
        async with driving(tmp_path, endpoint=first.address) as driver:
            await opened(driver)
            before = shown(driver)
            await driver.press("ctrl+l", "ctrl+u")
            await driver.type(second.address)
            await driver.press("enter")
            await driver.until(lambda: said(driver, "second"))
            assert before.closing
            assert not before.state.over
            assert shown(driver).recorder[0].at < 0.5
            assert driver.app.tab.busy
            await driver.until(lambda: len(driver.history.summaries()) == 1)
            assert driver.history.summaries()[0].outcome is Outcome.DONE


async def test_opening_another_closes_the_one_before(tmp_path: Path) -> None:
    with Peer(echo) as first, Peer(greeter(b"second")) as second:
        async with driving(tmp_path, endpoint=first.address) as driver:
            await opened(driver)
            await driver.press("ctrl+l", "ctrl+u")
            await driver.type(second.address)
            await driver.press("enter")
            await driver.until(lambda: said(driver, "second"))
            await driver.until(lambda: len(driver.history.summaries()) == 1)
            assert driver.history.summaries()[0].target == first.address


async def test_a_mistyped_address_leaves_an_open_session_alone(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            before = shown(driver)
            await driver.type("first")
            await driver.press("enter")
            await driver.until(lambda: said(driver, "< 6 B"))
            await driver.press("ctrl+l", "ctrl+u")
            await driver.type("tcp://127.0.0.1:70000")
            await driver.press("enter")
            await driver.until(lambda: driver.history.summaries())
            await driver.until(lambda: "Port 70000 is out of range" in driver.problem())
            (summary,) = driver.history.summaries()
            assert (summary.target, summary.outcome) == ("tcp://127.0.0.1:70000", Outcome.FAILED)
            assert shown(driver) is before
            await driver.until(lambda: said(driver, "< 6 B"))
            assert driver.app.tab.busy
            assert driver.app.focused is driver.app.tab.query_one("#address")
            before_tab = driver.app.tab
            assert isinstance(before_tab, SocketTab)
            before_tab.pane.payload.focus()
            await driver.type("second")
            await driver.press("enter")
            await driver.until(lambda: bytes(peer.heard) == b"first\nsecond\n")
            assert peer.clients == 1


async def test_up_and_down_recall_what_was_sent_and_keep_the_draft(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.type("one")
            await driver.press("enter")
            await driver.press("ctrl+n")
            await driver.type("32")
            await driver.press("enter")
            await driver.type("0")
            tab = driver.app.tab
            assert isinstance(tab, SocketTab)
            line = tab.pane.line
            await driver.press("up")
            assert (line.typed.text, line.typed.mode.value) == ("32", "hex")
            await driver.press("up")
            assert (line.typed.text, line.typed.mode.value) == ("one", "text")
            await driver.press("up", "down", "down")
            assert (line.typed.text, line.typed.mode.value) == ("0", "hex")


async def test_y_copies_the_chunk_under_the_cursor_and_types_y_in_a_field(tmp_path: Path) -> None:
    with Peer(greeter(b"exact\x00bytes\r\n")) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await driver.press("enter")
            await driver.until(lambda: said(driver, "the peer sent its end"))
            await driver.press("y")
            tab = driver.app.tab
            assert isinstance(tab, SocketTab)
            assert tab.pane.payload.value == "y"
            await driver.press("escape")
            assert driver.app.focused is tab.pane.transcript
            await driver.press("k", "y")
            await driver.until(lambda: driver.copies)
            assert driver.copies == [b"exact\x00bytes\r\n"]


async def test_nothing_to_copy_is_told(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="socket") as driver:
        await driver.press("escape", "y")
        await driver.until(lambda: "Nothing to copy" in driver.notes())
        assert driver.copies == []


async def test_an_endless_peer_leaves_the_keyboard_free(tmp_path: Path) -> None:
    def endless(peer: Peer, connection: socket.socket) -> None:
        while not peer.stop.is_set():
            connection.sendall(b"all work and no play\n" * 3000)
            peer.stop.wait(0.01)

    with Peer(endless) as peer:
        limits = Limits(record_kept=1 << 20)
        async with driving(tmp_path, endpoint=peer.address, limits=limits) as driver:
            await driver.press("enter")
            await driver.until(lambda: view(driver).rows.index.gap_row is not None)
            tab = driver.app.tab
            assert isinstance(tab, SocketTab)
            await driver.press("h", "i")
            assert tab.pane.payload.value == "hi"
            await driver.press("escape", "g")
            assert view(driver).cursor_row == 0
            await driver.press("f8", "f8")
            await driver.until(lambda: driver.status().startswith(("done", "failed")))


async def test_an_edited_session_offers_what_it_sent(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.type("one")
            await driver.press("enter", "t", "w", "o", "enter")
            await driver.until(lambda: bytes(peer.heard) == b"one\ntwo\n")
            await driver.press("f8")
            await driver.until(lambda: driver.app.tab.entry)
            tab, entry = driver.app.tab, driver.app.tab.entry
            assert isinstance(tab, SocketTab)
            assert entry is not None
            tab.edit(entry)
            await driver.press("enter")
            await driver.until(lambda: driver.status().startswith("open"))
            assert tab.pane.payload.value == r"one\n"
            await driver.press("enter")
            await driver.until(lambda: tab.pane.payload.value == r"two\n")
            await driver.press("enter")
            await driver.until(lambda: bytes(peer.heard) == b"one\ntwo\none\ntwo\n")
            chunks = [m for m in view(driver).rows.timeline if isinstance(m, Chunk)]
            sent = [chunk.data for chunk in chunks if chunk.direction is Direction.SENT]
            assert sent == [b"one\n", b"two\n"]


async def test_an_entry_that_is_edited_leaves_an_open_session_alone(tmp_path: Path) -> None:
    with Peer(echo) as peer, Peer(greeter(b"other")) as other:
        async with driving(tmp_path, endpoint=other.address) as driver:
            await driver.press("enter")
            await driver.until(lambda: said(driver, "other"))
            await driver.press("f8")
            await driver.until(lambda: driver.app.tab.entry)
            entry = driver.app.tab.entry
            await driver.press("ctrl+l", "ctrl+u")
            await driver.type(peer.address)
            await opened(driver)
            assert entry is not None
            driver.app.tab.edit(entry)
            await driver.pilot.pause()
            await driver.until(lambda: driver.status().startswith("open"))
            assert driver.app.tab.query_one("#address").value == other.address  # type: ignore[attr-defined]


async def test_it_fits_80_columns(tmp_path: Path) -> None:
    with Peer(greeter(b"Hello, client!")) as peer:
        async with driving(tmp_path, endpoint=peer.address, size=(80, 24)) as driver:
            await driver.press("enter")
            await driver.until(lambda: said(driver, "the peer sent its end"))
            await driver.until(lambda: "Hello, client!" in driver.drawn())
            assert "ending: LF" in driver.drawn()
            assert "verify TLS: yes" in driver.drawn()
            assert driver.status().startswith("peer ended ·")
            assert "14 B received" in driver.drawn()


async def test_an_empty_tab_says_all_of_what_to_do_in_80_columns(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="socket", size=(80, 24)) as driver:
        await driver.until(lambda: "and press" in driver.drawn())
        assert "enter." in driver.drawn()


async def test_help_in_the_line_tells_what_up_and_down_do_there(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("f1")
            await driver.until(lambda: "Sent before" in driver.drawn())
            assert "Scroll Up" not in driver.drawn()


async def test_what_runs_is_busy_until_it_is_recorded(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            assert not driver.app.tab.busy
            await opened(driver)
            assert driver.app.tab.busy
            await driver.press("f8")
            await driver.until(lambda: driver.app.tab.entry)
            assert not driver.app.tab.busy


async def test_a_session_is_upgraded_by_key_with_the_options_of_the_tab(tmp_path: Path) -> None:
    with throwaway_tls() as (context, _):

        def starttls(peer: Peer, connection: socket.socket) -> None:
            connection.sendall(b"220 go")
            with context.wrap_socket(connection, server_side=True) as tls:
                echo(peer, tls)

        with Peer(starttls) as peer:
            async with driving(tmp_path, endpoint=peer.address, tab="socket") as driver:
                driver.app.tab.query_one("#verify", Cycle).value = "no"
                await opened(driver)
                await driver.until(lambda: said(driver, "220 go"))
                await driver.press("escape", "U")
                await driver.until(lambda: said(driver, "upgrading to TLS"))
                await driver.until(lambda: said(driver, "not verified"))
                session = shown(driver)
                await session.send(b"secret")
                await driver.until(lambda: bytes(peer.heard) == b"secret")
                await driver.press("U")
                await driver.until(lambda: "speaks TLS already" in driver.problem())
                await driver.press("f8")
                await driver.until(lambda: session.state.over)
    assert session.exchange().outcome is Outcome.DONE
    assert session.tls is not None


async def test_an_upgrade_that_fails_is_told_where_one_looks(tmp_path: Path) -> None:
    with throwaway_tls() as (context, _):

        def starttls(_peer: Peer, connection: socket.socket) -> None:
            connection.sendall(b"220 go")
            context.wrap_socket(connection, server_side=True)

        with Peer(starttls) as peer:
            async with driving(tmp_path, endpoint=peer.address, tab="socket") as driver:
                await opened(driver)
                await driver.until(lambda: said(driver, "220 go"))
                await driver.press("escape", "U")
                await driver.until(lambda: "self-signed" in driver.problem())
                await driver.until(lambda: driver.status().startswith("failed"))


async def test_an_upgrade_that_gets_no_answer_is_cancelled_by_escape(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address, tab="socket") as driver:
            await opened(driver)
            await driver.press("escape", "U")
            await driver.until(lambda: driver.status().startswith("TLS handshake…"))
            await driver.press("escape")
            session = shown(driver)
            await driver.until(lambda: session.state.over)
    assert session.exchange().outcome is Outcome.CANCELLED


def _answers_with_a_cookie(peer: Peer, connection: socket.socket) -> None:
    while not peer.heard.endswith(b"\r\n\r\n") and (data := connection.recv(1000)):
        peer.heard += data
    connection.sendall(b"HTTP/1.1 200 OK\r\nSet-Cook")
    connection.sendall(b"ie: sid=c00kie\r\n\r\n")


async def test_http_secrets_are_masked_live_and_over_until_they_are_asked_for(
    tmp_path: Path,
) -> None:
    with Peer(_answers_with_a_cookie) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("shift+tab", "left", "tab")
            await driver.type(r"GET /?api_key=k3y HTTP/1.1\r\n")
            await driver.press("enter")
            await driver.until(lambda: said(driver, "GET /?api_key=*** HTTP/1.1"))
            await driver.type(r"Authorization: Bearer t0ken\r\n\r\n")
            await driver.press("enter")
            await driver.until(lambda: said(driver, "the peer sent its end"))
            for state in ("open", "done"):
                rows = "\n".join(driver.rows(view(driver)))
                assert not [each for each in ("t0ken", "k3y", "c00kie") if each in rows], state
                assert "Authorization: ****" in rows
                await driver.press("ctrl+g")
                await driver.until(lambda: said(driver, "Bearer t0ken"))
                await driver.until(lambda: said(driver, "api_key=k3y"))
                await driver.press("ctrl+g")
                await driver.until(lambda: not said(driver, "t0ken"))
                await driver.press("f8")
                await driver.until(lambda: driver.app.tab.entry)
            assert b"t0ken" in peer.heard


async def test_secrets_stay_masked_in_other_forms_and_pieces(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.type(r"GET / HTTP/1.1\r\nCookie: sid=c00kie\r\n\r\n")
            await driver.press("enter", "escape")
            await driver.until(lambda: said(driver, "Cookie: "))
            for key in ("J", "x", "x"):
                await driver.press(key)
                await driver.pilot.pause()
                assert "c00kie" not in "".join(driver.rows(view(driver)))
                assert b"c00kie".hex(" ") not in "".join(driver.rows(view(driver)))


async def test_what_passes_by_leaves_the_line_to_send_from_free(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address, size=(80, 24), toasts=True) as driver:
            await opened(driver)
            await driver.type("{{counter}} and more")
            await driver.until(lambda: "1 and more" in driver.drawn())
            await driver.press("ctrl+g")
            await driver.until(lambda: driver.app.screen.query("Toast"))
            tab = driver.app.tab
            assert isinstance(tab, SocketTab)
            toast = driver.app.screen.query("Toast").first()
            await driver.until(lambda: toast.region.height)
            assert not toast.region.overlaps(tab.pane.line.region)


@pytest.mark.parametrize("tab", ["socket", "listen"])
async def test_an_empty_address_names_every_kind_also_in_a_low_window(
    tmp_path: Path, tab: str
) -> None:
    async with driving(tmp_path, tab=tab, size=(80, 24)) as driver:
        for kind in ("tcp://", "tls://", "udp://", "ws://", "unix:/path"):
            assert kind in driver.drawn()
