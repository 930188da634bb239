from __future__ import annotations

from pathlib import Path

from sonde_core.keeping import strip_of
from sonde_core.known_secrets import known
from sonde_core.scrubbing.marking import Marking
from sonde_core.scrubbing.stripping import Stripper


def test_nothing_is_done_where_nothing_is_said(tmp_path: Path) -> None:
    assert strip_of(tmp_path / "config.toml", keep_secrets=True) is None


def test_the_settings_decide(tmp_path: Path) -> None:
    assert isinstance(strip_of(tmp_path / "config.toml", keep_secrets=False), Stripper)
    (tmp_path / "environments.toml").write_text('[default]\na = { secret = "known-known" }\n')
    assert isinstance(strip_of(tmp_path / "config.toml", keep_secrets=True), Marking)
    assert known() == {b"known-known"}
