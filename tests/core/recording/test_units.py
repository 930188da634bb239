"""Pieces of a recording that grows and loses its middle."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.clock import SystemClock
from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.cutter import Flag
from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.grouping import Cutting, Joining, Single
from sonde_core.recording.masked import MaskedTimeline
from sonde_core.recording.pieces import Grouping
from sonde_core.recording.recorder import Recorder
from sonde_core.recording.timeline import MOST, ROOM, Run, moments_of, runs
from sonde_core.recording.units import Units
from sonde_core.settings import Limits

moments = st.lists(
    st.one_of(
        st.builds(
            Chunk,
            st.just(0.0),
            st.sampled_from(Direction),
            st.one_of(st.binary(max_size=6), st.sampled_from([b"a\n", b"b\r\nc", b"\n"])),
        ),
        st.builds(Event, st.just(0.0), st.sampled_from(EventKind), st.just("event")),
    ),
    max_size=40,
)
groupings = st.sampled_from(["joined", "single", "lines", "length:1", "fixed:3", "http", "resp"])


def grouping_of(name: str) -> Grouping:
    if name == "joined":
        return Joining()
    return Single() if name == "single" else Cutting(lens_of(name))


def built(units: Units, seconds: float = 1.0) -> Units:
    while not units.build(seconds):
        pass
    return units


class Looks(Recorder):
    """Counts how often its bytes are read."""

    looks = 0

    def run(self, first: int, most: int = MOST, room: int = ROOM, *, with_data: bool = True) -> Run:
        self.looks += with_data
        return super().run(first, most, room, with_data=with_data)


def bytes_of(timeline: list[Moment], direction: Direction) -> bytes:
    chunks = (moment for moment in timeline if isinstance(moment, Chunk))
    return b"".join(chunk.data for chunk in chunks if chunk.direction is direction)


@given(moments, groupings, st.integers(1, 10))
def test_no_byte_and_no_event_is_lost_and_growing_changes_nothing(
    said: list[Moment], name: str, step: int
) -> None:
    units = built(Units(said, grouping_of(name)))
    shown = list(units)
    for direction in Direction:
        assert bytes_of(shown, direction) == bytes_of(said, direction)
    events = [moment for moment in said if isinstance(moment, Event)]
    assert [moment for moment in shown if isinstance(moment, Event)] == events
    assert moments_of(units, 0, len(units)) == shown if shown else True
    growing: list[Moment] = []
    other = Units(growing, grouping_of(name))
    for at in range(0, len(said), step):
        growing += said[at : at + step]
        built(other, 0.0)
    for direction in Direction:
        assert bytes_of(list(other), direction) == bytes_of(said, direction)
    if name in ("joined", "single", "length:1", "fixed:3"):
        assert [chunk for chunk in other if isinstance(chunk, Chunk)] == [
            chunk for chunk in shown if isinstance(chunk, Chunk)
        ]


@given(moments, groupings)
def test_a_byte_is_found_in_its_piece_and_back(said: list[Moment], name: str) -> None:
    units = built(Units(said, grouping_of(name)))
    for number, moment in enumerate(said):
        if not isinstance(moment, Chunk) or not moment.data:
            continue
        for offset in range(len(moment.data)):
            place = units.place_of(number, offset, moment.direction)
            assert units.place_in(*place) == (number, offset)
            piece = units[place[0]]
            assert isinstance(piece, Chunk)
            assert piece.data[place[1]] == moment.data[offset]


def test_each_of_many_pieces_in_a_chunk_is_found_by_its_byte() -> None:
    lines = [b"line %d\n" % number for number in range(2000)]
    said: list[Moment] = [Chunk(0.0, Direction.RECEIVED, b"".join(lines))] * 3
    units = built(Units(said, grouping_of("lines")))
    starts = [*accumulate(map(len, lines), initial=0)][:-1]
    for moment in range(3):
        found = [units.place_of(moment, start, Direction.RECEIVED) for start in starts]
        assert found == [(moment * 2000 + number, 0) for number in range(2000)]


def test_a_message_stands_where_its_last_byte_came() -> None:
    sent, received = Direction.SENT, Direction.RECEIVED
    said: list[Moment] = [
        Chunk(1.0, received, b"ab"),
        Chunk(2.0, sent, b"x\n"),
        Chunk(3.0, received, b"c\nd\ne"),
        Event(4.0, EventKind.NOTE, "note"),
        Chunk(5.0, received, b"f\n"),
    ]
    units = built(Units(said, Cutting(lens_of("lines"))))
    assert list(units) == [
        Chunk(2.0, sent, b"x\n"),
        Chunk(3.0, received, b"abc\n"),
        Chunk(3.0, received, b"d\n"),
        said[3],
        Chunk(5.0, received, b"ef\n"),
    ]
    assert units.settled == 5


def test_what_is_not_whole_stands_at_the_end_and_may_go_on() -> None:
    recorder = Recorder()
    units = Units(recorder, Cutting(lens_of("lines")))
    recorder.chunk(Direction.RECEIVED, b"one\ntw")
    recorder.chunk(Direction.SENT, b"half")
    built(units)
    assert [(unit.size, unit.flag) for unit in map(units.unit, range(3)) if unit] == [
        (4, Flag.WHOLE),
        (2, Flag.OPEN),
        (4, Flag.OPEN),
    ]
    assert (len(units), units.settled) == (3, 1)
    version = units.version
    assert built(units).version == version
    recorder.chunk(Direction.RECEIVED, b"o\n")
    built(units)
    assert [chunk.data for chunk in units if isinstance(chunk, Chunk)] == [
        b"one\n",
        b"two\n",
        b"half",
    ]


def test_the_end_of_one_side_ends_its_message() -> None:
    recorder = Recorder()
    units = Units(recorder, Cutting(lens_of("length:1")))
    recorder.chunk(Direction.RECEIVED, b"\5ab")
    recorder.chunk(Direction.SENT, b"\5ab")
    recorder.event(EventKind.PEER_END, "the peer sent its end")
    built(units)
    assert [type(moment) for moment in units] == [Chunk, Event, Chunk]
    flags = [unit.flag for unit in map(units.unit, range(3)) if unit]
    assert flags == [Flag.OPEN, Flag.WHOLE, Flag.OPEN]
    assert units.settled == 2


@given(groupings, st.integers(1, 30))
def test_pieces_stay_true_while_the_middle_is_dropped(name: str, step: int) -> None:
    recorder = Recorder(limits=Limits(record_in_memory=500, record_kept=6000))
    units = Units(recorder, grouping_of(name))
    expected = {b"%03d\n" % number for number in range(300)}
    for number in range(300):
        recorder.chunk(Direction.RECEIVED, b"%03d\n" % number)
        if number % step == 0:
            units.build(0.01)
    built(units)
    head, gone = units.gap
    assert gone
    assert isinstance(units[head], Event)
    pieces = [piece.data for piece in units if isinstance(piece, Chunk)]
    if name in ("single", "lines"):
        assert set(pieces) <= expected
        kept = {chunk.data for chunk in recorder if isinstance(chunk, Chunk)}
        assert set(pieces) >= kept - {b"000\n"}
    said = b"".join(sorted(expected))
    assert all(piece in said for piece in pieces)
    assert pieces[-1].endswith(b"299\n"[-len(pieces[-1]) :])
    assert units.numbered(head) is None
    assert units.settled + (len(units) - 1) >= gone


class Counting(SystemClock):
    """A clock that goes on by a second whenever it is asked."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def monotonic(self) -> float:
        self._seconds += 1
        return self._seconds


