"""Finding through a lens: what rows say, and how little is read for it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.contained import Contained
from sonde_core.lenses.lens import Reading
from sonde_core.lenses.text_lenses import Lines
from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.masked import MaskedTimeline
from sonde_core.recording.recorder import Recorder
from sonde_core.search import Query
from sonde_core.settings import Limits
from sonde_tui.widgets.find.finder import AnyFinder
from sonde_tui.widgets.find.finders import finder_of
from sonde_tui.widgets.find.lens_finder import LensFinder
from sonde_tui.widgets.find.row_finder import RowFinder
from sonde_tui.widgets.transcript.about import About
from sonde_tui.widgets.transcript.arranging import arranged
from sonde_tui.widgets.transcript.lens_rows import LensRows

LENSES = ["lines", "jsonl", "delimiter:0a", "fixed:5", "length:1", "resp", "http"]
ENDED = Event(0.0, EventKind.HALF_CLOSED, "we sent our end")

said = st.lists(
    st.one_of(
        st.builds(
            Chunk,
            st.just(0.0),
            st.sampled_from(Direction),
            st.one_of(
                st.binary(max_size=9),
                st.sampled_from([b"a\n", b"Ab\r\ncab", b"\n", b'{"a": "b\\u0061"}\n', b"+ab\r\n"]),
            ),
        ),
        st.builds(Event, st.just(0.0), st.sampled_from(EventKind), st.just("ab event")),
    ),
    max_size=30,
)


def rows_of(
    timeline: Sequence[Moment], lens: str | Contained, *, message: bool = False
) -> LensRows:
    made = lens_of(lens) if isinstance(lens, str) else lens
    pieces, units = arranged(
        timeline, About(kind="udp" if message else "tcp"), joined=False, lens=made
    )
    assert units is not None
    rows = LensRows(pieces, units, made, datagrams=message)
    while not rows.build(1.0):
        pass
    return rows


async def finished(finder: AnyFinder) -> AnyFinder:
    while not finder.search.idle:
        await finder.search.work(eager=False)
    return finder


@example([Chunk(0.0, Direction.SENT, b"\xa0")], "lines", "a", False, False)
@example([Chunk(0.0, Direction.SENT, b"\xa0\n\n\n\n\n")], "lines", "A0", False, False)
@example([Chunk(0.0, Direction.SENT, "\u202e\n\n\n\n\n".encode())], "lines", "u+", False, False)
@example([Chunk(0.0, Direction.SENT, bytes(6)), ENDED], "fixed:5", "byte", False, False)
@example([Chunk(0.0, Direction.SENT, b"one\ntwo"), ENDED], "lines", "line", False, False)
@example([Chunk(0.0, Direction.SENT, b"one\ntwo"), ENDED], "delimiter:0a", "mite", False, False)
@given(
    said,
    st.sampled_from(LENSES),
    st.sampled_from(["a", "ab", "61", "LF", "line", "k", " ", "byte", "event"]),
    st.booleans(),
    st.booleans(),
)
async def test_every_row_that_says_it_is_found(
    moments: list[Moment], lens: str, text: str, message: bool, folded: bool
) -> None:
    rows = rows_of(moments, lens, message=message)
    if folded:
        rows.turn_all()
        rows.build(1.0)
    finder = await finished(LensFinder(rows, Query(text), 0))
    slow = await finished(RowFinder(rows, Query(text), 0))
    everything = (0, 0, -1), (rows.count, 0, -1)
    assert finder.search.count == slow.search.count
    if rows.count < 200:
        assert finder.search.between(*everything) == slow.search.between(*everything)


@pytest.mark.parametrize("lens", ["lines", "http"])
async def test_secrets_under_stars_are_not_found(lens: str) -> None:
    head = b"GET / HTTP/1.1\r\nAuthorization: Bearer topsecret\r\n\r\n"
    timeline = MaskedTimeline([Chunk(0.0, Direction.SENT, head)])
    rows = rows_of(timeline, lens)
    assert (await finished(finder_of(rows, Query("topsecret"), 0))).search.count == 0
    assert (await finished(finder_of(rows, Query("Authorization"), 0))).search.count == 1


async def test_rows_around_what_is_gone_are_found() -> None:
    recorder = Recorder(limits=Limits(record_kept=20_000))
    for number in range(1000):
        recorder.chunk(Direction.RECEIVED, b"needle %d\n" % number)
    rows = rows_of(recorder, "lines")
    assert rows.pieces.gap[1]
    finder = await finished(finder_of(rows, Query("needle"), 0))
    assert finder.search.count == rows.count - 1
    finder = await finished(finder_of(rows, Query("before"), 0))
    assert [finder.row_of(hit) for hit in finder.search.between((0, 0, -1), (999, 0, -1))] == [
        rows.index.gap_row
    ]


async def test_only_messages_with_a_hit_are_read() -> None:
    lines = (b"line %07d of many\n" % number for number in range(20_000))
    rows = rows_of([Chunk(0.0, Direction.RECEIVED, b"".join(lines))], Counting.lens())
    Counting.reads = 0
    finder = await finished(finder_of(rows, Query("0017777"), rows.count - 1))
    assert finder.search.count == 1
    assert Counting.reads < 10


class Counting(Lines):
    reads = 0

    @classmethod
    def lens(cls) -> Contained:
        return Contained(cls(), trusted=True)

    def read(self, data: bytes) -> Reading:
        Counting.reads += 1
        return super().read(data)
