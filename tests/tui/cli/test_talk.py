from __future__ import annotations

import json
import os
import re
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.peers import throwaway_tls
from tests.web_sockets import BINARY, TEXT, accept, close, echo_server, frame, read_head

from .conftest import Command, Handler, until_ended_by_signals

Start = Callable[[Handler], str]


def greet(client: socket.socket) -> None:
    client.sendall(b"Hello, client!")


def echo(client: socket.socket) -> None:
    while data := client.recv(65536):
        client.sendall(data)


def swallow_then_report(client: socket.socket) -> None:
    total = 0
    while data := client.recv(65536):
        total += len(data)
    client.sendall(f"{total} bytes".encode())


def test_greeting_is_printed_byte_for_byte(sonde: Command, tcp: Start) -> None:
    result = sonde("talk", tcp(greet))
    assert (result.returncode, result.stdout) == (0, b"Hello, client!")
    assert b"14 B received" in result.stderr


def test_a_host_and_a_port_are_tcp_as_for_nc(sonde: Command, tcp: Start) -> None:
    port = tcp(greet).rpartition(":")[2]
    result = sonde("talk", "127.0.0.1", "--wait", "5", port)
    assert (result.returncode, result.stdout) == (0, b"Hello, client!")
    assert json.loads(sonde("show", "@1", "--json").stdout)["target"] == f"tcp://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("tcp://127.0.0.1:1", "hello"),
            b"'hello' is one word too many behind 'tcp://127.0.0.1:1'",
        ),
        (("127.0.0.1:1", "2"), b"stands behind --send"),
        (("127.0.0.1", "hello"), b"'hello' is no port"),
        (("::1", "99999"), b"out of range, in 'tcp://[::1]:99999'"),
        (("[::1]", "0"), b"out of range, in 'tcp://[::1]:0'"),
        (("127.0.0.1", "1", "2"), b"unrecognized arguments: 2"),
    ],
)
def test_what_is_no_host_and_port_is_told(
    sonde: Command, words: tuple[str, ...], told: bytes
) -> None:
    result = sonde("talk", *words)
    assert result.returncode == 2
    assert told in result.stderr


def test_closed_standard_input_works(sonde: Command, tcp: Start) -> None:
    result = sonde.shell(f"$SONDE talk {tcp(greet)} 0<&-")
    assert (result.returncode, result.stdout) == (0, b"Hello, client!")


def test_sends_go_in_the_order_given(sonde: Command, tcp: Start, tmp_path: Path) -> None:
    (tmp_path / "piece").write_bytes(b"3\xff")
    result = sonde(
        "talk", tcp(echo), "--send", r"1\x00", "--send-hex", "32 0a", "--send-file", "piece",
        "--send", "4", "--half-close",
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, b"1\x002\n3\xff4")


def test_standard_input_is_sent_when_nothing_else_is(sonde: Command, tcp: Start) -> None:
    data = bytes(range(256)) * 4096
    result = sonde("talk", tcp(echo), "--half-close", stdin=data)
    assert result.returncode == 0
    assert result.stdout == data


def test_standard_input_is_left_alone_beside_a_send(sonde: Command, tcp: Start) -> None:
    result = sonde("talk", tcp(echo), "--send", "a", "--half-close", stdin=b"not this")
    assert result.stdout == b"a"


def test_half_close_gets_the_late_answer(sonde: Command, tcp: Start) -> None:
    result = sonde("talk", tcp(swallow_then_report), "--send", "abc", "--half-close")
    assert result.stdout == b"3 bytes"


def took(sonde: Command) -> float:
    """Return the seconds from the beginning of the newest session to its end."""
    shown = json.loads(sonde("show", "@1", "--json").stdout)
    return float(shown["ms"]["total"]) / 1000


def test_silence_ends_it(sonde: Command, tcp: Start) -> None:
    result = sonde("talk", tcp(echo), "--send", "a", "--wait", "0.2")
    assert (result.returncode, result.stdout) == (0, b"a")
    assert 0.2 <= took(sonde) < 1.9  # 2 s where nothing is said


