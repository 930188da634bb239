from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core import settings


def test_an_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONDE_HISTORY", "/a/history.json")
    assert settings.load().history == Path("/a/history.json")
    assert settings.load("/b/h.json").history == Path("/b/h.json")


def test_the_default_is_in_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SONDE_HISTORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert settings.load().history.name == "history.json"
