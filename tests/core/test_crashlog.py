from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sonde_core import crashlog


def failing(token: str) -> None:
    kept = f"secret {token}"
    raise TypeError(len(kept))


def test_a_report_is_private_and_holds_no_values(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(TypeError) as caught:
        failing("hunter" + str(1 + 1))
    path = crashlog.write(caught.value)
    text = path.read_text()
    assert "TypeError" in text
    assert "hunter2" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_report_holds_no_secrets_of_urls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = crashlog.write(ValueError("http://ann:hunter2@h/?token=hunter2 is odd"))
    assert "http://***@h/?token=*** is odd" in path.read_text()