def test_hex_shows_both_directions(sonde: Command, tcp: Start) -> None:
    result = sonde("talk", tcp(echo), "--send", "Hi", "--half-close", "--hex")
    sent, received = result.stdout.splitlines()
    assert sent.startswith(b"> ")
    assert received.startswith(b"< ")
    assert b"48 69" in sent
    assert b"48 69" in received


def test_refused_is_explained_and_recorded(sonde: Command, closed_port: int) -> None:
    result = sonde("talk", f"tcp://127.0.0.1:{closed_port}", "--send", "a")
    assert (result.returncode, result.stdout) == (1, b"")
    assert b"Could not reach" in result.stderr
    assert b"listening" in result.stderr
    assert b"Traceback" not in result.stderr
    assert b"failed" in sonde("history").stdout


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://127.0.0.1:99999", b"out of range"),
        ("gopher://127.0.0.1:1", b"Unknown scheme"),
        ("tcp://127.0.0.1", b"names no port"),
        ("", b"empty"),
        ("http://127.0.0.1/", b"no socket address"),
    ],
)
def test_bad_address_is_wrong_usage_and_recorded(
    sonde: Command, address: str, words: bytes
) -> None:
    result = sonde("talk", address)
    assert result.returncode == 2
    assert words in result.stderr
    assert b"failed" in sonde("history").stdout


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--send", r"\q", b"Unknown escape"),
        ("--send-hex", "0a1", b"odd number"),
        ("--send-hex", "zz", b"no hex digit"),
        ("--send-file", "missing", b"Could not read"),
        ("--send-file", "", b"lacks the name"),
        ("--wait", "soon", b"no time"),
    ],
)
def test_bad_payload_is_wrong_usage_and_nothing_is_sent(
    sonde: Command, tcp: Start, option: str, value: str, words: bytes
) -> None:
    result = sonde("talk", tcp(echo), option, value)
    assert result.returncode == 2
    assert words in result.stderr
    assert sonde("history").stdout == b""


def test_reset_keeps_what_came(sonde: Command, tcp: Start) -> None:
    came = threading.Event()

    def reset(client: socket.socket) -> None:
        client.recv(10)
        client.sendall(b"before")
        came.wait(PATIENCE)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    process = sonde.start("talk", tcp(reset), "--send", "a")
    assert process.stdout
    assert process.stdout.read(6) == b"before"
    came.set()
    rest, words = process.communicate(timeout=PATIENCE)
    assert (process.returncode, rest) == (1, b"")
    assert b"reset" in words


def test_interrupt_ends_in_order_and_is_recorded(sonde: Command, tcp: Start) -> None:
    process = sonde.start("talk", tcp(echo), "--send", "a", "--wait", "60")
    assert process.stdout
    assert process.stdout.read(1) == b"a"
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert b"Traceback" not in words
    assert b"1 B received" in words
    assert b"tcp" in sonde("history").stdout


@pytest.fixture
def big(tmp_path: Path) -> str:
    """Return the name of a file that no socket takes without its peer reading."""
    with (tmp_path / "big").open("wb") as stream:
        stream.truncate(50_000_000)
    return "big"


def never_read(client: socket.socket) -> None:
    client.sendall(b"hello")
    time.sleep(60)


@pytest.mark.parametrize("way", ["file", "input"])
def test_a_peer_that_takes_nothing_is_given_up(
    sonde: Command, tcp: Start, big: str, way: str
) -> None:
    send = f"--send-file {big}" if way == "file" else f"< {big}"
    result = sonde.shell(f"$SONDE talk {tcp(never_read)} --wait 0.1 --timeout 0.4 {send}")
    assert (result.returncode, result.stdout) == (1, b"hello")
    assert b"took nothing of what is sent for 0.4 s" in result.stderr
    assert b"--timeout" in result.stderr
    assert b"timed out" in sonde("history").stdout


