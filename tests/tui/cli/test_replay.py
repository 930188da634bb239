from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.patience import PATIENCE

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
    process.communicate(timeout=PATIENCE)
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
    _, words = process.communicate(timeout=PATIENCE)
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


def echo(client: socket.socket) -> None:
    while data := client.recv(65536):
        client.sendall(data)


def lines(data: bytes) -> list[str]:
    return data.decode().splitlines()


def test_steps_are_printed_edited_and_performed(sonde: Command, tcp: Start, tmp_path: Path) -> None:
    sonde("talk", tcp(echo), "--send", r"user ann\r\n", "--half-close")
    shown = sonde("replay", "@1", "--show-steps").stdout.decode()
    assert 'send "user ann\\r\\n"' in shown
    assert 'expect equal "user ann\\r\\n"' in shown
    edited = shown.replace('send "user ann', 'send! "user {{who}}').replace(" ann\\r", " bob\\r")
    (tmp_path / "edited.steps").write_text(edited)
    result = sonde("replay", "@1", "--steps", "edited.steps", "--var", "who=bob")
    assert (result.returncode, result.stdout) == (0, b"user bob\r\n")
    assert b"4 of 4 steps as expected" in result.stderr
    result = sonde("replay", "@2", "--steps", "-", "--var", "who=eve", stdin=edited.encode())
    assert result.returncode == 1
    assert b'~ expect equal "user bob' in result.stderr
    assert b'at byte 5: "bob' in result.stderr
    assert len(json.loads(sonde("history", "--json").stdout)) == 3


def test_each_step_is_a_line_of_the_difference(sonde: Command, tcp: Start) -> None:
    answers = iter([b"time 1", b"time 2"])

    def answer(client: socket.socket) -> None:
        client.recv(100)
        client.sendall(next(answers))
        client.recv(100)

    sonde("talk", tcp(answer), "--send", "?", "--wait", "0.2")
    result = sonde("replay", "@1", "--diff")
    assert result.returncode == 1
    table = lines(result.stdout)
    assert table[0].startswith('= send "?"')
    assert table[1].startswith('~ expect equal "time 1"')
    assert any(row.startswith("~ received") for row in table)


def test_a_replay_is_an_object_for_machines(sonde: Command, tcp: Start) -> None:
    sonde("talk", tcp(echo), "--send", "a", "--half-close")
    result = sonde("replay", "@1", "--json")
    assert result.returncode == 0
    told = json.loads(result.stdout)
    assert (told["same"], told["outcome"]) == (True, "done")
    assert [step["verdict"] for step in told["steps"]] == ["same"] * 4
    assert told["difference"]["same"] is True


def test_it_is_performed_several_times_elsewhere(sonde: Command, tcp: Start) -> None:
    sonde("talk", tcp(echo), "--send", "a", "--half-close")
    answers = iter([b"a", b"b", b"a"])

    def sometimes(client: socket.socket) -> None:
        while client.recv(100):
            client.sendall(next(answers))

    result = sonde("replay", "@1", "--times", "3", "--against", tcp(sometimes), "--json")
    assert result.returncode == 1
    told = json.loads(result.stdout)
    assert [each["same"] for each in told["rounds"]] == [True, False, True]
    assert told["seconds"]["min"] <= told["seconds"]["median"] <= told["seconds"]["max"]
    assert b"2 of 3 the same" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--steps", "bad.steps"], b"Line 2, column 1: 'sned' is no step"),
        (["--steps", "missing"], b"Could not read"),
        (["--steps", "names.steps"], b"needs {{who}}"),
        (["--steps", "-"], b"no step in standard input"),
        (["--against", "gopher://x:1"], b"Unknown scheme"),
        (["--var", "who"], b"write NAME=VALUE"),
        (["--times", "0"], b"no number above 0"),
    ],
)
def test_what_cannot_be_performed_is_wrong_usage(
    sonde: Command, tcp: Start, tmp_path: Path, arguments: list[str], words: bytes
) -> None:
    (tmp_path / "bad.steps").write_text('send "a"\nsned "b"\n')
    (tmp_path / "names.steps").write_text('send! "{{who}}"\n')
    sonde("talk", tcp(echo), "--send", "a", "--half-close")
    result = sonde("replay", "@1", *arguments)
    assert result.returncode == 2, result.stderr
    assert words in result.stderr


def test_steps_do_not_fit_http(sonde: Command, web: Requests) -> None:
    sonde("send", f"{web.url}/")
    assert sonde("replay", "@1", "--show-steps").returncode == 2
    assert b"do not fit" in sonde("replay", "@1", "--keepalive").stderr


def test_strict_ends_a_session_at_the_first_difference(sonde: Command, tcp: Start) -> None:
    calls = iter([True, False])

    def upper_at_first(client: socket.socket) -> None:
        first = next(calls)
        while data := client.recv(100):
            client.sendall(data.upper() if first else data)

    sonde("talk", tcp(upper_at_first), "--send", "a", "--send", "b", "--half-close")
    result = sonde("replay", "@1", "--strict")
    assert result.returncode == 1
    assert b"skipped" in result.stderr


