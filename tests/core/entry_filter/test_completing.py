from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.entry_filter import FilterError, parse
from sonde_core.entry_filter.completing import complete
from sonde_core.entry_filter.known import Known
from sonde_core.entry_filter.tree import Term
from tests.filters import summary

KNOWN = Known()
KNOWN.add(
    [
        summary("http://api.example.org/a", tags=("slow one",), status=404),
        summary("http://api.example.org/b", tags=("bug",), status=404),
        summary("http://alpha:80/c", name='say "x"', status=418),
    ]
)


def completed(text: str, *, behind: str = "") -> list[str]:
    found = complete(text + behind, len(text), KNOWN)
    return [text[: found.start] + each for each in found.texts]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", []),
        ("st", ["status:"]),
        ("a -(S", ["a -(status:", "a -(size>", "a -(sent>", "a -(since:"]),
        ("pin", ["pinned"]),
        ("host:", ["host:api.example.org", "host:alpha"]),
        ("host:AL", ["host:alpha"]),
        ("host:alpha", []),
        ("status:4", ["status:404", "status:418", "status:4xx"]),
        ("tag:s", ['tag:"slow one"']),
        ('tag:"slow o', ['tag:"slow one"']),
        ("name:s", ['name:"say \\"x\\""']),
        ("-outcome:ti", ["-outcome:timed-out"]),
        ("http://al", []),
        ("nokey:a", []),
        ('"st', []),
    ],
)
def test_keys_and_values_are_offered(typed: str, offered: list[str]) -> None:
    assert completed(typed) == offered
    assert completed(typed, behind=" more") == offered


def test_what_is_offered_is_understood() -> None:
    for key in ("host", "tag", "method", "status", "kind", "name", "outcome", "since", "until"):
        for text in completed(f"{key}:"):
            tree = parse(text).tree
            assert isinstance(tree, Term)
            assert tree.key == key


@given(st.text(), st.integers(0, 9))
def test_any_text_can_be_completed(text: str, cursor: int) -> None:
    found = complete(text, cursor, KNOWN)
    assert 0 <= found.start <= max(cursor, len(text))


@given(st.text(min_size=1))
def test_any_tag_is_offered_so_that_it_is_found(tag: str) -> None:
    known, entry = Known(), summary(tags=(tag,))
    known.add([entry])
    for text in complete("tag:", 4, known).texts:
        try:
            assert parse(f"tag:{text}").matches(entry)
        except FilterError as error:
            raise AssertionError from error
