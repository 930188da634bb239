"""The place where JSON breaks off."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.text.json_check import check, depth, parts, place, reindent


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'{"a": 1,\n "b": tru}', "line 2, column 7 has tru where a value was expected"),
        (b'{"a": 1,\n}', "line 2, column 1 has } where a name in double quotes was expected"),
        (b"[1,]", "line 1, column 4 has ] where a value was expected"),
        (b"[1}", "line 1, column 3 has } where a comma or ] was expected"),
        (b'{"a": [1, 2', "it ends at line 1, column 12, where a comma or ] was expected"),
        (b'{"a"', "it ends at line 1, column 5, where a colon was expected"),
        (b'{"a" 1}', "line 1, column 6 has 1 where a colon was expected"),
        (b"{1:2}", "line 1, column 2 has 1 where a name in double quotes or } was expected"),
        (b"{} {}", "line 1, column 4 has { where the end was expected"),
        (b"", "it ends at line 1, column 1, where a value was expected"),
        (b"[01]", "line 1, column 2 has 01 where a value or ] was expected"),
        (b"[1.]", "line 1, column 2 has 1. where a value or ] was expected"),
        (b'["\\x"]', "line 1, column 3 has the escape \\x, which JSON does not know"),
        (b'["a\nb"]', "line 1, column 4 has the control character U+000A in a string"),
        (b'{"a": "bc', "the string that begins at line 1, column 7 is never closed"),
        (b'["\\u12', "the string that begins at line 1, column 2 is never closed"),
        ('{"é": ü}'.encode(), "line 1, column 7 has ü where a value was expected"),
        (b"[\xff]", "line 1, column 2 has the byte FF where a value or ] was expected"),
        (b"{}\0", "line 1, column 3 has the control character U+0000 where the end was expected"),
        (b"[" * 100_000, "it ends at line 1, column 100,001, where a value or ] was expected"),
    ],
)
def test_the_first_fault_is_named(data: bytes, sentence: str) -> None:
    fault = check(data)
    assert fault is not None
    assert fault.sentence(data) == f"Not valid JSON: {sentence}."


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"[NaN]", "JSON has no NaN"),
        (b"[-Infinity]", "JSON has no Infinity"),
        (b"[None]", "JSON writes null"),
        (b"{'a': 1}", "double quotes only"),
        (b"[1,]", "no comma before ]"),
        (b"[1] // x", "no comments"),
    ],
)
def test_usual_mistakes_have_a_hint(data: bytes, hint: str) -> None:
    fault = check(data)
    assert fault is not None
    assert hint in fault.hint


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES.filter(lambda value: value not in (float("inf"), float("-inf"))), st.booleans())
def test_valid_json_has_no_fault(value: object, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only, allow_nan=True).encode()
    if b"Infinity" in data:
        return
    assert check(data) is None
    assert json.loads(reindent(data)) == value
    if isinstance(value, list):
        assert [json.loads(item) for _, item in parts(data)] == value
    if isinstance(value, dict):
        assert {json.loads(name): json.loads(item) for name, item in parts(data)} == value


@given(st.text(alphabet='{}[],:"\\u0aeE+-.1tfn \n', max_size=30) | st.text(max_size=20))
def test_agrees_with_the_standard_library(text: str) -> None:
    try:
        json.loads(text, parse_constant=_refuse)
        valid = True
    except ValueError:
        valid = False
    assert (check(text.encode("utf-8", "replace")) is None) == valid


def _refuse(name: str) -> None:
    raise ValueError(name)


@given(st.binary(max_size=60))
def test_any_bytes_have_a_sentence_or_none(data: bytes) -> None:
    fault = check(data)
    if fault is not None:
        assert fault.sentence(data).endswith(".")


def test_depth_leaves_strings_out() -> None:
    assert depth(b'{"[[[": ["\\"[", "\\\\", {"a": [1]}]}') == 4
    assert depth(b"1") == 0


def test_the_column_counts_characters() -> None:
    assert place("ab\néé漢x".encode(), 3 + 4 + 3) == (2, 4)


@pytest.mark.parametrize(
    "whole",
    [b'{"a": [1.5e+10, true, "x\\u00e9\\n"], "b": {"c": null, "d": false}}', b'"text"', b"-1.5e3"],
)
def test_any_begin_of_json_breaks_off_and_is_indented_as_far_as_it_goes(whole: bytes) -> None:
    for length in range(1, len(whole)):
        data = whole[:length]
        fault = check(data)
        assert fault is None or fault.early, data
        assert reindent(whole).startswith(reindent(data).rstrip())


@pytest.mark.parametrize(
    "data", [b"[oops", b"[1,]", b'{"a" 1', b"{tru", b'["\n', b"[nulx", b'["\\x234567', b"[1] x"]
)
def test_what_is_wrong_before_its_end_does_not_break_off(data: bytes) -> None:
    fault = check(data)
    assert fault is not None
    assert not fault.early


def test_a_string_where_none_may_stand_is_told_also_before_it_ends() -> None:
    fault = check(b'{"a""b')
    assert fault is not None
    assert fault.told("here") == 'Not valid JSON: here has " where a colon was expected.'
