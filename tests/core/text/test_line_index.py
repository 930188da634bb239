"""Rows of a body: none lost, none doubled, quick at any size."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.text.line_index import BLOCK, ROW_LIMIT, LineIndex
from tests.strategies import examples


def indexed(source: Body | bytes, step: int = 1 << 20) -> LineIndex:
    index = LineIndex(source)
    while not index.build(step):
        pass
    return index


def check(data: bytes, source: Body | bytes | None = None, step: int = 1 << 20) -> None:
    """All rows together are the data, and each is where the index says."""
    index = indexed(data if source is None else source, step)
    rows = index.rows(0, index.count + 10)
    assert len(rows) == index.count
    rebuilt = bytearray()
    for row in rows:
        assert b"\n" not in row
        assert len(row) <= ROW_LIMIT
        rebuilt += row
        end = len(rebuilt)
        if data[end : end + 1] == b"\n":
            rebuilt += b"\n"
    assert bytes(rebuilt) == data
    assert index.offset(index.count) == len(data)
    for number in range(0, index.count, index.count // 20 + 1):
        start = index.offset(number)
        assert data[start : start + len(rows[number])] == rows[number]
        assert index.rows(number, 1) == [rows[number]]
        assert index.row_at(start) == number
        assert index.row_at(index.offset(number + 1) - 1) == number


PIECE = st.one_of(
    st.binary(max_size=20),
    st.just(b"\n"),
    st.just(b"\r\n"),
    st.integers(1, 3).map(lambda n: b"\n" * (n * 30_000)),
    st.integers(ROW_LIMIT - 2, ROW_LIMIT + 2).map(lambda n: b"x" * n),
    st.integers(BLOCK - 2, 2 * BLOCK).map(lambda n: b"y" * n),
    st.integers(1, 40_000).map(lambda n: "é漢🙂".encode() * n),
    st.integers(1, 20_000).map(lambda n: b"\x80" * n),
    st.integers(1, 3000).map(lambda n: b"some words\n" * n),
)


@examples(0.6)
@given(st.lists(PIECE, max_size=6).map(b"".join), st.sampled_from([1, BLOCK, 1 << 30]))
def test_no_row_is_lost_or_doubled(data: bytes, step: int) -> None:
    check(data, step=step)


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"a\n\nb", [b"a", b"", b"b"]),
        (b"a\r\nb\rc\x0b\x0c\x1c\x85", [b"a\r", b"b\rc\x0b\x0c\x1c\x85"]),
        (b"x" * ROW_LIMIT + b"\n", [b"x" * ROW_LIMIT]),
        (b"x" * (ROW_LIMIT + 1), [b"x" * ROW_LIMIT, b"x"]),
    ],
)
def test_only_a_line_feed_separates(data: bytes, rows: list[bytes]) -> None:
    assert indexed(data).rows(0, 10) == rows


def test_a_long_line_is_never_cut_inside_a_character() -> None:
    data = ("a" + "漢🙂" * 60_000).encode()
    index = indexed(data)
    assert "".join(row.decode() for row in index.rows(0, index.count)).encode() == data


def test_rows_before_the_index_is_complete() -> None:
    index = LineIndex(b"line\n" * 100_000)
    assert not index.build(1)
    assert 0 < index.count < 100_000
    assert index.rows(index.count - 1, 5) == [b"line"]
    assert index.rows(index.count + 5, 5) == []
    assert index.indexed == index.offset(index.count)
    assert index.row_at(499_999) == index.count - 1
    with pytest.raises(IndexError):
        index.offset(index.count + 1)


def test_a_body_that_grows_goes_on_in_its_last_row() -> None:
    data = b"".join(b"line %d\n" % n for n in range(40_000)) + b"unfinis"
    index = indexed(data)
    assert index.rows(index.count - 1, 1) == [b"unfinis"]
    whole = data + b"hed\n" + b"z" * 100_000 + b"\nlast"
    index.grow(whole)
    assert not index.complete
    while not index.build():
        pass
    assert index.rows(0, index.count) == indexed(whole).rows(0, index.count)
    assert index.rows(40_000, 1) == [b"unfinished"]
    index.grow(whole)
    assert index.complete


def test_a_file_is_read_where_it_is_needed(tmp_path: Path) -> None:
    data = bytes(n * n % 251 for n in range(300_000)) + b"word " * 50_000
    path = tmp_path / "body"
    path.write_bytes(data)
    body = Body.in_file(path, len(data), "")
    check(data, body)


def test_a_file_that_is_gone_or_shorter_is_told(tmp_path: Path) -> None:
    path = tmp_path / "body"
    with pytest.raises(BodyError, match="Could not read"):
        LineIndex(Body.in_file(path, 10, ""))
    path.write_bytes(b"a\nb\n")
    index = indexed(Body.in_file(path, 1_000_000, ""))
    assert index.rows(0, 10) == [b"a", b"b"]
    with pytest.raises(BodyError):
        LineIndex(Body.lost(5, ""))


@pytest.mark.parametrize("line", [b"a line of an ordinary length\n", b"{}" * 1000 + b",", b"\n"])
def test_a_slice_never_holds_a_frame(line: bytes) -> None:
    data = line * ((8 << 20) // len(line))
    index = LineIndex(data)
    slowest = 0.0
    while not index.complete:
        start = time.process_time()
        index.build(1 << 20)
        slowest = max(slowest, time.process_time() - start)
    assert slowest < 0.1  # about 1 ms on a quiet machine


WIDTH = st.sampled_from([0, 8, 30])
CODECS = ["utf-8", "cp1252", "utf-16-le", "utf-16-be", "utf-32-be", "cp932"]
WORDS = st.lists(
    st.sampled_from(
        ["word ", "\n", "漢字", "\t", "\r\n", "é", "🙂", "\u0301", "\0", "\u0a00", "z" * 99]
    ),
    max_size=40,
).map("".join)


@pytest.mark.parametrize("codec", CODECS)
@examples(0.5)
@example(text="word ", times=40, odd=b"\r", width=8)
@example(text="\n", times=1, odd=b"\r", width=8)
@given(text=WORDS, times=st.sampled_from([1, 1, 40, 900]), odd=st.binary(max_size=3), width=WIDTH)
def test_rows_of_any_charset_and_width_hold_all_bytes(
    codec: str, text: str, times: int, odd: bytes, width: int
) -> None:
    data = (text * times).encode(codec, "replace") + odd
    index = LineIndex(data, codec=codec, width=width)
    while not index.build(1):
        pass
    rows = index.rows(0, index.count)
    feed = "\n".encode(codec)
    offsets = [index.offset(row) for row in range(index.count + 1)]
    assert offsets == sorted(set(offsets))
    for row, start, after in zip(rows, offsets, offsets[1:], strict=False):
        assert data[start:after] in (row, row + feed)
        if codec != "cp932":  # a line feed may be the second half of nothing there
            assert "\n" not in row.decode(codec, "replace")
    assert [index.row_at(offset) for offset in offsets[:-1]] == list(range(index.count))
    assert b"".join(data[a:b] for a, b in pairwise(offsets)) == data


@pytest.mark.parametrize("codec", CODECS)
def test_a_wide_line_feed_is_not_seen_across_two_characters(codec: str) -> None:
    data = "a\u0a00\u0a0ab\nc".encode(codec, "replace")
    assert indexed_as(data, codec).count == 2


def indexed_as(data: bytes, codec: str, width: int = 0) -> LineIndex:
    index = LineIndex(data, codec=codec, width=width)
    while not index.build():
        pass
    return index


def test_a_wrapped_row_is_as_wide_as_the_view() -> None:
    index = indexed_as("漢字ab\n\nx\ty".encode() + b"\0\x81" * 4, "utf-8", 5)
    assert [row.decode("utf-8", "replace") for row in index.rows(0, 20)][:4] == [
        *("漢字a", "b", "", "x\ty")
    ]
    assert indexed_as(b"1234567890\r\n" * 7, "utf-8", 10).rows(6, 2) == [b"1234567890\r"]
    assert indexed_as(b"x" * 1000 + b"\n" + b"y" * 10, "utf-8", 10).count == 101


def test_wrapped_rows_are_counted_as_they_are_cut() -> None:
    data = ("some words of a line that is rather long\n" * 3 + "漢字 mixed\twith tabs\n") * 5000
    for codec in ("utf-8", "utf-16-le"):
        for width in (8, 17, 120):
            index = indexed_as(data.encode(codec), codec, width)
            assert len(index.rows(0, index.count + 1)) == index.count


@given(st.integers(0, 200_000), st.sampled_from([0, 30]))
def test_a_source_that_changed_is_cut_again_from_there(place: int, width: int) -> None:
    data = b"".join(b"line %d of many words, and some more\n" % n for n in range(6000))
    other = data[:place] + b"!" + data[place + 50 :]
    index = indexed_as(data, "utf-8", width)
    index.change(other, place)
    while not index.build():
        pass
    assert index.rows(0, index.count + 1) == indexed_as(other, "utf-8", width).rows(
        0, index.count + 1
    )


@pytest.mark.parametrize("width", [0, 118])
@pytest.mark.parametrize(
    "piece", [b"\0", b"\n", b"x", "漢".encode(), b"\x81", b"words\tand tabs\n", "a\u0301".encode()]
)
def test_no_kind_of_text_takes_long(piece: bytes, width: int) -> None:
    index = LineIndex(piece * ((2 << 20) // len(piece)), width=width)
    slowest = 0.0
    while not index.complete:
        start = time.process_time()
        index.build(1)
        slowest = max(slowest, time.process_time() - start)
    assert slowest < 0.1
