from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.patience import PATIENCE

from .conftest import Command, Handler, Requests

Start = Callable[[Handler], str]


def test_answer_is_printed_and_status_said(sonde: Command, web: Requests) -> None:
    result = sonde("send", web.url)
    assert (result.returncode, result.stdout) == (0, b"Hello, World!")
    assert result.stderr.startswith(b"200 OK")
    assert web[0][:2] == ("GET", "/")


def test_bytes_come_exactly(sonde: Command, web: Requests) -> None:
    assert sonde("send", f"{web.url}/bytes").stdout == bytes(range(256)) * 300


def test_form_goes_as_requests_would_send_it(sonde: Command, web: Requests) -> None:
    sonde("send", f"{web.url}/login", "--form", "username=alice", "--form", "password=secret")
    method, path, headers, body = web[0]
    assert (method, path, body) == ("POST", "/login", b"username=alice&password=secret")
    assert ("Content-Type", "application/x-www-form-urlencoded") in headers


def test_header_replaces_the_one_of_ours(sonde: Command, web: Requests) -> None:
    sonde("send", web.url, "-H", "User-Agent: Mozilla/5.0")
    agents = [value for name, value in web[0][2] if name.lower() == "user-agent"]
    assert agents == ["Mozilla/5.0"]


def test_method_may_stand_before_options(sonde: Command, web: Requests) -> None:
    sonde("send", "put", "--json", '{"a": 1}', f"{web.url}/items/7")
    method, path, headers, body = web[0]
    assert (method, path, body) == ("PUT", "/items/7", b'{"a": 1}')
    assert ("Content-Type", "application/json") in headers


@pytest.mark.parametrize(
    ("option", "stdin", "body"),
    [("text", None, b"text"), ("@body", None, b"from\x00file"), ("-", b"\xffin", b"\xffin")],
)
def test_data_from_everywhere(
    sonde: Command, web: Requests, tmp_path: Path, option: str, stdin: bytes | None, body: bytes
) -> None:
    (tmp_path / "body").write_bytes(b"from\x00file")
    sonde("send", web.url, "-d", option, stdin=stdin)
    assert web[0][0] == "POST"
    assert web[0][3] == body


def test_data_given_twice_is_joined_as_curl_does(sonde: Command, web: Requests) -> None:
    sonde("send", web.url, "-d", "a=1", "-d", "", "-d", "b=2")
    assert web[0][3] == b"a=1&&b=2"


def test_upload_is_a_multipart_form(sonde: Command, web: Requests, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"\x89PNG")
    sonde("send", web.url, "--file", "photo=cat.png", "--form", "name=Tom")
    _, _, headers, body = web[0]
    assert any(value.startswith("multipart/form-data") for _, value in headers)
    assert b"\x89PNG" in body
    assert b"Tom" in body


def test_basic_authentication(sonde: Command, web: Requests) -> None:
    sonde("send", web.url, "--auth", "user:pass")
    assert ("Authorization", "Basic dXNlcjpwYXNz") in web[0][2]


def test_status_404_is_an_answer(sonde: Command, web: Requests) -> None:
    result = sonde("send", f"{web.url}/missing")
    assert (result.returncode, result.stdout) == (0, b"not here")
    assert b"404" in result.stderr


def test_redirects_are_followed_unless_told_not_to(sonde: Command, web: Requests) -> None:
    assert sonde("send", f"{web.url}/moved").stdout == b"Hello, World!"
    assert sonde("send", f"{web.url}/moved", "--no-follow").stdout == b"moved"


def test_output_goes_to_the_named_file(sonde: Command, web: Requests, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"something longer that was there before")
    result = sonde("send", web.url, "--output", "out")
    assert (result.returncode, result.stdout) == (0, b"")
    assert (tmp_path / "out").read_bytes() == b"Hello, World!"


