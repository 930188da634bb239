from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Command, Requests


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
