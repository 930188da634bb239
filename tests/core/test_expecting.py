from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.expecting import Match, Recent, Search


def test_recent_keeps_the_newest_bytes_within_its_window() -> None:
    recent = Recent(window=1000)
    for number in range(100):
        recent.add(bytes([number]) * 100)
    start, data = recent.since(0)
    assert recent.end == 10_000
    assert data.endswith(bytes([99]) * 100)
    assert start + len(data) == 10_000
    assert len(data) <= 1000


def test_recent_gives_the_rest_from_within_a_piece() -> None:
    recent = Recent()
    recent.add(b"hello ")
    recent.add(b"world")
    assert recent.since(3) == (3, b"lo world")
    assert recent.since(8) == (8, b"rld")
    assert recent.since(11) == (11, b"")


@given(st.lists(st.binary(max_size=20), max_size=20), st.integers(0, 400))
def test_recent_is_a_view_of_the_joined_bytes(pieces: list[bytes], offset: int) -> None:
    recent = Recent()
    for piece in pieces:
        recent.add(piece)
    offset = min(offset, recent.end)
    assert recent.since(offset) == (offset, b"".join(pieces)[offset:])


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_pattern_is_found_however_it_is_cut(text: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    pattern = text[at : at + data.draw(st.integers(1, 8))]
    cut = data.draw(st.integers(0, len(text)))
    search = Search(pattern, 0)
    found = search.feed(0, text[:cut]) or search.feed(cut, text[cut:])
    assert found == Match(pattern, text.find(pattern) + len(pattern))


def test_a_search_forgets_what_fell_out_of_its_window() -> None:
    search = Search(b"needle", 0, window=10)
    assert search.feed(0, b"x" * 100 + b"nee") is None
    assert search.feed(103, b"dle") == Match(b"needle", 106)


def test_a_gap_is_not_matched_across() -> None:
    search = Search(b"ab", 0)
    assert search.feed(0, b"a") is None
    assert search.feed(5, b"b") is None
    assert search.feed(6, b"ab") == Match(b"ab", 8)


def test_a_regular_expression_gives_what_matched() -> None:
    search = Search(re.compile(rb"\d+;"), 10)
    assert search.feed(10, b"a12") is None
    assert search.feed(13, b"3;b") == Match(b"123;", 15)