def test_output_in_a_folder_is_named_as_the_answer_says(
    sonde: Command, web: Requests, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    result = sonde("send", f"{web.url}/greeting", "--output", "folder")
    assert (result.returncode, result.stdout) == (0, b"")
    assert b"Saved to folder/greeting.txt." in result.stderr
    assert (tmp_path / "folder" / "greeting.txt").read_bytes() == b"Hello, World!"
    again = sonde("send", f"{web.url}/greeting", "--output", "folder")
    assert again.returncode == 1
    assert b"exists" in again.stderr
    assert b"sonde show @1" in again.stderr
    assert os.listdir(tmp_path / "folder") == ["greeting.txt"]


def test_output_takes_a_pipe_that_is_read(sonde: Command, web: Requests, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        assert sonde("send", web.url, "--output", "pipe").returncode == 0
        assert reader.communicate(timeout=PATIENCE)[0] == b"Hello, World!"


@pytest.mark.parametrize("target", ["link", "missing/out"])
def test_output_refused_before_anything_is_sent(
    sonde: Command, web: Requests, tmp_path: Path, target: str
) -> None:
    (tmp_path / "victim").write_bytes(b"kept")
    (tmp_path / "link").symlink_to("victim")
    result = sonde("send", web.url, "--output", target)
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr
    assert web == []
    assert (tmp_path / "victim").read_bytes() == b"kept"


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_output_to_standard_output_is_no_file(
    sonde: Command, web: Requests, tmp_path: Path, name: str
) -> None:
    assert sonde("send", web.url, "--output", name).stdout == b"Hello, World!"
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize("name", ["missing", "."])
def test_certificates_that_cannot_be_read_are_wrong_usage(
    sonde: Command, web: Requests, name: str
) -> None:
    result = sonde("send", web.url, "--cacert", name)
    assert result.returncode == 2
    assert f"Could not read '{name}'".encode() in result.stderr
    assert web == []


def test_a_redirect_may_carry_the_body_away_when_allowed(sonde: Command, tcp: Start) -> None:
    def away(client: socket.socket) -> None:
        client.recv(65536)
        head = f"HTTP/1.1 307 Go\r\nLocation: {there}\r\nContent-Length: 4\r\n\r\n"
        client.sendall(head.encode() + b"away")

    def here(client: socket.socket) -> None:
        last = client.recv(65536)[-4:]
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + last)

    there = tcp(here).replace("tcp", "http")
    first = tcp(away).replace("tcp", "http")
    kept = sonde("send", first, "-d", "body")
    assert (kept.returncode, kept.stdout) == (0, b"away")
    assert kept.stderr.count(b"Not followed") == 1
    assert b"--resend-body" in kept.stderr
    assert sonde("send", first, "-d", "body", "--resend-body").stdout == b"body"


@pytest.mark.parametrize(
    ("path", "sentence", "hint"),
    [
        ("/no-json", "Not valid JSON: line 1, column 2 (byte 1) has '", "double quotes only"),
        ("/deep", "more than 200 levels deep", "shown as received"),
        ("/odd-coding", "note: The coding 'rot13' is not known", ""),
    ],
)
def test_what_is_odd_about_an_answer_is_said_and_changes_nothing(
    sonde: Command, web: Requests, path: str, sentence: str, hint: str
) -> None:
    result = sonde("send", web.url + path)
    assert result.returncode == 0
    words = result.stderr.decode()
    assert words.startswith("200 OK")
    assert words.count(sentence) == 1
    assert hint in words
    assert words.count("\n") == 2 + bool(hint)


@pytest.mark.parametrize("path", ["/json", "/long-number", "/"])
def test_nothing_is_said_about_an_answer_in_order(sonde: Command, web: Requests, path: str) -> None:
    assert sonde("send", web.url + path).stderr.count(b"\n") == 1


def test_short_body_is_printed_and_fails(sonde: Command, web: Requests) -> None:
    result = sonde("send", f"{web.url}/short")
    assert (result.returncode, result.stdout) == (1, b"only this")


def test_limit_cuts(sonde: Command, web: Requests) -> None:
    result = sonde("send", f"{web.url}/bytes", "--max-bytes", "1000")
    assert result.returncode == 1
    assert len(result.stdout) <= 1000


@pytest.mark.parametrize(
    "url", ["http://", "http://127.0.0.1:99999/", "gopher://a/", "http://[::1/", "http://a b/", ""]
)
def test_bad_url_is_wrong_usage_and_recorded(sonde: Command, url: str) -> None:
    result = sonde("send", url)
    assert result.returncode == 2
    assert result.stderr.startswith(b"sonde: ")
    assert b"Traceback" not in result.stderr
    assert b"failed" in sonde("history").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["send"],
        ["send", "GET"],
        ["send", "http://a/", "GET"],
        ["send", "GET", "http://a/", "more"],
        ["send", "http://a/", "-H", "nonsense"],
        ["send", "http://a/", "--form", "nonsense"],
        ["send", "http://a/", "--timeout", "0"],
        ["send", "http://a/", "--timeout", "nan"],
        ["send", "http://a/", "--max-bytes", "-1"],
        ["send", "http://a/", "--auth", "nocolon"],
        ["send", "http://a/", "-d", "a", "--json", "{}"],
        ["send", "http://a/", "--unknown"],
        ["send", "http://a/", "-d", "a", "-d", "@file"],
        ["send", "http://a/", "-d", "-", "-d", "a"],
        ["send", "http://a/", "-d", "@"],
        ["send", "http://a/", "--json", "@"],
        ["send", "http://a/", "--file", "photo="],
        ["send", "http://a/", "--json", "1", "--json", "2"],
        ["send", "http://a/", "--auth", "a:b", "--auth", "a:b"],
        ["send", "http://a/", "--output", "a", "--output", "a"],
        ["send", "http://a/", "--output", ""],
        ["send", "http://a/", "--timeout", "1", "--timeout", "2"],
        ["send", "http://a/", "--timeout", "1e-9"],
        ["send", "http://a/", "--max-bytes", "1", "--max-bytes", "2"],
        ["send", "http://a/", "--cacert", "a", "--cacert", "b"],
    ],
)
def test_wrong_usage(sonde: Command, arguments: list[str]) -> None:
    result = sonde(*arguments)
    assert result.returncode == 2
    assert b"sonde send --help" in result.stderr
    assert b"Traceback" not in result.stderr


