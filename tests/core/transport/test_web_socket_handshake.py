from __future__ import annotations

import pytest

from sonde_core.endpoint import parse
from sonde_core.errors import WebSocketError
from sonde_core.session_request import SessionOptions
from sonde_core.transport.web_socket_handshake import (
    Asked,
    Headers,
    accept_of,
    ask,
    check_answer,
    fault_of,
    grant,
    value_of,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455, section 1.3
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
AGREED: Headers = (
    ("upgrade", "WebSocket"),
    ("connection", "keep-alive, Upgrade"),
    ("sec-websocket-accept", ACCEPT),
)
ASKED = Asked("/", (), KEY)
OPTIONS = SessionOptions(subprotocols=("chat", "other"))


def asked(address: str, options: SessionOptions | None = None) -> Asked:
    return ask(address, parse(address), options or SessionOptions())


def test_the_proof_is_the_one_of_the_specification() -> None:
    assert accept_of(KEY) == ACCEPT


@pytest.mark.parametrize(
    ("address", "host", "target"),
    [
        ("ws://h/chat?a=b%23part", "h", "/chat?a=b%23part"),
        ("ws://h", "h", "/"),
        ("ws://h:81?q", "h:81", "/?q"),
        ("wss://h:443/ü", "h", "/%C3%BC"),
        ("ws://[::1]:8/", "[::1]:8", "/"),
        ("WS://bücher.example/", "xn--bcher-kva.example", "/"),
    ],
)
def test_where_it_goes_is_written_as_http_has_it(address: str, host: str, target: str) -> None:
    found = asked(address)
    assert (value_of(found.headers, "Host"), found.target) == (host, target)


def test_a_person_in_the_address_is_sent_as_basic() -> None:
    found = asked("ws://me:p%40ss@h/")
    assert value_of(found.headers, "Authorization") == "Basic bWU6cEBzcw=="
    assert not value_of(asked("ws://h/").headers, "Authorization")


def test_options_are_sent_and_stand_in_place_of_ours() -> None:
    headers = (("host", "other"), ("Origin", "https://h"), ("Sec-WebSocket-Key", KEY))
    found = asked("ws://h/", SessionOptions(headers=headers, subprotocols=("a", "b")))
    assert [name for name, _ in found.headers].count("Host") == 0
    assert value_of(found.headers, "host") == "other"
    assert value_of(found.headers, "Origin") == "https://h"
    assert value_of(found.headers, "Sec-WebSocket-Protocol") == "a, b"
    assert found.key == KEY


def test_compression_is_offered_when_it_is_on() -> None:
    offer = "permessage-deflate; client_max_window_bits"
    assert value_of(asked("ws://h/").headers, "Sec-WebSocket-Extensions") == offer
    found = asked("ws://h/", SessionOptions(compression=False))
    assert not value_of(found.headers, "Sec-WebSocket-Extensions")


def test_an_answer_settles_subprotocol_and_compression() -> None:
    more = (("Sec-WebSocket-Protocol", "chat"), ("Sec-WebSocket-Extensions", "permessage-deflate"))
    settled = check_answer(ASKED, AGREED + more, OPTIONS)
    assert settled.facts == {"subprotocol": "chat", "extensions": "permessage-deflate"}
    assert check_answer(ASKED, AGREED, OPTIONS).facts == {}


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (AGREED[1:], "lacks Upgrade"),
        ((AGREED[0], AGREED[2]), "lacks Upgrade"),
        ((("Upgrade", "h2c"), *AGREED[1:]), "lacks Upgrade"),
        ((("Upgrade", "\0"), *AGREED[1:]), "lacks Upgrade"),
        (AGREED[:2], "Accept"),
        ((*AGREED[:2], ("Sec-WebSocket-Accept", "AAAA")), "Accept"),
        ((*AGREED, ("Sec-WebSocket-Protocol", "mqtt")), "mqtt"),
        ((*AGREED, ("Sec-WebSocket-Protocol", "chat, other")), "subprotocol"),
        ((*AGREED, ("Sec-WebSocket-Extensions", "x-webkit-frame")), "x-webkit-frame"),
        ((*AGREED, ("Sec-WebSocket-Extensions", "permessage-deflate; zip")), "extensions"),
        ((*AGREED, ("Sec-WebSocket-Extensions", ";;")), "extensions"),
        (
            (*AGREED, ("Sec-WebSocket-Extensions", "permessage-deflate, permessage-deflate")),
            "extensions",
        ),
    ],
)
def test_an_answer_to_another_question_is_refused(headers: Headers, words: str) -> None:
    with pytest.raises(WebSocketError, match=words):
        check_answer(ASKED, headers, OPTIONS)


def test_compression_that_was_not_offered_is_refused() -> None:
    headers = (*AGREED, ("Sec-WebSocket-Extensions", "permessage-deflate"))
    with pytest.raises(WebSocketError, match="not offered"):
        check_answer(ASKED, headers, SessionOptions(compression=False))


REQUEST: Headers = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", KEY),
    ("Sec-WebSocket-Version", "13"),
)


def test_a_client_is_granted_what_both_speak() -> None:
    headers = (
        *REQUEST,
        ("Sec-WebSocket-Protocol", "b, a"),
        ("Sec-WebSocket-Protocol", "c"),
        ("Sec-WebSocket-Extensions", "unknown, permessage-deflate; client_max_window_bits"),
    )
    assert fault_of("GET", "1.1", headers) is None
    answer, settled = grant(headers, ("c", "a"))
    assert value_of(answer, "Sec-WebSocket-Accept") == ACCEPT
    assert value_of(answer, "Sec-WebSocket-Protocol") == "c"
    assert settled.facts == {"subprotocol": "c", "extensions": "permessage-deflate"}
    asked = Asked("/", (), KEY)
    options = SessionOptions(subprotocols=("b", "a", "c"))
    assert check_answer(asked, answer, options).facts == settled.facts


def test_offers_that_cannot_be_agreed_to_are_left_aside() -> None:
    for offer in (
        "permessage-deflate; zip=9",
        ";;",
        "permessage-deflate; server_max_window_bits=1",
    ):
        answer, settled = grant((*REQUEST, ("Sec-WebSocket-Extensions", offer)), ())
        assert (value_of(answer, "Sec-WebSocket-Extensions"), settled.facts) == ("", {})
    headers = (*REQUEST, ("Sec-WebSocket-Extensions", "permessage-deflate"))
    assert grant(headers, (), compression=False)[1].facts == {}


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", REQUEST[1:], 426),
        ("GET", (REQUEST[0], *REQUEST[2:]), 426),
        ("GET", (*REQUEST[:3], ("Sec-WebSocket-Version", "8")), 426),
        ("POST", REQUEST, 400),
        ("GET", (*REQUEST[:2], REQUEST[3]), 400),
        ("GET", (*REQUEST[:2], ("Sec-WebSocket-Key", "AAAA"), REQUEST[3]), 400),
        ("GET", (*REQUEST[:2], ("Sec-WebSocket-Key", "ü"), REQUEST[3]), 400),
    ],
)
def test_other_requests_get_a_status(method: str, headers: Headers, status: int) -> None:
    fault = fault_of(method, "1.1", headers)
    assert fault is not None
    assert fault[0] == status


def test_an_older_http_opens_nothing() -> None:
    assert fault_of("GET", "1.0", REQUEST) is not None
