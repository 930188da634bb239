from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import ConnectError, RequestError, SondeError
from sonde_core.secrets import mask_url
from sonde_core.transport.proxy_address import ProxyAddress, parse_proxy
from sonde_core.transport.socks5 import Socks5
from sonde_core.transport.socks5_address import Place

PLAIN = ProxyAddress("socks5", "proxy", 1080)
LOGIN = ProxyAddress("socks5", "proxy", 1080, "user", "word")


def opened(proxy: ProxyAddress, replies: bytes, host: str = "name.example") -> Socks5:
    dialogue = Socks5(proxy, host, 443)
    dialogue.begin()
    dialogue.receive(replies)
    return dialogue


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("name.example", b"\3\x0cname.example"),
        ("127.0.0.1", b"\1\x7f\0\0\1"),
        ("::1", b"\4" + bytes(15) + b"\1"),
        ("fe80::1%eth0", b"\4\xfe\x80" + bytes(13) + b"\1"),
        ("bücher.example", b"\3\x15xn--bcher-kva.example"),
    ],
)
def test_names_are_left_to_the_proxy_and_addresses_are_sent_as_such(
    host: str, asked: bytes
) -> None:
    dialogue = Socks5(PLAIN, host, 443)
    assert dialogue.begin() == b"\5\1\0"
    assert dialogue.receive(b"\5\0") == b"\5\1\0" + asked + b"\1\xbb"
    assert dialogue.receive(b"\5\0\0\1" + bytes(6)) == b""
    assert dialogue.done


def test_user_and_password_are_sent_when_the_proxy_wants_them() -> None:
    dialogue = Socks5(LOGIN, "h", 1)
    assert dialogue.begin() == b"\5\2\0\2"
    assert dialogue.receive(b"\5\2") == b"\1\4user\4word"
    assert dialogue.receive(b"\1\0") == b"\5\1\0\3\1h\0\1"
    dialogue.receive(b"\5\0\0\3\2ab\0\1rest")
    assert dialogue.done
    assert dialogue.rest == b"rest"
    assert "logged in" in dialogue.said


def test_user_and_password_may_be_bytes_that_are_no_text() -> None:
    dialogue = Socks5(parse_proxy("socks5://%ff:%fe@proxy:1"), "h", 1)
    dialogue.begin()
    assert dialogue.receive(b"\5\2") == b"\1\1\xff\1\xfe"


@given(st.lists(st.integers(1, 30), max_size=20))
def test_replies_may_come_in_any_pieces(sizes: list[int]) -> None:
    replies = b"\5\2" + b"\1\0" + b"\5\0\0\4" + bytes(18) + b"first bytes"
    dialogue = Socks5(LOGIN, "h", 1)
    sent = dialogue.begin()
    for size in [*sizes, len(replies)]:
        sent += dialogue.receive(replies[:size])
        replies = replies[size:]
    assert dialogue.done
    assert dialogue.rest == b"first bytes"
    assert sent == b"\5\2\0\2" + b"\1\4user\4word" + b"\5\1\0\3\1h\0\1"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (1, "the proxy failed"),
        (2, "rules forbid"),
        (3, "no route to that network"),
        (4, "cannot reach that host"),
        (5, "connection refused"),
        (6, "took too long"),
        (7, "does not know that command"),
        (8, "kind of address"),
        (9, "answered 9"),
        (255, "answered 255"),
    ],
)
def test_each_refusal_has_words_and_a_hint(reply: int, words: str) -> None:
    with pytest.raises(ConnectError, match=words) as caught:
        opened(PLAIN, b"\5\0" + bytes((5, reply, 0, 1)))
    assert "name.example:443" in caught.value.message
    assert caught.value.advice
    assert caught.value.phase == "connect"


@pytest.mark.parametrize(
    ("proxy", "replies", "words"),
    [
        (PLAIN, b"\5\xff", "wants a user name"),
        (LOGIN, b"\5\xff", "refused the user name or password"),
        (LOGIN, b"\5\2\1\1", "refused the user name or password"),
        (PLAIN, b"\5\2", "wants a user name"),
        (PLAIN, b"\5\1", "chose login method 1, which was not offered"),
        (LOGIN, b"\5\x80", "chose login method 128, which was not offered"),
        (PLAIN, b"HTTP/1.1 400 Bad Request", "does not speak SOCKS5: 'HT' is no answer"),
        (PLAIN, b"\0\x5b", "does not speak SOCKS5"),
        (PLAIN, b"\5\0HTTP", "does not speak SOCKS5: 'HTTP' is no answer"),
        (PLAIN, b"\5\0\5\0\0\2", "an address of kind 2, which SOCKS5 does not have"),
    ],
)
def test_what_is_no_way_in_is_told(proxy: ProxyAddress, replies: bytes, words: str) -> None:
    with pytest.raises(ConnectError, match=words) as caught:
        opened(proxy, replies)
    assert "word." not in str(caught.value).replace("password.", "")
    assert ("HTTP" in caught.value.advice) == (b"HT" in replies)
    assert mask_url(caught.value.advice) == caught.value.advice  # as it is shown


@given(st.binary())
def test_any_bytes_are_an_answer_or_an_error(data: bytes) -> None:
    try:
        dialogue = opened(LOGIN, data)
    except SondeError:
        return
    assert dialogue.done or not dialogue.rest


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(RequestError, match="255 bytes"):
        Socks5(ProxyAddress("socks5", "p", 1, "u" * 256, "p"), "h", 1)
    with pytest.raises(RequestError, match="255 bytes"):
        Socks5(ProxyAddress("socks5", "p", 1, "u", ""), "h", 1)
    with pytest.raises(UnicodeError):
        Socks5(PLAIN, "h" * 256, 1)


def test_a_relay_is_asked_for_and_where_it_is_is_kept() -> None:
    dialogue = Socks5(PLAIN, "name.example", 53, datagrams=True)
    assert dialogue.begin() == b"\5\1\0"
    assert dialogue.receive(b"\5\0") == b"\5\3\0\1" + bytes(6)
    dialogue.receive(b"\5\0\0\1\x0a\0\0\1\x30\x39rest")
    assert dialogue.done
    assert dialogue.bound == Place("10.0.0.1", 12345)


def test_a_proxy_without_datagrams_is_told() -> None:
    dialogue = Socks5(PLAIN, "name.example", 53, datagrams=True)
    dialogue.begin()
    with pytest.raises(
        ConnectError, match=r"takes no datagrams for name\.example:53: the proxy does"
    ):
        dialogue.receive(b"\5\0\5\7\0\1")