@given(
    groupings,
    st.integers(1, 400),
    st.integers(0, 100),
    st.lists(st.tuples(st.sampled_from(Direction), st.integers(0, 60)), min_size=100, max_size=120),
)
def test_pieces_stand_in_order_of_time_once_it_is_over(
    name: str, step: int, late: int, said: list[tuple[Direction, int]]
) -> None:
    recorder = Recorder(Counting(), Limits(record_in_memory=500, record_kept=6000))
    recorder.event(EventKind.CONNECTED, "connected")
    recorder.chunk(Direction.SENT, b"go")
    units = Units(recorder, grouping_of(name))
    for number, (direction, lines) in enumerate(said):
        recorder.chunk(direction, b"%03d\n" % number * lines + b"a")
        if number >= late and number % step == 0:
            units.build(0.0)
    recorder.event(EventKind.PEER_END, "the peer's end")
    recorder.event(EventKind.CLOSED, "closed")
    shown = list(built(units))
    assert [moment.at for moment in shown] == sorted(moment.at for moment in shown)
    events = [moment for moment in shown if isinstance(moment, Event)]
    assert [event.kind for event in events[-2:]] == [EventKind.PEER_END, EventKind.CLOSED]
    assert shown[-1] == recorder[len(recorder) - 1]
    head, gone = units.gap
    if gone:
        dropped = recorder[recorder.gap[0]]
        assert isinstance(shown[head], Event)
        assert shown[head].at == dropped.at
        assert units.run(head, 1).ats[0] == units.run(head, 1, with_data=False).ats[0] == dropped.at