def test_secrets_are_masked_unless_revealed(sonde: Command, tcp: Start) -> None:
    answers = iter(range(9))

    def answer(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=hush%d\r\n\r\n" % next(answers))

    ask = (
        r"POST /?api_key=hushkey HTTP/1.1\r\nAuthorization: Bearer hushauth\r\n"
        r"Content-Type: application/x-www-form-urlencoded\r\n\r\nuser=joe&password=hushform"
    )
    address = tcp(answer)
    sonde("talk", address, "--send", ask)
    sonde("talk", address, "--send", ask.replace("hush", "hushother"))
    assert b"hushotherform" in sonde("diff", "@2", "@1", "--reveal").stdout
    for words in ("diff @2 @1", "diff @2 @1 --json", "replay @1 --diff", "replay @1 --json"):
        result = sonde(*words.split())
        assert result.stdout
        assert b"hush" not in result.stdout + result.stderr, words
    assert b"hush" not in sonde("replay", "@1").stderr
    assert b"hush" in sonde("replay", "@1", "--diff", "--reveal").stdout


def test_steps_to_perform_hold_their_secrets_and_it_is_said(sonde: Command, tcp: Start) -> None:
    sonde("talk", tcp(echo), "--send", r"X-Api-Key: hush\r\n", "--half-close")
    result = sonde("replay", "@1", "--show-steps")
    assert b"hush" in result.stdout
    assert b"secrets" in result.stderr
    sonde("talk", tcp(echo), "--send", "plain", "--half-close")
    assert sonde("replay", "@1", "--show-steps").stderr == b""


def greet(name: bytes) -> Handler:
    def answer(client: socket.socket) -> None:
        client.sendall(b"220 %s\r\n" % name)
        client.shutdown(socket.SHUT_WR)  # so that nobody waits for more
        client.recv(100)

    return answer


@pytest.mark.parametrize("pattern", ["^220 ", "^220 one"])
def test_one_verdict_is_told_in_every_way(sonde: Command, tcp: Start, pattern: str) -> None:
    talked = sonde("talk", tcp(greet(b"one")), "--expect", pattern)
    assert talked.returncode == 0
    entry = json.loads(sonde("history", "--json").stdout)[0]["id"]
    other = tcp(greet(b"two"))
    same = pattern == "^220 "
    for manner in (["--diff"], ["--strict"], ["--times", "1"], ["--times", "2"], []):
        result = sonde("replay", entry, "--against", other, *manner)
        assert result.returncode == (0 if same else 1), manner
        start = b"Same by its steps: 1 of 1" if same else b"Differs: 0 of 1"
        assert start in result.stderr, manner
        assert b"other than recorded: 1 place" in result.stderr
    told = json.loads(sonde("replay", entry, "--against", other, "--json").stdout)
    assert (told["same"], told["judged_by"]) == (same, "steps")
    assert told["verdict"] == ("same" if same else "changed")
    junit = sonde.folder / "junit.xml"
    test = sonde("replay", entry, "--against", other, "--diff", "--junit", str(junit))
    assert test.returncode == (0 if same else 1)
    assert test.stdout.startswith(b"= same" if same else "≠ changed".encode())
    assert ("<failure" in junit.read_text()) is not same


def test_waits_and_closes_of_a_person_expect_nothing(
    sonde: Command, tcp: Start, tmp_path: Path
) -> None:
    (tmp_path / "wait.steps").write_text('send "x"\nwait 0.2\n')
    sonde("talk", tcp(greet(b"one")), "--steps", "wait.steps")
    result = sonde("replay", "@1", "--against", tcp(greet(b"two")), "--times", "2")
    assert result.returncode == 1
    assert b"0 of 2 the same" in result.stderr


def test_what_is_refused_again_is_the_same_and_says_so(sonde: Command, closed_port: int) -> None:
    for scheme, words in (("tcp", b"connection refused"), ("udp", b"which refused what was sent")):
        # a replay listens as long as the first did
        sonde("talk", f"{scheme}://127.0.0.1:{closed_port}", "--send", "x", "--wait", "0.2")
        entry = json.loads(sonde("history", "--json").stdout)[0]["id"]
        plain = sonde("replay", entry)
        assert plain.returncode == 1
        assert words in plain.stderr
        judged = sonde("replay", entry, "--diff")
        assert (judged.returncode, b"Same: " in judged.stderr) == (0, True)
        assert words in judged.stderr
        times = sonde("replay", entry, "--times", "2")
        assert times.returncode == 0
        assert words in times.stderr
        row = sonde("replay", entry, "--jobs", "1")
        assert row.returncode == 0
        assert words in row.stdout


def test_an_http_replay_says_what_is_left_out_without_a_rule(sonde: Command, tcp: Start) -> None:
    dates = iter([b"Mon", b"Tue"])

    def answer(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 204 No Content\r\nDate: %s\r\n\r\n" % next(dates))

    sonde("send", tcp(answer).replace("tcp", "http"))
    told = sonde("replay", "@1", "--diff").stdout
    assert b"left out: the Date header, as always" in told
    assert b"rules" not in told
