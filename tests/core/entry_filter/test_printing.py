from __future__ import annotations

import pytest
from hypothesis import given

from sonde_core.entry_filter.parser import tree_of
from sonde_core.entry_filter.printing import printed
from sonde_core.entry_filter.tree import Node, Term
from tests.filters import trees
from tests.strategies import examples


@given(trees())
@examples(2)
def test_what_is_printed_is_read_as_the_same_tree(tree: Node) -> None:
    assert tree_of(printed(tree)) == tree


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  a   b ", "a b"),
        ("a and b OR not c", "a b or -c"),
        ("((a))", "a"),
        ("(a or b) c", "(a or b) c"),
        ('"a" "or" "a b"', 'a "or" "a b"'),
        ("STATUS:5xx time>1s", "status:5xx time>1s"),
        ("size:>1kb", "size>1kb"),
        ("header:Content-Type=json header:x=", "header:content-type=json header:x"),
        ('body:"say \\"hi\\" \\\\ \\d"', 'body:"say \\"hi\\" \\\\ \\\\d"'),
    ],
)
def test_a_filter_is_printed_shortly(text: str, plain: str) -> None:
    assert printed(tree_of(text)) == plain


def test_a_header_is_printed_with_its_value_in_quotes() -> None:
    assert printed(Term("header", ":", "a b", True, "x")) == 'header:x="a b"'
