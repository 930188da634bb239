from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sonde_core.tls_contexts import server_context
from tests.authority import Authority
from tests.peers import Peer, echo, greeter

from .conftest import Command, Handler, Requests


def shown(sonde: Command, *options: str) -> str:
    result = sonde("show", "@1", *options)
    assert result.returncode == 0, result.stderr
    assert result.stderr == b""
    return result.stdout.decode()


def test_request_and_answer_are_shown(sonde: Command, web: Requests) -> None:
    sonde("send", "POST", web.url + "/json", "--json", '{"é": 1}')
    parts = shown(sonde).rstrip("\n").split("\n\n")
    facts, asked, sent, answered, body = parts
    for name in ("id", "time", "what", "outcome", "peer", "times"):
        assert f"\n{name:<10} " in "\n" + facts
    assert asked.startswith("POST /json HTTP/1.1\nHost: ")
    assert sent == '{"é": 1}'
    assert answered.startswith("HTTP/1.1 200 OK\n")
    assert body == '{"description": "a tool"}'


def test_secrets_are_masked_unless_revealed(sonde: Command, web: Requests) -> None:
    url = web.url.replace("//", "//joe:hush@") + "/?token=hush"
    sonde("send", url, "--form", "user=joe", "--form", "password=hush", "-H", "Cookie: a=hush")
    text = shown(sonde)
    assert "hush" not in text
    assert "\n\nuser=joe&password=***\n\n" in text
    assert "\nCookie: a=***\n" in text
    assert "****" not in text
    assert f"\nContent-Length: {len('user=joe&password=hush')}\n" in text  # as it was sent
    assert "password=hush" in shown(sonde, "--reveal")
    for options, there in (((), False), (("--reveal",), True)):
        value = shown(sonde, "--json", *options)
        assert ("hush" in value) is there
        assert json.loads(value)["kind"] == "http"


def test_bytes_are_told_and_not_drawn(sonde: Command, web: Requests) -> None:
    sonde("send", web.url + "/bytes")
    assert "(76,800 bytes, application/octet-stream, sha256 " in shown(sonde)


def test_a_long_body_is_shown_in_part(sonde: Command, web: Requests) -> None:
    sonde("send", "POST", web.url, "-d", "-", stdin="é".encode() * 200_000)
    text = shown(sonde)
    assert "(137,856 more bytes; `sonde copy ID` has all that is kept)" in text
    assert text.count("é") == (1 << 18) // 2
    assert len(text) < 140_000


def test_controls_of_a_peer_are_made_visible(sonde: Command, web: Requests) -> None:
    sonde("send", web.url + "/evil")
    assert "␛]0;owned␇‹9B›31mred" in shown(sonde)


def test_redirects_are_shown_in_order_each_with_its_answer(sonde: Command, web: Requests) -> None:
    sonde("send", web.url + "/moved?token=hush")
    facts, first, sent_on, last, answered, body = shown(sonde).rstrip("\n").split("\n\n")
    assert "\nredirect   302 Found to /\n" in facts + "\n"
    assert first.startswith("GET /moved?token=*** HTTP/1.1\n")
    assert sent_on.startswith("HTTP/1.1 302 Found\n")
    assert "\nLocation: /" in sent_on
    assert last.startswith("GET / HTTP/1.1\n")
    assert answered.startswith("HTTP/1.1 200 OK\n")
    assert body == "Hello, World!"


def test_a_body_that_a_redirect_sends_again_is_shown_once(
    sonde: Command, tcp: Callable[[Handler], str]
) -> None:
    def move_once(client: socket.socket) -> None:
        data = client.recv(65536)
        if data.startswith(b"POST /there"):
            client.sendall(b"HTTP/1.0 204 Done\r\n\r\n")
        else:
            client.sendall(b"HTTP/1.0 307 Go\r\nLocation: /there\r\n\r\n")

    sonde("send", tcp(move_once).replace("tcp", "http"), "-d", "the body")
    parts = shown(sonde).rstrip("\n").split("\n\n")[1:]
    assert [part.partition("\n")[0] for part in parts] == [
        *("POST / HTTP/1.1", "the body", "HTTP/1.0 307 Go"),
        *("POST /there HTTP/1.1", "(the same body again)", "HTTP/1.0 204 Done"),
    ]


def test_a_redirect_that_leads_to_nobody_shows_what_was_asked(
    sonde: Command, tcp: Callable[[Handler], str], closed_port: int
) -> None:
    def move(client: socket.socket) -> None:
        client.recv(65536)
        where = f"http://127.0.0.1:{closed_port}/"
        client.sendall(f"HTTP/1.1 301 Gone on\r\nLocation: {where}\r\n\r\n".encode())

    sonde("send", tcp(move).replace("tcp", "http"))
    text = shown(sonde)
    assert "GET / HTTP/1.1" in text
    assert "HTTP/1.1 301 Gone on" in text


