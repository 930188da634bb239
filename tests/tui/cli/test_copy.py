from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sonde_core import formats
from sonde_tui.cli.copy import _FORMATS

from .conftest import Command, Handler, Requests


def copied(words: bytes) -> Path:
    """Return the file that was told when there is neither clipboard nor terminal."""
    found = re.search(rb"(/\S+?)[.,;]?(?:\s|$)", words)
    assert found, words
    return Path(found[1].decode())


@pytest.fixture
def alone(sonde: Command) -> Command:
    """Return the command without a display."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        sonde.environment.pop(name, None)
    sonde.environment["PATH"] = "/nowhere"
    return sonde


def test_way_is_told(alone: Command, web: Requests) -> None:
    alone("send", web.url)
    result = alone("copy", "@1")
    assert result.returncode == 0
    assert result.stdout == b""
    path = copied(result.stderr)
    assert path.read_bytes() == b"Hello, World!"
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()


@pytest.mark.parametrize("form", ["headers", "curl", "python", "http", "hex", "json", "har"])
def test_every_form(alone: Command, web: Requests, form: str) -> None:
    alone("send", web.url, "-H", "Authorization: Bearer hush")
    for options, there in (([], False), (["--reveal"], True)):
        result = alone("copy", "@1", "--as", form, *options)
        assert result.returncode == 0, result.stderr
        path = copied(result.stderr)
        assert path.read_bytes()
        if form in ("curl", "python"):
            assert (b"hush" in path.read_bytes()) is there
        path.unlink()


def test_a_form_is_written_to_a_file_or_to_standard_output(
    alone: Command, tcp: Callable[[Handler], str], tmp_path: Path
) -> None:
    def greet(client: socket.socket) -> None:
        client.sendall(b"Hello, client!")
        while client.recv(1024):
            pass

    alone("talk", tcp(greet), "--send", "hello", "--half-close")
    file = tmp_path / "a.pcapng"
    file.write_bytes(b"old")
    result = alone("copy", "@1", "--as", "pcapng", "--output", str(file))
    assert result.returncode == 0, result.stderr
    assert result.stdout == b""
    assert str(file).encode() in result.stderr
    assert file.read_bytes().startswith(b"\n\r\r\n")
    again = alone("copy", "@1", "--as", "pcapng", "--output", "-")
    assert again.stdout == file.read_bytes()
    steps = alone("copy", "@1", "--as", "steps", "--output", "-").stdout
    assert b'send "hello"' in steps
    refused = alone("copy", "@1", "--as", "curl", "--output", str(file))
    assert refused.returncode == 1
    assert again.stdout == file.read_bytes()


def test_where_standard_output_is_a_file_it_goes_there_alone(alone: Command, web: Requests) -> None:
    alone("send", web.url, "-H", "Authorization: Bearer hush")
    result = alone.shell("$SONDE copy @1 > body && $SONDE copy @1 --as curl >> body")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    body, _, curl = (alone.folder / "body").read_bytes().partition(b"curl")
    assert body == b"Hello, World!"
    assert curl == alone("copy", "@1", "--as", "curl", "--output", "-").stdout[len("curl") :]
    assert b"hush" not in curl
    assert copied(alone.shell("$SONDE copy @1 > /dev/null").stderr).read_bytes() == body
    failed = alone.shell("$SONDE copy @1 --as transcript > words; $SONDE copy @9 > none")
    assert failed.returncode == 1
    assert b"GET /" in (alone.folder / "words").read_bytes()


def test_the_forms_are_those_of_core() -> None:
    assert list(_FORMATS) == list(formats.FORMATS)


def test_session_becomes_a_transcript_and_a_script(
    alone: Command, tcp: Callable[[Handler], str]
) -> None:
    def greet(client: socket.socket) -> None:
        client.sendall(b"Hello, client!")
        while client.recv(1024):
            pass

    alone("talk", tcp(greet), "--send", "hello", "--half-close")
    for form, words in (
        ("body", b"Hello, client!"),
        ("transcript", b" < Hello, client!"),
        ("python", b'connection.sendall(b"hello")'),
    ):
        path = copied(alone("copy", "@1", "--as", form).stderr)
        assert words in path.read_bytes()
        path.unlink()


@pytest.mark.parametrize("form", ["headers", "curl", "http", "har"])
def test_what_does_not_fit_is_explained(
    alone: Command, tcp: Callable[[Handler], str], form: str
) -> None:
    alone("talk", tcp(lambda client: None))
    result = alone("copy", "@1", "--as", form)
    assert (result.returncode, result.stdout) == (1, b"")
    assert f"no form '{form}'".encode() in result.stderr
    assert b"Traceback" not in result.stderr


def test_body_that_is_gone_is_explained(alone: Command, web: Requests) -> None:
    alone("send", web.url + "/bytes")
    for file in (alone.history.parent / "bodies").rglob("*"):
        if file.is_file():
            file.unlink()
    result = alone("copy", "@1")
    assert result.returncode == 1
    assert b"not kept any more" in result.stderr
    assert b"replay" in result.stderr
