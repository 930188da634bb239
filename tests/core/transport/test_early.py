from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.transport.early import LONGEST, begins_like_tls, hello_at


def client_hello(version: ssl.TLSVersion) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = version
    outgoing = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="mail.example")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


HELLO = client_hello(ssl.TLSVersion.TLSv1_2)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("before", [b"", b"STARTTLS\r\n", b"\x16\x03\x16 odd \x16", b"\0" * 23])
def test_a_hello_is_found_after_what_came_before(version: ssl.TLSVersion, before: bytes) -> None:
    assert hello_at(before + client_hello(version)) == len(before)


@pytest.mark.parametrize("size", [*range(1, 12), len(HELLO) - 1])
def test_the_first_part_of_a_hello_is_found(size: int) -> None:
    assert hello_at(b"STARTTLS\r\n" + HELLO[:size]) == 10


def test_a_hello_in_several_records_is_found() -> None:
    body = HELLO[5:]
    records = b"".join(
        HELLO[:3] + len(piece).to_bytes(2) + piece
        for piece in (body[start : start + 100] for start in range(0, len(body), 100))
    )
    assert hello_at(b"STARTTLS\r\n" + records) == 10
    assert hello_at(b"STARTTLS\r\n" + records[:-3]) == 10


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"STARTTLS\r\n",
        HELLO + b"\r\n",  # what comes after a hello is none
        b"\x16\x03\x03\x00\x04\x02\x00\x00\x00",  # a ServerHello
        b"\x17\x03\x03\x00\x04\x01\x00\x00\x00",  # data
        b"\x16\x03\x01\x00\x00",  # an empty record
        b"\x16\x03\x01\x40\x01\x01",  # a record that is too long
        b"\x16\x02",
    ],
)
def test_what_is_no_hello(data: bytes) -> None:
    assert hello_at(data) is None


@pytest.mark.parametrize("data", [b"", b"\x16", b"\x15\x03", HELLO, b"\x17\x03\x03\0\1x"])
def test_what_may_be_tls(data: bytes) -> None:
    assert begins_like_tls(data)


@pytest.mark.parametrize("data", [b"220 go", b"\x16\x02\x01", b"\x13\x03\x01", b"\x16\x03\x05"])
def test_what_is_no_tls(data: bytes) -> None:
    assert not begins_like_tls(data)


@given(st.binary(max_size=300))
def test_any_bytes_before_change_nothing(before: bytes) -> None:
    found = hello_at(before + HELLO)
    assert found is not None
    assert found <= len(before)


def test_only_the_end_is_looked_at() -> None:
    assert hello_at(b"\x16" * (LONGEST * 4) + b"!") is None
    many = b"\x16\x03\x01\x00\x01\x01" * (LONGEST // 6) + b"!"
    assert hello_at(many) is None
