from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.comparing.items import line_up
from sonde_core.comparing.json_values import Value

PLAIN: list[Value] = [b"1", b"2", "a", None, True]


def thing(number: int, value: bytes) -> Value:
    return {"id": b"%d" % number, "v": value}


VALUES: st.SearchStrategy[Value] = st.sampled_from(PLAIN) | st.builds(
    thing, st.integers(0, 4), st.sampled_from([b"1", b"2"])
)
ITEMS = st.lists(VALUES, max_size=12)


@given(ITEMS, ITEMS)
def test_each_item_is_somewhere_once(before: list[Value], after: list[Value]) -> None:
    lines = line_up(before, after, None)
    staying = list(lines.staying(len(before)))
    assert all(before[old] == after[new] for old, new in staying)
    only_moved = [pair for pair in lines.moved if pair not in lines.pairs]
    assert all(before[old] == after[new] for old, new in only_moved)
    both = [*staying, *only_moved, *lines.pairs]
    assert sorted([*(old for old, _ in both), *lines.gone]) == list(range(len(before)))
    assert sorted([*(new for _, new in both), *lines.come]) == list(range(len(after)))


def test_two_huge_lists_that_are_all_moved_are_bounded() -> None:
    before: list[Value] = [b"%d" % number for number in range(200_000)]
    begun = time.process_time()
    lines = line_up(before, before[::-1], None)
    assert time.process_time() - begun < 10  # about 1 s; the machine may be busy
    assert len(lines.moved) == 199_999
    assert not lines.pairs
