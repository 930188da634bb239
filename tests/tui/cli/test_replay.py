from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Callable

from .conftest import Command, Handler, Requests

Start = Callable[[Handler], str]


def test_request_is_sent_again(sonde: Command, web: Requests) -> None:
    sonde("send", f"{web.url}/login", "--form", "a=1")
    result = sonde("replay", "@1")
    assert (result.returncode, result.stdout) == (0, b"Hello, World!")
    assert web[0] == web[1]
    assert len(json.loads(sonde("history", "--json").stdout)) == 2


def test_session_is_performed_again(sonde: Command, tcp: Start) -> None:
    def ask_twice(client: socket.socket) -> None:
        for _ in range(2):
            client.sendall(client.recv(10).upper())

    sonde("talk", tcp(ask_twice), "--send", "a", "--send", "b")
    result = sonde("replay", "@1", "--diff")
    assert result.returncode == 0
    assert sonde("replay", "@1").stdout == b"AB"


def test_difference_is_printed_and_the_status_tells(sonde: Command, tcp: Start) -> None:
    answers = iter([b"first", b"second"])

    def answer(client: socket.socket) -> None:
        client.recv(65536)
        body = next(answers)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    sonde("send", tcp(answer).replace("tcp", "http"))
    result = sonde("replay", "@1", "--diff")
    assert result.returncode == 1
    assert b"second" in result.stdout
    assert sonde("diff", "@1", "@1").returncode == 0


def test_diff_of_two_entries(sonde: Command, web: Requests) -> None:
    sonde("send", f"{web.url}/")
    sonde("send", f"{web.url}/missing")
    result = sonde("diff", "@2", "@1")
    assert result.returncode == 1
    assert b"404" in result.stdout
    difference = json.loads(sonde("diff", "@2", "@1", "--json").stdout)
    assert difference["same"] is False
    assert difference["changes"]


def test_interrupted_client_of_a_listener_cannot_be_replayed(sonde: Command) -> None:
    process = sonde.start("listen", "tcp://127.0.0.1:0", "--once", "--greet", "hi")
    assert process.stderr
    port = int(process.stderr.readline().rsplit(b":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"x")
    process.communicate(timeout=10)
    result = sonde("replay", "@1")
    assert result.returncode == 2
    assert b"client of your listener" in result.stderr


def test_interrupted_replay_is_recorded_as_cancelled(sonde: Command, tcp: Start) -> None:
    asked = threading.Event()

    def answer_once(client: socket.socket) -> None:
        client.recv(65536)
        if not asked.is_set():
            client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            asked.set()
            return
        process.send_signal(signal.SIGINT)
        client.recv(65536)

    sonde("send", tcp(answer_once).replace("tcp", "http"))
    process = sonde.start("replay", "@1")
    _, words = process.communicate(timeout=10)
    assert process.returncode == 1
    assert b"cancelled" in words
    newest, before = json.loads(sonde("history", "--json").stdout)
    assert (newest["outcome"], newest["replay_of"]) == ("cancelled", before["id"])


def test_place_that_is_none_is_wrong_usage(sonde: Command, web: Requests) -> None:
    sonde("send", f"{web.url}/")
    result = sonde("diff", "@1", "@1", "--ignore", "headers")
    assert result.returncode == 2
    assert b"'headers' is no place" in result.stderr


def test_date_and_what_is_named_are_left_out(sonde: Command, tcp: Start) -> None:
    numbers = iter(range(9))

    def answer(client: socket.socket) -> None:
        client.recv(65536)
        body = b'{"time": %d}' % next(numbers)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        client.sendall(head % len(body) + b"Date: %d\r\n\r\n" % next(numbers) + body)

    url = tcp(answer).replace("tcp", "http")
    sonde("send", url)
    sonde("send", url)
    assert sonde("diff", "@2", "@1").stdout.startswith(b"~ body.time: 0 \xe2\x86\x92 2\n")
    assert sonde("diff", "@2", "@1", "--ignore", "body.time").returncode == 0
