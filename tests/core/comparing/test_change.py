from __future__ import annotations

from sonde_core.comparing.change import Change


def test_marks_stand_below_the_words_that_differ() -> None:
    change = Change("body", "line 1", "a 中 one and more", "a 中 two and more", block=True)
    assert list(change.lines()) == [
        "~ body line 1:",
        "-   a 中 one and more",
        "         ^^^",
        "+   a 中 two and more",
        "         ^^^",
    ]


def test_an_item_that_moved_is_one_line() -> None:
    change = Change("body", "a[0]", "1", to="body.a[3]")
    assert list(change.lines()) == ["> body.a[0]: moved to body.a[3]: 1"]


def test_a_fact_has_no_sign() -> None:
    assert Change("time", "wait", "1 ms", None, "why").told() == "  time wait: 1 ms → none (why)"
