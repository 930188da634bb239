"""All lenses: every byte is in one piece, whatever the bytes are and however they come."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.contained import Contained
from sonde_core.lenses.cutter import Cutter, Flag, split
from sonde_core.lenses.lens import WINDOW
from sonde_core.lenses.text_lenses import Lines
from tests.strategies import examples

ALL = (
    *("lines", "jsonl", "delimiter:0d0a", "length:1", "length:2be", "length:4lei", "length:8le"),
    *("fixed:7", "http", "sse", "websocket", "resp", "dns", "tls"),
)
PIECES = (
    *(b"\r\n", b"\n", b"\r", b"\0", b"\0\x05", b"GET / HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n"),
    *(b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n"),
    *(b"*2\r\n", b"$3\r\nabc\r\n", b"+OK\r\n", b"*?\r\n", b".\r\n", b"%1\r\n", b"$-1\r\n"),
    *(b"data: x\n", b": c\n", b'{"a": [1, 2]}\n', b"\x81\x02hi", b"\x88\x80abcd"),
    *(b"\x16\x03\x01\0\x05", b"\x01\0\0\x01x", b"\x17\x03\x03\0\x02zz", b"\0\x0c" + bytes(12)),
)
OBJECTS = st.dictionaries(st.text(max_size=3), st.integers(), max_size=120).map(
    lambda value: json.dumps(value).encode() + b"\n"
)
said = st.lists(st.one_of(st.binary(max_size=20), st.sampled_from(PIECES)), max_size=30)


@pytest.mark.parametrize("name", ALL)
@examples(1)
@given(parts=said, sizes=st.lists(st.integers(1, 40), min_size=1))
def test_every_byte_is_in_one_piece(name: str, parts: list[bytes], sizes: list[int]) -> None:
    data, lens = b"".join(parts), lens_of(name)
    assert b"".join(split(lens, data)) == data
    cutter, found, at, here = Cutter(lens, limit=64), list[bytes](), 0, 0
    while here < len(data):
        here += sizes[len(found) % len(sizes)]
        cuts, done = cutter.cuts(data[:here], at, ended=here >= len(data), seconds=1.0)
        assert done
        for size, flag in cuts:
            assert 0 < size <= 64
            found.append(data[at : at + size])
            at += size
            for reading in (lens.read(found[-1]), lens.read(found[-1], datagram=True)):
                assert all(0 <= part.start <= part.end <= size for part in reading.parts)
                assert flag in Flag
    assert b"".join(found) == data
    assert not lens.failure


def test_a_message_longer_than_the_limit_goes_on_in_pieces() -> None:
    data = b"\0\0\1\x2c" + bytes(300) + b"\0\0\0\1x"
    cuts, done = Cutter(lens_of("length:4be"), limit=100).cuts(data, 0, ended=False, seconds=1.0)
    assert done
    assert [(size, flag) for size, flag in cuts] == [
        (100, Flag.OVERFLOW),
        (100, Flag.CONTINUED),
        (100, Flag.CONTINUED),
        (4, Flag.CONTINUED),
        (5, Flag.WHOLE),
    ]


def test_a_line_without_an_end_is_cut_at_the_limit_and_at_the_end() -> None:
    cutter = Cutter(lens_of("lines"), limit=10)
    assert cutter.cuts(b"12345", 0, ended=False, seconds=1.0) == ([], True)
    cuts, _ = cutter.cuts(b"1234567890123", 0, ended=False, seconds=1.0)
    assert cuts == [(10, Flag.OVERFLOW)]
    cuts, _ = cutter.cuts(b"1234567890123", 10, ended=True, seconds=1.0)
    assert cuts == [(3, Flag.WHOLE)]


def test_it_stops_when_its_time_is_over_and_goes_on_from_there() -> None:
    data = b"a\n" * WINDOW
    cuts, done = Cutter(lens_of("lines")).cuts(data, 0, ended=True, seconds=0.0)
    assert (sum(size for size, _ in cuts), done) == (WINDOW - 2, False)
    cuts, done = Cutter(lens_of("resp")).cuts(b"+a\r\n" * 1000, 0, ended=True, seconds=0.0)
    assert (len(cuts), done) == (1, False)


@pytest.mark.parametrize("name", ALL)
@examples(1)
@given(parts=said, at=st.integers(0, 30))
def test_many_at_once_are_those_that_come_one_by_one(
    name: str, parts: list[bytes], at: int
) -> None:
    data, lens = b"".join(parts), lens_of(name)
    for size in lens.cut_many(data, at) if at < len(data) else ():
        assert lens.cut(data, at, ended=False) == size
        at += size
        assert at <= len(data)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=100, deadline=None)
@given(data=st.one_of(st.binary(max_size=40), st.sampled_from(PIECES), OBJECTS))
def test_parts_that_are_counted_are_those_that_are_read(name: str, data: bytes) -> None:
    lens = lens_of(name)
    told, found = lens.parts_of(len(data)), len(lens.read(data).parts)
    assert told in (None, found)
    for datagram in (False, True):
        found = len(lens.read(data, datagram=datagram).parts)
        assert lens.count(data, datagram=datagram) == found


@pytest.mark.parametrize("name", ["lines", "delimiter:00", "fixed:8", "length:1", "length:2lei"])
def test_simple_lenses_have_a_quick_way(name: str) -> None:
    data = {"lines": b"1234567\n", "length:1": b"\x071234567", "length:2lei": b"\x08\x00123456"}
    whole = data.get(name, b"1234567\0") * WINDOW
    sizes = lens_of(name).cut_many(whole, 8)
    assert set(sizes) == {8}
    assert len(sizes) >= WINDOW // 8 - 1


def test_what_is_no_message_is_one_piece() -> None:
    class Picky(Lines):
        def cut(self, data: bytes, at: int, *, ended: bool) -> int:
            return -1 if data[at : at + 1] == b"?" else 2

    lens = Contained(Picky(), trusted=True)
    assert split(lens, b"ab????cd??") == [b"ab", b"????", b"cd", b"??"]
    cuts, _ = Cutter(lens, limit=3).cuts(b"????????", 0, ended=True, seconds=1.0)
    assert [size for size, _ in cuts] == [3, 3, 2]
