from __future__ import annotations

import json

import pytest

from tests.tui.cli.conftest import Command, Requests


def listed(sonde: Command) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(sonde("history", "--json").stdout)
    return found


def test_what_a_person_says_of_entries_is_changed(sonde: Command, web: Requests) -> None:
    sonde("send", web.url)
    sonde("send", web.url, "-d", "x")
    result = sonde("set", "@1", "@2", "--tag", "slow", "--tag", "#new", "--pin", "--name", "login")
    assert (result.returncode, result.stderr) == (0, b"Changed 2 entries.\n")
    sonde("set", "@1", "--untag", "new", "--unpin", "--note", "-", stdin=b"one\ntwo\n")
    newest, oldest = listed(sonde)
    assert (newest["tags"], newest["pinned"], newest["note"]) == (["slow"], False, "one\ntwo")
    assert (oldest["tags"], oldest["pinned"], oldest["name"]) == (["slow", "new"], True, "login")


def test_a_note_is_read_as_far_as_there_is_one(sonde: Command, web: Requests) -> None:
    sonde("send", web.url)
    result = sonde("set", "@1", "--note", "-", stdin=b"x" * (1 << 21))
    assert (result.returncode, listed(sonde)[0]["note"]) == (2, "")
    assert b"The note is longer than 1 MiB." in result.stderr
    closed = sonde.shell("$SONDE set @1 --tag a --note - <&-")
    assert (closed.returncode, closed.stderr) == (0, b"Changed 1 entry.\n")
    assert (listed(sonde)[0]["tags"], listed(sonde)[0]["note"]) == (["a"], "")


def test_entries_are_chosen_by_a_filter(sonde: Command, web: Requests) -> None:
    sonde("send", web.url)
    sonde("send", web.url, "-d", "x")
    assert b"Changed 1 entry." in sonde("set", "--filter", "method:post", "--tag", "p").stderr
    assert [each["tags"] for each in listed(sonde)] == [["p"], []]
    assert b"Changed 0 entries." in sonde("set", "--filter", "method:put", "--tag", "p").stderr


def test_an_unknown_id_changes_nothing(sonde: Command, web: Requests) -> None:
    sonde("send", web.url)
    assert sonde("set", "@1", "@7", "--name", "n").returncode == 1
    assert listed(sonde)[0]["name"] == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["@1"], b"say what to change"),
        (["--pin"], b"give ids, or --filter"),
        (["@1", "--filter", "x", "--pin"], b"not both"),
        (["--filter", " ", "--pin"], b"empty filter"),
        (["@1", "--pin", "--unpin"], b"not allowed"),
    ],
)
def test_wrong_usage_is_told(sonde: Command, arguments: list[str], said: bytes) -> None:
    result = sonde("set", *arguments)
    assert result.returncode == 2
    assert said in result.stderr
