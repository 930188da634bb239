from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sonde_core.errors import SaveError
from sonde_core.payload import InputMode, LineEnding
from sonde_core.snippets import Snippet, Snippets
from sonde_core.steps import MessageKind

WRITTEN = """\
# mine
[[snippet]]
name = "a"   # the first
text = 'A'

# about b
[[snippet]]
name = "b"
text = 'B\\r'
ending = "LF"

# the end
"""


@pytest.fixture
def snippets(tmp_path: Path) -> Snippets:
    return Snippets.beside(tmp_path / "config.toml")


def names(snippets: Snippets) -> list[str]:
    return [each.name for each in snippets.read()]


def test_what_is_kept_is_read_back_and_only_the_owner_may_read_it(snippets: Snippets) -> None:
    assert snippets.read() == []
    one = Snippet("one", r"a\x00'{{n}}", InputMode.TEXT, LineEnding.CRLF, MessageKind.PING, True)
    two = Snippet("two", "00 ff", InputMode.HEX)
    snippets.keep(one)
    snippets.keep(two)
    assert snippets.read() == [one, two]
    assert stat.S_IMODE(os.stat(snippets.path).st_mode) == 0o600
    assert [each.name for each in snippets.path.parent.iterdir()] == ["snippets.toml"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_kept(snippets: Snippets, text: str) -> None:
    snippets.keep(Snippet("x", text))
    assert snippets.read() == [Snippet("x", text)]


def test_the_same_name_is_written_over_in_its_place(snippets: Snippets) -> None:
    snippets.path.write_text(WRITTEN)
    snippets.keep(Snippet("a", "new"))
    assert [each.text for each in snippets.read()] == ["new", r"B\r"]


def test_comments_survive_what_is_added_renamed_and_deleted(snippets: Snippets) -> None:
    snippets.path.write_text(WRITTEN)
    snippets.keep(Snippet("c", "C"))
    assert snippets.path.read_text().startswith(WRITTEN)
    snippets.rename("b", "beta")
    assert names(snippets) == ["a", "beta", "c"]
    snippets.delete("a")
    assert names(snippets) == ["beta", "c"]
    text = snippets.path.read_text()
    assert all(comment in text for comment in ("# mine", "# about b", "# the end"))


def test_what_was_deleted_is_put_back_where_it_was(snippets: Snippets) -> None:
    snippets.path.write_text(WRITTEN)
    before = snippets.read()
    gone, place = snippets.delete("a")
    assert names(snippets) == ["b"]
    snippets.keep(gone, place)
    assert snippets.read() == before


def test_a_file_that_cannot_be_edited_in_place_is_kept_beside(snippets: Snippets) -> None:
    tricky = "snippet = [{name = 'a', text = '''\n[[snippet]]\n'''}]\n"
    snippets.path.write_text(tricky)
    snippets.keep(Snippet("b", "B"))
    assert names(snippets) == ["a", "b"]
    assert snippets.path.with_name("snippets.toml.old").read_text() == tricky


@pytest.mark.parametrize(
    "text", ["[[snippet", "[[snippet]]\ntext = 'x'\n", "[[snippet]]\nname='a'\nmode='morse'\n"]
)
def test_a_file_with_a_mistake_is_told_and_left_alone(snippets: Snippets, text: str) -> None:
    snippets.path.write_text(text)
    assert snippets.read() == []
    assert str(snippets.path) in snippets.warning
    with pytest.raises(SaveError):
        snippets.keep(Snippet("b", "B"))
    assert snippets.path.read_text() == text


def test_names_are_needed_and_not_taken_twice(snippets: Snippets) -> None:
    snippets.path.write_text(WRITTEN)
    with pytest.raises(SaveError, match="needs a name"):
        snippets.keep(Snippet("  \n", "x"))
    with pytest.raises(SaveError, match="already"):
        snippets.rename("a", "b")
    with pytest.raises(SaveError, match="no snippet zz"):
        snippets.delete("zz")


def test_a_link_stays_a_link(snippets: Snippets, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles" / "mine.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(WRITTEN)
    snippets.path.symlink_to(elsewhere)
    snippets.keep(Snippet("c", "C"))
    assert snippets.path.is_symlink()
    assert "'C'" in elsewhere.read_text()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SaveError, match="were not read"):
        Snippets(tmp_path / "file" / "snippets.toml").keep(Snippet("c", "C"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "snippets.toml").symlink_to("/proc/none/snippets.toml")
    with pytest.raises(SaveError, match="was not written"):
        Snippets(tmp_path / "full" / "snippets.toml").keep(Snippet("c", "C"))
