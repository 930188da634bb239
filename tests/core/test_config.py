from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.config import default_path, read
from sonde_core.settings import Keep


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_a_missing_file_changes_nothing(path: Path) -> None:
    config = read(path)
    assert (config.theme, config.keys, config.warning) == ("", {}, "")


def test_theme_and_keys_are_read(path: Path) -> None:
    path.write_text('theme = "nord"\n[keys]\nsend = "f6"\n"tab.http" = "f7"\n')
    config = read(path)
    assert config.theme == "nord"
    assert config.keys == {"send": "f6", "tab.http": "f7"}


@pytest.mark.parametrize("text", ["theme = ", "\xff", "theme = 1\nkeys = 2", "[" * 5000])
def test_a_broken_file_never_stops_the_start(path: Path, text: str) -> None:
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme = 1\n[keys]\nsend = 'f6'", "theme is a number, not text"),
        ("theme = true", "theme is true or false"),
        ("theme = 'nord'\nkeys = 2", "keys is a number, not a table; write [keys]"),
        ("theme = 'nord'\nkeys = 'x'", "keys is text, not a table"),
        ("[[keys]]\nquit = 'x'", "keys is a list"),
        ("theme = 'nord'\n[keys]\nsend = 'f6'\ncopy = ['y']", "keys.copy is a list, not text"),
        ("[keys]\nsend = 'f6'\ntab.http = 'f7'", 'in quotes, as in "tab.http"'),
        ("theme = 'nord'\nthemes = 'x'", "themes is no setting, did you mean theme?"),
        ("qqq = 1", "qqq is no setting, there are theme and keys"),
        ("theme", "were not read"),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_obeyed(path: Path, text: str, said: str) -> None:
    path.write_text(text)
    config = read(path)
    assert said in config.warning
    assert (config.theme == "nord") == ("nord" in text)
    assert (config.keys == {"send": "f6"}) == ("send" in text)


def test_all_that_is_wrong_is_told_at_once(path: Path) -> None:
    path.write_text("theme = 1\nkey = 2\n[keys]\nsend = 3\ncopy = 4\n[more]\n")
    warning = read(path).warning
    for name in ("theme", "key ", "keys.send", "keys.copy", "more"):
        assert f"{name.strip()} is " in warning
    assert warning.count(path.name) == 1
    path.write_text("".join(f"unknown{number} = 1\n" for number in range(5000)))
    assert read(path).warning.endswith("; and 4992 more.")


def test_a_file_that_cannot_be_read_is_told_in_words(tmp_path: Path, path: Path) -> None:
    assert read(tmp_path).warning == (
        f"The settings in {tmp_path} were not read: is a directory; secrets stay out of the "
        "history until that is mended."
    )
    path.write_bytes(b"# caf\xe9\n")
    assert "it is not UTF-8" in read(path).warning


def test_only_the_theme_above_the_tables_is_ours(path: Path) -> None:
    path.write_text('[keys]\ntheme = "f9"\n')
    read(path).keep_theme('odd "\\1" name')
    again = read(path)
    assert (again.theme, again.keys) == ('odd "\\1" name', {"theme": "f9"})
    again.keep_theme("nord")
    assert path.read_text() == 'theme = "nord"\n[keys]\ntheme = "f9"\n'


def test_a_link_stays_a_link(tmp_path: Path, path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    path.symlink_to(tmp_path / "dotfiles" / "sonde.toml")
    read(path).keep_theme("nord")
    assert path.is_symlink()
    assert (tmp_path / "dotfiles" / "sonde.toml").read_text() == 'theme = "nord"\n'


def test_a_file_that_cannot_be_read_is_not_written(path: Path) -> None:
    path.write_bytes(b"# caf\xe9\n")
    with pytest.raises(OSError, match="not UTF-8"):
        read(path).keep_theme("nord")
    assert path.read_bytes() == b"# caf\xe9\n"


@pytest.mark.parametrize(
    "text", ["'theme' = 'x'\n", "theme = '''\nx'''\n", "theme.a = 1\n", "[keys]\na = "]
)
def test_a_file_that_would_not_say_it_is_left_alone(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(OSError, match="in a way of its own"):
        read(path).keep_theme("nord")
    assert path.read_text() == text


def test_what_a_person_has_beside_it_stays(path: Path) -> None:
    beside = path.with_name("config.toml.new")
    beside.write_text("mine")
    read(path).keep_theme("nord")
    assert (read(path).theme, beside.read_text()) == ("nord", "mine")
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, beside.name]


def test_the_environment_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONDE_CONFIG", "/somewhere/c.toml")
    assert default_path() == Path("/somewhere/c.toml")


def test_secrets_are_kept_unless_it_is_said(path: Path) -> None:
    assert read(path).keep_secrets
    path.write_text("[history]\nkeep_secrets = false\n")
    config = read(path)
    assert (config.keep_secrets, config.warning) == (False, "")


@pytest.mark.parametrize("value", ['"false"', "0", "[]"])
def test_what_is_not_understood_keeps_no_secrets(path: Path, value: str) -> None:
    path.write_text(f"[history]\nkeep_secrets = {value}\n")
    config = read(path)
    assert not config.keep_secrets
    assert "history.keep_secrets" in config.warning


@pytest.mark.parametrize(
    "text",
    [
        "[history]\nkeep_secrets = false\n[keys]\nsend = ",
        "[history]\nkeep_secrets = False",
        "[history]\nkeep_secret = false",
        "[history]\nKeep-Secrets = false",
        "[histroy]\nkeep_secrets = false",
        "keep_secrets = false",
        "[keys]\nsend = 'f6'\nkeep_secrets = false",
        "history = 5",
    ],
)
def test_in_doubt_no_secrets_are_kept(path: Path, text: str) -> None:
    path.write_text(text)
    config = read(path)
    assert not config.keep_secrets
    assert "secrets stay out of the history until that is mended" in config.warning


def test_what_is_wrong_elsewhere_keeps_secrets(path: Path) -> None:
    path.write_text("themes = 'nord'\n[keys]\n'secrets.show' = 'f6'\n[history]\nmax_ages = 3")
    config = read(path)
    assert config.keep_secrets
    assert "secrets" not in config.warning


def test_another_name_in_the_table_is_told(path: Path) -> None:
    path.write_text("[history]\nkeep_secret = false\n")
    assert "did you mean history.keep_secrets?" in read(path).warning


def test_limits_of_the_history_are_read(path: Path) -> None:
    path.write_text("[history]\n")
    assert read(path).keep == Keep()
    path.write_text('[history]\nmax_age_days = 7.5\nmax_entries = 1000\nmax_size = "2 GiB"\n')
    config = read(path)
    assert config.warning == ""
    assert config.keep == Keep(7.5, 1000, 2 << 30)
    path.write_text("[history]\nmax_size = 1000000\nmax_age_days = 0\n")
    assert read(path).keep == Keep(max_size=1_000_000)


@pytest.mark.parametrize(
    "limit",
    [
        'max_size = "many"',
        "max_size = -1",
        "max_entries = 1.5",
        "max_entries = true",
        'max_age_days = "7"',
        "max_age_days = nan",
        "max_age_days = 1e9",
        "max_age_days = inf",
    ],
)
def test_a_limit_that_is_not_understood_is_none_and_told(path: Path, limit: str) -> None:
    path.write_text(f"[history]\n{limit}\n")
    config = read(path)
    assert config.keep == Keep()
    assert f"history.{limit.split()[0]} is no limit; write it like" in config.warning
