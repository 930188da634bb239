from __future__ import annotations

import pytest

from sonde_core.history.deletions import Deletions
from sonde_core.history.entry import Entry
from tests.histories import http

ONE, TWO = Entry("1", http(1)), Entry("2", http(2))


def test_the_last_deletion_is_taken_back_first() -> None:
    deletions = Deletions()
    for entry in (ONE, TWO):
        with deletions.under_way() as deletion:
            deletions.keep(deletion, [entry])
    assert deletions
    assert [deletions.take(deletions.meant()) for _ in range(3)] == [[TWO], [ONE], []]
    assert not deletions


def test_an_undo_is_meant_for_the_last_one_that_is_under_way() -> None:
    deletions = Deletions()
    with deletions.under_way() as first:
        early = deletions.meant()
        with deletions.under_way() as second:
            late = deletions.meant()
            assert (early, late, deletions.meant()) == (first, second, None)
            deletions.keep(first, [ONE])
            assert deletions.take(early) == [ONE]
            assert deletions.take(late) == []  # it has failed
            deletions.keep(second, [TWO])
            assert deletions.take(late) == [TWO]


def test_one_that_has_failed_is_under_way_no_more() -> None:
    deletions = Deletions()
    with deletions.under_way() as done:
        deletions.keep(done, [ONE])
    with pytest.raises(KeyError), deletions.under_way():
        raise KeyError
    assert deletions.meant() is None
    assert deletions.take(None) == [ONE]


def test_what_is_gone_for_good_comes_back_no_more() -> None:
    deletions = Deletions()
    with deletions.under_way() as deletion:
        deletions.keep(deletion, [ONE])
        deletions.clear()
    assert deletions.take(deletion) == []
