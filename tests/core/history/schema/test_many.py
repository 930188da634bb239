from __future__ import annotations

import hashlib

import pytest

from sonde_core.body import Body
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


@pytest.mark.parametrize("data", [b"", b"{}", b"7", b"[NaN]", b"[" * 100_000])
def test_a_file_that_holds_no_array_is_a_value_error(data: bytes) -> None:
    value = {"ref": hashlib.sha256(data).hexdigest(), "size": len(data)}
    with pytest.raises(ValueError, match=r".+"):
        from_many(value, lambda digest, size: Body.of(data))


@pytest.mark.parametrize("value", [7, "x", {}, {"ref": "../x"}, {"ref": 7, "size": 1}])
def test_what_is_no_array_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_many(value, None)
