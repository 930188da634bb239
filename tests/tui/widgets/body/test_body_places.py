from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_tui.widgets.body.body_places import Alignment, Place


def test_going_to_another_form_and_back_leads_to_the_same_byte() -> None:
    place = Place()
    place.look(333, 12, lambda row: row * 20)
    assert (place.offset, place.line) == (6660, 12)
    place.put(6660 // 16)
    place.look(6660 // 16, 3, lambda row: row * 16)
    assert (place.offset, place.line) == (6660, 12)


def test_moving_in_between_counts() -> None:
    place = Place()
    place.look(333, 12, lambda row: row * 20)
    place.put(416)
    place.look(417, 13, lambda row: row * 16)
    assert (place.offset, place.line) == (417 * 16, 13)


VALUES = st.recursive(
    st.integers() | st.text(max_size=8) | st.booleans(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=30,
)


@given(VALUES, st.integers(0, 10**6), st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_each_byte_of_json_is_found_in_its_indented_form_and_back(
    value: object, number: int, mark: bytes
) -> None:
    data = msgspec.json.format(msgspec.json.encode(value), indent=-1)
    pretty = msgspec.json.format(data, indent=2)
    body, shaped = Body.of(mark + data), Body.of(pretty)
    alignment = Alignment(body, exact=True)
    alignment.add(body.size, shaped.size)
    offset = len(mark) + number % len(data)
    there = alignment.shaped_at(body, shaped, offset)
    if body.read(offset, 1) not in b" \t\r\n":
        assert shaped.read(there, 1) == body.read(offset, 1)
        assert alignment.body_at(body, shaped, there) == offset


def test_far_places_are_found_from_the_nearest_known_one() -> None:
    data = b"[" + b",".join(b"%d" % number for number in range(100_000)) + b"]"
    pretty = msgspec.json.format(data, indent=2)
    body, shaped = Body.of(data), Body.of(pretty)
    alignment = Alignment(body, exact=True)
    for number in range(0, 100_000, 9000):
        alignment.add(data.index(b",%d," % (number + 1)), pretty.index(b",\n  %d," % (number + 1)))
    offset = data.index(b"77777")
    assert alignment.shaped_at(body, shaped, offset) == pretty.index(b"77777")
    assert alignment.body_at(body, shaped, pretty.index(b"77777")) == offset


def test_what_is_not_the_same_bytes_lies_about_there() -> None:
    body = Body.of("café ".encode("cp1252") * 100_000)
    shaped = Body.of("café ".encode() * 100_000)
    alignment = Alignment(body, exact=False)
    alignment.add(250_000, 300_000)
    alignment.add(500_000, 600_000)
    assert alignment.shaped_at(body, shaped, 400_000) == 480_000
    assert alignment.body_at(body, shaped, 120_000) == 100_000
    assert alignment.shaped_at(body, shaped, 0) == 0


def test_a_place_beyond_the_end_is_the_end() -> None:
    body, shaped = Body.of(b"[1]  "), Body.of(b"[\n  1\n]")
    alignment = Alignment(body, exact=True)
    assert alignment.shaped_at(body, shaped, 5) == shaped.size
