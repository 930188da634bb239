from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.secret_lines import mask_logins


@pytest.mark.parametrize(
    ("data", "masked"),
    [
        (b"USER ann\r\nPASS s3cr3t\r\nQUIT\r\n", b"USER ann\r\nPASS ******\r\nQUIT\r\n"),
        (b"USER a\r\nAUTH TLS\r\nPASS x y\r\n", b"USER a\r\nAUTH TLS\r\nPASS ***\r\n"),
        (b"user ann\npass s3cr3t\n", b"user ann\npass ******\n"),
        (b"PASS irc-word\r\nNICK x\r\n", b"PASS ********\r\nNICK x\r\n"),
        (b"EHLO x\r\nAUTH PLAIN AGFubgB4\r\n", b"EHLO x\r\nAUTH PLAIN ********\r\n"),
        (b"AUTH PLAIN\r\nAGFubgB4\r\nMAIL\r\n", b"AUTH PLAIN\r\n********\r\nMAIL\r\n"),
        (b"AUTH LOGIN\r\nYW5u\r\neA==\r\nDATA\r\n", b"AUTH LOGIN\r\n****\r\n****\r\nDATA\r\n"),
        (b"AUTH LOGIN\r\nQUIT\r\n", b"AUTH LOGIN\r\nQUIT\r\n"),
        (b"a1 LOGIN ann s3cr3t\r\n", b"a1 LOGIN ann ******\r\n"),
        (b'a1 login "a b" "c d"\r\na2 X\r\n', b'a1 login "a b" *****\r\na2 X\r\n'),
        (b"a AUTHENTICATE PLAIN AGFubgB4\r\n", b"a AUTHENTICATE PLAIN ********\r\n"),
        (b"a AUTHENTICATE PLAIN\r\nAGFubgB4\r\n", b"a AUTHENTICATE PLAIN\r\n********\r\n"),
        (b"AUTH s3cr3t\r\n", b"AUTH ******\r\n"),
        (b"AUTH ann s3cr3t\r\n", b"AUTH ann ******\r\n"),
        (b"*2\r\n$4\r\nAUTH\r\n$3\r\nabc\r\n", b"*2\r\n$4\r\nAUTH\r\n$3\r\n***\r\n"),
        (
            b"*3\r\n$4\r\nauth\r\n$3\r\nann\r\n$3\r\nabc\r\n",
            b"*3\r\n$4\r\nauth\r\n$3\r\nann\r\n$3\r\n***\r\n",
        ),
        (
            b"*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$3\r\nabc\r\n",
            b"*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$3\r\n***\r\n",
        ),
    ],
)
def test_what_gives_access_is_starred(data: bytes, masked: bytes) -> None:
    assert mask_logins(data) == masked


@pytest.mark.parametrize(
    "data",
    [
        b"250-AUTH LOGIN PLAIN\r\n",
        b"AUTH TLS\r\n",
        b"AUTH CRAM-MD5\r\n",
        b"PASS src/App.test.js\nPASS src/b.test.js\n",
        b"x\r\nPASS y\r\n",
        b"please LOGIN here or there, ann\r\n",
        b"the author of this\r\n",
    ],
)
def test_what_is_none_stays(data: bytes) -> None:
    assert mask_logins(data) == data


PIECES = st.sampled_from(
    [b"AUTH ", b"PASS ", b"USER a", b"\r\n", b"\n", b"LOGIN ", b"a ", b"$4\r\n", b"*2\r\n", b'"']
)


@given(st.lists(PIECES | st.binary(max_size=5), max_size=20))
def test_no_length_changes(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    masked = mask_logins(data)
    assert len(masked) == len(data)
    assert masked.count(b"\n") == data.count(b"\n")


@pytest.mark.parametrize(
    "piece",
    [b"USER a\n", b"AUTH LOGIN\n", b'a LOGIN "', b"AUTH a", b"\n", b"\n*3\r\n$4\r\nAUTH\r\n"],
)
def test_a_megabyte_takes_little_time(piece: bytes) -> None:
    data = piece * ((1 << 20) // len(piece))
    start = time.process_time()
    mask_logins(data)
    assert time.process_time() - start < 3