def test_what_is_no_http_is_shown_all_the_same(
    sonde: Command, tcp: Callable[[Handler], str]
) -> None:
    def greet(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"220 mail.example.org ESMTP\r\n")

    result = sonde("send", tcp(greet).replace("tcp", "http"), "-H", "Cookie: a=hush")
    assert b"`sonde show ID`" in result.stderr
    text = shown(sonde)
    assert " < 220 mail.example.org ESMTP\\r\\n\n" in text
    assert " Cookie: ***\\r\\n\n" in text


def test_secrets_in_the_json_of_a_request_are_masked(sonde: Command, web: Requests) -> None:
    sonde("send", web.url + "/json", "-d", '{"user": "joe", "password": "hush hush"}')
    text = shown(sonde)
    assert '\n\n{"user": "joe", "password": "***"}\n\n' in text
    assert "\nContent-Length: 40\n" in text  # as it was sent
    assert "hush" not in shown(sonde, "--json")
    assert '"password": "hush hush"}' in shown(sonde, "--reveal")


def test_what_is_odd_about_an_answer_is_said(sonde: Command, web: Requests) -> None:
    sonde("send", web.url + "/no-json")
    result = sonde("show", "@1")
    assert result.stdout.endswith(b"\n\n{'description': 1}\n")
    assert b"Not valid JSON: line 1, column 2" in result.stderr
    assert sonde("replay", "@1").stderr.count(b"Not valid JSON") == 1


@pytest.mark.parametrize("command", ["show", "copy"])
def test_help_says_what_is_not_masked(sonde: Command, command: str) -> None:
    words = b" ".join(sonde(command, "--help").stdout.split())
    assert b"Not masked are the rest of a request's body" in words
    assert b"all of an answer's body" in words


def test_a_failure_is_shown_with_its_hint(sonde: Command, closed_port: int) -> None:
    sonde("send", f"http://127.0.0.1:{closed_port}/?token=hush")
    text = shown(sonde)
    assert "\noutcome    failed · " in text
    assert "\nhint       " in text
    assert "hush" not in text


def test_a_session_is_shown_with_times(sonde: Command, tcp: Callable[[Handler], str]) -> None:
    def greet(client: socket.socket) -> None:
        client.sendall(b"Hello, client!\r\n\x1b[31m")
        while client.recv(1024):
            pass

    sonde("talk", tcp(greet), "--send", r"Authorization: hush\n", "--half-close")
    text = shown(sonde)
    assert " < Hello, client!\\r\\n\n" in text
    assert " < \\x1b[31m\n" in text
    assert " > Authorization: ***\\n\n" in text
    assert " * half-closed: we sent our end\n" in text
    assert " > Authorization: hush\\n\n" in shown(sonde, "--reveal")


@pytest.mark.parametrize("as_json", [False, True])
def test_bytes_that_are_gone_are_told(sonde: Command, web: Requests, as_json: bool) -> None:
    sonde("send", web.url + "/bytes")
    for file in (sonde.history.parent / "bodies").rglob("*"):
        if file.is_file():
            file.unlink()
    text = shown(sonde, *(["--json"] if as_json else []))
    if as_json:
        assert json.loads(text)["res"]["body"]["size"] == 76_800
    else:
        assert "The 76800 bytes of this body are not kept any more." in text


def test_the_chain_of_certificates_is_shown(sonde: Command, tmp_path: Path) -> None:
    context = server_context(Authority(tmp_path).through_another(complete=True))
    with Peer(echo, tls=context) as peer:
        assert sonde("talk", peer.address, "--send", "hi").returncode == 1
    text = shown(sonde)
    assert "not verified: O=Test" in text or "not verified: OU=Testing" in text
    for name in ("peer cert", "issuer", "names", "valid", "key", "sha256"):
        assert f"\n{name:<10} " in text
    assert text.count("EC secp256r1 · ecdsa-with-SHA256") == 2


@pytest.mark.parametrize("flags", [(), ("--insecure",)])
def test_what_came_in_place_of_tls_is_shown(sonde: Command, flags: tuple[str, ...]) -> None:
    with Peer(greeter(b"220 mail.example ESMTP\r\n")) as peer:
        address = peer.address.replace("tcp", "tls")
        assert sonde("talk", address, "--send", "hi", *flags).returncode == 1
    text = shown(sonde)
    assert "\ntls " not in text
    assert text.index("in place of TLS:") < text.index("220 mail.example ESMTP")


def test_how_a_session_was_opened_is_shown_without_its_secrets(
    sonde: Command, closed_port: int
) -> None:
    proxy = f"socks5://me:hush@127.0.0.1:{closed_port}"
    sonde("talk", "tcp://127.0.0.1:1", "--proxy", proxy, "--timeout", "2.5")
    text = shown(sonde)
    assert f"\noption     proxy: socks5://***@127.0.0.1:{closed_port}\n" in text
    assert "\noption     connect timeout: 2.5\n" in text
    assert "hush" in shown(sonde, "--reveal")
