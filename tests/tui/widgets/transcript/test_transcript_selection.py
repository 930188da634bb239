from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_tui.widgets.transcript.transcript_heads import GUTTER
from sonde_tui.widgets.transcript.transcript_rows import TranscriptRows

CHUNKS: list[Moment] = [
    Event(0.0, EventKind.CONNECTED, "connected"),
    Chunk(0.1, Direction.SENT, b"GET /\r\nHost: x\r\n"),
    Event(0.2, EventKind.PEER_END, "closed"),
    Chunk(0.3, Direction.RECEIVED, b"caf\xc3\xa9\xff\nend"),
]


def rows_of(timeline: Sequence[Moment], width: int = 0, *, both: bool = False) -> TranscriptRows:
    rows = TranscriptRows(timeline, width=width, both=both)
    while not rows.build(1.0):
        pass
    return rows


def selected(rows: TranscriptRows, *places: int) -> bytes:
    found = rows.selected(*places)
    return found if isinstance(found, bytes) else found.read()


def test_the_bytes_of_chunks_are_selected_without_times_signs_and_events() -> None:
    rows = rows_of(CHUNKS)
    assert selected(rows, 0, 0, 99, 0) == b"GET /\r\nHost: x\r\ncaf\xc3\xa9\xff\nend"
    assert selected(rows, 1, 0, 2, 0) == b"GET /\r\n"
    assert selected(rows, 1, GUTTER + 4, 2, GUTTER + 4) == b"/\r\nHost"
    assert selected(rows, 4, GUTTER + 3, 4, GUTTER + 8) == b"\xc3\xa9\xff"


def test_of_events_alone_their_words_are_selected() -> None:
    assert selected(rows_of(CHUNKS), 0, 0, 0, 99) == b"connected"


def test_bytes_of_hex_are_selected_by_digits_or_characters() -> None:
    rows = rows_of([Chunk(0.0, Direction.SENT, bytes(range(40)))], width=16)
    digits, drawn = GUTTER + 8, GUTTER + 8 + 16 * 3 + 2
    assert selected(rows, 0, digits + 3, 0, digits + 9) == bytes([1, 2])
    assert selected(rows, 0, drawn + 1, 0, drawn + 3) == bytes([1, 2])
    assert selected(rows, 0, digits + 8 * 3 + 1, 1, digits) == bytes(range(8, 16))
    assert selected(rows, 0, 0, 2, 999) == bytes(range(40))


def test_beside_text_bytes_are_selected_by_digits_or_by_characters() -> None:
    data = b"caf\xc3\xa9 \xff\r\nend"
    rows = rows_of([Chunk(0.0, Direction.SENT, data)], width=16, both=True)
    assert rows.count == 2
    digits, drawn = GUTTER + 8, GUTTER + 8 + 16 * 3 + 2
    assert selected(rows, 0, digits + 9, 0, digits + 15) == b"\xc3\xa9"
    assert selected(rows, 0, drawn + 3, 0, drawn + 4) == b"\xc3\xa9"
    assert selected(rows, 0, drawn + 3, 1, drawn + 1) == b"\xc3\xa9 \xff\r\ne"
    text = "".join(part for part, _ in rows.line(0))
    spans = rows.marked(0, (0, drawn + 3), (0, drawn + 9), len(text))
    assert [text[start:end] for start, end in spans] == ["c3 a9 20 ff", "é ‹FF›"]


@given(
    st.lists(st.one_of(st.binary(max_size=12), st.just(b"a\nb\n")), min_size=1, max_size=6),
    st.sampled_from([0, 4, 8, 16]),
    st.booleans(),
)
def test_from_the_first_row_to_below_the_last_everything_is_selected(
    pieces: list[bytes], width: int, both: bool
) -> None:
    said = [Chunk(0.0, Direction.RECEIVED, piece) for piece in pieces]
    rows = rows_of(said, width, both=both and width > 0)
    assert selected(rows, 0, 0, rows.count, 0) == b"".join(pieces)
    for row in range(rows.count):
        halves = selected(rows, 0, 0, row, 0) + selected(rows, row, 0, rows.count, 0)
        assert halves == b"".join(pieces)
