from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.scrubbing.spans import Span, hidden, merged, replaced, sizes_after


def test_what_is_starred_is_found_without_its_quotes() -> None:
    assert list(hidden(b'{"a":"bc"}', b'{"a":"**"}')) == [(6, 8)]
    assert list(hidden(b'{"a":1234}', b'{"a":"**"}')) == [(5, 9)]
    assert list(hidden(b"a** b", b"a** b")) == []
    assert list(hidden(b"a** bc", b"a** **")) == [(4, 6)]


def test_spans_that_overlap_become_one() -> None:
    spans = [Span(4, 6, b"c"), Span(0, 3, b"a"), Span(2, 5, b"b")]
    assert merged(spans) == [Span(0, 6, b"a")]
    assert merged([Span(3, 4, b"b"), Span(0, 3, b"a")]) == [Span(0, 3, b"a"), Span(3, 4, b"b")]


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=6)


@given(st.lists(st.integers(0, 9), max_size=8), SPANS, st.binary(max_size=3))
def test_pieces_are_cut_where_the_stream_was(
    sizes: list[int], places: list[tuple[int, int]], stands: bytes
) -> None:
    data = bytes(range(sum(sizes)))
    spans = merged(
        Span(start, min(start + size, len(data)), stands)
        for start, size in places
        if start < len(data)
    )
    after = sizes_after(sizes, spans)
    assert len(after) == len(sizes)
    assert sum(after) == len(replaced(data, spans))
    assert all(size >= 0 for size in after)
    if not spans:
        assert after == sizes
