from __future__ import annotations

import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Command, Handler

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


def test_silence_ends_it(sonde: Command, tcp: Start) -> None:
    began = time.monotonic()
    result = sonde("talk", tcp(echo), "--send", "a", "--wait", "0.2")
    assert (result.returncode, result.stdout) == (0, b"a")
    assert time.monotonic() - began < 4


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
    def reset(client: socket.socket) -> None:
        client.recv(10)
        client.sendall(b"before")
        time.sleep(0.2)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    result = sonde("talk", tcp(reset), "--send", "a")
    assert (result.returncode, result.stdout) == (1, b"before")
    assert b"reset" in result.stderr


def test_interrupt_ends_in_order_and_is_recorded(sonde: Command, tcp: Start) -> None:
    process = sonde.start("talk", tcp(echo), "--send", "a", "--wait", "60")
    assert process.stdout
    assert process.stdout.read(1) == b"a"
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=10)
    assert process.returncode == 0
    assert b"Traceback" not in words
    assert b"1 B received" in words
    assert b"tcp" in sonde("history").stdout


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
        thread.join(5)
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
