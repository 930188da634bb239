from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.comparing import ignore_file
from sonde_core.comparing.ignore_file import IgnoreFile
from sonde_core.comparing.ignoring import IgnoreRule, load_rules
from sonde_core.errors import RequestError, SaveError

ETAG = IgnoreRule("header:etag")
TIME = IgnoreRule("body.time", "https://a/*")
BY_HAND = """\
# Mine.
title = "kept"

[[ignore]]  # the first
place = "header:etag"

# About the second.
[[ignore]]
place = '/^Took .* ms$/'
endpoint = "https://a/*"
"""


@pytest.fixture
def file(tmp_path: Path) -> IgnoreFile:
    return IgnoreFile.in_folder(tmp_path / "config")


def test_rules_are_kept_for_their_owner_only(file: IgnoreFile) -> None:
    before = os.umask(0)
    try:
        file.add(ETAG)
        file.add(TIME)
        file.add(ETAG)
    finally:
        os.umask(before)
    assert load_rules(file.path.parent).rules == (ETAG, TIME)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    file.remove(ETAG)
    file.remove(ETAG)
    assert file.read().rules == (TIME,)


def test_what_a_person_wrote_stays(file: IgnoreFile) -> None:
    file.path.parent.mkdir()
    file.path.write_text(BY_HAND)
    file.add(TIME)
    text = file.path.read_text()
    assert text.startswith(BY_HAND)
    file.remove(ETAG)
    text = file.path.read_text()
    assert "# Mine." in text
    assert "# About the second." in text
    assert 'title = "kept"' in text
    assert [rule.place for rule in file.read().rules] == ["/^Took .* ms$/", "body.time"]


@given(
    st.lists(
        st.builds(
            IgnoreRule,
            st.sampled_from(['body["a b"]', "header:x-*", "status", "/it's \\d\x7f\n/"]),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        ),
        max_size=6,
        unique=True,
    )
)
def test_any_rules_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, rules: list[IgnoreRule]
) -> None:
    file = IgnoreFile.in_folder(tmp_path_factory.mktemp("rules"))
    for rule in rules:
        file.add(rule)
    assert file.read().rules == tuple(rules)
    for number, rule in enumerate(rules, 1):
        file.remove(rule)
        assert file.read().rules == tuple(rules[number:])


@pytest.mark.parametrize("text", ["[[ignore", b"\xff", "ignore = 3\n[[ignore]]", "a" * (1 << 20)])
def test_a_file_that_is_damaged_is_not_written(file: IgnoreFile, text: str | bytes) -> None:
    file.path.parent.mkdir()
    data = text if isinstance(text, bytes) else f"{text}\n".encode()
    file.path.write_bytes(data)
    assert str(file.path) in file.read().warning
    with pytest.raises(SaveError):
        file.add(ETAG)
    assert file.path.read_bytes() == data


@pytest.mark.parametrize(
    "row", ["3", "{}", "{place = 3}", '{place = "etag"}', '{place = "status", endpoint = []}']
)
def test_a_rule_that_is_none_leaves_nothing_out_and_is_told(file: IgnoreFile, row: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(f'ignore = [{row}, {{place = "status"}}]\n')
    assert file.read().rules == (IgnoreRule("status"),)
    assert "Rule 1 " in file.read().warning
    with pytest.raises(SaveError, match="a way of its own") as caught:
        file.remove(IgnoreRule("status"))
    assert "editor" in caught.value.advice


def test_what_is_no_place_is_not_written(file: IgnoreFile) -> None:
    with pytest.raises(RequestError):
        file.add(IgnoreRule("etag"))
    with pytest.raises(RequestError, match="no regular expression"):
        file.add(IgnoreRule("/(/"))
    assert not file.path.exists()


def test_a_link_stays_a_link(file: IgnoreFile, tmp_path: Path) -> None:
    file.path.parent.mkdir()
    real = tmp_path / "mine.toml"
    real.write_text("# mine\n")
    file.path.symlink_to(real)
    file.add(ETAG)
    assert file.path.is_symlink()
    assert "header:etag" in real.read_text()


def test_there_is_an_end_to_rules(file: IgnoreFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ignore_file, "MOST", 1)
    file.add(ETAG)
    with pytest.raises(SaveError, match="1 rules already"):
        file.add(TIME)


def test_several_write_and_no_rule_is_lost(file: IgnoreFile) -> None:
    def add(number: int) -> None:
        for each in range(5):
            IgnoreFile(file.path).add(IgnoreRule(f"header:x{number}-{each}"))

    threads = [threading.Thread(target=add, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(file.read().rules) == 20
