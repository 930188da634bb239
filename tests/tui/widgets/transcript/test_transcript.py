from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.recorder import Recorder
from sonde_core.safetext import line
from sonde_core.settings import Limits
from sonde_core.steps import MessageKind
from sonde_tui.screens.lens import LensScreen
from sonde_tui.widgets.rows.line_view import LineView
from sonde_tui.widgets.transcript.about import About, lenses_of
from sonde_tui.widgets.transcript.transcript import Transcript
from sonde_tui.widgets.transcript.transcript_rows import TranscriptRows
from tests.patience import PATIENCE
from tests.showing import drawn

TALK: Sequence[Moment] = (
    Event(0.001, EventKind.CONNECTED, "connected to 127.0.0.1:8888"),
    Chunk(0.002, Direction.SENT, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Chunk(0.0125, Direction.RECEIVED, b"\x1b[2Jcaf\xc3\xa9\xff"),
    Event(0.02, EventKind.PEER_END, "the peer sent its end"),
)


class Harness(App[None]):
    found: list[int]

    def on_line_view_searched(self, message: LineView.Searched) -> None:
        if message.complete:
            self.found.append(message.count)

    def compose(self) -> ComposeResult:
        yield Transcript(id="talk")

    @property
    def view(self) -> Transcript:
        return self.query_one(Transcript)

    def row(self, row: int) -> str:
        return self.view.whole(row).text.rstrip()

    def rows(self) -> list[str]:
        return [self.row(row) for row in range(self.view.source.count)]


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await pilot.pause()


async def test_chunks_and_events_are_told_with_time_direction_and_size() -> None:
    app = Harness()
    async with app.run_test() as pilot:
        app.view.show(TALK)
        await pilot.pause()
        assert app.rows() == [
            "   0.0010 ·          connected to 127.0.0.1:8888",
            "   0.0020 > 27 B     GET / HTTP/1.1␍␊",
            "                     Host: x␍␊",
            "                     ␍␊",
            "   0.0125 < 10 B     ␛[2Jcafé‹FF›",
            "   0.0200 <          the peer sent its end",
        ]


async def test_x_shows_the_same_as_hex_and_back_with_the_cursor_on_its_chunk() -> None:
    app = Harness()
    async with app.run_test(size=(120, 20)) as pilot:
        app.view.show(TALK)
        app.view.focus()
        await pilot.press("j", "j", "x")
        assert app.row(1) == (
            "   0.0020 > 27 B     000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a"
            "  GET / HTTP/1.1··"
        )
        assert app.view.moment_at_cursor() is TALK[1]
        await pilot.press("x")
        assert app.row(1) == (
            "   0.0020 > 27 B     000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a"
            "  GET / HTTP/1.1␍␊"
        )
        assert app.row(2).endswith("000010  48 6f 73 74 3a 20 78 0d  0a" + " " * 23 + "Host: x␍␊")
        assert app.row(4).endswith("c3  a9 ff" + " " * 20 + "␛[2Jcafé‹FF›")
        await pilot.press("x")
        assert app.row(1).endswith("GET / HTTP/1.1␍␊")
        assert app.view.moment_at_cursor() is TALK[1]


async def test_x_stays_on_its_chunk_far_down_and_is_there_at_once() -> None:
    chunks = [Chunk(number, Direction.SENT, b"%d\n" % number * 3) for number in range(50_000)]
    app = Harness()
    async with app.run_test(size=(120, 20)) as pilot:
        app.view.show(chunks)
        app.view.focus()
        await until(pilot, lambda: app.view.rows.counted)
        assert app.view.source.count == 150_000
        assert app.view.new_rows == 0  # they were there before
        app.view.go_to(120_001)
        assert app.view.moment_at_cursor() == chunks[40_000]
        await pilot.press("x")
        await until(pilot, lambda: app.view.rows.width == 16)
        assert app.view.moment_at_cursor() == chunks[40_000]
        for form in ("both", "text"):
            await until(pilot, lambda: not app.view._building)
            begun = time.process_time()
            app.view.action_hex()
            assert time.process_time() - begun < 0.1
            assert app.view.rows.shape[0] == form
            assert app.view.moment_at_cursor() == chunks[40_000]
        app.view.action_last_row()
        app.view.action_hex()
        await until(pilot, lambda: app.view.rows.width == 16)
        assert app.view.moment_at_cursor() == chunks[-1]


async def test_a_recording_that_is_not_shown_any_more_is_let_go_of() -> None:
    recorder = Recorder()
    recorder.chunk(Direction.SENT, b"large")
    shown = weakref.ref(recorder)
    app = Harness()
    async with app.run_test() as pilot:
        app.view.show(recorder)
        app.view.action_hex()
        assert app.view.rows.width
        await until(pilot, lambda: app.view.rows.counted)
        gc.collect()
        gc.disable()
        try:
            del recorder
            app.view.show(TALK)
            await until(pilot, lambda: shown() is None)
        finally:
            gc.enable()


async def test_what_comes_while_one_looks_elsewhere_is_new() -> None:
    recorder = Recorder()
    for number in range(50):
        recorder.chunk(Direction.RECEIVED, b"%d" % number)
    app = Harness()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.show(recorder)
        await until(pilot, lambda: app.view.rows.counted)
        for _ in range(7):
            recorder.chunk(Direction.RECEIVED, b"more")
        app.view.refresh_lines()
        assert app.view.new_rows == 7
        app.view.follow_end()
        assert app.view.new_rows == 0
        assert app.view.moment_at_cursor() == recorder[56]


async def test_new_rows_stay_new_while_others_are_dropped() -> None:
    recorder = Recorder(limits=Limits(record_kept=8000))
    for number in range(50):
        recorder.chunk(Direction.RECEIVED, b"%d" % number)
    app = Harness()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.show(recorder)
        await until(pilot, lambda: app.view.rows.counted)
        told = list[int]()
        for number in range(300):
            recorder.chunk(Direction.RECEIVED, b"%d" % number)
            if number % 3 == 0:
                app.view.refresh_lines()
                told.append(app.view.new_rows)
        assert len(recorder) < 200
        assert told[:10] == list(range(1, 31, 3))
        assert told[-1] == app.view.source.count - 50
        assert min(told[-50:]) > told[-1] - 10


async def test_hex_fits_a_narrow_screen() -> None:
    app = Harness()
    async with app.run_test(size=(80, 20)) as pilot:
        app.view.show(TALK)
        app.view.focus()
        await pilot.press("x")
        assert app.row(1).endswith("000000  47 45 54 20  2f 20 48 54  GET / HT")
        await pilot.resize_terminal(120, 20)
        await until(pilot, lambda: "GET / HTTP/1.1" in app.row(1))
        await pilot.resize_terminal(47, 20)
        await until(pilot, lambda: app.row(1).endswith("000000  47 45 54 20  GET"))
        await pilot.press("x")
        await until(pilot, lambda: app.row(2).endswith("000004  2f 20 48 54  / HT"))


async def test_what_is_at_hand_is_the_exact_chunk_or_the_event() -> None:
    app = Harness()
    async with app.run_test() as pilot:
        assert app.view.at_hand() is None
        app.view.show(TALK, row=2)
        assert app.view.at_hand() == (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "chunk")
        app.view.go_to(4)
        assert app.view.at_hand() == (b"\x1b[2Jcaf\xc3\xa9\xff", "chunk")
        app.view.go_to(0)
        assert app.view.at_hand() == (b"connected to 127.0.0.1:8888", "event")
        await pilot.pause()


@pytest.mark.parametrize("hex_", [False, True])
async def test_the_chunk_is_at_hand_where_a_selection_is_begun(hex_: bool) -> None:
    app = Harness()
    async with app.run_test() as pilot:
        app.view.show(TALK, row=2)
        app.view.focus()
        await pilot.press(*["x"] * hex_, "space")
        assert app.view.at_hand() == (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "chunk")
        await pilot.press("right", "left")
        assert app.view.at_hand() == (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "chunk")
        await pilot.press(*["right"] * 5)
        found = app.view.at_hand()
        assert found is not None
        assert app.view.selected_text() == "Host:"
        assert found[1] == "selection"


async def test_a_selection_is_at_hand_before_the_chunk() -> None:
    app = Harness()
    async with app.run_test() as pilot:
        app.view.show(TALK)
        await pilot.pause()
        app.screen.selections = {app.view: Selection(Offset(21, 1), Offset(25, 2))}
        await pilot.pause()
        assert app.view.selected_text() == "GET / HTTP/1.1\r\nHost"
        found = app.view.at_hand()
        assert found is not None
        assert not isinstance(found[0], bytes)  # it may be large, and is read in a thread
        assert (found[0].read(), found[1]) == (b"GET / HTTP/1.1\r\nHost", "selection")


async def test_a_selected_line_that_was_cut_into_rows_is_whole() -> None:
    data = b"x" * 5000 + b"\nend"
    app = Harness()
    async with app.run_test() as pilot:
        app.view.show([Chunk(0.0, Direction.SENT, data)])
        await pilot.pause()
        assert app.view.source.count == 3
        app.screen.selections = {app.view: Selection(Offset(21, 0), Offset(24, 2))}
        assert app.view.selected_text() == data.decode()


async def test_an_empty_datagram_is_a_row() -> None:
    app = Harness()
    async with app.run_test():
        app.view.show([Chunk(0.5, Direction.RECEIVED, b"")])
        assert app.rows() == ["   0.5000 < 0 B"]


async def test_it_follows_the_end_unless_one_has_scrolled_up() -> None:
    recorder = Recorder()
    app = Harness()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.show(recorder)
        app.view.focus()
        for number in range(30):
            recorder.chunk(Direction.RECEIVED, b"%d" % number)
        app.view.refresh_lines()
        await until(pilot, lambda: app.view.cursor_row == 29)
        assert app.view.top == 20
        await pilot.press("g")
        recorder.chunk(Direction.RECEIVED, b"more")
        app.view.refresh_lines()
        await pilot.pause()
        assert (app.view.top, app.view.cursor_row) == (0, 0)
        await pilot.press("G")
        recorder.chunk(Direction.RECEIVED, b"still more")
        app.view.refresh_lines()
        await until(pilot, lambda: app.view.cursor_row == 31)


async def test_a_live_recording_is_shown_from_its_end() -> None:
    recorder = Recorder()
    for number in range(50):
        recorder.chunk(Direction.RECEIVED, b"%d" % number)
    app = Harness()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.show(recorder, at_end=True)
        await pilot.pause()
        assert app.view.moment_at_cursor() == recorder[49]


async def test_rows_stay_true_while_the_middle_is_dropped() -> None:
    recorder = Recorder(limits=Limits(record_kept=8000))
    app = Harness()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.show(recorder)
        app.view.focus()
        for number in range(200):
            recorder.chunk(Direction.RECEIVED, b"%d" % number)
            if number % 10 == 0:
                app.view.refresh_lines()
                await pilot.pause()
        app.view.refresh_lines()
        await pilot.pause()
        assert app.view.source.count == len(recorder)
        assert app.row(app.view.source.count - 1).endswith("< 3 B      199")
        assert app.view.moment_at_cursor() == recorder[len(recorder) - 1]
        gap = next(at for at, row in enumerate(app.rows()) if "were not kept" in row)
        assert app.row(gap + 1).split()[-1] == recorder[gap + 1].data.decode()  # type: ignore[union-attr]
        kept = app.view.source.count - 5
        app.view.go_to(kept)
        stood_on = app.view.moment_at_cursor()
        for _ in range(3):
            recorder.chunk(Direction.RECEIVED, b"new")
        app.view.refresh_lines()
        await pilot.pause()
        assert app.view.moment_at_cursor() == stood_on


async def test_a_million_chunks_are_shown_at_once() -> None:
    chunks = [Chunk(number / 1000, Direction.SENT, b"tick\n") for number in range(1_000_000)]
    app = Harness()
    async with app.run_test() as pilot:
        begun = time.process_time()
        app.view.show(chunks)
        assert app.row(3).endswith("tick␊")
        assert time.process_time() - begun < 0.3
        await until(pilot, lambda: app.view.source.count > 5000)


async def test_a_chunk_of_100_mb_is_shown_at_once() -> None:
    chunk = Chunk(0.0, Direction.RECEIVED, b"a line of text\n" * 7_000_000)
    app = Harness()
    async with app.run_test() as pilot:
        begun = time.process_time()
        app.view.show([chunk])
        assert app.row(1).endswith("a line of text␊")
        assert time.process_time() - begun < 0.3
        await until(pilot, lambda: app.view.source.count == 7_000_000)
        app.view.focus()
        await pilot.press("G")
        assert app.view.cursor_row == 6_999_999
        assert app.row(6_999_999).endswith("a line of text␊")


async def test_find_looks_into_the_bytes_and_not_into_the_gutter() -> None:
    app = Harness()
    async with app.run_test() as pilot:
        app.view.show(TALK)
        app.view.focus()
        counts: list[int] = []
        app.found = counts
        await pilot.press("slash", *"0.0020", "enter")
        await until(pilot, lambda: counts[-1:] == [0])
        await pilot.press("slash", *"host", "enter")
        await until(pilot, lambda: app.view.cursor_row == 2)


async def test_what_is_looked_for_is_found_in_the_next_recording_too() -> None:
    app = Harness()
    app.found = []
    async with app.run_test() as pilot:
        app.view.find("x")  # there is nothing yet
        app.view.show(TALK)
        await until(pilot, lambda: app.found[-1:] == [1])
        await pilot.press("G", "slash", *"caf", "enter")
        recorder = Recorder()
        app.view.show(recorder, at_end=True)
        await pilot.press("n", "x", "N", "x", "x")
        await until(pilot, lambda: app.found[-1:] == [0])
        recorder.chunk(Direction.RECEIVED, b"no\ncafe\n")
        app.view.refresh_lines()
        await until(pilot, lambda: app.found[-1:] == [1])
        app.view.show(())
        await pilot.press("n")
        await until(pilot, lambda: app.found[-1:] == [0])


async def test_w_wraps_long_lines_and_back_at_the_same_byte() -> None:
    text = b"".join(b"word %03d " % number for number in range(200))
    talk = [TALK[0], Chunk(0.03, Direction.RECEIVED, text + b"\r\n"), TALK[3]]
    app = Harness()
    async with app.run_test(size=(70, 20)) as pilot:
        view = app.view
        view.show(talk)
        view.focus()
        await pilot.pause()
        unwrapped = app.rows()
        assert len(unwrapped) == 3
        await pilot.press("W")
        pieces = [view.rows.text(row) for row in range(1, view.source.count - 1)]
        assert "".join(pieces) == text.decode()
        assert len({len(piece) for piece in pieces[:-1]}) == 1
        assert all(view.whole(row).cell_length < 70 for row in range(view.source.count))
        view.go_to(9)
        place = view.rows.byte_of(9)
        assert place[1] > 0
        await pilot.press("x", "x")
        assert view.rows.both
        await pilot.press("x")
        assert view.rows.byte_of(view.cursor_row) == place
        await pilot.press("space", "down", "down", "y")
        found = view.at_hand()
        assert found is not None
        assert (found[0] if isinstance(found[0], bytes) else found[0].read()) == text[place[1] :][
            : 2 * len(pieces[0])
        ]
        await pilot.press("escape", "W")
        assert app.rows() == unwrapped
        assert view.cursor_row == 1


async def test_wrapped_rows_follow_the_width_of_the_view() -> None:
    app = Harness()
    async with app.run_test(size=(120, 20)) as pilot:
        view = app.view
        view.show([Chunk(0.0, Direction.SENT, b"x" * 1000)])
        view.focus()
        await pilot.press("W")
        wide = view.source.count
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: view.source.count > 2 * wide)
        view.show([Chunk(0.0, Direction.SENT, b"y" * 1000)])
        assert view.source.count > 2 * wide


