from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.entry_filter import narrows, parse
from sonde_core.entry_filter.printing import printed
from sonde_core.entry_filter.tree import All, Node
from sonde_core.history.summary import Summary
from tests.filters import NOW, SUMMARIES, WORDS, trees
from tests.strategies import examples


@pytest.mark.parametrize(
    ("before", "typed", "fewer"),
    [
        ("", "a", True),
        ("a", "ab", True),
        ("a", "a b", True),
        ("a b", "b xa", True),
        ("status:500 a", "a status:500", True),
        ("ab", "a", False),
        ("-a", "-ab", False),
        ("a", "a or b", False),
        ("status:5", "status:50", False),
        ("12345678", "123456789", False),
        ("body:a", "body:ab", False),
        ("host:e a", "host:Ex a", True),
        ("path:/a", "path:/ab url:x", True),
        ("host:ex", "host:e", False),
        ("host:e*", "host:e*x", False),
        ("name:a", "note:ab", False),
        ("tag:a", "tag:ab", False),
        ("-host:e", "-host:ex", False),
    ],
)
def test_more_of_the_same_lets_fewer_pass(before: str, typed: str, fewer: bool) -> None:
    assert narrows(parse(typed), parse(before)) is fewer


@given(trees(), trees(WORDS), st.lists(SUMMARIES, max_size=4))
@examples(1)
def test_what_narrows_passes_nothing_new(old: Node, more: Node, entries: list[Summary]) -> None:
    before = parse(printed(old), now=NOW)
    chosen = parse(printed(All((old, more))), now=NOW)
    if narrows(chosen, before):
        assert all(before.matches(each) for each in entries if chosen.matches(each))
