from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import SaveError
from sonde_core.own_file import OwnFile, name_of, put, toml, without_table
from tests.strategies import examples


def test_a_file_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        put(tmp_path / "new" / "a.toml", "a = 1\n")
    finally:
        os.umask(before)
    path = tmp_path / "new" / "a.toml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.read_text() == "a = 1\n"


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    put(path, "old")
    with pytest.raises(UnicodeEncodeError):
        put(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@given(st.text())
@examples(1)
def test_text_comes_back_from_toml(text: str) -> None:
    assert tomllib.loads(f"a = {toml(text)}") == {"a": text.encode("utf-8", "replace").decode()}


def test_an_edit_that_says_something_else_is_written_anew_and_the_old_file_kept(
    tmp_path: Path,
) -> None:
    file = OwnFile(tmp_path / "a.toml", "things", 100)
    file.edit("a = 1\n", lambda text: file.parse(text) == {"a": 1}, "never")
    assert file.read() == "a = 1\n"
    file.edit("a = [", lambda text: file.parse(text) == {"a": 2}, "a = 2\n")
    assert file.read() == "a = 2\n"
    assert (tmp_path / "a.toml.old").read_text() == "a = 1\n"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = OwnFile(tmp_path / "a.toml", "things", 3)
    file.path.write_text("a = 1\n")
    with pytest.raises(SaveError, match="has more than"):
        file.read()


def test_a_table_is_cut_out_and_nothing_of_what_stands_around_it() -> None:
    top, between, end = "# top\n", "# next\n[b]\ny = 1\n", "[[b.c]]\n"
    first, second = "[[a]]\nx = 1\n[a.more]\nz = 1\n\n", "[[ a ]] # 2\nx = [[2], [3]]\n"
    text = top + first + between + second + end
    assert without_table(text, "a", 0) == top + between + second + end
    assert without_table(text, "a", 1) == top + first + between + end
    assert without_table(text, "a", 2) == text


def test_a_name_is_one_line_that_can_be_written() -> None:
    assert name_of(" a\n b\ud800", "thing") == "a b?"
    with pytest.raises(SaveError, match="A thing needs a name"):
        name_of(" \n", "thing")
