"""The messages of a lens in the view: their parts, their bytes, and how they grow."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.contained import Contained
from sonde_core.lenses.lens import Lens, Reading
from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.masked import MaskedTimeline
from sonde_core.recording.recorder import Recorder
from sonde_core.safetext import safe
from sonde_core.settings import Limits
from sonde_tui.widgets.transcript.about import About
from sonde_tui.widgets.transcript.arranging import arranged
from sonde_tui.widgets.transcript.lens_rows import LensRows

TALK: Sequence[Moment] = (
    Chunk(0.1, Direction.SENT, b"GET / HTTP/1.1\r\nHo"),
    Chunk(0.2, Direction.SENT, b"st: x\r\nAuthorization: Bearer secret\r\n\r\n"),
    Event(0.3, EventKind.NOTE, "note"),
    Chunk(0.4, Direction.RECEIVED, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nwor"),
)


def rows_of(
    timeline: Sequence[Moment], lens: str | Contained = "http", *, width: int = 0
) -> LensRows:
    made = lens_of(lens) if isinstance(lens, str) else lens
    pieces, units = arranged(timeline, About(), joined=False, lens=made)
    assert units is not None
    rows = LensRows(pieces, units, made, width=width)
    while not rows.build(1.0):
        pass
    return rows


def drawn(rows: LensRows) -> list[str]:
    return ["".join(text for text, _ in rows.line(row)).rstrip() for row in range(rows.count)]


def test_messages_have_a_row_and_each_part_one_below() -> None:
    assert drawn(rows_of(TALK)) == [
        "   0.2000 > 57 B     GET / HTTP/1.1",
        "             000010  Host           x",
        "             000019  Authorization  Bearer secret",
        "   0.3000 ·          note",
        "   0.4000 < 41 B     ✗ 6 bytes of the body not there  HTTP/1.1 200 OK",
        "             000011  Content-Length  9",
        "             000026  body            3 bytes: wor",
    ]


def test_secrets_stay_under_stars() -> None:
    rows = drawn(rows_of(MaskedTimeline(TALK)))
    assert len(rows) == 7
    assert "secret" not in "".join(rows)
    assert rows[1].endswith("x")


def test_beside_them_stand_their_bytes() -> None:
    rows = drawn(rows_of(TALK, width=8))
    assert rows[1].endswith("000010  48 6f 73 74  3a 20 78 0d   Host           x")


def test_the_true_bytes_are_at_hand() -> None:
    rows = rows_of(TALK)
    whole = b"".join(chunk.data for chunk in TALK[:2] if isinstance(chunk, Chunk))
    assert rows.at_hand(0) == (whole, "message")
    assert rows.at_hand(1) == (b"Host: x\r\n", "part")
    assert rows.at_hand(3) == (b"note", "event")
    assert rows.byte_of(1) == (0, 16)
    assert [rows.row_of(0, offset) for offset in (0, 16, 24, 25, 60)] == [0, 1, 1, 2, 0]


def test_folded_away_a_message_is_one_row() -> None:
    rows = rows_of(TALK)
    assert rows.turn(1) == 0
    while not rows.build(1.0):
        pass
    assert drawn(rows)[:2] == [
        "   0.2000 > 57 B     GET / HTTP/1.1 ⋯",
        "   0.3000 ·          note",
    ]
    rows.turn_all()
    while not rows.build(1.0):
        pass
    assert rows.count == 3
    rows.turn(2)
    while not rows.build(1.0):
        pass
    assert rows.count == 5


def test_what_is_no_message_and_what_is_too_long_is_said() -> None:
    data = b"\x01\x02\r\n+OK\r\n+" + b"x" * (1 << 20) + b"y" * 100 + b"\r\n"
    rows = drawn(rows_of([Chunk(0.0, Direction.SENT, data)], "resp"))
    assert rows[0].endswith("✗ not resp  01 02 0d 0a")
    assert rows[1].endswith("OK")
    assert "✗ longer than 1.0 MB: the rest follows" in rows[2]


class Bad(Lens):
    name = "bad"

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        raise KeyError("no")

    def read(self, data: bytes) -> Reading:
        raise KeyError("no")


def test_a_lens_that_fails_says_so_beside_the_bytes() -> None:
    rows = drawn(rows_of([Chunk(0.0, Direction.SENT, b"bytes")], Contained(Bad())))
    assert rows == ["   0.0000 > 5 B      ✗ the lens bad failed: KeyError: 'no'  bytes"]


@given(
    st.lists(st.binary(max_size=60), max_size=8), st.sampled_from(["http", "resp", "dns", "sse"])
)
def test_what_is_drawn_is_safe_and_counted_right(chunks: list[bytes], name: str) -> None:
    rows = rows_of([Chunk(0.0, Direction.RECEIVED, data) for data in chunks], name)
    for row in range(rows.count):
        text = "".join(text for text, _ in rows.line(row))
        assert text == safe(text)
        number, offset = rows.byte_of(row)
        assert rows.index.row_of(number) <= row
        assert offset <= len(getattr(rows.moment(number), "data", b""))


@pytest.mark.parametrize("name", ["lines", "length:1", "jsonl"])
@pytest.mark.parametrize("kept", [1 << 20, 6000])
def test_rows_grow_as_they_would_be_counted_at_once(name: str, kept: int) -> None:
    recorder = Recorder(limits=Limits(record_kept=kept))
    made = lens_of(name)
    pieces, units = arranged(recorder, About(), joined=False, lens=made)
    assert units is not None
    rows = LensRows(pieces, units, made)
    for number in range(150):
        way = Direction.SENT if number % 3 else Direction.RECEIVED
        data: Callable[[int], bytes] = (
            (lambda n: b'{"a": %d,' % n)
            if number % 2
            else (lambda n: b'"b": %d}\nGET /%d HTTP/1.1\r\nA: b\r\n\r\n' % (n, n))
        )
        recorder.chunk(way, data(number))
        while not rows.build(1.0):
            pass
        drawn(rows)
    if kept > 6000:
        assert drawn(rows) == drawn(rows_of(recorder, name))
    else:
        assert rows.index.gap_row is not None
        assert any("were not kept" in row for row in drawn(rows))


@given(
    st.sampled_from(["lines", "fixed:10", "fixed:1000", "length:1"]),
    st.integers(0, 50),
    st.integers(1, 20),
    st.lists(st.tuples(st.sampled_from(Direction), st.integers(0, 60)), min_size=40, max_size=50),
)
def test_each_message_has_its_rows_while_the_middle_is_dropped(
    name: str, late: int, step: int, said: list[tuple[Direction, int]]
) -> None:
    recorder = Recorder(limits=Limits(record_kept=3000))
    made = lens_of(name)
    pieces, units = arranged(recorder, About(), joined=False, lens=made)
    assert units is not None
    rows = LensRows(pieces, units, made)
    recorder.event(EventKind.CONNECTED, "connected")
    for number, (way, lines) in enumerate(said):
        recorder.chunk(way, b"%03d\n" % number * lines + b"a")
        if number >= late and number % step == 0:
            rows.build(0.0)
            drawn(rows)
    recorder.event(EventKind.CLOSED, "closed")
    for folded in (False, True):
        while not rows.build(1.0):
            pass
        assert rows.folded is folded
        shown = drawn(rows)
        assert not [row for row in shown if "any more" in row]
        heads = [shown[row] for row in range(rows.count) if is_head(rows, row)]
        assert [row[:9].strip() for row in heads] == [f"{moment.at:.4f}" for moment in units]
        rows.turn_all()


def is_head(rows: LensRows, row: int) -> bool:
    """Whether a row begins a message, or is no message."""
    place = rows.index.place(row)
    return place is None or place[1] == 0


@pytest.mark.parametrize("name", ["lines", "delimiter:0a", "fixed:3", "length:1", "length:2be"])
@given(chunks=st.lists(st.binary(max_size=9), max_size=20))
def test_rows_that_show_by_size_are_those_that_are_read(name: str, chunks: list[bytes]) -> None:
    talk: list[Moment] = [Chunk(0.0, Direction.RECEIVED, data) for data in chunks]
    talk.insert(len(talk) // 2, Event(0.0, EventKind.NOTE, "note"))
    quick, slow = rows_of(talk, name), rows_of(talk, name)
    slow._sized = False
    slow.index = slow._make_index(slow.timeline)
    while not slow.index.build(1.0):
        pass
    assert drawn(quick) == drawn(slow)
    if quick.count:
        for rows in (quick, slow):
            rows.turn(0)
            while not rows.index.build(1.0):
                pass
        assert drawn(quick) == drawn(slow)
