from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.entry_filter import FilterError
from sonde_core.entry_filter.saved import SavedFilters
from sonde_core.errors import SaveError
from sonde_core.own_file import LONGEST_NAME


@pytest.fixture
def saved(tmp_path: Path) -> SavedFilters:
    return SavedFilters.beside(tmp_path / "config.toml")


def test_filters_are_kept_in_their_order(saved: SavedFilters) -> None:
    assert saved.read() == {}
    saved.keep("slow ones", "time>1s")
    saved.keep("it's", 'body:"\\"x\\""')
    saved.keep("slow ones", "time>2s")
    assert saved.read() == {"slow ones": "time>2s", "it's": 'body:"\\"x\\""'}
    assert saved.path.name == "filters.toml"
    assert saved.path.stat().st_mode & 0o777 == 0o600


def test_a_filter_is_renamed_and_deleted(saved: SavedFilters) -> None:
    for name in "abc":
        saved.keep(name, name)
    saved.rename("b", "d")
    assert saved.delete("a") == "a"
    assert saved.read() == {"d": "b", "c": "c"}
    with pytest.raises(SaveError):
        saved.rename("d", "c")
    for act in (saved.delete, lambda name: saved.rename(name, "x")):
        with pytest.raises(SaveError):
            act("gone")


def test_comments_of_the_person_survive(saved: SavedFilters) -> None:
    saved.path.write_text("# mine\na = 'x'  # this\nb = 'y'")
    saved.keep("c", "z")
    saved.delete("b")
    assert saved.path.read_text() == "# mine\na = 'x'  # this\n'c' = 'z'\n"


def test_what_ends_a_line_elsewhere_ends_none_in_the_file(saved: SavedFilters) -> None:
    saved.path.write_text("# mine\na = 'x\u2028y\x85z'\n")
    saved.rename("a", "b")
    saved.keep("b", "z")
    assert saved.path.read_text() == "# mine\n'b' = 'z'\n"


def test_what_no_line_edit_can_do_is_written_anew(saved: SavedFilters) -> None:
    before = 'a = """x\ny"""\n'
    saved.path.write_text(before)
    saved.keep("a", "z")
    assert saved.read() == {"a": "z"}
    assert saved.path.with_name("filters.toml.old").read_text() == before


@pytest.mark.parametrize("text", ["a = ", "a = 1", "[a]\nb = 'c'", "\xff", "x" * (1 << 20) + "x"])
def test_a_file_that_is_not_understood_is_left_alone(saved: SavedFilters, text: str) -> None:
    saved.path.write_text(text, "latin-1")
    assert saved.read() == {}
    assert saved.warning
    with pytest.raises(SaveError):
        saved.keep("a", "b")
    assert saved.path.read_text("latin-1") == text


def test_only_filters_with_a_name_are_kept(saved: SavedFilters) -> None:
    with pytest.raises(SaveError):
        saved.keep("  ", "x")
    with pytest.raises(FilterError):
        saved.keep("a", "(")
    saved.keep("n" * 200, "x")
    assert list(saved.read()) == ["n" * LONGEST_NAME]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError):
        SavedFilters.beside(tmp_path / "file" / "config.toml").keep("a", "b")
