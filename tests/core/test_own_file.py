from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.own_file import put, toml
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
