from __future__ import annotations

import errno
from types import SimpleNamespace

import pytest

from sonde_core.errors import RequestError
from sonde_tui.cli import output, standard_input


def test_it_is_read_to_its_end_and_no_further_than_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pieces = [b"one", b"two", b""]
    monkeypatch.setattr(output, "is_open", lambda _: True)
    monkeypatch.setattr(standard_input, "os", SimpleNamespace(read=lambda *_: pieces.pop(0)))
    assert standard_input.take(6, "It") == b"onetwo"
    pieces += [b"one", b"two!", b""]
    with pytest.raises(RequestError, match="It is longer than"):
        standard_input.take(6, "It")


def test_what_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: int) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(output, "is_open", lambda _: True)
    monkeypatch.setattr(standard_input, "os", SimpleNamespace(read=refused))
    with pytest.raises(RequestError, match="Standard input could not be read: Input/output error"):
        standard_input.take(6, "It")


def test_nothing_comes_where_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "is_open", lambda _: False)
    assert standard_input.take(6, "It") == b""
