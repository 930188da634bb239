from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import LensError
from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.cutter import split


@given(
    st.lists(st.binary(max_size=200), max_size=10),
    st.sampled_from([1, 2, 4, 8]),
    st.sampled_from(["be", "le"]),
    st.booleans(),
)
def test_what_was_framed_comes_back(
    bodies: list[bytes], size: int, order: str, inclusive: bool
) -> None:
    name = f"length:{size}{order}{'i' if inclusive else ''}"
    framed = [
        (len(body) + size * inclusive).to_bytes(size, "big" if order == "be" else "little") + body
        for body in bodies
    ]
    lens = lens_of(name)
    assert split(lens, b"".join(framed)) == framed
    assert all(not lens.read(each).error for each in framed)


def test_a_message_that_breaks_off_says_how_much_is_there() -> None:
    found = lens_of("length:2be").read(b"\0\5ab")
    assert (found.title, found.error) == ("ab", "4 of 7 bytes")
    assert [(part.name, part.value) for part in found.parts] == [("length", "5"), ("data", "ab")]


def test_a_number_that_is_no_size_is_passed_over() -> None:
    lens = lens_of("length:8be")
    assert split(lens, b"\xff" * 8 + bytes(7) + b"\1x") == [b"\xff" * 8, bytes(7) + b"\1x"]


def test_fixed_messages_have_one_size() -> None:
    lens = lens_of("fixed:4")
    assert split(lens, b"abcdefghij") == [b"abcd", b"efgh", b"ij"]
    assert lens.read(b"ij").error == "2 of 4 bytes"


@pytest.mark.parametrize(
    "wrong", ["length:3be", "length:2", "length:x", "fixed", "fixed:0", "fixed:-1", "fixed:²"]
)
def test_what_a_lens_does_not_take_is_said(wrong: str) -> None:
    with pytest.raises(LensError):
        lens_of(wrong)
