from __future__ import annotations

import os
import signal
import socket
import ssl
from pathlib import Path

import pytest

from tests.patience import PATIENCE

from .conftest import Command, bound, until_ended_by_signals


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


def test_clients_that_are_refused_are_told_and_recorded(sonde: Command) -> None:
    process = sonde.start("listen", "tcp://127.0.0.1:0", "--max-clients", "1", "--once")
    place = bound(process)
    with socket.create_connection(place) as first:
        first.sendall(b"hello")
        for _ in range(2):
            with socket.create_connection(place) as second:
                second.settimeout(10)
                assert second.recv(1) == b""
        first.sendall(b", again")  # --once is for one that was let in
    out, words = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, b"hello, again")
    assert words.count(b"refused: no more than 1 client may be there") == 2
    assert sonde("history").stdout.count(b"failed") == 2
    told = sonde("show", "@1").stdout + sonde("show", "@2").stdout
    assert b"no more than 1 client may be there" in told


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


def test_a_peers_name_forges_no_line(sonde: Command, tmp_path: Path) -> None:
    place = tmp_path / "s"
    process = sonde.start("listen", f"unix-dgram:{place}", "--once")
    assert process.stderr
    assert process.stderr.readline().startswith(b"listening on unix-dgram:")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
        peer.bind(f"{tmp_path}/a\nlistening on unix:b")
        peer.sendto(b"x", str(place))
        _, words = process.communicate(timeout=PATIENCE)
    told = words.decode().splitlines()
    assert all(row.startswith(f"client {tmp_path}/a␊listening on unix:b") for row in told), told
    assert len(told) == 2


def test_tls_makes_its_own_certificate(sonde: Command) -> None:
    process = sonde.start("listen", "tls://127.0.0.1:0", "--greet", "hi", "--once")
    host, port = bound(process)
    refused = sonde("talk", f"tls://{host}:{port}")
    assert refused.returncode == 1
    assert b"certificate" in refused.stderr
    process.communicate(timeout=10)


def test_the_oldest_tls_of_clients_is_chosen(sonde: Command) -> None:
    process = sonde.start("listen", "tls://127.0.0.1:0", "--accept-tls", "1.3", "--once")
    where = bound(process)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(where, 10) as client, pytest.raises(ssl.SSLError):
        context.wrap_socket(client)
    _, words = process.communicate(timeout=10)
    assert b"no TLS version that we take" in words


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


def test_what_is_wrong_is_not_buried_under_all_flags(sonde: Command) -> None:
    result = sonde("listen", "tcp://:0", "--http", "99")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) <= 4
    assert b"--http" in result.stderr.splitlines()[1]


def test_bad_escape_is_wrong_usage(sonde: Command) -> None:
    result = sonde("listen", "tcp://:0", "--greet", r"\q")
    assert result.returncode == 2
    assert b"Unknown escape" in result.stderr


def test_greeting_and_replies_name_values_of_the_environment(sonde: Command) -> None:
    sonde.environment["SONDE_CONFIG"] = str(sonde.folder / "config.toml")
    sonde.environment["SONDE_ENVIRONMENT"] = "staging"
    (sonde.folder / "environments.toml").write_text(
        '[default]\nuser = "ann"\npassword = "hunter2"\n[staging]\nuser = "bob"\n'
    )
    process = sonde.start(
        *("listen", "tcp://:0", "--greet", r"hi {{user}}\n", "--once"),
        *("--rule", r"who={{user}} {{password}}!close"),
    )
    with socket.create_connection(bound(process)) as client:
        client.sendall(b"who\n")
        assert receive_all(client) == b"hi bob\nbob hunter2"
    _, words = process.communicate(timeout=10)
    assert process.returncode == 0, words
    shown = sonde("show", "@1").stdout
    assert b"hunter2" not in shown
    assert b"bob ***" in shown


