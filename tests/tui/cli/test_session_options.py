from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from sonde_core.errors import SondeError
from sonde_core.session_request import SessionOptions
from sonde_tui.cli import options, session_options
from tests.peers import Peer
from tests.relays import Relay, udp_echo

from .conftest import Command


def read(*words: str, usual: SessionOptions | None = None) -> SessionOptions:
    parser = options.Parser("sonde x", "x")
    session_options.add(parser)
    return session_options.read(parser.parse_args(words), usual or SessionOptions())


def test_no_flag_changes_nothing() -> None:
    usual = SessionOptions(idle_timeout=3, proxy="socks5://h:1", verify=False, alpn=("a",))
    assert read() == SessionOptions()
    assert read(usual=usual) == usual


def test_every_option_has_a_flag(tmp_path: Path) -> None:
    pem = tmp_path / "some.pem"
    pem.touch()
    file = str(pem)
    chosen = read(
        "--timeout", "2", "--idle", "3", "--insecure", "--cacert", file, "--servername", "s",
        "--alpn", "h2", "--alpn", "x", "--tls-min", "1.3", "--cert", file, "--key", file,
        "--proxy", "http://proxy:1", "--source", ":7", "--nagle", "--keepalive", "--reuse",
        "--linger", "0", "--send-buffer", "1 KiB", "--receive-buffer", "2000", "--hops", "0",
        "--interface", "lo", "-H", "A: b", "--header", "C:d", "--subprotocol", "chat",
        "--no-compression",
    )  # fmt: skip
    assert chosen == SessionOptions(
        connect_timeout=2, idle_timeout=3, verify=False, ca_file=file, server_name="s",
        alpn=("h2", "x"), min_tls="1.3", certificate=file, key=file, proxy="http://proxy:1",
        source=":7", nodelay=False, keepalive=True, reuse=True, linger=0.0, send_buffer=1024,
        receive_buffer=2000, hops=0, interface="lo", headers=(("A", "b"), ("C", "d")),
        subprotocols=("chat",), compression=False,
    )  # fmt: skip
    usual = SessionOptions()
    same = [f.name for f in fields(usual) if getattr(usual, f.name) == getattr(chosen, f.name)]
    assert same == []


def test_flags_change_a_recorded_option_and_leave_the_rest() -> None:
    recorded = SessionOptions(proxy="http://proxy:1", alpn=("a",))
    assert read("--alpn", "b", usual=recorded) == replace(recorded, alpn=("b",))


@pytest.mark.parametrize(
    "words",
    [
        ("--tls-min", "1.4"),
        ("--hops", "256"),
        ("--header", "nothing"),
        ("--idle", "0"),
        ("--proxy", "http://a:1", "--proxy", "http://b:1"),
        ("--proxy", "ftp://me:hunter2@a:1"),
        ("--proxy", "me:hunter2@a:1"),
        ("--source", "localhost"),
    ],
)
def test_nonsense_is_wrong_usage(words: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        read(*words)
    told = capfd.readouterr().err
    assert words[0] in told
    assert "hunter2" not in told


def test_a_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(SondeError, match="nowhere"):
        read("--cert", "/nowhere.pem")


def test_a_listener_has_the_flags_of_its_sockets() -> None:
    parser = options.Parser("sonde x", "x")
    parser.add_argument("--cert")
    session_options.add_listening(parser)
    words = ["--cert", "/nowhere.pem", "--linger", "2", "--nagle", "--keepalive"]
    words += ["--interface", "lo", "--send-buffer", "1", "--receive-buffer", "2"]
    read = session_options.read_listening(parser.parse_args(words))
    assert read == SessionOptions(
        linger=2, nodelay=False, keepalive=True, interface="lo", send_buffer=1, receive_buffer=2
    )


def test_datagrams_go_through_a_proxy_and_so_does_their_replay(sonde: Command) -> None:
    relay = Relay(login=("me", "hunter2"))
    with udp_echo() as port, Peer(relay) as peer:
        proxy = f"socks5://me:hunter2@127.0.0.1:{peer.port}"
        address = f"udp://127.0.0.1:{port}"
        ask = ("--send", "hi", "--expect", "HI", "--wait", "0.2")
        result = sonde("talk", address, *ask, "--proxy", proxy)
        assert (result.returncode, result.stdout) == (0, b"HI")
        assert b"hunter2" not in result.stderr
        again = sonde("replay", "@1", "--diff")
        assert again.returncode == 0
    assert [data[-2:] for data in relay.heard] == [b"hi", b"hi"]
    assert relay.logins == 2
    shown = sonde("show", "@1").stdout
    assert b"hunter2" not in shown
    assert f"socks5://***@127.0.0.1:{peer.port}".encode() in shown


@pytest.mark.parametrize(
    ("address", "proxy", "words"),
    [
        ("udp://127.0.0.1:9", "http://127.0.0.1:1", b"UDP does not go through an HTTP proxy."),
        ("unix-dgram:/x", "socks5://127.0.0.1:1", b"A Unix socket does not go through a proxy."),
    ],
)
def test_what_a_proxy_does_not_carry_is_refused_with_a_hint(
    sonde: Command, address: str, proxy: str, words: bytes
) -> None:
    result = sonde("talk", address, "--send", "a", "--proxy", proxy)
    assert result.returncode != 0
    assert words in result.stderr
    assert b"Traceback" not in result.stderr
