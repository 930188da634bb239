"""Parts of a line by name, at bounded cost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.text.highlight import kind_of_text, prepare, spans


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
    start = time.process_time()
    spans(kind, line)
    assert time.process_time() - start < 0.1


def test_lists_of_json_lines_are_json() -> None:
    assert parts("ndjson", '{"a": 1}') == parts("json", '{"a": 1}')


def test_an_event_has_a_head_and_data() -> None:
    assert parts("events", "#12  type message  id a42") == [
        ("#12", "number"),
        ("type", "attribute"),
        ("message", "key"),
        ("id", "attribute"),
        ("a42", "key"),
    ]
    assert parts("events", '  "a": 1,') == [
        ('"a"', "key"),
        (":", "punctuation"),
        ("1", "number"),
        (",", "punctuation"),
    ]
    assert parts("events", "  2.5,") == [("2.5", "number"), (",", "punctuation")]


def test_words_in_the_head_of_an_event_hold_together() -> None:
    assert parts("events", '#2  type "two words"  retry 3000  not finished') == [
        ("#2", "number"),
        ("type", "attribute"),
        ('"two words"', "key"),
        ("retry", "attribute"),
        ("3000", "key"),
        ("  not finished", "comment"),
    ]
    assert parts("events", "no data  id 4")[0] == ("no data", "comment")


def test_an_event_as_it_was_received() -> None:
    assert parts("events", 'data: {"a": 1}')[:3] == [
        ("data:", "attribute"),
        ("{", "punctuation"),
        ('"a"', "key"),
    ]
    assert parts("events", "event: true story") == [("event:", "attribute")]


def test_data_that_looks_like_no_json_is_plain() -> None:
    assert parts("events", '  at 12 the "bell" was true') == []
    assert parts("events", "  #1  type forged") == []


def test_a_comment_among_events_is_one() -> None:
    assert parts("events", ": keep-alive") == [(": keep-alive", "comment")]
    assert parts("events", "? nonsense") == [("? nonsense", "comment")]
    assert parts("events", "") == []


def test_rows_of_a_table() -> None:
    assert parts("csv", 'a,"b, ""c""",-1.5,2x') == [
        (",", "punctuation"),
        ('"b, ""c"""', "string"),
        (",", "punctuation"),
        ("-1.5", "number"),
        (",", "punctuation"),
    ]


def test_a_form() -> None:
    assert parts("form", "a=b&c=") == [
        ("a", "key"),
        ("=", "punctuation"),
        ("b", "string"),
        ("&", "punctuation"),
        ("c", "key"),
        ("=", "punctuation"),
    ]


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("text/csv; charset=utf-8", "csv"),
        ("application/x-www-form-urlencoded", "form"),
        ("text/css", "css"),
        ("text/plain", "text"),
        ("", "text"),
    ],
)
def test_text_has_a_kind_by_its_type(media_type: str, kind: str) -> None:
    assert kind_of_text(media_type) == kind


def test_code_is_coloured_once_its_language_is_there() -> None:
    prepare("toml")
    assert ("1", "number") in parts("toml", "a = 1")
