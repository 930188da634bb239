from __future__ import annotations

import re

from sonde_core.comparing.left_out_lines import keys, says_nothing, with_left_out
from sonde_core.comparing.sequences import Block, blocks

TIME = [re.compile(r"\d+ ms")]


def test_keys_are_lines_without_what_is_left_out() -> None:
    lines = [b"Took 12 ms\n", b"12 ms\r\n", b"\n", b"\xff 1 ms", b"same\r\n"]
    found = keys(lines, TIME)
    assert found[0] == b"Took \n"
    assert found[1] not in (b"\n", b"", b"\r\n")
    assert found[2] == b"\n"
    assert found[3] == b"\xff \n"
    assert found[4] == b"same\r\n"
    assert keys(lines, []) is lines


def test_lines_that_differ_only_there_are_found_between_the_blocks() -> None:
    before = [b"a 1 ms\n", b"b\n", b"c\n", b"3 ms\n"]
    after = [b"a 2 ms\n", b"b\n", b"x\n", b"c\n"]
    old, new = keys(before, TIME), keys(after, TIME)
    found = list(with_left_out(blocks(old, new), before, after))
    assert found == [Block(0, 1, 0, 1), Block(2, 2, 2, 3), Block(3, 4, 4, 4)]
    assert [says_nothing(block, old, new) for block in found] == [True, False, True]
