from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.transport.socks5_address import HeaderError, Place, header, pack, read_header

HOSTS = st.one_of(
    st.ip_addresses()
    .filter(lambda address: getattr(address, "ipv4_mapped", None) is None)
    .map(str),
    st.from_regex(r"[a-z][a-z0-9-]{0,60}(\.[a-z]{1,20}){0,2}", fullmatch=True),
)


@given(HOSTS, st.integers(0, 65535), st.binary(max_size=50))
def test_a_header_reads_back_and_leaves_the_rest(host: str, port: int, payload: bytes) -> None:
    head = header(host, port)
    assert head[:3] == bytes(3)
    assert read_header(head + payload) == (Place(host, port), len(head))


@given(st.binary(max_size=300))
def test_any_bytes_have_a_header_or_are_refused(data: bytes) -> None:
    try:
        place, size = read_header(data)
    except HeaderError:
        return
    assert 0 < size <= len(data)
    assert str(place).isprintable()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "without a SOCKS5 header"),
        (bytes(3), "without a SOCKS5 header"),
        (bytes(3) + b"\1\x7f\0\0\1\0", "without a SOCKS5 header"),
        (bytes(3) + b"\2" + bytes(20), "without a SOCKS5 header"),
        (bytes(3) + b"\3", "without a SOCKS5 header"),
        (bytes(3) + b"\3\x05name\0\1", "without a SOCKS5 header"),
        (b"\0\0\1\1\x7f\0\0\1\0\1", "in fragments"),
    ],
)
def test_what_is_no_whole_datagram_is_told(data: bytes, words: str) -> None:
    with pytest.raises(HeaderError, match=words):
        read_header(data)


def test_what_a_proxy_says_of_itself_may_be_nothing() -> None:
    said = ("10.0.0.1", "::1", "name")
    unsaid = ("0.0.0.0", "::", "")
    assert not any(Place(host, 1).is_unsaid for host in said)
    assert all(Place(host, 1).is_unsaid for host in unsaid)


def test_mapped_addresses_are_those_of_ipv4() -> None:
    data = bytes(3) + b"\4" + bytes(10) + b"\xff\xff\x7f\0\0\1\0\x35"
    assert read_header(data) == (Place("127.0.0.1", 53), len(data))


def test_a_name_that_does_not_fit_is_none() -> None:
    assert pack("n" * 255, 1)[:2] == b"\3\xff"
    with pytest.raises(UnicodeError, match="255 bytes"):
        pack("n" * 256, 1)
