"""What gives access is starred; all else stays as it is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.secrets import (
    is_secret_header,
    is_secret_name,
    mask_header,
    mask_headers,
    mask_url,
    mask_wire,
)


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "proxy-authorization", "Cookie", "Set-Cookie", "X-Api-Key", "apikey"),
        *("X-Auth-Token", "Private-Token", "X-Amz-Security-Token", "Ocp-Apim-Subscription-Key"),
        *("X-CSRF-Token", "X-Goog-Api-Key", "X-Vault-Token", "X-Secret", "X-Session-Id"),
    ],
)
def test_secret_headers(name: str) -> None:
    assert is_secret_header(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Host", "Accept", "Content-Type", "Sec-WebSocket-Key", "WWW-Authenticate", "ETag"),
        *("X-Request-Id", "Keep-Alive", "User-Agent", "X-Tokenizer", "Idempotency-Key"),
    ],
)
def test_headers_that_are_none(name: str) -> None:
    assert not is_secret_header(name)


def test_names() -> None:
    assert is_secret_name("access_token")
    assert is_secret_name("PASSWORD")
    assert is_secret_name("sig")
    assert not is_secret_name("design")


def test_headers_keep_what_is_no_secret() -> None:
    headers = [
        ("Authorization", "Bearer abc"),
        ("authorization", "abc"),
        ("Set-Cookie", "sid=1; Path=/; HttpOnly"),
        ("Cookie", "a=1; b=2"),
        ("X-Api-Key", "two words"),
        ("Location", "http://u:p@h/?token=1&x=2"),
        ("Host", "h"),
    ]
    assert mask_headers(headers) == (
        ("Authorization", "Bearer ***"),
        ("authorization", "***"),
        ("Set-Cookie", "sid=***; Path=/; HttpOnly"),
        ("Cookie", "a=***; b=***"),
        ("X-Api-Key", "***"),
        ("Location", "http://***@h/?token=***&x=2"),
        ("Host", "h"),
    )
    assert mask_headers(headers, reveal=True) == tuple(headers)


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        (
            "https://u:p@h/x?a=1&access_token=z#id_token=9",
            "https://***@h/x?a=1&access_token=***#id_token=***",
        ),
        ("https://token@h/", "https://***@h/"),
        ("https://a@b@h/p@q", "https://***@h/p@q"),
        ("http://h/?key=short", "http://h/?key=short"),
        ("http://h/?key=AIzaSyD-9tSrke72PouQMnMX", "http://h/?key=***"),
        ("http://h/?X-Amz-Signature=ab&X-Amz-Date=1", "http://h/?X-Amz-Signature=***&X-Amz-Date=1"),
        ("http://h/?tokens=1&design=2&token=", "http://h/?tokens=1&design=2&token="),
        ("http://h/a?b", "http://h/a?b"),
        ("tcp://h:1", "tcp://h:1"),
    ],
)
def test_urls(url: str, masked: str) -> None:
    assert mask_url(url) == masked


def test_the_wire_keeps_its_length() -> None:
    data = (
        b"GET /?token=abc&x=1 HTTP/1.1\r\nHost: h\r\nauthorization: Basic abc\r\n  fold\r\n"
        b"Referer: http://a:b@h/?sig=1\r\nX: 1\r\n\r\nbody"
    )
    masked = mask_wire(data)
    assert len(masked) == len(data)
    assert masked == (
        b"GET /?token=***&x=1 HTTP/1.1\r\nHost: h\r\nauthorization: *********\r\n******\r\n"
        b"Referer: http://***@h/?sig=*\r\nX: 1\r\n\r\nbody"
    )


@pytest.mark.parametrize("name", ["Location", "content-location", "Referer", "Refresh", "LINK "])
def test_addresses_in_headers_are_masked_on_the_wire_as_in_the_list(name: str) -> None:
    value = "0; url=http://h/?token=abc&x=2"
    wire = mask_wire(f"HTTP/1.1 200 OK\r\n{name}: {value}\r\n\r\n".encode())
    assert f"{name}: {mask_header(name, value)}".encode() in wire


PIECES = st.sampled_from(
    [b"Cookie: a", b"\r\n", b"\n", b" ", b"GET /?token=x HTTP/1.1", b"://u:p@h", b"&sig=", b"\xff"]
)


@given(st.lists(PIECES | st.binary(max_size=8), max_size=20))
def test_masking_never_changes_a_length(chunks: list[bytes]) -> None:
    data = b"".join(chunks)
    assert len(mask_wire(data)) == len(data)
    assert mask_wire(data).count(b"\n") == data.count(b"\n")


@pytest.mark.parametrize(
    "piece", [b"a-", b"\n", b"abc_\n", b"a://", b"a@", b"cookie:\r\n ", b"&token=", b"GET a HTTP/1"]
)
def test_a_megabyte_takes_little_time(piece: bytes) -> None:
    data = piece * ((1 << 20) // len(piece))
    start = time.process_time()
    mask_wire(data)
    mask_url("http://" + data[:200_000].decode())
    assert time.process_time() - start < 3  # 0.4 s on a quiet machine
