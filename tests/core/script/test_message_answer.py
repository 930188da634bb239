from __future__ import annotations

import pytest

from sonde_core.script.message_answer import MessageAnswer
from sonde_core.script.results import Verdict


def message(wanted: bytes, *, early: int = 0, later: tuple[bytes, ...] = ()) -> MessageAnswer:
    return MessageAnswer(wanted, wanted.__eq__, exact=True, early=early, later=later)


@pytest.mark.parametrize(
    ("came", "verdict"),
    [
        ([b"a"], Verdict.SAME),
        ([b"x", b"a"], Verdict.EXTRA),
        ([b"x"], Verdict.DIFFERS),
        ([], Verdict.MISSING),
    ],
)
def test_messages_are_taken_whole(came: list[bytes], verdict: Verdict) -> None:
    answer = message(b"a")
    for data in came:
        answer.take(data)
    assert answer.finding().verdict is verdict


def test_a_message_that_is_expected_later_is_left_to_it() -> None:
    answer = message(b"a", later=(b"b",))
    assert answer.take(b"b") == b"b"
    assert answer.refused
    assert answer.finding().verdict is Verdict.MISSING


def test_one_message_stands_in_the_place_of_one() -> None:
    answer = message(b"a")
    assert answer.take(b"x") is None
    assert answer.enough
    assert answer.take(b"y") == b"y"


def test_a_message_of_another_kind_is_another_message() -> None:
    answer = message(b"a")
    answer.take(b"a", other_kind="text")
    assert not answer.matched
    assert answer.finding().verdict is Verdict.DIFFERS


def test_early_messages_belong_to_what_was_before() -> None:
    answer = message(b"a", early=1)
    answer.take(b"dup")
    answer.take(b"a")
    finding = answer.finding()
    assert (finding.verdict, finding.before) == (Verdict.SAME, 1)
