from __future__ import annotations

import hashlib

import pytest
from hypothesis import given

from sonde_core.body import Body
from sonde_core.history.schema.bodies import find, from_body, to_body
from tests.strategies import bodies

DIGEST = hashlib.sha256(b"hello").hexdigest()


def refuse(body: Body) -> tuple[str, int]:
    raise AssertionError(f"{body.size} bytes are small enough for the line")


@given(bodies())
def test_a_body_comes_back_equal(body: Body) -> None:
    assert from_body(to_body(body, refuse), None) == body


def test_a_large_body_is_named_by_digest() -> None:
    kept: list[Body] = []

    def put(body: Body) -> tuple[str, int]:
        kept.append(body)
        return body.sha256, body.size

    body = Body.of(b"hello", media_type="text/plain")
    value = to_body(body, put, 4)
    assert (value["ref"], "text" in value, "b64" in value) == (DIGEST, False, False)
    assert from_body(value, lambda digest, size: kept[0] if digest == DIGEST else None) == body
    assert not from_body(value, None).kept


def test_of_a_body_that_is_kept_in_part_the_whole_size_is_told() -> None:
    value = to_body(Body.of(b"hello"), lambda _: (DIGEST, 3), 4)
    assert (value["size"], value["kept"]) == (5, 3)
    body = from_body(value, lambda digest, size: Body.of(b"hel"))
    assert (body.size, body.stored, body.read()) == (5, 3, b"hel")
    again = to_body(body, None)
    assert (again["text"], again["kept"], again["size"]) == ("hel", 3, 5)
    assert from_body(again, None) == body


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "x"},
        {"sha256": None},
        {"sha256": DIGEST.upper()},
        {"size": -1},
        {"size": "5"},
        {"size": 4},
        {"kept": 6},
        {"wire": -1},
        {"complete": 1},
        {"cut": "boredom"},
        {"cut": []},
        {"type": 7},
        {"text": 7},
        {"text": None},
    ],
)
def test_a_field_of_the_wrong_shape_is_a_value_error(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_body(to_body(Body.of(b"hello"), None) | change, None)


@pytest.mark.parametrize("ref", ["../x", "", 7, None, DIGEST + "\n", DIGEST.upper(), ["x"]])
def test_a_reference_that_is_no_digest_finds_nothing(ref: object) -> None:
    def get(digest: str, size: int) -> Body | None:
        raise AssertionError(digest)

    with pytest.raises(ValueError, match="digest"):
        find(ref, 5, get)
