from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sonde_core.history import tags
from sonde_core.history.summary import Summary
from sonde_core.model import Outcome

ONE = Summary("1", datetime(2026, 1, 2, tzinfo=UTC), "tcp", "tcp://h:1", Outcome.DONE)
A = replace(ONE, id="a", tags=("slow", "login"))
B = replace(ONE, id="b", tags=("login",))


def test_tags_are_words_each_once() -> None:
    assert tags.read(" #login, slow  login ## ") == ("login", "slow")
    assert tags.read("") == ()
    assert tags.read("x" * 100) == ("x" * tags.LONGEST,)
    assert len(tags.read(" ".join(map(str, range(99))))) == tags.MOST


def test_those_that_all_have_and_those_in_use() -> None:
    assert tags.shared([A, B]) == ("login",)
    assert tags.shared([A, B, ONE]) == ()
    assert tags.known([A, B, ONE]) == ["login", "slow"]


def test_some_are_added_and_some_taken_away_and_the_others_stay() -> None:
    assert tags.changed([A, B, ONE], add=["new"], remove=["login"]) == {
        ("slow", "new"): ["a"],
        ("new",): ["b", "1"],
    }
    assert tags.changed([A, B], add=["login"], remove=["never"]) == {}
