from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.formats.hexdump import as_hex, rows
from sonde_core.http_request import HttpRequest
from sonde_core.model import Event, EventKind

from .conftest import answer, http_entry, received, sent, session_entry


def test_a_row_holds_offset_hex_and_text() -> None:
    assert list(rows(b"Hello, World!\r\n\xff\x7fabc", 16)) == [
        "00000010  48 65 6c 6c 6f 2c 20 57  6f 72 6c 64 21 0d 0a ff  |Hello, World!...|",
        "00000020  7f 61 62 63                                       |.abc|",
    ]
    assert list(rows(b"")) == []


@pytest.mark.skipif(shutil.which("hexdump") is None, reason="hexdump is not installed")
@pytest.mark.parametrize("size", [1, 7, 8, 9, 15, 16, 17, 256])
def test_rows_are_those_of_hexdump(size: int) -> None:
    data = bytes(range(256))[-size:]
    result = subprocess.run(["hexdump", "-C"], input=data, capture_output=True, check=True)
    assert list(rows(data)) == result.stdout.decode().splitlines()[:-1]


@given(st.binary(max_size=100), st.integers(0, 1 << 32))
def test_rows_read_back_to_the_bytes(data: bytes, offset: int) -> None:
    found = list(rows(data, offset))
    assert b"".join(bytes.fromhex(row.partition("  ")[2][:48]) for row in found) == data
    assert all("".join(found).isprintable() for _ in found)


def test_directions_have_offsets_of_their_own() -> None:
    entry = session_entry(
        "tcp://h:1", sent(b"ab", 0.5), received(b"x" * 17, 1.25), sent(b"c", 12.0)
    )
    lines = as_hex(entry).splitlines()
    assert [line[:25] for line in lines] == [
        "    0.500000 > 00000000  ",
        "    1.250000 < 00000000  ",
        "    1.250000 < 00000010  ",
        "   12.000000 > 00000002  ",
    ]
    assert lines[3].endswith("|c|")


def test_a_gap_is_told() -> None:
    gap = Event(2.0, EventKind.DROPPED, "9 bytes in 3 moments were not kept\x1b")
    text = as_hex(session_entry("tcp://h:1", sent(b"a"), gap, sent(b"b")))
    assert "# 9 bytes in 3 moments were not kept␛: offsets" in text


def test_secrets_are_starred_in_the_bytes() -> None:
    head = b"GET / HTTP/1.1\r\nAuthorization: Bearer hush\r\n\r\n"
    entry = http_entry(HttpRequest(url="http://h/"), sent(head), response=answer())
    assert "er hush" not in as_hex(entry)
    assert as_hex(entry).count(" 2a") == 3  # more would tell a length
    assert "er hush" in as_hex(entry, reveal=True)