HTTP: Sequence[Moment] = (
    Event(0.001, EventKind.CONNECTED, "connected"),
    Chunk(0.002, Direction.SENT, b"GET / HTTP/1.1\r\nHo"),
    Chunk(0.003, Direction.SENT, b"st: x\r\n\r\n"),
    Chunk(0.004, Direction.RECEIVED, b"HTTP/1.1 204 No Content\r\n\r\n"),
)


async def test_j_joins_what_one_side_said_and_back_at_the_same_byte() -> None:
    app = Harness()
    async with app.run_test(size=(100, 20)) as pilot:
        app.view.show(HTTP, row=3)
        app.view.focus()
        await pilot.press("J")
        assert app.row(1) == "   0.0020 > 27 B     GET / HTTP/1.1␍␊"
        assert app.row(2).strip() == "Host: x␍␊"
        assert app.view.cursor_row == 2
        assert "joined" in drawn(app)
        assert app.view.at_hand() == (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "chunk")
        await pilot.press("j", "j", "x")
        assert app.view.rows.width
        assert app.view.moment_at_cursor() == HTTP[3]
        await pilot.press("x", "x", "J")
        assert app.view.moment_at_cursor() == HTTP[3]
        assert app.view.source.count == 7


async def test_joined_rows_grow_and_are_followed() -> None:
    recorder = Recorder()
    app = Harness()
    app.found = []
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.show(recorder, at_end=True)
        app.view.focus()
        await pilot.press("J")
        for number in range(30):
            recorder.chunk(Direction.RECEIVED, b"%d and " % number)
            app.view.refresh_lines()
        await until(pilot, lambda: app.row(0).endswith("28 and 29 and"))
        assert app.view.source.count == 1
        recorder.chunk(Direction.RECEIVED, b"a\n" * 20)
        app.view.refresh_lines()
        await until(pilot, lambda: app.view.cursor_row == 19)
        assert app.view.top == 10
        app.view.find("29 and a")
        await until(pilot, lambda: app.view.cursor_row == 0)


