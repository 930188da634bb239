from __future__ import annotations

from sonde_tui.widgets.sent_list import ENDPOINTS, REMEMBERED, SentList
from sonde_tui.widgets.typed import Typed

A, B, C, DRAFT = Typed("a"), Typed("b"), Typed("c"), Typed("draft")


def test_older_ones_come_first_and_the_draft_comes_back() -> None:
    sent = SentList()
    sent.add(A)
    sent.add(B)
    assert sent.step(-1, DRAFT) == B
    assert sent.step(-1, B) == A
    assert sent.step(-1, A) is None
    assert sent.step(1, A) == B
    assert sent.step(1, B) == DRAFT
    assert sent.step(1, DRAFT) is None


def test_each_endpoint_has_its_own() -> None:
    sent = SentList()
    assert sent.turn_to("one")
    sent.add(A)
    assert sent.turn_to("two")
    assert sent.step(-1, DRAFT) is None
    sent.add(B)
    assert not sent.turn_to("one")
    assert sent.newest_first == [A]


def test_recorded_ones_come_before_those_of_this_run() -> None:
    sent = SentList()
    sent.turn_to("one")
    sent.add(C)
    sent.put_before("one", [A, B, C])
    sent.put_before("gone", [A])
    assert sent.newest_first == [C, B, A]
    assert sent.step(-1, DRAFT) == C


def test_it_is_bounded() -> None:
    sent = SentList()
    for number in range(REMEMBERED + 5):
        sent.add(Typed(str(number)))
    assert len(sent.newest_first) == REMEMBERED
    for number in range(ENDPOINTS + 5):
        sent.turn_to(f"e{number}")
    assert sent.turn_to("e0")


def test_what_never_left_is_known() -> None:
    sent = SentList()
    sent.turn_to("one")
    sent.add(A)
    sent.left("one", A)
    sent.add(B)
    assert sent.unsent == {B}
    sent.add(A)  # once it did leave
    assert sent.unsent == {B}
    sent.turn_to("two")
    assert sent.unsent == frozenset()
    sent.left("one", B)
    sent.left("gone", B)
    sent.turn_to("one")
    assert sent.unsent == frozenset()
