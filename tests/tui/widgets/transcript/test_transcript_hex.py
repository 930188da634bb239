from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.model import Chunk, Direction
from sonde_core.recording.timeline import run_of
from sonde_tui.widgets.transcript.transcript_hex import both_rows, hex_rows, row_starts

PIECES = [b"a", b"\n", b"\r\n", b"xyz", b"\xff" * 9, "é‹😀".encode(), b"\xe2\x80", b"\x80" * 5]
lined = st.lists(st.sampled_from(PIECES)).map(b"".join)


@given(lined, st.sampled_from([4, 8, 16]))
def test_rows_beside_text_end_with_lines_and_hold_every_byte(data: bytes, width: int) -> None:
    starts = list(row_starts(data, width))
    ends = [*starts[1:], len(data)]
    rows = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    assert b"".join(rows) == data
    assert all(len(row) <= width and b"\n" not in row[:-1] for row in rows)
    assert all(rows[:-1])


@given(st.lists(lined, min_size=1, max_size=5), st.sampled_from([4, 8, 16]))
def test_rows_are_counted_as_they_are_drawn(chunks: list[bytes], width: int) -> None:
    run = run_of([Chunk(0.0, Direction.SENT, data) for data in chunks], 0)
    assert both_rows(width)(run) == [len(row_starts(data, width)) for data in chunks]
    assert hex_rows(width)(run) == [max(1, -(-len(data) // width)) for data in chunks]


@given(st.text(min_size=1), st.sampled_from([4, 8, 16]))
def test_no_character_is_cut_in_two(text: str, width: int) -> None:
    data = text.encode("utf-8", "replace")
    starts = list(row_starts(data, width))
    rows = [data[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    assert "".join(row.decode() for row in rows) == data.decode()
    assert all(len(row) > width - 4 for row in rows[:-1] if not row.endswith(b"\n"))


def test_what_is_no_character_fills_its_rows() -> None:
    for data in (b"\x80" * 40, b"\xf0\x9f\x98" * 12, b"a" * 7 + b"\xe2"):
        assert list(row_starts(data, 8)) == list(range(0, len(data), 8))
