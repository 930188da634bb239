"""`sonde replay` of several entries, as CI runs it."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.patience import PATIENCE
from tests.peers import Peer, throwaway_tls
from tests.web import WebHandler, serving

from .conftest import Command, Requests, bound


class Counting:
    """A server whose answer for `/counted` is another one each time."""

    def __init__(self) -> None:
        self.url = ""
        self.count = 0
        self.gate = threading.Event()
        self.held = threading.Event()
        self.seen: list[tuple[str, str]] = []


@pytest.fixture
def counting() -> Iterator[Counting]:
    state = Counting()

    class Answering(WebHandler):
        def do_GET(self) -> None:
            state.count += 1
            state.seen.append((self.path, self.headers.get("Authorization", "")))
            if self.path == "/held" and state.count > 2:
                state.held.set()
                state.gate.wait(PATIENCE)
            text = f"number {state.count}" if "counted" in self.path else "always"
            self.answer(text, "text/plain")

    with serving(Answering) as state.url:
        yield state
        state.gate.set()


def rows(data: bytes) -> list[str]:
    return [line for line in data.decode().splitlines() if not line.startswith(" ")]


def test_a_table_tells_what_came_of_each(sonde: Command, counting: Counting) -> None:
    for path in ("a", "counted", "b"):
        sonde("send", f"{counting.url}/{path}")
    result = sonde("replay", "host:127.0.0.1", "method:get")
    assert result.returncode == 1
    table = rows(result.stdout)
    assert [row.split()[:3] for row in table] == [
        ["=", "same", "GET"],
        ["≠", "changed", "GET"],
        ["=", "same", "GET"],
    ]
    assert "Differs: 1 place" in table[1]
    assert b"3 replays: 2 same \xc2\xb7 1 changed \xc2\xb7 0 failed" in result.stderr
    again = sonde("replay", "@1", "@2", "--diff", "--ignore", "body")
    assert again.returncode == 0
    told = json.loads(sonde("history", "--json").stdout)
    assert len(told) == 8
    assert sum(each["replay_of"] is not None for each in told) == 5


def test_diff_prints_what_differs_below_the_row(sonde: Command, counting: Counting) -> None:
    sonde("send", f"{counting.url}/counted")
    result = sonde("replay", "--filter", "counted", "--diff")
    assert result.returncode == 1
    assert "    -   number 1\n    +   number 2\n" in result.stdout.decode()


def test_an_empty_word_does_not_mean_all_entries(sonde: Command, counting: Counting) -> None:
    sonde("send", f"{counting.url}/a")
    result = sonde("replay", "")
    assert result.returncode == 2
    assert b"an empty word is no ID and no FILTER" in result.stderr


def test_a_second_run_tests_the_same(sonde: Command, counting: Counting) -> None:
    sonde("send", f"{counting.url}/a")
    first, second = sonde("replay", "path:/a"), sonde("replay", "path:/a")
    for result in (first, second):
        assert (result.returncode, len(rows(result.stdout))) == (0, 1)
    assert b"Left out: 1 replay of these" in second.stderr


def test_machines_and_ci_read_the_same_results(
    sonde: Command, counting: Counting, tmp_path: Path
) -> None:
    sonde("send", f"{counting.url}/counted")
    sonde("send", f"{counting.url}/a?token=s3cret")
    result = sonde("replay", "http", "--json", "--junit", "out.xml", "--jobs", "4")
    assert result.returncode == 1
    told = json.loads(result.stdout)
    assert [each["verdict"] for each in told["results"]] == ["changed", "same"]
    text = (tmp_path / "out.xml").read_bytes()
    suite = ElementTree.fromstring(text)[0]  # noqa: S314 - ours
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert b"s3cret" not in text + result.stdout + result.stderr


def test_another_server_gets_no_credentials_unless_told(
    sonde: Command, counting: Counting, web: Requests
) -> None:
    sonde("send", f"{counting.url}/a", "-H", "Authorization: Bearer s3cret", "-H", "X-Trace: 1")
    result = sonde("replay", "path:/a", "--against", f"{web.url}/v2")
    assert result.returncode == 1
    _, path, headers, _ = web[0]
    assert path == "/v2/a"
    assert ("X-Trace", "1") in headers
    assert "Authorization" not in dict(headers)
    assert b"Not sent to another origin: Authorization" in result.stderr
    single = sonde("replay", "@2", "--against", web.url)
    assert b"Not sent to another origin: Authorization" in single.stderr
    sonde("replay", "@3", "--against", web.url, "--with-credentials")
    assert "Authorization" in dict(web[2][2])


def test_it_stops_at_the_first_that_differs(sonde: Command, counting: Counting) -> None:
    for path in ("counted", "a", "b"):
        sonde("send", f"{counting.url}/{path}")
    before = counting.count
    result = sonde("replay", "@3", "@2", "@1", "--fail-fast")
    assert (result.returncode, counting.count - before) == (1, 1)
    assert b"2 not performed" in result.stderr


def test_what_ran_before_a_signal_is_told(sonde: Command, counting: Counting) -> None:
    sonde("send", f"{counting.url}/a")
    sonde("send", f"{counting.url}/held")
    sonde("send", f"{counting.url}/b")
    process = sonde.start("replay", "@3", "@2", "@1")
    assert counting.held.wait(PATIENCE)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert [row.split()[1] for row in rows(out)] == ["same", "stopped"]
    assert "1 stopped · 1 not performed" in err.decode()


def test_a_server_may_be_trusted_for_this_test_only(sonde: Command, counting: Counting) -> None:
    sonde("send", f"{counting.url}/a")
    with throwaway_tls() as (context, certificate), Peer(_secure, tls=context) as peer:
        there = ("--against", peer.address.replace("tls:", "https:"), "--diff", "--jobs", "1")
        refused = sonde("replay", "path:/a", *there)
        assert b"is not trusted" in refused.stdout
        for trust in (("--insecure",), ("--cacert", certificate)):
            result = sonde("replay", "path:/a", *there, *trust)
            assert b"not trusted" not in result.stdout, result.stdout
            assert b"GET     200" in result.stdout
        alone = sonde("replay", "@4", *there[:3], "--insecure", "--servername", "x")
        assert b"do not fit an HTTP request" in alone.stderr
        assert sonde("replay", "@4", *there[:3], "--insecure").stdout.count(b"header") > 0


def _secure(_: Peer, connection: socket.socket) -> None:
    """Answer each request with `always`."""
    received = b""
    while not received.endswith(b"\r\n\r\n") and (data := connection.recv(4096)):
        received += data
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nalways")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], b"an ID or a FILTER is missing"),
        (["@1", "login"], b"@1 is an ID"),
        (["a", "--filter", "b"], b"instead of other words"),
        (["@1", "@1", "--times", "2"], b"--times: only for one entry"),
        (["a", "--steps", "x"], b"--steps: only for one entry"),
        (["a", "--show-steps", "--var", "a=b"], b"--show-steps and --var: only"),
        (["a", "--keepalive"], b"options of a session: only"),
        (["a", "--against", "gopher://x"], b"Unknown scheme"),
        (["a", "--against", "http://x/?a=1"], b"has a query"),
        (["a", "--ignore", "nonsense"], b"nonsense"),
        (["a", "--junit", "missing/x.xml"], b"there is no folder"),
        (["a", "--jobs", "0"], b"no number above 0"),
        (["status:"], b"status needs a value"),
    ],
)
def test_what_does_not_fit_is_wrong_usage(
    sonde: Command, web: Requests, arguments: list[str], words: bytes
) -> None:
    sonde("send", f"{web.url}/a")
    result = sonde("replay", *arguments)
    assert result.returncode == 2, result.stderr
    assert words in result.stderr
    assert len(web) == 1


def test_nothing_to_test_is_a_failure(sonde: Command, web: Requests) -> None:
    sonde("send", f"{web.url}/a")
    result = sonde("replay", "zebra")
    assert (result.returncode, result.stdout) == (1, b"")
    assert b"nothing was tested" in result.stderr
    result = sonde("replay", "0cafe")
    assert result.returncode == 1
    assert b"write --filter 0cafe" in result.stderr


def test_clients_of_a_listener_are_left_out_and_counted(sonde: Command, counting: Counting) -> None:
    sonde("send", f"{counting.url}/a")
    with sonde.start("listen", "tcp://127.0.0.1:0", "--once") as listener:
        with socket.create_connection(bound(listener), timeout=PATIENCE) as client:
            client.sendall(b"hello")
        listener.communicate(timeout=PATIENCE)
    result = sonde("replay", "host:127.0.0.1")
    assert result.returncode == 0
    assert len(rows(result.stdout)) == 1
    assert b"Left out: 1 session of listeners" in result.stderr
    result = sonde("replay", "tcp")
    assert result.returncode == 1
    assert b"Nothing else passes the filter." in result.stderr
