from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.entry_filter.errors import FilterError
from sonde_core.entry_filter.parser import DEEPEST, tree_of
from sonde_core.entry_filter.tree import All, Any, Every, Flag, Not, Term, Word
from tests.strategies import examples


def test_or_binds_less_than_what_stands_side_by_side() -> None:
    a, b, c = Word("a"), Word("b"), Word("c")
    assert tree_of("a b or c") == Any((All((a, b)), c))
    assert tree_of("a (b or c)") == All((a, Any((b, c))))
    assert tree_of("-a b") == All((Not(a), b))
    assert tree_of("not (a b)") == Not(All((a, b)))
    assert tree_of("--a") == Not(Not(a))


def test_nothing_asks_for_nothing() -> None:
    assert tree_of(" \n") == Every()


def test_an_address_is_a_word() -> None:
    for text in (
        *("http://host/a", "localhost:8080", "10.0.0.1:80", "tcp://h:1", "a=b", "name=x"),
        *("http://x", "near://x", "web:80/a", "unix:tmp", "localhost:x", "abcd::1", "a>b", "web:"),
    ):
        assert tree_of(text) == Word(text)
    assert tree_of('"foo:bar"') == Word("foo:bar")


def test_parentheses_in_a_word_are_its_own() -> None:
    assert tree_of("f(x)") == Word("f(x)")
    assert tree_of("(f(x) pinned)") == All((Word("f(x)"), Flag("pinned")))
    assert tree_of("url:/a(b)") == Term("url", ":", "/a(b)")


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("a or", "or"),
        ("or a", "or"),
        ("a or or b", "or"),
        ("a and", "and"),
        ("a not", "not"),
        ("a (b", "("),
        ("a (", "("),
        ("a ) b", ")"),
        ("()", ")"),
        ("a -", "-"),
        ('a "b', '"b'),
        ('body:"b', '"b'),
        ("a status:", "status:"),
        ("a status:6yy b", "6yy"),
        ("a status:404-400", "404-400"),
        ("statsu:500", "statsu:"),
        ("times>5", "times>"),
        ('foo:"bar"', "foo:"),
        ("a foo:bar", "foo:"),
        ("pinned:false", "pinned:"),
        ("tag>a", "tag>"),
        ("time>200 a", "200"),
        ("time:200ms", "200ms"),
        ("size>1zb", "1zb"),
        ("port:99999", "99999"),
        ("since:never", "never"),
        ("outcome:good", "good"),
        ("kind:smtp", "smtp"),
        ("header:=x", "header:"),
    ],
)
def test_an_error_tells_where_it_is(text: str, marked: str) -> None:
    with pytest.raises(FilterError) as caught:
        tree_of(text)
    start = caught.value.start
    assert text[start : caught.value.end] == marked
    assert caught.value.message.endswith(".")
    assert caught.value.advice


def test_what_is_deep_or_long_is_refused() -> None:
    tree_of("(" * DEEPEST + "a" + ")" * DEEPEST)
    for text in ("(" * 5000 + "a" + ")" * 5000, "-" * 9000 + "a", "a " * 6000):
        with pytest.raises(FilterError):
            tree_of(text)


@given(st.text() | st.text(alphabet='()- "\\:><=or*notpinedstausbhy19xm.,'))
@examples(4)
def test_no_text_raises_anything_else(text: str) -> None:
    found: FilterError | None = None
    try:
        tree_of(text)
    except FilterError as error:
        found = error
    assert found is None or 0 <= found.start <= found.end <= len(text)