async def test_datagrams_are_not_joined_and_have_a_tag() -> None:
    app = Harness()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.show([Chunk(0.5, Direction.RECEIVED, b"")] * 2, about=About("udp://h:1", "udp"))
        app.view.focus()
        await pilot.press("J")
        assert app.rows() == ["   0.5000 < dgm  0 B"] * 2
        said = [
            Chunk(0.5, Direction.SENT, b"hi", MessageKind.TEXT),
            Chunk(0.6, Direction.RECEIVED, b"", MessageKind.PONG),
        ]
        app.view.show(said, about=About("ws://h:1", "ws"))
        assert app.rows() == ["   0.5000 > text 2 B      hi", "   0.6000 < pong 0 B"]


async def test_l_shows_messages_and_the_lens_is_kept_for_the_address() -> None:
    app = Harness()
    about, other = About("tcp://h:1", "tcp"), About("tcp://h:2", "tcp")
    async with app.run_test(size=(100, 30)) as pilot:
        app.view.show(HTTP, row=2, about=about)
        app.view.focus()
        app.found = []
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, LensScreen))
        await pilot.press("enter")
        await until(pilot, lambda: app.view.rows.reads)
        assert app.rows() == [
            "   0.0010 ·          connected",
            "   0.0030 > 27 B     GET / HTTP/1.1",
            "             000010  Host  x",
            "   0.0040 < 27 B     HTTP/1.1 204 No Content",
        ]
        assert app.view.cursor_row == 2  # the byte that was looked at
        await pilot.press("k")
        assert app.view.at_hand() == (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "message")
        assert "lens http" in drawn(app)
        app.view.find("host")
        await until(pilot, lambda: app.view.cursor_row == 2)
        assert app.view.at_hand() == (b"Host: x\r\n", "part")
        await pilot.press("z")
        assert app.row(1).endswith("⋯")
        assert app.view.cursor_row == 1
        await pilot.press("Z", "Z")
        app.view.show(HTTP, about=other)
        assert app.view.lens is None
        app.view.show(HTTP, about=about)
        assert app.view.source.count == 4
        await pilot.press("J")
        assert app.view.lens is None
        assert app.view.joined


