"""JSON indented piece by piece is JSON indented whole."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.shaping.json_shaper import LONG, MAX_DEPTH, JsonShaper
from sonde_core.shaping.shaper import ShapeError
from sonde_core.text.json_check import check, reindent

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8") | st.sampled_from('"\\,[]{}:\n'), max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=30,
)
# Valid and nearly valid text, of what is easily taken for something else.
TOKENS = rb"""[ ] { } , : "a" "a,b" "[{" "\"" "\\" 1 -0 1e400 true null "\ud800" " \ x""".split(
    b" "
)
SCRAPS = st.lists(st.sampled_from([*TOKENS, b" ", b"\n", b'"\xff"']), max_size=30).map(b"".join)
CUTS = st.lists(st.integers(1, 40), min_size=1, max_size=20)


def shaped(data: bytes, sizes: list[int], *, broken: bool = False) -> bytes:
    shaper = JsonShaper()
    made, position, turn = [], 0, 0
    while position < len(data):
        size = sizes[turn % len(sizes)]
        made.append(shaper.feed(data[position : position + size]))
        position, turn = position + size, turn + 1
        assert 0 <= shaper.held <= position
    made.append(shaper.finish(broken=broken))
    assert shaper.held == 0
    return b"".join(made)


def fault_of(data: bytes, sizes: list[int]) -> ShapeError:
    with pytest.raises(ShapeError) as caught:
        shaped(data, sizes)
    return caught.value


def short_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every string be one that is cut."""
    monkeypatch.setattr("sonde_core.shaping.json_shaper.LONG", 1)


@given(VALUES, st.booleans(), st.sampled_from([None, 1, 3]), CUTS)
def test_any_json_in_any_pieces(
    value: Json, ascii_only: bool, indent: int | None, sizes: list[int]
) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "replace")
    assert shaped(data, sizes) == msgspec.json.format(data, indent=2)


@given(VALUES, st.booleans(), CUTS)
def test_any_json_with_strings_cut_too(value: Json, ascii_only: bool, sizes: list[int]) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace")
    with pytest.MonkeyPatch.context() as patch:
        short_strings(patch)
        assert shaped(data, sizes) == msgspec.json.format(data, indent=2)


@given(SCRAPS, CUTS, st.booleans())
def test_scraps_are_refused_where_they_are_no_json(
    data: bytes, sizes: list[int], short: bool
) -> None:
    fault = check(data)
    with pytest.MonkeyPatch.context() as patch:
        if short:
            short_strings(patch)
        if fault is None:
            assert shaped(data, sizes) == reindent(data)
        else:
            found = fault_of(data, sizes)
            assert (found.offset, found.text) == (fault.offset, fault.told("{place}"))


@given(VALUES, CUTS, st.integers(0, 200), st.booleans())
def test_what_came_of_a_broken_body_is_indented(
    value: Json, sizes: list[int], length: int, short: bool
) -> None:
    whole = json.dumps(value).encode()
    data = whole[:length]
    with pytest.MonkeyPatch.context() as patch:
        if short:
            short_strings(patch)
        made = shaped(data, sizes, broken=True)
    plain = re.compile(rb"\s")
    assert plain.sub(b"", made) == plain.sub(b"", data)
    assert msgspec.json.format(whole, indent=2).startswith(made.rstrip()) or not made.strip()


@pytest.mark.parametrize(
    "item",
    [
        b"1.0",
        b"1e400",
        b"-0",
        b"0.1E+05",
        b"12345678901234567890",
        b"7" * 5000,
        b'"\\u001b\\/\\u00e9\\ud83d\\ude00"',
        b'"\\ud800"',
        b'"\\\\ud800 \\udc00\\uE000 \\ud83d\\ud83d\\ude00"',
        b'"\xff"',
        b'"' + b"x" * (3 * LONG) + b'"',
        b'"' + b"\\u00e9" * (LONG // 2) + b'"',
        b'{"' + b"\\ud83d\\ude00" * (LONG // 4) + b'": "' + b"y" * LONG + b'"}',
        b'"' + b"," * LONG + b'"',
    ],
)
def test_every_spelling_is_kept(item: bytes) -> None:
    data = b'{"a" :[ ' + item + b"],\r\n\t" + b'"a":{ }, "b": [] }'
    for sizes in ([7], [100_000], [len(data)]):
        assert shaped(data, sizes) == reindent(data)
    assert item.replace(b'{"', b'"').split(b'": ')[0] in shaped(data, [50_000])


def test_white_space_without_end_takes_no_room() -> None:
    shaper = JsonShaper()
    made = shaper.feed(b"[1")
    for _ in range(100):
        made += shaper.feed(b" \r\n" * 10_000)
    assert shaper.held == 3_000_002
    made += shaper.feed(b",2") + shaper.feed(b" " * 100_000 + b"]")
    assert made + shaper.finish(broken=False) == b"[\n  1,\n  2\n]"
    found = fault_of(b"[1" + b" " * 1_000_000 + b"x]", [70_000])
    assert (found.offset, found.text) == (
        1_000_002,
        "Not valid JSON: {place} has x where a comma or ] was expected.",
    )


def test_the_begin_of_a_string_that_is_never_closed_is_told() -> None:
    found = fault_of(b'{"a": 1, "b": "' + b"x" * (4 * LONG), [30_000])
    assert (found.offset, found.text) == (
        14,
        "Not valid JSON: the string that begins at {place} is never closed.",
    )
    found = fault_of(b'["' + b"x" * (4 * LONG) + b"\n" + b"x" * LONG + b'"]', [30_000])
    assert found.offset == 4 * LONG + 2
    assert "control character U+000A" in found.text


def test_nesting_has_a_limit() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert shaped(deepest, [50]) == reindent(deepest)
    for data in (b"[" * 100_000, b'[{"a":' * 50_000 + b"1" + b"}]" * 50_000):
        assert "more than 200 levels" in fault_of(data, [20_000]).text
        assert "more than 200 levels" in fault_of(data, [len(data)]).text


def test_a_token_that_has_no_end_is_not_held_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sonde_core.shaping.json_shaper.LONGEST", 1 << 20)
    found = fault_of(b"[" + b"7" * 5_000_000 + b"]", [200_000])
    assert "no string" in found.text


def test_it_shows_early_what_came_early() -> None:
    shaper = JsonShaper()
    assert shaper.feed(b'{"a": 1, "b"') == b'{\n  "a": 1'
    assert shaper.feed(b": [1, 2") == b',\n  "b": [\n    1'
    assert shaper.held == 3