def test_closed_port_is_explained_and_recorded(sonde: Command, closed_port: int) -> None:
    result = sonde("send", f"http://127.0.0.1:{closed_port}/")
    assert result.returncode == 1
    assert b"Could not reach" in result.stderr
    assert b"failed" in sonde("history").stdout


def test_answer_that_is_no_http_fails_and_is_kept(sonde: Command, tcp: Start) -> None:
    def greet(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"Hello, client!")

    result = sonde("send", tcp(greet).replace("tcp", "http"))
    assert result.returncode == 1
    assert b"Traceback" not in result.stderr
    assert b"failed" in sonde("history").stdout


def test_silent_server_ends_with_the_time_out(sonde: Command, tcp: Start) -> None:
    def silent(client: socket.socket) -> None:
        client.recv(65536)
        client.recv(1)

    result = sonde("send", tcp(silent).replace("tcp", "http"), "--timeout", "0.3")
    assert result.returncode == 1
    assert b"timed out" in sonde("history").stdout


def stream(client: socket.socket) -> None:
    client.recv(65536)
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
    client.recv(1)


def test_stream_is_printed_while_it_comes_and_an_interrupt_keeps_it(
    sonde: Command, tcp: Start
) -> None:
    process = sonde.start("send", tcp(stream).replace("tcp", "http"))
    assert process.stdout
    assert process.stdout.read(9) == b"data: 1\n\n"
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"Traceback" not in words
    assert b"cancelled" in sonde("history").stdout


def test_closed_streams_do_no_harm(sonde: Command, web: Requests) -> None:
    assert sonde.shell(f"$SONDE send {web.url} <&-").stdout == b"Hello, World!"
    assert sonde.shell(f"$SONDE send {web.url} >&-").returncode == 0
    quiet = sonde.shell(f"$SONDE send {web.url} <&- 2>&-")
    assert (quiet.returncode, quiet.stdout) == (0, b"Hello, World!")
    assert sonde.shell(f"$SONDE send {web.url}/bytes | head -c 1; exit ${{PIPESTATUS[0]}}") == \
        _same(returncode=0, stdout=b"\0")  # fmt: skip


def _same(*, returncode: int, stdout: bytes) -> object:
    class Same:
        def __eq__(self, other: object) -> bool:
            assert isinstance(other, CompletedProcess)
            assert b"Traceback" not in other.stderr
            return bool(other.returncode == returncode and other.stdout == stdout)

    return Same()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_disk_is_explained(sonde: Command, web: Requests) -> None:
    result = sonde.shell(f"$SONDE send {web.url} > /dev/full")
    assert result.returncode == 1
    assert b"No space left" in result.stderr
    assert b"Traceback" not in result.stderr


def test_controls_are_made_visible_on_a_terminal_only(sonde: Command, web: Requests) -> None:
    url = f"{web.url}/evil"
    assert b"\x1b]0;owned" in sonde("send", url).stdout
    drawn = sonde.on_terminal("send", url)
    assert b"\x1b" not in drawn
    assert b"\xc2\x9b" not in drawn
    assert b"owned" in drawn
