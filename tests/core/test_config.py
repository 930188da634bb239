from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.config import default_path, read


def test_a_missing_file_changes_nothing(tmp_path: Path) -> None:
    config = read(tmp_path / "config.toml")
    assert (config.theme, config.keys, config.warning) == ("", {}, "")


def test_theme_and_keys_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "nord"\n[keys]\nsend = "f6"\n"tab.http" = "f7"\n')
    config = read(path)
    assert config.theme == "nord"
    assert config.keys == {"send": "f6", "tab.http": "f7"}


@pytest.mark.parametrize("text", ["theme = ", "\xff", "theme = 1\nkeys = 2", "[" * 5000])
def test_a_broken_file_never_stops_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "latin-1")
    config = read(path)
    assert config.theme == ""
    assert config.keys == {}


def test_keeping_the_theme_leaves_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "config.toml"
    config = read(path)
    config.keep_theme("nord")
    path.write_text(path.read_text() + '[keys]\nsend = "f6"\n# mine\n')
    read(path).keep_theme("gruvbox")
    again = read(path)
    assert (again.theme, again.keys) == ("gruvbox", {"send": "f6"})
    assert "# mine" in path.read_text()


def test_the_environment_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONDE_CONFIG", "/somewhere/c.toml")
    assert default_path() == Path("/somewhere/c.toml")
