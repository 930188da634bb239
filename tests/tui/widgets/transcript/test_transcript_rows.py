"""Long rows of a conversation, of which only what is seen is made."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from sonde_core.model import Chunk, Direction, Moment
from sonde_core.recording.masked import MaskedTimeline
from sonde_tui.widgets.transcript.transcript_rows import TranscriptRows

pieces = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(str.encode),
    st.just("e\u0301\u0302漢".encode() * 300),
    st.just(b"\0" * 9000),
    st.just(b"x" * 5000 + b"\r\n"),
)


def drawn(rows: TranscriptRows, row: int, cells: int) -> tuple[str, int]:
    parts, rest = rows.head(row, cells)
    return "".join(text for text, _ in parts), rest


@settings(max_examples=50, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=3), st.integers(1, 200))
def test_the_head_of_a_row_is_its_beginning_and_fills_the_view(
    chunks: list[bytes], cells: int
) -> None:
    rows = TranscriptRows([Chunk(0.0, Direction.SENT, data) for data in chunks])
    while not rows.build(1):
        pass
    for row in range(rows.count):
        whole, none = drawn(rows, row, 0)
        head, rest = drawn(rows, row, cells)
        assert whole.startswith(head)
        assert none == 0
        assert (rest > 0) is (head != whole)
        assert head == whole or cell_len(head) >= cells


def test_rows_of_nuls_are_drawn_at_once() -> None:
    moments: list[Moment] = [Chunk(0.0, Direction.RECEIVED, bytes(1 << 16)) for _ in range(10)]
    rows = TranscriptRows(MaskedTimeline(moments))
    while not rows.build(1):
        pass
    assert rows.count == 160
    begun = time.process_time()
    for row in range(80, 120):
        drawn(rows, row, 120)
    assert time.process_time() - begun < 0.1


def test_a_row_that_was_masked_is_cut_where_its_bytes_are() -> None:
    secret = "é".encode() * 3000
    head = b"GET / HTTP/1.1\r\nAuthorization: Bearer x" + secret + b"\r\nAccept: */*\r\n"
    plain = TranscriptRows([Chunk(0.0, Direction.SENT, head)])
    rows = TranscriptRows(MaskedTimeline([Chunk(0.0, Direction.SENT, head)]))
    for each in (plain, rows):
        while not each.build(1):
            pass
    assert rows.count == plain.count == 4
    assert sum(rows.text(row).count("*") for row in (1, 2)) == len(b"Bearer x" + secret)
    assert rows.text(3) == "Accept: */*"
