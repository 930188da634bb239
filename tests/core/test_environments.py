from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.environments import Environments
from sonde_core.secrets import MASK
from sonde_core.templates import fill

TEXT = """
[default]
user = "alice"
port = 8080
loud = true
line = "a\\r\\n"
[staging]
user = "bob"
api_key = "k1"
pin = { secret = "1234" }
"""


@pytest.fixture
def found(tmp_path: Path) -> Environments:
    (tmp_path / "environments.toml").write_text(TEXT)
    environments = Environments.beside(tmp_path / "config.toml")
    environments.refresh()
    return environments


def test_the_default_counts_for_all_and_the_chosen_one_wins(found: Environments) -> None:
    template = b"{{user}}:{{port}} {{loud}} {{line}}"
    assert found.names == ["staging"]
    assert fill(template, found.values) == b"alice:8080 true a\r\n"
    found.chosen = "staging"
    assert fill(template + b"{{pin}}", found.values) == b"bob:8080 true a\r\n1234"
    assert found.warning == ""


def test_secrets_are_masked_unless_they_are_to_be_seen(found: Environments) -> None:
    found.chosen = "staging"
    shown = {name: value.shown() for name, value in found.current.items()}
    assert (shown["user"], shown["api_key"], shown["pin"]) == ("bob", MASK, MASK)
    assert found.current["pin"].shown(reveal=True) == "1234"


def test_counters_go_on_over_changes(found: Environments) -> None:
    assert fill(b"{{counter}}", found.values) == b"1"
    found.chosen = "staging"
    assert fill(b"{{counter}}", found.values) == b"2"


def test_the_variable_of_the_environment_chooses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONDE_ENVIRONMENT", "staging")
    (tmp_path / "environments.toml").write_text(TEXT)
    found = Environments.beside(tmp_path / "config.toml")
    found.refresh()
    assert fill(b"{{user}}", found.values) == b"bob"


def test_no_file_is_no_trouble_and_one_that_comes_is_read(tmp_path: Path) -> None:
    found = Environments.beside(tmp_path / "config.toml")
    found.refresh()
    assert (found.current, found.warning) == ({}, "")
    found.path.write_text(TEXT)
    found.refresh()
    assert found.current["user"].data == b"alice"
    found.path.write_text("[default]\nuser = 'carol'\n")
    found.refresh()
    assert found.current["user"].data == b"carol"
    found.path.unlink()
    found.refresh()
    assert found.current == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[default", "were not read"),
        ("user = 'x'", "user stands in no table"),
        ("[a]\ncounter = 1", "a.counter has a meaning of its own"),
        ("[a]\n'x y' = 1", "a.x y can be no name"),
        ("[a]\nb = [1]", "a.b is neither text nor a number"),
        ("[a]\n" + "".join(f"b{n} = []\n" for n in range(9)), "and 5 more"),
        ("#" * (1 << 20) + "#", "more than 1 MiB"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "environments.toml").write_text(text)
    found = Environments.beside(tmp_path / "config.toml")
    found.refresh()
    assert words in found.warning


def test_an_environment_that_there_is_not_is_told(found: Environments) -> None:
    found.chosen = "production"
    found.path.write_text(TEXT + "\n")
    found.refresh()
    assert "no environment production" in found.warning