def test_a_peer_that_takes_little_at_a_time_is_not_given_up(sonde: Command, tcp: Start) -> None:
    def sip(client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        total = 0
        while data := client.recv(1 << 18):
            total += len(data)
            time.sleep(0.02)
        client.sendall(b"%d" % total)

    result = sonde("talk", tcp(sip), "--timeout", "0.5", "--half-close", stdin=b"x" * 9_000_000)
    assert (result.returncode, result.stdout) == (0, b"9000000"), result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_with_something_left_to_send_is_cancelled(
    sonde: Command, tcp: Start, big: str, number: signal.Signals
) -> None:
    process = sonde.start("talk", tcp(never_read), "--send-file", big)
    assert process.stdout
    assert process.stdout.read(5) == b"hello"
    process.send_signal(number)
    _, words = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert words.startswith(b"cancelled")
    assert b"cancelled" in sonde("history").stdout


def drip(client: socket.socket) -> None:
    try:
        while True:
            client.sendall(b".")
            time.sleep(0.05)
    except OSError:
        return


def test_a_time_ends_what_never_falls_silent(sonde: Command, tcp: Start) -> None:
    result = sonde("talk", tcp(drip), "--for", "0.5", "--send", "a")
    assert result.returncode == 0
    assert set(result.stdout) == {ord(".")}
    assert result.stderr.startswith(b"done")


def test_a_time_that_ends_before_all_is_sent_is_a_failure(
    sonde: Command, tcp: Start, big: str
) -> None:
    result = sonde("talk", tcp(never_read), "--for", "0.5", "--send-file", big)
    assert result.returncode == 1
    assert b"--for gives it more time" in result.stderr
    assert b"timed out" in sonde("history").stdout


def test_a_peer_that_ends_and_takes_no_more_is_told(sonde: Command, tcp: Start, big: str) -> None:
    def end(client: socket.socket) -> None:
        client.shutdown(socket.SHUT_WR)
        time.sleep(60)

    result = sonde("talk", tcp(end), "--send-file", big)
    assert result.returncode == 1
    assert b"ended and took no more" in result.stderr
    assert b"failed" in sonde("history").stdout


def test_a_refused_datagram_is_told_and_fails(sonde: Command, closed_port: int) -> None:
    address = f"udp://127.0.0.1:{closed_port}"
    result = sonde("talk", address, "--send", "a", "--send", "b", "--wait", "0.4")
    assert (result.returncode, result.stdout) == (1, b"")
    words = result.stderr.decode()
    assert words.startswith(f"note: 127.0.0.1:{closed_port}: connection refused")
    assert words.count("note:") == 1
    assert "Nothing came from" in words
    assert "listening" in words


def test_silence_over_udp_without_a_refusal_is_no_failure(sonde: Command) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        result = sonde("talk", f"udp://127.0.0.1:{port}", "--send", "a", "--wait", "0.3")
    assert result.returncode == 0


def test_a_missing_certificate_is_wrong_usage_and_nothing_is_recorded(
    sonde: Command, tcp: Start
) -> None:
    result = sonde("talk", tcp(echo).replace("tcp", "tls"), "--cacert", "missing")
    assert result.returncode == 2
    assert b"Could not read 'missing'" in result.stderr
    assert sonde("history").stdout == b""


@pytest.mark.parametrize("option", ["--wait", "--for", "--timeout"])
def test_an_option_given_twice_is_wrong_usage(sonde: Command, option: str) -> None:
    result = sonde("talk", "tcp://127.0.0.1:1", option, "1", option, "2")
    assert result.returncode == 2
    assert f"{option} is given twice".encode() in result.stderr


def test_a_reader_that_goes_away_is_no_trouble(sonde: Command, tcp: Start) -> None:
    def flood(client: socket.socket) -> None:
        try:
            while True:
                client.sendall(b"x" * 65536)
        except OSError:
            return

    result = sonde.shell(f"$SONDE talk {tcp(flood)} | head -c 10")
    assert result.stdout == b"x" * 10
    assert b"Traceback" not in result.stderr
    assert b"Broken" not in result.stderr


def test_datagrams_are_sent_and_answered(sonde: Command) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer() -> None:
            for _ in range(2):
                data, peer = server.recvfrom(65536)
                server.sendto(data.upper(), peer)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        result = sonde(
            "talk", f"udp://127.0.0.1:{port}", "--send", "a", "--send", "b", "--wait", "0.5"
        )
        thread.join(PATIENCE)
    assert (result.returncode, result.stdout) == (0, b"AB")


def test_unix_socket(sonde: Command, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            client, _ = server.accept()
            with client:
                echo(client)

        threading.Thread(target=serve, daemon=True).start()
        result = sonde("talk", "unix:s", "--send", "a", "--half-close")
    assert (result.returncode, result.stdout) == (0, b"a")


@pytest.fixture
def web_socket_echo() -> Iterator[str]:
    with echo_server() as address:
        yield address


def test_each_line_is_a_message_of_websocket_and_each_text_a_line(
    sonde: Command, web_socket_echo: str
) -> None:
    lines = b"one\r\n" + "zwei \N{LATIN SMALL LETTER U WITH DIAERESIS}\n\nlast".encode()
    result = sonde("talk", web_socket_echo, "--wait", "1", stdin=lines)
    assert (result.returncode, result.stdout) == (0, lines.replace(b"\r", b"") + b"\n")
    shown = sonde("show", "@1").stdout
    assert b"101 Switching Protocols" in shown
    assert b"we closed with 1000" in shown


def test_binary_messages_are_printed_byte_for_byte(sonde: Command, web_socket_echo: str) -> None:
    result = sonde(
        "talk", web_socket_echo, "--send-hex", "ff 00", "--send-hex", "61", "--wait", "1"
    )
    assert (result.returncode, result.stdout) == (0, b"\xff\x00a")


def test_a_message_that_takes_longer_than_the_silence_is_waited_for(
    sonde: Command, tcp: Start
) -> None:
    data = bytes(range(256)) * 8

    def send_slowly(client: socket.socket) -> None:
        client.sendall(accept(read_head(client)) + frame(BINARY, data)[:4])
        for at in range(0, len(data), 128):
            time.sleep(0.15)
            client.sendall(data[at : at + 128])
        client.recv(100)

    address = tcp(send_slowly).replace("tcp:", "ws:")
    result = sonde("talk", address, "--send", "a", "--wait", "0.6")
    assert result.stdout == data


def test_what_came_of_a_message_that_was_not_finished_is_printed(
    sonde: Command, tcp: Start
) -> None:
    def stall(client: socket.socket) -> None:
        client.sendall(accept(read_head(client)) + frame(TEXT, b"whole") + b"\x81\x64half")
        while client.recv(100):
            pass

    address = tcp(stall).replace("tcp:", "ws:")
    result = sonde("talk", address, "--send", "a", "--wait", "0.3")
    assert (result.returncode, result.stdout) == (0, b"whole\nhalf")
    assert b"note: a text message was not finished: 4 bytes of it came" in result.stderr
    assert b"not finished" in sonde("show", "@1", "--json").stdout


@pytest.mark.parametrize(
    "odd", [b"\x89\x0aping", b"\x83\x05wrong", b"\x81\x85mask_hello", close(1000) + b"late"]
)
def test_what_is_of_no_message_is_not_printed(sonde: Command, tcp: Start, odd: bytes) -> None:
    def break_rules(client: socket.socket) -> None:
        client.sendall(accept(read_head(client)) + frame(TEXT, b"whole") + odd)
        client.shutdown(socket.SHUT_WR)
        while client.recv(100):
            pass

    address = tcp(break_rules).replace("tcp:", "ws:")
    assert sonde("talk", address, "--send", "a", "--wait", "0.3").stdout == b"whole\n"
    assert b'"io":' in sonde("show", "@1", "--json").stdout


@pytest.mark.parametrize(("end", "status"), [(b"", 1), (close(1000), 0)])
def test_what_came_with_the_answer_to_the_handshake_is_printed(
    sonde: Command, tcp: Start, end: bytes, status: int
) -> None:
    """It is all over when the session is open."""

    def at_once(client: socket.socket) -> None:
        client.sendall(accept(read_head(client)) + frame(TEXT, b"bye") + end)

    result = sonde("talk", tcp(at_once).replace("tcp:", "ws:"), stdin=b"")
    assert (result.returncode, result.stdout) == (status, b"bye\n")


def test_a_peer_that_closes_with_an_error_is_told_and_fails(sonde: Command, tcp: Start) -> None:
    def close_ill(client: socket.socket) -> None:
        end = close(1011, b"no database")
        client.sendall(accept(read_head(client)) + frame(TEXT, b"hi") + end)
        while client.recv(100):
            pass

    result = sonde("talk", tcp(close_ill).replace("tcp:", "ws:"), "--wait", "1", stdin=b"")
    assert (result.returncode, result.stdout) == (1, b"hi\n")
    assert b"The peer closed with 1011 (internal error): 'no database'." in result.stderr
    again = sonde("replay", "@1")
    assert b"Same" in again.stderr + again.stdout


def test_a_fragment_of_websocket_is_refused(sonde: Command) -> None:
    result = sonde("talk", "ws://127.0.0.1:1/path#part", stdin=b"")
    assert result.returncode == 2
    assert b"takes no fragment" in result.stderr
    assert b"%23" in result.stderr


def login(client: socket.socket) -> None:
    client.sendall(b"220 hi\r\nname? ")
    name = client.recv(100)
    time.sleep(0.1)
    client.sendall(b"token=%d\r\n" % len(name))
    while data := client.recv(100):
        client.sendall(b"you said " + data)


def test_what_is_expected_is_waited_for_in_the_order_given(sonde: Command, tcp: Start) -> None:
    result = sonde(
        "talk", tcp(login), "--expect", r"name\? ", "--send", "ann", "--expect", r"token=\d+",
        "--send", "bye", "--half-close",
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (
        0,
        b"220 hi\r\nname? token=3\r\nyou said bye",
    )
    again = sonde("replay", "@1")
    assert (again.returncode, again.stdout) == (0, result.stdout)
    assert b"steps as expected" in again.stderr


def test_what_does_not_come_ends_it_with_the_status(sonde: Command, tcp: Start) -> None:
    result = sonde(
        "talk", tcp(login), "--expect", "password", "--send", "secret", "--timeout", "0.4"
    )
    assert result.returncode == 1
    assert b"not found in 14 bytes" in result.stderr
    assert b"skipped" in result.stderr
    assert took(sonde) < 4


def test_steps_of_a_file_are_performed(sonde: Command, tcp: Start, tmp_path: Path) -> None:
    (tmp_path / "login.steps").write_text(
        'expect regex /name\\? /\nsend! "{{who}}"\nexpect regex /token=(?P<token>\\d+)/\n'
        'send! "t{{token}}"\nexpect equal "you said t3"\nclose\n'
    )
    result = sonde("talk", tcp(login), "--steps", "login.steps", "--var", "who=ann")
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith(b"you said t3")


def test_what_was_caught_and_given_is_filled_in_and_nothing_else(
    sonde: Command, tcp: Start
) -> None:
    result = sonde(
        "talk", tcp(login), "--expect", r"name\? ", "--send", "{{who}}", "--var", "who=ann",
        "--expect", r"token=(?P<token>\d+)", "--send", "t{{token}} {{uuid}}",
        "--wait", "0.1",
    )  # fmt: skip
    assert b"{{uuid}} is a name" not in result.stderr
    assert result.returncode == 0, result.stderr
    assert re.search(rb"you said t3 [0-9a-f-]{36}$", result.stdout)


def test_a_variable_alone_is_filled_in(sonde: Command, tcp: Start) -> None:
    result = sonde(
        "talk", tcp(echo), "--send", "{{a}} {{{{b}}", "--send", " {{b}}", "--var", "a=1",
        "--half-close",
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, b"1 {{b}} {{b}}"), result.stderr


def test_braces_without_a_value_are_sent_as_they_stand(sonde: Command, tcp: Start) -> None:
    result = sonde(
        "talk", tcp(login), "--send", "{{who}}", "--expect", "token=(?P<who>7)", "--send", "{{x}}",
        "--expect", "{{x}}", "--half-close",
    )  # fmt: skip
    assert (result.returncode, result.stdout[-14:]) == (0, b"you said {{x}}"), result.stderr
    assert b"sonde: step" not in result.stderr


@pytest.mark.parametrize("command", ["talk", "replay"])
def test_steps_that_fill_in_nothing_are_remarked(
    sonde: Command, tcp: Start, tmp_path: Path, command: str
) -> None:
    (tmp_path / "login.steps").write_text(
        'expect regex /(?P<who>name)\\? /\nsend "{{who}}"\nexpect regex /token/\nclose\n'
    )
    where = tcp(login)
    if command == "replay":
        said = ("--expect", "name", "--send", "a", "--expect", "token", "--wait", "0.2")
        sonde("talk", where, *said)
        where = "@1"
    result = sonde(command, where, "--steps", "login.steps")
    assert (
        b"sonde: step 2: {{who}} is sent as it stands here; send! fills it in.\n" in result.stderr
    )


def test_the_time_of_what_is_expected_is_that_of_steps_in_a_file_too(
    sonde: Command, tcp: Start, tmp_path: Path
) -> None:
    (tmp_path / "long.steps").write_text('expect any\nexpect equal "password"\n')
    result = sonde("talk", tcp(login), "--steps", "long.steps", "--timeout", "0.4")
    assert result.returncode == 1
    assert took(sonde) < 4
    (tmp_path / "own.steps").write_text('expect any\nexpect prefix "password" within 0.2s\n')
    result = sonde("talk", tcp(login), "--steps", "own.steps", "--timeout", "60")
    assert result.returncode == 1
    assert took(sonde) < 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--expect", "("], b"pattern is wrong"),
        (["--steps", "missing"], b"Could not read"),
        (["--send", r"\q", "--upgrade"], b"Unknown escape"),
        (["--steps", ""], b"lacks the name"),
    ],
)
def test_what_cannot_be_performed_is_wrong_usage(
    sonde: Command, tcp: Start, arguments: list[str], words: bytes
) -> None:
    result = sonde("talk", tcp(echo), *arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert sonde("history").stdout == b""


def test_a_session_is_upgraded_where_it_is_said(sonde: Command, tcp: Start) -> None:
    with throwaway_tls() as (context, ca_file):

        def starttls(client: socket.socket) -> None:
            assert client.recv(100) == b"STARTTLS\r\n"
            client.sendall(b"220 go\r\n")
            with context.wrap_socket(client, server_side=True) as secure:
                secure.sendall(secure.recv(100).upper())
                secure.recv(100)

        result = sonde(
            "talk", tcp(starttls), "--cacert", ca_file, "--servername", "localhost",
            "--send", r"STARTTLS\r\n", "--expect", "^220 ", "--upgrade", "--send", "hello",
            "--expect", "HELLO", "--wait", "0.1",
        )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, b"220 go\r\nHELLO"), result.stderr


@pytest.mark.parametrize("more", [(), ("--expect", "x")])
def test_a_file_without_an_end_is_no_datagram(sonde: Command, more: tuple[str, ...]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        address = f"udp://127.0.0.1:{peer.getsockname()[1]}"
        result = sonde("talk", address, "--send-file", "/dev/zero", *more)
    assert result.returncode != 0
    assert b"larger than" in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("more", [(), ("--expect", "x")])
def test_a_pipe_that_nobody_writes_to_ends_with_the_time(
    sonde: Command, tcp: Start, tmp_path: Path, more: tuple[str, ...]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = sonde("talk", tcp(echo), "--send-file", "pipe", "--for", "0.3", *more)
    assert result.returncode == 1
    assert b"The time was over before" in result.stderr


@pytest.mark.parametrize("more", [(), ("--expect", "x")])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_pipe_that_nobody_writes_to_is_left_at_a_signal(
    sonde: Command, tmp_path: Path, more: tuple[str, ...], number: signal.Signals
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        script = more or ("--send", "before")
        with sonde.start("talk", address, *script, "--send-file", "pipe") as process:
            if more:
                until_ended_by_signals(process.pid)
            else:
                client, _ = server.accept()
                assert client.recv(10) == b"before"
                client.close()
            process.send_signal(number)
            _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"Traceback" not in told


def test_a_pipe_is_read_to_its_end(sonde: Command, tcp: Start) -> None:
    script = f"$SONDE talk {tcp(echo)} --send-file <(printf one) --half-close"
    assert sonde.shell(script).stdout == b"one"
