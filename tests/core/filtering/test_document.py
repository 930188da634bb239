"""Parts of a JSON document by path or JMESPath, as they were received."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import BodyError
from sonde_core.filtering.document import INDENTED, Document


def pick(data: bytes, expression: str) -> str:
    return Document(data).pick(expression).data.decode("utf-8", "surrogatepass")


DATA = (
    b'{"data": {"a b": [1.0, {"c": "x"}]}, "description": "hi", "n": 12345678901234567890.50,'
    b'"big": ' + b"7" * 5000 + b', "list": [{"k": 1}, {"k": 2e400}], "a.b": null, "e": {}}'
)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("description", "hi"),
        ('data["description"]', "hi"),  # `data` as the program's name, though there is one in it
        ("$.description", "hi"),
        ('response["description"]', "hi"),
        ('"description"', "hi"),
        ('data["a b"][0]', "1.0"),
        ("data['a b'][-1].c", "x"),
        ('data."a b"[1]', '{\n  "c": "x"\n}'),
        ("n", "12345678901234567890.50"),
        ("n | @", "12345678901234567890.50"),
        ("big", "7" * 5000),
        ("list[*].k", "[\n  1,\n  2e400\n]"),
        ("list[?k == `1`].k | [0]", "1"),
        ("length(list)", "2"),
        ("max_by(list, &k).k", "2e400"),
        ('["a.b"]', "null"),
        ("e", "{}"),
        ("{x: n, y: big}", '{\n  "x": 12345678901234567890.50,\n  "y": ' + "7" * 5000 + "\n}"),
        ("list[7] || 'none'", "none"),
        ("list[?k > 1].k", "[\n  2e400\n]"),  # a bare number, which JMESPath refuses
    ],
)
def test_what_is_there(expression: str, result: str) -> None:
    assert pick(DATA, expression) == result


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("nope", "There is no 'nope' at the top.", "There are data, description, n"),
        ("list[0].nope", "There is no 'nope' at list[0].", "There are k."),
        ("lis", "There is no 'lis' at the top.", "There are list, data"),
        ("list[0].", "'list[0].' goes on with a name.", "There are k."),
        ("n.", "'n.' goes on, but 1234567890", "path like"),
        ("list[5]", "There is no item 5 at list.", "The list has 2 items"),
        ("e.x", "There is no 'x' at e.", "empty"),
        ("list.k", "'k' does not fit at list: a list of 2 is there.", "path like"),
        ("description[0]", "0 does not fit at description: a string is there.", "path like"),
        ("foo[", "'foo[' is no path: it breaks off at character 5.", "path like"),
        ("a..b", "'a..b' is no path: it breaks off at character 3.", "path like"),
        ("a ~ b", "'a ~ b' is no path", "path like"),
        ("length(n)", "'length(n)' does not fit: In function length()", "path like"),
        ("nope(n)", "'nope(n)' does not fit: Unknown function: nope()", "path like"),
    ],
)
def test_what_is_not_there_is_told(expression: str, message: str, hint: str) -> None:
    with pytest.raises(BodyError) as caught:
        pick(DATA, expression)
    assert caught.value.message.startswith(message)
    assert hint in caught.value.advice


@pytest.mark.parametrize("expression", ["a", "length(a)", ""])
def test_no_json_names_the_place(expression: str) -> None:
    with pytest.raises(BodyError, match=r"line 2, column 7 has tru where a value was expected"):
        pick(b'{"a": 1,\n "b": tru}', expression)


@pytest.mark.parametrize("expression", ["a[0]", "length(a)"])
@pytest.mark.parametrize(
    "data", [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000]
)
def test_nesting_without_end_is_told(data: bytes, expression: str) -> None:
    with pytest.raises(BodyError, match="nested too deeply"):
        pick(data, expression)


def test_a_number_too_long_for_computing_is_shown_by_a_path() -> None:
    data = b'{"n": ' + b"1" * 30_000 + b"}"
    assert pick(data, "n") == "1" * 30_000
    with pytest.raises(BodyError, match="30,000 digits"):
        pick(data, "n | @")


def test_lone_surrogates_and_the_whole() -> None:
    data = b'{"a": "\\ud800", "b": [1, "\\udc00", {"c": [2]}], "d": {}}'
    assert pick(data, "a") == "\ud800"
    assert pick(data, "b[2].c[0]") == "2"
    assert pick(data, "b[0:2]") == '[\n  1,\n  "\\udc00"\n]'
    assert json.loads(pick(data, "@")) == json.loads(data)


@pytest.mark.parametrize("size", [0, 9 << 20])
def test_lone_surrogates_in_a_body_of_any_size(size: int) -> None:
    data = b'{"pad": "' + b"x" * size + b'", "a": "\\ud800", "b": {"c": [1.50, 2]}}'
    assert pick(data, "a") == "\ud800"
    assert pick(data, "data.b.c[0]") == "1.50"
    with pytest.raises(BodyError, match="There is no 'd'"):
        pick(data, "b.d")
    with pytest.raises(BodyError, match="0 does not fit"):
        pick(data, "b[0]")


@pytest.mark.parametrize(
    ("end", "fault"),
    [
        (b"", "unterminated string starting at line 2, column 1"),
        (b"tru]", "expecting value at line 2, column 1"),
        (b"1]]", "extra data at line 2, column 3"),
        (b"NaN]", "NaN is no JSON"),
    ],
)
def test_a_large_body_that_is_no_json_is_told_quickly(end: bytes, fault: str) -> None:
    data = b'["' + b"x" * (9 << 20) + b'",\n' + (end or b'"a')
    with pytest.raises(BodyError) as caught:
        pick(data, "[0]")
    assert caught.value.message == f"Not valid JSON: {fault}."


def test_a_large_part_is_given_as_it_was_received() -> None:
    part = b"[1.0, " + b"7" * INDENTED + b"]"
    assert Document(b'{"a": ' + part + b"}").pick("a").data == part


def test_one_document_answers_one_expression_after_the_other() -> None:
    document = Document(DATA)
    for expression, result in [
        ("list[0].k", b"1"),
        ("list[1].k", b"2e400"),
        ("length(list)", b"2"),
        ("list", b'[\n  {\n    "k": 1\n  },\n  {\n    "k": 2e400\n  }\n]'),
        ("data['a b'][-1].c", b"x"),
    ]:
        assert document.pick(expression).data == result
    with pytest.raises(BodyError, match="no 'nope' at list"):
        document.pick("list[0].nope")
    assert document.pick("list[0].k").data == b"1"


def test_a_mark_before_the_json() -> None:
    assert pick(b"\xef\xbb\xbf[1]", "[0]") == "1"


def test_a_number_keeps_its_spelling_whatever_it_costs() -> None:
    data = b'{"n": [1.10, 1e2, -0, -0.0, 1.5, 12, 0.1, 1E400]}'
    assert "".join(pick(data, "n[:]").split()) == "[1.10,1e2,-0,-0.0,1.5,12,0.1,1E400]"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_the_whole_means_the_same(value: object) -> None:
    found = pick(json.dumps(value).encode(), "@")
    assert (found if isinstance(value, str) else json.loads(found)) == value


@given(st.text(max_size=20))
def test_any_expression_gives_a_value_or_a_sentence(expression: str) -> None:
    sentence = ""
    try:
        pick(DATA, expression)
    except BodyError as error:
        sentence = error.message
    assert not sentence or sentence.endswith(".")
