"""Rows of a recording that grows and lets go of its middle, against a count of all its moments."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.masked import MaskedTimeline
from sonde_core.recording.recorder import Recorder
from sonde_core.recording.timeline import run_of
from sonde_core.settings import Limits
from sonde_tui.widgets.transcript.transcript_hex import hex_rows
from sonde_tui.widgets.transcript.transcript_index import TranscriptIndex, text_rows

SMALL = Limits(record_kept=4000, record_in_memory=1000)


def naive(timeline: Sequence[Moment]) -> list[tuple[Moment, int]]:
    """Return each row as its moment and which of its rows it is, by looking at everything."""
    rows: list[tuple[Moment, int]] = []
    for moment in timeline:
        number = 1
        if isinstance(moment, Chunk):
            number = max(1, len(moment.data.removesuffix(b"\n").split(b"\n")))
        rows += [(moment, inside) for inside in range(number)]
    return rows


def seen(index: TranscriptIndex) -> list[tuple[Moment | None, int]]:
    """Return the same as the index tells it."""
    rows: list[tuple[Moment | None, int]] = []
    for row in range(index.count):
        place = index.place(row)
        rows.append((index.moment(place[0]), place[1]) if place else (index.gap(), 0))
    return rows


pieces = st.one_of(st.binary(max_size=40), st.just(b"a\nb\n\nc"), st.just(b"long" * 50))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(pieces, max_size=12), max_size=8))
def test_rows_are_those_of_the_moments_that_are_kept(batches: list[list[bytes]]) -> None:
    recorder = Recorder(limits=SMALL)
    index = TranscriptIndex(recorder, text_rows)
    for batch in batches:
        for number, data in enumerate(batch):
            recorder.chunk(Direction.RECEIVED, data)
            if number % 5 == 4:
                recorder.event(EventKind.NOTE, "so far so good")
        assert index.build(1)
        assert seen(index) == naive(recorder)


def test_a_dropped_middle_is_one_row_and_its_length_is_told() -> None:
    recorder = Recorder(limits=SMALL)
    index = TranscriptIndex(MaskedTimeline(recorder), text_rows)
    for number in range(10):
        recorder.chunk(Direction.SENT, b"%d\n" % number)
    index.build(1)
    assert (index.gap_row, index.moved, index.count) == (None, None, 10)
    for number in range(10, 120):
        recorder.chunk(Direction.SENT, b"%d\n" % number)
    index.build(1)
    assert index.gap_row is not None
    gap = index.gap()
    assert isinstance(gap, Event)
    assert gap.kind is EventKind.DROPPED
    assert index.count == len(recorder) < 120


def test_it_tells_by_how_much_the_rows_after_the_gap_move() -> None:
    recorder = Recorder(limits=SMALL)
    index = TranscriptIndex(recorder, text_rows)
    for _ in range(60):
        recorder.chunk(Direction.SENT, b"one\ntwo\n")
    index.build(1)
    index.moved = None
    before = index.count
    recorder.chunk(Direction.SENT, b"x" * 1000)
    index.build(1)
    assert index.moved is not None
    assert index.moved > 0
    assert index.count == before - index.moved + 1


def test_moments_that_were_dropped_before_they_were_counted_are_skipped() -> None:
    recorder = Recorder(limits=SMALL)
    index = TranscriptIndex(recorder, text_rows)
    for _ in range(500):
        recorder.chunk(Direction.SENT, b"one\ntwo\n")
    assert index.build(1)
    assert seen(index) == naive(recorder)


def test_a_row_whose_moment_is_gone_meanwhile_has_none() -> None:
    recorder = Recorder(limits=SMALL)
    index = TranscriptIndex(recorder, text_rows)
    for _ in range(80):
        recorder.chunk(Direction.SENT, b"x" * 20)
    index.build(1)
    place = index.place((index.gap_row or 0) + 1)
    for _ in range(80):
        recorder.chunk(Direction.SENT, b"y" * 20)
    assert place is not None
    assert index.moment(place[0]) is None


def test_a_large_chunk_is_counted_in_steps() -> None:
    data = b"a line\n" * 2_000_000
    index = TranscriptIndex([Chunk(0.0, Direction.SENT, data)], text_rows)
    assert not index.build(0)
    first = index.count
    while not index.build(0):
        pass
    assert first < index.count == 2_000_000
    assert index.place(1_999_999) == (0, 1_999_999)


def test_hex_rows_are_counted_by_size() -> None:
    chunks = [Chunk(0.0, Direction.SENT, b"x" * size) for size in (0, 1, 16, 17)]
    note = Event(0.0, EventKind.NOTE, "note")
    assert hex_rows(16)(run_of([*chunks, note], 0)) == [1, 1, 1, 2, 1]


def test_the_first_row_of_a_moment_is_found_also_after_the_gap() -> None:
    recorder = Recorder(limits=SMALL)
    index = TranscriptIndex(recorder, text_rows)
    for _ in range(80):
        recorder.chunk(Direction.SENT, b"one\ntwo\n")
    index.build(1)
    for row in (0, index.count - 2):
        place = index.place(row)
        assert place is not None
        assert index.row_of(place[0]) == row


class Unreadable(Sequence[Moment]):
    """A recording whose file is gone."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:  # type: ignore[override]
        raise OSError(2, "No such file or directory")


def test_bytes_that_cannot_be_read_are_an_event() -> None:
    index = TranscriptIndex(Unreadable(), text_rows)
    assert index.build(1)
    moment = index.moment(0)
    assert isinstance(moment, Event)
    assert "No such file" in moment.text


def test_before_anything_is_counted_every_row_is_of_the_first_moment() -> None:
    recorder = Recorder(limits=SMALL)
    index = TranscriptIndex(recorder, text_rows)
    assert (index.place(0), index.place(7)) == ((0, 0), (0, 0))
    recorder.chunk(Direction.RECEIVED, b"one")
    assert index.place(7) == (0, 0)
