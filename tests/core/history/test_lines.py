from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.history.lines import Line, glance, is_ours, salvaged, trimmed, whole_record
from tests.histories import line

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("physical", [b"", b"[", b"]", b" \t", b"[\r", b",", b"],"])
def test_brackets_and_empty_lines_hold_no_object(physical: bytes) -> None:
    assert trimmed(7, physical) is None


def test_a_line_is_told_without_comma_and_padding() -> None:
    assert trimmed(10, b"  {} ,\r") == Line(12, b"{}")
    assert Line(12, b"{}").end == 14


def test_a_glance_reads_no_more_than_a_list_shows() -> None:
    value = glance(line("a", kind="http", req={"url": "http://a"}, res={"x": [1]}))
    assert list(value) == ["v", "id", "t", "kind", "outcome", "target"]


def test_a_glance_at_a_torn_line_is_refused() -> None:
    with pytest.raises(ValueError, match="breaks off"):
        glance(line("a")[:-1])


@given(
    st.dictionaries(st.text(), VALUES, max_size=5),
    st.dictionaries(st.text(), VALUES, max_size=8),
    st.booleans(),
)
@example({}, {"": None, "note": None}, False)
@example({}, {"": None, "note": None}, True)
def test_a_glance_is_never_taken_in_by_text_that_looks_like_a_field(
    first: dict[str, object], req: dict[str, object], nested: bool
) -> None:
    first.pop("req", None)
    hostile = {**first, 'x,"req":': ',"req":'}
    if nested:  # a field of that name, which is cut at
        hostile["y"] = {"a": 1, "req": 2}
    text = json.dumps({**hostile, "req": req, "z": 1}, separators=(",", ":"))
    try:
        value = glance(text.encode())
    except ValueError:
        return  # then the whole line is read
    told_later = re.search(r',"(from|pin|name|tags|note)":', json.dumps(req, separators=(",", ":")))
    assert value == (json.loads(text) if told_later else json.loads(json.dumps(hostile)))


@pytest.mark.parametrize("name", ["from", "pin", "name", "tags", "note"])
def test_what_a_person_gave_is_read_wherever_it_stands(name: str) -> None:
    text = json.dumps({"v": 1, "req": {"a": 1}, name: "x"}, separators=(",", ":"))
    assert glance(text.encode()) == {"v": 1, "req": {"a": 1}, name: "x"}


def test_a_nested_field_of_such_a_name_is_not_taken_for_it() -> None:
    value = glance(b'{"v":1,"req":{"a":1,"note":2},"z":1}')
    assert value == {"v": 1, "req": {"a": 1, "note": 2}, "z": 1}


@pytest.mark.parametrize("text", ["", "1", "[1]", "null", "{", '{"a":NaN}', '{"a":-1e999}', "{}x"])
def test_what_is_no_object_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        whole_record(text.encode())


@given(VALUES)
def test_anything_can_be_asked_whether_it_is_ours(value: object) -> None:
    assert not is_ours(value)


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=5), st.text(max_size=40))
def test_objects_are_found_between_rubbish(names: list[str], rubbish: str) -> None:
    rubbish = rubbish.replace("{", "") + "\n"
    text = rubbish + rubbish.join(line(name).decode() for name in names)
    found = list(salvaged(text))
    assert [value["id"] for _, _, value in found] == names
    assert all(json.loads(text[start:end]) == value for start, end, value in found)


def test_a_broken_object_hides_no_other_line() -> None:
    text = '{"v":1,"id":"x","kind":"t\n' + line("a").decode() + "\n{" + "[" * 10_000
    assert [value["id"] for _, _, value in salvaged(text)] == ["a"]
