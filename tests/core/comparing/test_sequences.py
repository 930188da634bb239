from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.comparing.sequences import Block, blocks

ITEMS = st.lists(st.integers(0, 6), max_size=30)


@given(ITEMS, ITEMS, st.sampled_from([0, 20, 2_000_000]))
def test_blocks_turn_one_into_the_other(before: list[int], after: list[int], steps: int) -> None:
    made: list[int] = []
    place = 0
    for block in blocks(before, after, steps=steps):
        assert block.start < block.end or block.new_start < block.new_end
        made += before[place : block.start]
        assert len(made) == block.new_start
        made += after[block.new_start : block.new_end]
        place = block.end
    assert made + before[place:] == after


def test_equal_items_stay() -> None:
    assert blocks("abc", "abc") == []
    assert blocks("abcd", "abXd") == [Block(2, 3, 2, 3)]
    assert blocks("abcd", "acd") == [Block(1, 2, 1, 1)]
    assert blocks("", "ab") == [Block(0, 0, 0, 2)]


def test_fewest_changes_without_anchors() -> None:
    found = blocks("aabbaabb", "aabaabb")
    assert len(found) == 1
    assert found[0].end - found[0].start == 1


def test_moved_run_is_found_by_its_anchors() -> None:
    before = list(range(1000))
    after = [*range(500, 1000), *range(500)]
    assert sum(block.end - block.start for block in blocks(before, after)) == 500


def test_repeated_items_take_no_quadratic_time() -> None:
    before, after = [0, 1] * 100_000, [1, 1, 0] * 70_000
    begun = time.process_time()
    found = blocks(before, after)
    assert time.process_time() - begun < 3
    assert found
