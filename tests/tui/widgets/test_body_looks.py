import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.line_index import LineIndex
from sonde_tui.widgets.body_looks import Looks, Places
from sonde_tui.widgets.body_source import FactRows, HexRows, TextRows

JSON = b'{"a": [1, 2, 3]}'


def built(looks: Looks, mode: str) -> TextRows:
    rows = looks.rows(mode)
    assert isinstance(rows, TextRows)
    rows.build(1.0)
    return rows


def test_text_is_pretty_as_it_is_until_it_is_formatted() -> None:
    looks = Looks(Body.of(JSON), arriving=False)
    assert built(looks, "pretty").text(0) == JSON.decode()
    looks.format(LineIndex(b'{\n  "a"'))
    assert built(looks, "pretty").text(0) == "{"
    assert built(looks, "raw").text(0) == JSON.decode()


def test_rows_of_a_mode_are_made_once() -> None:
    looks = Looks(Body.of(JSON), arriving=False)
    assert looks.rows("raw") is looks.rows("raw")
    assert looks.rows("raw") is not looks.rows("hex")


def test_what_is_no_text_has_facts_once_it_is_there() -> None:
    picture = Body.of(b"\x89PNG\0\0", media_type="image/png")
    assert isinstance(Looks(picture, arriving=False).rows("pretty"), FactRows)
    assert isinstance(Looks(picture, arriving=True).rows("pretty"), HexRows)
    assert not Looks(picture, arriving=True).shows_text


def test_more_of_a_body_goes_on_in_the_same_rows() -> None:
    looks = Looks(Body.of(b"one\ntw"), arriving=True)
    text, hexed = built(looks, "raw"), looks.rows("hex")
    more = Body.of(b"one\ntwo\nthree")
    assert looks.goes_on(more)
    looks.grow(more, arriving=True)
    assert looks.rows("raw") is text
    assert built(looks, "raw").text(1) == "two"
    assert looks.rows("hex") is hexed
    assert hexed.count == 1
    looks.grow(more, arriving=False)
    assert not looks.goes_on(more)  # it is over


@pytest.mark.parametrize("other", [b"on", b"two\nthree", b""])
def test_another_body_does_not_go_on(other: bytes) -> None:
    assert not Looks(Body.of(b"one\n"), arriving=True).goes_on(Body.of(other))


def test_first_bytes_that_say_little_are_looked_at_again() -> None:
    looks = Looks(Body.of(b"{"), arriving=True)
    assert looks.kind == "json"
    looks = Looks(Body.of(b"abc"), arriving=True)
    assert isinstance(looks.rows("pretty"), TextRows)
    looks.grow(Body.of(b"abc\0\1\2\3"), arriving=True)
    assert looks.kind == "binary"
    assert isinstance(looks.rows("pretty"), HexRows)


def test_a_body_that_is_not_kept_is_refused() -> None:
    with pytest.raises(BodyError, match="12 bytes"):
        Looks(Body.lost(12, "0" * 64), arriving=False)


def rows_of(data: bytes) -> TextRows:
    rows = TextRows(LineIndex(data), "text", raw=True)
    rows.build(1.0)
    return rows


def test_the_same_bytes_are_at_the_top_of_another_mode() -> None:
    data = b"".join(b"line %3d\n" % number for number in range(1000))  # 9 bytes each
    text, hexed = rows_of(data), HexRows(Body.of(data))
    assert Places().moved(text, 160, hexed) == 160 * 9 // 16
    assert Places().moved(text, 0, hexed) == 0


def test_formatted_text_shows_about_the_same_part() -> None:
    compact = rows_of(b"[" + b"1,\n" * 1000 + b"1]")
    roomy = rows_of(b"[\n" + b"  1,\n" * 1000 + b"  1\n]")
    assert abs(Places().moved(compact, 500, roomy) - 500) < 5


def test_going_there_and_back_leads_to_the_same_row() -> None:
    data = b"".join(b"x" * (number % 40) + b"\n" for number in range(1000))
    text, hexed, other = rows_of(data), HexRows(Body.of(data)), rows_of(data.upper())
    places = Places()
    top = 333
    for before, after in ((text, hexed), (hexed, other), (other, text)):
        top = places.moved(before, top, after)
        places.put(top)
    assert top == 333


def test_moving_in_between_counts() -> None:
    data = b"".join(b"line %3d\n" % number for number in range(1000))
    text, hexed = rows_of(data), HexRows(Body.of(data))
    places = Places()
    places.put(places.moved(text, 160, hexed))
    assert places.moved(hexed, 360, text) == 360 * 16 // 9
