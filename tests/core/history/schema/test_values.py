from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.history.schema.values import (
    count,
    dumps,
    finite,
    first_value,
    flag,
    from_b64,
    from_bytes,
    from_ms,
    from_pairs,
    from_text,
    loads,
    moment,
    number,
    one_of,
    record,
    rows,
    texts,
    to_bytes,
    to_ms,
    to_pairs,
    to_text,
    whole,
)
from tests.strategies import JSON, TEXT


def ascii_of(value: object) -> object:
    line = dumps(value)
    assert line.isascii()
    return loads(line)


@given(TEXT)
@example("\ud800\udc00")
@example("\udc80\ud800")
@example("\udcc2\udc80")
def test_any_text_comes_back_equal(text: str) -> None:
    assert from_text(ascii_of(to_text(text))) == text


@given(TEXT)
def test_a_strict_reader_can_read_any_text(text: str) -> None:
    value = json.loads(dumps(to_text(text)))
    for part in [value] if isinstance(value, str) else value.values():
        part.encode("utf-8")


@given(st.binary())
@example(b"\xed\xa0\x80")
@example(b"\xef\xbb\xbf\r\n\0")
def test_any_bytes_come_back_equal(data: bytes) -> None:
    assert from_bytes(record(ascii_of(to_bytes(data)))) == data


@given(st.floats())
@example(1e308)
@example(math.nan)
def test_any_duration_can_be_written(seconds: float) -> None:
    assert math.isfinite(from_ms(ascii_of(to_ms(seconds))))
    assert math.isfinite(number(ascii_of(finite(seconds))))


@given(st.integers(0, 10**13))
def test_durations_are_exact_to_the_microsecond(micros: int) -> None:
    assert from_ms(to_ms(micros / 1_000_000)) == micros / 1_000_000


READERS: list[Callable[[object], object]] = [
    record,
    rows,
    flag,
    whole,
    count,
    number,
    from_ms,
    from_text,
    texts,
    from_pairs,
    from_b64,
    moment,
    lambda value: one_of(value, ("a", ""), why="neither"),
    lambda value: from_bytes(record(value)),
]


@given(JSON, st.sampled_from(READERS))
@example(1 << 64, number)
@example(True, whole)
@example({"b64": "!"}, from_text)
@example({"wtf8": "/w=="}, from_text)
@example({"text": "\ud800"}, READERS[-1])
@example("0001-01-01T00:00:00+23:59", moment)
@example("2026-11-24T12:00:00", moment)
def test_readers_raise_nothing_but_value_errors(
    value: object, reader: Callable[[object], object]
) -> None:
    with suppress(ValueError):
        reader(value)


@given(st.lists(st.tuples(TEXT, TEXT)))
def test_pairs_come_back_equal(pairs: list[tuple[str, str]]) -> None:
    assert from_pairs(ascii_of(to_pairs(pairs))) == tuple(pairs)


@pytest.mark.parametrize("rows", [[["a"]], [["a", "b", "c"]], [["a", None]], ["ab"], {}])
def test_what_is_no_pair_of_text_is_a_value_error(rows: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_pairs(rows)


def test_one_of_some_values_is_told_from_any_other() -> None:
    assert [one_of(each, ("a", "b"), why="neither") for each in "ba"] == ["b", "a"]
    for other in ("c", None, 1, ["a"]):
        with pytest.raises(ValueError, match="neither"):
            one_of(other, ("a", "b"), why="neither")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"NaN",
        b"[Infinity]",
        b"-1e999",
        b"7" * 5000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff",
        b'"\x01"',
        b"{} {}",
    ],
)
def test_what_is_no_json_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        loads(line)
    if b"{} {}" not in line:
        with pytest.raises(ValueError, match=r".+"):
            first_value(line.decode("latin-1"))


@pytest.mark.parametrize("value", [math.nan, [math.inf], -math.inf])
def test_what_json_cannot_hold_is_not_written(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        dumps(value)


def test_what_is_nested_too_deeply_is_not_written() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="nested too deeply"):
        dumps(value)


def test_times_are_told_in_utc() -> None:
    assert moment("2026-11-24T13:00:00+01:00") == datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_absent_rows_are_none_at_all() -> None:
    assert rows(None) == []
    assert texts(None) == ()
    assert from_bytes({}) is None


@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf, -math.inf, 10**400])
def test_what_is_no_finite_number_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        number(value)


def test_a_value_that_is_nested_too_deeply_is_a_value_error_wherever_it_stands() -> None:
    with pytest.raises(ValueError, match="too deep"):
        first_value("x" + "[" * 100_000, 1)
    assert first_value("x[1] ", 1) == ([1], 4)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00.000+23:00", "9999-12-31T23:59:59.999-23:00"])
def test_a_time_beyond_all_others_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moment(text)