def test_what_was_not_whole_comes_between_others_when_it_ends() -> None:
    recorder = Recorder(Counting())
    units = Units(recorder, Cutting(lens_of("lines")))
    recorder.chunk(Direction.RECEIVED, b"one\n")
    recorder.chunk(Direction.SENT, b"half")
    recorder.chunk(Direction.RECEIVED, b"two\n")
    built(units)
    assert [chunk.data for chunk in units if isinstance(chunk, Chunk)] == [
        b"one\n",
        b"two\n",
        b"half",
    ]
    version = units.version
    assert units.changed_since(version) == units.settled == 2
    recorder.event(EventKind.CLOSED, "closed")
    built(units)
    assert [chunk.data for chunk in units if isinstance(chunk, Chunk)] == [
        b"one\n",
        b"half",
        b"two\n",
    ]
    assert units.changed_since(version) == 1
    assert units.changed_since(units.version) == units.settled == 4


def test_what_was_said_while_the_other_side_was_in_the_middle_is_left_out() -> None:
    received = Direction.RECEIVED
    others = [Chunk(1.0, Direction.SENT, b"s\n") for _ in range(10_000)]
    said = [Chunk(0.0, received, b"one "), *others, Chunk(2.0, received, b"line\n")]
    units = built(Units(said, Cutting(lens_of("lines"))))
    assert units[len(units) - 1] == Chunk(2.0, received, b"one line\n")


def test_of_too_many_pieces_some_of_the_middle_go() -> None:
    recorder = Recorder()
    units = Units(recorder, Cutting(lens_of("fixed:1")), most=400)
    for number in range(200):
        recorder.chunk(Direction.RECEIVED, b"%09d" % number)
        units.build(0.01)
    built(units)
    head, gone = units.gap
    assert gone
    assert len(units) <= 410
    assert len(units) - 1 + gone == 1800
    pieces = [piece.data for piece in units if isinstance(piece, Chunk)]
    said = b"".join(b"%09d" % number for number in range(200))
    assert b"".join(pieces[:head]) == said[:head]
    assert b"".join(pieces[head:]) == said[-len(pieces) + head :]


@given(moments, groupings, st.integers(0, 40), st.integers(1, 20))
def test_pieces_without_their_bytes_are_the_same(
    said: list[Moment], name: str, first: int, most: int
) -> None:
    units = built(Units(said, grouping_of(name)))
    if first >= len(units):
        return
    whole, bare = units.run(first, most), units.run(first, most, with_data=False)
    assert (bare.ats, bare.ways, bare.sizes) == (whole.ats, whole.ways, whole.sizes)
    flags = [unit.flag for at in range(first, first + len(bare)) if (unit := units.unit(at))]
    assert list(units.flags(first, len(bare))) == flags


@given(moments, groupings)
def test_pieces_read_together_are_those_read_one_by_one(said: list[Moment], name: str) -> None:
    units = built(Units(said, grouping_of(name)))
    assert [each for run in runs(units) for each in moments_of(units, run.first, len(run))] == [
        units[at] for at in range(len(units))
    ]


def test_thousands_of_pieces_under_stars_are_read_in_few_reads() -> None:
    said = Looks()
    for number in range(10):
        lines = (b"line %04d of %02d\n" % (line, number) for line in range(1000))
        said.chunk(Direction.RECEIVED, b"".join(lines))
    units = built(Units(said, grouping_of("lines")))
    masked = MaskedTimeline(units)
    said.looks = 0
    found = [masked.run(first, 100).data for first in range(0, len(masked), 100)]
    assert b"".join(found) == b"".join(chunk.data for chunk in said if isinstance(chunk, Chunk))
    assert said.looks < 10 * len(found)


def test_it_tells_how_far_it_is_behind() -> None:
    said: list[Moment] = [Chunk(0.0, Direction.SENT, b"a\n")] * 5000
    units = Units(said, grouping_of("lines"))
    assert units.behind == 5000
    units.build(0.0)
    assert 0 < units.behind < 5000
    assert built(units).behind == 0