async def test_through_a_lens_what_comes_is_followed_and_what_is_open_goes_on() -> None:
    recorder = Recorder()
    app = Harness()
    async with app.run_test(size=(80, 10)) as pilot:
        lenses_of(app)["tcp://h:1"] = "lines"
        app.view.show(recorder, at_end=True, about=About("tcp://h:1", "tcp"))
        app.view.focus()
        for number in range(40):
            recorder.chunk(Direction.RECEIVED, b"%d\nhalf" % number)
        app.view.refresh_lines()
        await until(pilot, lambda: app.view.cursor_row == 40)
        assert app.row(40).endswith("✗ no line end  half")
        assert app.row(39).endswith("half39  LF")
        recorder.chunk(Direction.RECEIVED, b" and whole\n")
        app.view.refresh_lines()
        await pilot.pause()
        assert app.row(40).endswith("half and whole  LF")
        assert app.view.source.count == 41


async def test_t_tells_times_otherwise() -> None:
    app = Harness()
    started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    async with app.run_test(size=(97, 20)) as pilot:
        app.view.show(TALK, about=About("tcp://h:1", "tcp", started))
        app.view.focus()
        await pilot.press("T")
        assert app.row(1).startswith("  +0.0010 > 27 B     GET")
        await pilot.press("T")
        assert app.row(4).startswith("  >0.0105 < 10 B ")
        await pilot.press("T")
        assert app.row(1).startswith(f"{started.astimezone():%H:%M:}05.002 > 27 B     GET")
        await pilot.press("x")
        assert app.row(1).endswith("GET / HT")  # the digits have less room
        await pilot.press("T")
        await until(pilot, lambda: app.row(1).startswith("   0.0020 > 27 B "))


@given(
    st.lists(
        st.lists(
            st.sampled_from([b"ab", b"\n", b"\r\n", b"\xff", "漢é".encode(), b"\t", b"z" * 40])
        ),
        max_size=8,
    ),
    st.integers(10, 60),
)
def test_wrapped_rows_hold_every_byte_once(chunks: list[list[bytes]], cells: int) -> None:
    timeline = [Chunk(0.0, Direction.RECEIVED, b"".join(parts)) for parts in chunks]
    rows = TranscriptRows(timeline, cells=cells)
    assert rows.build(10)
    places = [rows.byte_of(row) for row in range(rows.count)]
    assert places == sorted(set(places))
    assert [rows.row_of(*place) for place in places] == list(range(rows.count))
    for number, chunk in enumerate(timeline):
        starts = [offset for at, offset in places if at == number]
        text = chunk.data
        ends = [*starts[1:], len(text)]
        shown = [
            line(text[a:b].removesuffix(b"\n").removesuffix(b"\r"))
            for a, b in zip(starts, ends, strict=True)
        ]
        assert shown == [rows.text(row) for row, place in enumerate(places) if place[0] == number]
        assert all(cell_len(each) <= max(cells, 4 * 4) for each in shown if "\t" not in each)
