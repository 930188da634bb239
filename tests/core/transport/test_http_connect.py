from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import ConnectError, SondeError
from sonde_core.secrets import mask_url
from sonde_core.transport.http_connect import HttpConnect
from sonde_core.transport.proxy_address import ProxyAddress, parse_proxy

PLAIN = ProxyAddress("http", "proxy", 3128)
LOGIN = ProxyAddress("http", "proxy", 3128, "user", "word")
OK = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("name.example", b"name.example:443"),
        ("::1", b"[::1]:443"),
        ("fe80::1%eth0", b"[fe80::1]:443"),
        ("bücher.example", b"xn--bcher-kva.example:443"),
    ],
)
def test_the_target_is_named_as_a_request_target(host: str, target: bytes) -> None:
    asked = HttpConnect(PLAIN, host, 443).begin()
    assert asked == b"CONNECT " + target + b" HTTP/1.1\r\nHost: " + target + b"\r\n\r\n"


def test_user_and_password_go_in_a_header() -> None:
    assert b"Proxy-Authorization: Basic dXNlcjp3b3Jk\r\n" in HttpConnect(LOGIN, "h", 1).begin()


def test_user_and_password_may_be_bytes_that_are_no_text() -> None:
    proxy = parse_proxy("http://%ff:%fe@proxy:1")
    value = b64encode(b"\xff:\xfe")
    assert b"Proxy-Authorization: Basic " + value in HttpConnect(proxy, "h", 1).begin()


@given(st.lists(st.integers(1, 30), max_size=20))
def test_the_answer_may_come_in_any_pieces_and_with_more_behind(sizes: list[int]) -> None:
    answer = b"HTTP/1.1 102 Wait\r\n\r\n" + OK + b"first bytes"
    dialogue = HttpConnect(PLAIN, "h", 1)
    dialogue.begin()
    rest = b""
    for size in [*sizes, len(answer)]:
        if dialogue.done:
            rest += answer[:size]
        else:
            dialogue.receive(answer[:size])
        answer = answer[size:]
    assert dialogue.done
    assert dialogue.rest + rest == b"first bytes"
    assert dialogue.said == "200 Connection established"


@pytest.mark.parametrize(
    ("proxy", "answer", "words"),
    [
        (PLAIN, b"HTTP/1.1 407 Who\r\n\r\n", "wants a user name"),
        (LOGIN, b"HTTP/1.1 407 Who\r\n\r\n", "refused the user name or password"),
        (PLAIN, b"HTTP/1.0 403 No way\r\n\r\n", "h:1: 403 No way"),
        (PLAIN, b"HTTP/1.1 502 \r\n\r\n", "h:1: 502"),
        (PLAIN, b"\5\xff", "does not answer as an HTTP proxy"),
        (PLAIN, b"SSH-2.0-x\r\n", "does not answer as an HTTP proxy"),
        (PLAIN, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000, "does not answer"),
    ],
)
def test_what_is_no_way_in_is_told(proxy: ProxyAddress, answer: bytes, words: str) -> None:
    dialogue = HttpConnect(proxy, "h", 1)
    dialogue.begin()
    with pytest.raises(ConnectError, match=words) as caught:
        dialogue.receive(answer)
    assert caught.value.advice
    assert mask_url(caught.value.advice) == caught.value.advice  # as it is shown
    assert caught.value.phase == "connect"


@given(st.binary())
def test_any_bytes_are_an_answer_or_an_error(data: bytes) -> None:
    dialogue = HttpConnect(PLAIN, "h", 1)
    dialogue.begin()
    try:
        dialogue.receive(data)
    except SondeError:
        return
    assert dialogue.done or dialogue.rest == b""
