from __future__ import annotations

import time

import pytest

from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.cutter import split

LENS = lens_of("resp")


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "GET k"),
        (b"$-1\r\n", "(null)"),
        (b"_\r\n", "(null)"),
        (b"+OK\r\n", "OK"),
        (b"-ERR no\r\n", "error: ERR no"),
        (b":42\r\n", "42"),
        (b"$0\r\n\r\n", '""'),
        (b"%1\r\n+a\r\n:1\r\n", "map of 1: a 1"),
        (b"~2\r\n:1\r\n:2\r\n", "set of 2: 1 2"),
        (b"*2\r\n*1\r\n:1\r\n:2\r\n", "array of 2: (array of 1) 1 2"),
        (b"*?\r\n:1\r\n:2\r\n.\r\n", "array of ?: 1 2"),
        (b"|1\r\n+ttl\r\n:9\r\n+OK\r\n", "attributes of 1: ttl 9 OK"),
        (b"PING hello\r\n", "PING hello"),
        (b"=7\r\ntxt:abc\r\n", "txt:abc"),
    ],
)
def test_values(data: bytes, title: str) -> None:
    found = LENS.read(data)
    assert (found.title, found.error) == (title, "")
    assert LENS.count(data) == len(found.parts)
    assert split(LENS, data + data) == [data, data]
    assert all(LENS.cut(data[:size], 0, ended=False) in (0, len(data)) for size in range(1, 4))


def test_the_values_of_an_array_are_its_parts() -> None:
    data = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
    found = LENS.read(data).parts
    assert [(part.value, data[part.start : part.end]) for part in found] == [
        ("GET", b"$3\r\nGET\r\n"),
        ("k", b"$1\r\nk\r\n"),
    ]


@pytest.mark.parametrize("many", [1, 99, 100, 101, 5000])
def test_parts_are_counted_without_being_read(many: int) -> None:
    data = b"*%d\r\n%b" % (many, b":1\r\n" * many)
    assert LENS.count(data) == len(LENS.read(data).parts) == min(many, 100)


def test_what_is_no_resp_is_passed_over() -> None:
    found = split(LENS, b"\x00\x01\r\n+OK\r\n*x\r\n:1\r\n")
    assert found == [b"\x00\x01\r\n", b"+OK\r\n", b"*x\r\n", b":1\r\n"]
    assert LENS.read(found[0]).error == "this is no RESP"


def test_arrays_in_arrays_end_somewhere() -> None:
    assert b"".join(split(LENS, b"*1\r\n" * 500)) == b"*1\r\n" * 500


def test_an_array_of_very_many_values_takes_no_time_without_end() -> None:
    data = b"*1000000\r\n" + b":1\r\n" * 250_000
    begun = time.process_time()
    size = LENS.cut(data, 0, ended=False)
    assert time.process_time() - begun < 0.5
    assert 0 < size < len(data)
    assert b"".join(split(LENS, data)) == data
