from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.errors import RequestError
from sonde_core.listen_request import ListenRequest
from sonde_core.session_request import SessionOptions
from sonde_tui.cli import fitting, listen, options, talk

from .conftest import Command


def refuse(address: str, *words: str, upgrades: bool = False) -> None:
    parser = options.Parser("sonde talk", "x")
    talk.configure(parser)
    fitting.refuse_foreign(parser.parse_args([address, *words]), address, upgrades=upgrades)


@pytest.mark.parametrize(
    ("address", "words", "told"),
    [
        ("tcp://h:1", ("--cert", "f"), "--cert means nothing for tcp:// as long as"),
        ("tcp://h:1", ("--insecure",), "--insecure means nothing for tcp:// as long as"),
        ("ws://h", ("--alpn", "x"), "--alpn means nothing for ws://."),
        ("tcp://h:1", ("-H", "A: b"), "--header means nothing for tcp://."),
        ("tls://h:1", ("--no-compression",), "--no-compression means nothing for tls://."),
        ("tcp://h:1", ("--hops", "0"), "--hops means nothing for tcp://."),
        ("udp://h:1", ("--linger", "0"), "--linger means nothing for udp://."),
        ("udp://h:1", ("--tls-min", "1.3"), "--tls-min means nothing for udp://."),
        ("unix:/s", ("--source", ":1"), "--source means nothing for unix:."),
        ("udp://h:1", ("--half-close",), "--half-close means nothing for udp://."),
        ("unix-dgram:/s", ("--half-close",), "--half-close means nothing for unix-dgram:."),
    ],
)
def test_a_flag_that_means_nothing_there_is_refused(
    address: str, words: tuple[str, ...], told: str
) -> None:
    with pytest.raises(RequestError) as caught:
        refuse(address, *words)
    assert caught.value.message.startswith(told)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tls://h:1", ("--cert", "f", "--alpn", "x", "--linger", "0", "--timeout", "3")),
        ("wss://h", ("--insecure", "-H", "A: b", "--subprotocol", "x", "--nagle")),
        ("udp://h:1", ("--hops", "0", "--interface", "lo", "--idle", "1")),
        ("unix:/s", ("--idle", "1", "--send-buffer", "1 KB", "--half-close")),
        ("what is this", ("--hops", "1")),
    ],
)
def test_what_means_something_is_taken(address: str, words: tuple[str, ...]) -> None:
    refuse(address, *words)


def test_a_session_that_is_upgraded_has_flags_of_tls() -> None:
    refuse("tcp://h:1", "--insecure", "--cert", "f", upgrades=True)
    refuse("unix:/s", "--servername", "x", upgrades=True)
    with pytest.raises(RequestError):
        refuse("udp://h:1", "--insecure", upgrades=True)


def test_a_listener_that_forwards_has_the_flags_of_its_far_side() -> None:
    parser = options.Parser("sonde listen", "x")
    listen.configure(parser)
    words = ["unix:/s", "--keepalive"]
    request = ListenRequest("unix:/s")
    with pytest.raises(RequestError, match="--keepalive means nothing for unix:"):
        fitting.refuse_foreign_of_listener(parser.parse_args(words), request)
    args = parser.parse_args([*words, "--forward", "tcp://h:1"])
    fitting.refuse_foreign_of_listener(args, request)


def test_the_oldest_tls_of_clients_is_for_listeners_that_speak_it() -> None:
    parser = options.Parser("sonde listen", "x")
    listen.configure(parser)
    args = parser.parse_args(["tls://:1", "--accept-tls", "1.3"])
    assert args.accept_tls == "1.3"
    fitting.refuse_foreign_of_listener(args, ListenRequest("tls://:1"))
    with pytest.raises(RequestError, match="--accept-tls means nothing for udp:"):
        fitting.refuse_foreign_of_listener(args, ListenRequest("udp://:1"))


def test_what_is_no_certificate_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "no.pem"
    file.write_text("no certificate")
    with pytest.raises(RequestError, match="no certificate in"):
        fitting.check_certificates(SessionOptions(certificate=str(file)))
    with pytest.raises(RequestError, match="no certificate in"):
        fitting.check_certificates_of_listener(ListenRequest("tls://:0", certificate=str(file)))
    fitting.check_certificates(SessionOptions())
    fitting.check_certificates_of_listener(ListenRequest("tls://:0"))


def test_what_is_no_certificate_is_wrong_usage_too(sonde: Command, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    for flag in ("--cert", "--cacert"):
        result = sonde("talk", "tls://127.0.0.1:1", flag, "no.pem")
        assert result.returncode == 2
        assert b"certificate in 'no.pem'" in result.stderr
    assert sonde("history").stdout == b""
