from __future__ import annotations

import hashlib
import json

import pytest

from sonde_core.body import Body
from sonde_core.history.schema import many
from sonde_core.history.schema.many import INLINE_ROWS, from_many, to_many


def test_long_arrays_lie_beside_one_row_a_line() -> None:
    kept: list[Body] = []

    def put(body: Body) -> tuple[str, int]:
        kept.append(body)
        return body.sha256, body.size

    values: list[object] = [[number, "\u2028"] for number in range(INLINE_ROWS + 1)]
    assert to_many(values[1:], put) == values[1:]
    assert to_many(values, None) == values
    outside = to_many(values, put)
    assert isinstance(outside, dict)
    assert outside["rows"] == len(values)
    assert kept[0].read().count(b"\n") == len(values) + 2
    assert from_many(outside, lambda digest, size: kept[0]) == values
    assert from_many(outside, None) == []


def rows_of(data: bytes) -> object:
    value = {"ref": hashlib.sha256(data).hexdigest(), "size": len(data)}
    return from_many(value, lambda digest, size: Body.of(data))


def test_an_array_that_another_program_wrote_its_own_way_is_read() -> None:
    assert rows_of(b"[[1, 2],\n[3]]") == [[1, 2], [3]]


def test_rows_are_read_wherever_the_slices_of_their_file_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = [[number, "x" * (number % 7)] for number in range(30)]
    data = b"[\n" + b",\n".join(json.dumps(each).encode() for each in values) + b"\n]\n"
    for size in range(1, 60):
        monkeypatch.setattr(many, "_SLICE", size)
        assert rows_of(data) == values


@pytest.mark.parametrize("data", [b"", b"{}", b"7", b"[NaN]", b"[" * 100_000])
def test_a_file_that_holds_no_array_is_a_value_error(data: bytes) -> None:
    value = {"ref": hashlib.sha256(data).hexdigest(), "size": len(data)}
    with pytest.raises(ValueError, match=r".+"):
        from_many(value, lambda digest, size: Body.of(data))


@pytest.mark.parametrize("value", [7, "x", {}, {"ref": "../x"}, {"ref": 7, "size": 1}])
def test_what_is_no_array_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_many(value, None)
