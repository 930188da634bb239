import pytest

from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.recorder import Recorder
from sonde_core.search import LATER, Query
from sonde_core.settings import Limits
from sonde_tui.widgets.find.transcript_finder import TranscriptFinder
from sonde_tui.widgets.transcript.transcript_rows import TranscriptRows


def received(data: bytes) -> Chunk:
    return Chunk(0.5, Direction.RECEIVED, data)


async def finder_in(
    moments: list[Moment] | Recorder, query: Query, *, width: int = 0, both: bool = False
) -> TranscriptFinder:
    rows = TranscriptRows(moments, width=width, both=both)
    while not rows.build(1.0):
        pass
    return await finished(TranscriptFinder(rows, query, 0))


async def finished(finder: TranscriptFinder) -> TranscriptFinder:
    while not finder.search.idle:
        await finder.search.work(eager=False)
    return finder


async def painted(finder: TranscriptFinder) -> dict[int, list[str]]:
    """Return what is painted of each row that has a hit."""
    found = {}
    for row in range(finder.source.count):
        list(finder.shown(row, 0, 200))
        await finished(finder)
        text = "".join(part for part, _ in finder.source.line(row))
        found[row] = [text[left:right] for _, left, right in finder.shown(row, 0, 200)]
    return {row: texts for row, texts in found.items() if texts}


async def test_text_is_found_over_the_lines_of_a_chunk_and_not_over_chunks() -> None:
    moments: list[Moment] = [received(b"a\r\nneedle\r\n"), received(b"nee"), received(b"dle")]
    finder = await finder_in(moments, Query("needle"))
    assert await painted(finder) == {1: ["needle"]}
    finder = await finder_in(moments, Query(r"a\s+need", regex=True))
    assert await painted(finder) == {0: ["a␍␊"], 1: ["need"]}


async def test_what_an_event_says_is_found() -> None:
    event = Event(0.0, EventKind.CONNECTED, "connected to needle.example")
    finder = await finder_in([event, received(b"x")], Query("needle"))
    assert await painted(finder) == {0: ["needle"]}
    hit = finder.search.beside((0, 0, -1), forward=True)
    assert hit is not LATER
    assert hit is not None
    assert finder.row_of(hit) == 0


async def test_a_long_line_of_a_chunk_is_searched_over_its_rows() -> None:
    finder = await finder_in([received(b"x\n" + b"-" * 4090 + b"needle" * 2)], Query("needle"))
    assert [(row, len(texts)) for row, texts in (await painted(finder)).items()] == [(2, 1)]
    assert finder.search.count == 2
    assert finder.row_of((0, 4092, 4098)) == 1
    assert finder.row_of((0, 4098, 4104)) == 2


@pytest.mark.parametrize("typed", ["needle", "6e 65 65 64 6c 65"])
async def test_hex_shows_a_hit_among_digits_and_characters(typed: str) -> None:
    finder = await finder_in([received(b"-" * 13 + b"needle")], Query(typed), width=16)
    assert await painted(finder) == {0: ["6e 65 65", "nee"], 1: ["64 6c 65", "dle"]}


async def test_a_hit_is_shown_among_digits_and_in_the_text_beside_them() -> None:
    said: list[Moment] = [received("line\nä needle".encode())]
    finder = await finder_in(said, Query("needle"), width=16, both=True)
    assert await painted(finder) == {1: ["6e 65 65 64 6c  65", "needle"]}


async def test_what_a_recording_drops_is_not_found_any_more() -> None:
    recorder = Recorder(limits=Limits(record_kept=20_000))
    rows = TranscriptRows(recorder)
    for number in range(100):
        recorder.chunk(Direction.RECEIVED, b"needle %d" % number)
    rows.build(1.0)
    finder = await finished(TranscriptFinder(rows, Query("needle"), 0))
    assert finder.search.count == 100
    for number in range(100, 1000):
        recorder.chunk(Direction.RECEIVED, b"needle %d" % number)
    rows.build(1.0)
    finder.changed(rows.index.gap_row or 0)
    await finished(finder)
    kept = sum(isinstance(moment, Chunk) for moment in recorder)
    assert kept < 900
    assert finder.search.count == kept
    while (last := finder.search.beside((0, 0, -1), forward=False)) is LATER:
        await finder.search.work(eager=True)
    assert last is not None
    assert finder.row_of(last) == rows.count - 1