def test_a_value_that_no_environment_has_is_told_before_it_listens(sonde: Command) -> None:
    result = sonde("listen", "tcp://:0", "--rule", "who={{user}}", "--for", "0.1")
    assert result.returncode == 2
    assert b"{{user}}" in result.stderr


def test_rules_answer_each_message_and_the_rest_is_echoed(sonde: Command) -> None:
    rules = sonde.folder / "rules"
    rules.write_text("# more\n^QUIT$=bye\\n!close\n")
    process = sonde.start(
        *("listen", "tcp://:0", "--rule", r"/^HELO (\S+)/i=250 {{1}}\n"),
        *("--rules", str(rules), "--echo", "--once"),
    )
    with socket.create_connection(bound(process)) as client:
        client.sendall(b"helo me\r\nwhat?\nQUIT\n")
        assert receive_all(client) == b"250 me\nwhat?\nbye\n"
    out, _ = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, b"helo me\r\nwhat?\nQUIT\n")


def test_http_requests_are_entries(sonde: Command) -> None:
    process = sonde.start(
        *("listen", "tcp://:0", "--http", "503", "--http-header", "Retry-After: 5"),
        *("--http-body", '{"wait": 5}', "--once"),
    )
    host, port = bound(process)
    answer = sonde("send", "POST", f"http://{host}:{port}/x", "-d", "data")
    assert answer.stdout == b'{"wait": 5}'
    _, words = process.communicate(timeout=10)
    assert b"/x \xc2\xb7 503 Service Unavailable" in words
    listed = sonde("history").stdout.decode().splitlines()
    assert len(listed) == 2
    assert all("503" in line and "/x" in line for line in listed)
    entry = next(line.split()[1] for line in listed if "POST in" in line)
    shown = sonde("show", entry).stdout
    assert b"retry-after: 5" in shown.lower()
    assert b"--data" in sonde("copy", entry, "--as", "curl", "--output", "-").stdout


def test_a_recording_is_played_to_a_client(sonde: Command) -> None:
    first = sonde.start("listen", "tcp://:0", "--rule", "PING=PONG!close", "--once")
    with socket.create_connection(bound(first)) as client:
        client.sendall(b"PING\n")
        assert receive_all(client) == b"PONG"
    first.communicate(timeout=10)
    second = sonde.start("listen", "tcp://:0", "--play", "@1", "--once", "--hex")
    with socket.create_connection(bound(second)) as client:
        client.sendall(b"PING\n")
        assert receive_all(client) == b"PONG"
    out, _ = second.communicate(timeout=10)
    assert b"> 00000000" in out
    assert b"as expected" in sonde("show", "@1").stdout
    assert sonde("listen", "tcp://:0", "--play", "@9").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--rule", "PING"], "no ="),
        (["--rule", "/(/=x"], "pattern"),
        (["--rule", "a=b", "--http"], "do not go together"),
        (["--echo", "--http-body", "x"], "do not go together"),
        (["--http", "99"], "no status"),
        (["--http-header", "x"], "no header"),
        (["--rules", "/none"], "/none"),
        (["--http", "204", "--http-body", "x"], "has no body"),
        (["--cert", "/dev/null"], "as long as there is no TLS"),
        (["--cert", "/dev/null", "--rule", "S=!upgrade"], "certificates in"),
        (["--subprotocol", "chat"], "--subprotocol means nothing for tcp://"),
        (["--interface", "lo"], "--interface means nothing for tcp://"),
    ],
)
def test_wrong_answers_are_wrong_usage(sonde: Command, arguments: list[str], told: str) -> None:
    done = sonde("listen", "tcp://:0", *arguments)
    assert done.returncode in (1, 2)
    assert told in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("--http-body", "@pipe"), ("--rules", "pipe")])
def test_a_pipe_that_nobody_writes_to_is_left_at_a_signal(
    sonde: Command, tmp_path: Path, arguments: tuple[str, str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with sonde.start("listen", "tcp://127.0.0.1:0", *arguments) as process:
        until_ended_by_signals(process.pid)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"Traceback" not in words
