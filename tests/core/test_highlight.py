"""Parts of a line by name, at bounded cost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.highlight import spans


def parts(kind: str, line: str) -> list[tuple[str, str]]:
    return [(line[start:end], token) for start, end, token in spans(kind, line)]


def test_json() -> None:
    assert parts("json", '  "a\\"b" : [1.5e-3, "x:", true, null],') == [
        ('"a\\"b"', "key"),
        (":", "punctuation"),
        ("[", "punctuation"),
        ("1.5e-3", "number"),
        (",", "punctuation"),
        ('"x:"', "string"),
        (",", "punctuation"),
        ("true", "constant"),
        (",", "punctuation"),
        ("null", "constant"),
        ("],", "punctuation"),
    ]


def test_a_string_that_is_cut_is_a_string() -> None:
    assert parts("json", '"never closed \\') == [('"never closed \\', "string")]


def test_markup() -> None:
    assert parts("html", '<a href="/x" class=\'y\'>a="1" &amp; b</a><!-- c -->') == [
        ("<a", "tag"),
        ("href", "attribute"),
        ('"/x"', "string"),
        ("class", "attribute"),
        ("'y'", "string"),
        (">", "tag"),
        ("&amp;", "constant"),
        ("</a", "tag"),
        (">", "tag"),
        ("<!-- c -->", "comment"),
    ]
    assert parts("xml", '<?xml version="1.0"?><![CDATA[<a>]]>') == [
        ('<?xml version="1.0"?>', "constant"),
        ("<![CDATA[<a>]]>", "string"),
    ]


def test_attributes_go_on_in_the_next_line() -> None:
    assert parts("xml", '   id="1">text') == [
        ("id", "attribute"),
        ('"1"', "string"),
        (">", "tag"),
    ]


def test_an_unknown_kind_has_no_parts() -> None:
    assert spans("text", '{"a": 1}') == []


@given(
    st.sampled_from(["json", "xml", "html"]),
    st.text(alphabet='"\\<>/!-=&;:{}[]a1 \n.', max_size=60),
)
def test_spans_are_in_order_and_do_not_overlap(kind: str, line: str) -> None:
    end = 0
    for start, stop, token in spans(kind, line):
        assert end <= start < stop <= len(line)
        assert token
        end = stop


@pytest.mark.parametrize(
    "piece", ['"', "\\", '"\\', "<", "<!--", "<a ", "a=", 'a="', "&#", "1e", "[", " ", " a"]
)
@pytest.mark.parametrize("kind", ["json", "xml"])
def test_a_hostile_row_costs_little(kind: str, piece: str) -> None:
    line = piece * (4096 // len(piece))
    start = time.perf_counter()
    spans(kind, line)
    assert time.perf_counter() - start < 0.1
