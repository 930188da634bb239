from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from .conftest import Command


def bound(process: subprocess.Popen[bytes]) -> tuple[str, int]:
    """Read the address from the first line of words."""
    assert process.stderr
    found = re.search(rb"listening on \w+://(.+):(\d+)", process.stderr.readline())
    assert found
    return found[1].decode(), int(found[2])


def receive_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_client_is_greeted_and_heard(sonde: Command) -> None:
    process = sonde.start("listen", "tcp://:0", "--greet", r"Hello, client!\n", "--once")
    with socket.create_connection(bound(process)) as client:
        client.sendall(b"Hello, server!")
        assert client.recv(100) == b"Hello, client!\n"
    out, words = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, b"Hello, server!")
    assert b"127.0.0.1" in words
    assert b"tcp in" in sonde("history").stdout


def test_echo_answers_many_clients(sonde: Command) -> None:
    process = sonde.start("listen", "tcp://:0", "--echo")
    address = bound(process)
    with socket.create_connection(address) as one, socket.create_connection(address) as two:
        for client, text in ((one, b"one"), (two, b"two")):
            client.sendall(text)
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client) == text
    process.send_signal(signal.SIGTERM)
    out, words = process.communicate(timeout=10)
    assert process.returncode == 0
    assert sorted(out) == sorted(b"onetwo")
    assert b"Traceback" not in words
    assert sonde("history").stdout.count(b"tcp in") == 2


def test_time_ends_it(sonde: Command) -> None:
    assert sonde("listen", "tcp://:0", "--for", "0.2").returncode == 0


def test_one_datagram_is_enough_for_once(sonde: Command) -> None:
    process = sonde.start("listen", "udp://127.0.0.1:0", "--echo", "--once")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.connect(bound(process))
        client.send(b"ping")
        assert client.recv(100) == b"ping"
    out, _ = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, b"ping")


def test_unix_socket(sonde: Command, tmp_path: Path) -> None:
    process = sonde.start("listen", "unix:s", "--greet", "hi", "--once")
    assert process.stderr
    assert b"unix:" in process.stderr.readline()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "s"))
        assert client.recv(10) == b"hi"
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert not (tmp_path / "s").exists()


def test_tls_makes_its_own_certificate(sonde: Command) -> None:
    process = sonde.start("listen", "tls://127.0.0.1:0", "--greet", "hi", "--once")
    host, port = bound(process)
    refused = sonde("talk", f"tls://{host}:{port}")
    assert refused.returncode == 1
    assert b"certificate" in refused.stderr
    process.communicate(timeout=10)


def test_talk_without_verification(sonde: Command) -> None:
    process = sonde.start("listen", "tls://127.0.0.1:0", "--greet", "hi", "--once")
    host, port = bound(process)
    talk = sonde("talk", f"tls://{host}:{port}", "--insecure", "--wait", "0.3")
    assert (talk.returncode, talk.stdout) == (0, b"hi")
    process.communicate(timeout=10)


def test_taken_port_is_explained_and_recorded(sonde: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        result = sonde("listen", f"tcp://127.0.0.1:{server.getsockname()[1]}")
    assert result.returncode == 1
    assert b"in use" in result.stderr
    assert b"listen" in sonde("history").stdout


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:70000", "http://127.0.0.1:80", "nonsense"])
def test_bad_address_is_wrong_usage_and_recorded(sonde: Command, address: str) -> None:
    result = sonde("listen", address)
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr
    assert b"failed" in sonde("history").stdout


def test_bad_escape_is_wrong_usage(sonde: Command) -> None:
    result = sonde("listen", "tcp://:0", "--greet", r"\q")
    assert result.returncode == 2
    assert b"Unknown escape" in result.stderr
