"""What is typed to filter by."""

from __future__ import annotations

import pytest

from sonde_core.errors import BodyError
from sonde_core.filtering.expression import MAX_LENGTH, Path, Query, Words, advice, parse


def test_a_path_stays_a_path_and_the_rest_is_jmespath() -> None:
    assert parse("a.b[0]['c d']") == Path("a.b[0]['c d']", ("a", "b", 0, "c d"))
    assert parse("") == Path("", ())
    assert isinstance(parse("a[*].b"), Query)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("a == 'x'", True),
        ("!a", True),
        ("a > 5 && contains(b, 'c')", True),
        ("a || 'none'", False),
        ("length(a)", False),
        ("a[?b == 'x']", False),
        ("starts_with(a, 'b') || a == `null`", True),
    ],
)
def test_a_condition_is_told_from_what_gives_values(text: str, condition: bool) -> None:
    found = parse(text)
    assert isinstance(found, Query)
    assert found.condition is condition


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a >= 5", "a >= `5`"),
        ("a[?b==-1.5].c", "a[?b==`-1.5`].c"),
        ("a == '= 5 x'", "a == '= 5 x'"),
        ('"x = 5 y" == `6`', '"x = 5 y" == `6`'),
    ],
)
def test_a_number_to_compare_with_needs_no_quotes(text: str, same: str) -> None:
    found, meant = parse(text), parse(same)
    assert isinstance(found, Query)
    assert isinstance(meant, Query)
    assert found.tree == meant.tree


def test_a_slash_begins_a_text_that_a_list_is_searched_for() -> None:
    found = parse("/error", listed=True)
    assert isinstance(found, Words)
    assert found.within(b'{"level": "ERROR"}')
    assert not found.within(b"warning")
    exact = parse("/Error", listed=True)
    assert isinstance(exact, Words)
    assert not exact.within(b"ERROR")
    accent = parse("/é", listed=True)
    assert isinstance(accent, Words)
    assert accent.within("É".encode())
    with pytest.raises(BodyError, match="one JSON document"):
        parse("/error")


@pytest.mark.parametrize(
    "text",
    [
        "a[" * 1000,
        "(" * 1900 + "a" + ")" * 1900,
        "[" * 1900 + "a" + "]" * 1900,
        "!" * 3000 + "a",
        "a" * (MAX_LENGTH + 1),
        "a ~",
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(BodyError) as caught:
        parse(text)
    assert caught.value.message.endswith(".")


def test_the_wrong_quotes_are_explained() -> None:
    assert "single quotes: 'user 5'." in advice('data[?name == "user 5"]')
    assert "single quotes" in advice("""[?"a" != "b" && c == 'd']""")
    assert advice("""[?"a b" == 'x = "y"']""") == ""
    assert advice("a == 'x'") == ""
