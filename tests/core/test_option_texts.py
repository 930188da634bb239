from __future__ import annotations

from dataclasses import fields

import pytest

from sonde_core.endpoint import SESSION_SCHEMES
from sonde_core.errors import RequestError
from sonde_core.option_texts import (
    OPTIONS,
    USUAL,
    differing,
    options_of,
    read_headers,
    read_options,
    text_of,
)
from sonde_core.session_request import SessionOptions

OTHER = SessionOptions(
    connect_timeout=2.5,
    idle_timeout=30.0,
    verify=False,
    ca_file="/ca.pem",
    server_name="example.org",
    alpn=("h2", "http/1.1"),
    min_tls="1.3",
    certificate="/c.pem",
    key="/k.pem",
    proxy="socks5://me:secret@127.0.0.1:1080",
    source="[::1]:4000",
    nodelay=False,
    keepalive=True,
    reuse=True,
    linger=0.0,
    send_buffer=65536,
    receive_buffer=1000,
    hops=0,
    interface="eth0",
    headers=(("A", "b"),),
    subprotocols=("chat", "v2"),
    compression=False,
)


def test_every_option_is_there_once_and_means_something_somewhere() -> None:
    assert [each.name for each in OPTIONS] == list(dict.fromkeys(each.name for each in OPTIONS))
    assert {each.name for each in OPTIONS} == {each.name for each in fields(SessionOptions)}
    assert all(each.schemes and each.schemes <= SESSION_SCHEMES for each in OPTIONS)


@pytest.mark.parametrize("options", [USUAL, OTHER])
def test_texts_read_back(options: SessionOptions) -> None:
    texts = {each.name: text_of(options, each.name) for each in OPTIONS if each.name != "headers"}
    assert read_options(texts, SessionOptions(headers=options.headers)) == options


def test_only_what_fits_the_scheme_is_offered() -> None:
    def names(scheme: str) -> set[str]:
        return {each.name for each in options_of(scheme)}

    assert {"verify", "proxy", "nodelay"} <= names("tls")
    assert {"hops", "interface", "source", "proxy"} <= names("udp")
    assert not {"verify", "linger"} & names("udp")
    assert "proxy" not in names("unix-dgram")
    assert "compression" in names("ws")
    assert "compression" not in names("tcp")
    assert "source" not in names("unix")


def test_what_differs_is_told_without_a_password() -> None:
    assert differing(USUAL, "tcp") == ""
    words = differing(OTHER, "wss")
    assert "verify TLS no" in words
    assert "socks5://***@127.0.0.1:1080" in words
    assert "secret" not in words
    assert "linger 0 s" in words
    assert "1 header" in words
    assert "hops" not in words
    assert differing(OTHER, "udp").startswith("connect within 2.5 s · idle at most 30 s")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("connect_timeout", "", "The connect time-out is no time"),
        ("idle_timeout", "soon", "The idle time-out is no time"),
        ("linger", "-1", "The time to linger is no time"),
        ("send_buffer", "big", "A buffer is no size"),
        ("hops", "256", "The number of hops is no number"),
        ("proxy", "ftp://x", "begins no proxy address"),
        ("source", "nowhere.example:1", "nowhere.example"),
        ("subprotocols", "a b c,d(e)", "'d(e)' is no subprotocol"),
        ("alpn", "é", "is no protocol's name"),
    ],
)
def test_what_is_wrong_is_told(name: str, text: str, sentence: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_options({name: text})
    assert sentence in caught.value.message


def test_headers_are_checked() -> None:
    assert read_headers([(" A ", " b")]) == (("A", "b"),)
    for pair in (("", "x"), ("a b", "x"), ("a", "x\ny")):
        with pytest.raises(RequestError):
            read_headers([pair])


def test_hints_are_seen_whole_in_a_dialog_of_80_columns() -> None:
    room = 43  # beside the longest label of a listener's options
    assert [each.hint for each in OPTIONS if len(each.hint) > room] == []
