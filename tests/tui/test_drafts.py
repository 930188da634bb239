from __future__ import annotations

from sonde_tui import drafts
from sonde_tui.drafts import Drafts, Written


def test_what_was_written_is_kept_until_nothing_is_written() -> None:
    kept = Drafts()
    kept.keep("1", Written("send"))
    assert kept.get("1").text == "send"
    assert kept.get("2") == Written()
    kept.keep("1", Written())
    assert kept.get("1") == Written()


def test_the_oldest_goes_when_it_is_too_much() -> None:
    kept = Drafts()
    for number in range(4):
        kept.keep(str(number), Written("x" * (drafts._MOST // 3)))
    assert [bool(kept.get(str(number)).text) for number in range(4)] == [False, True, True, True]
