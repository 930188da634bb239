import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_tui.widgets.body.body_looks import Looks
from sonde_tui.widgets.body.body_source import FactRows, HexRows, TextRows

JSON = b'{"a": [1, 2, 3]}'


def built(looks: Looks, mode: str) -> TextRows:
    rows = looks.rows(mode)
    assert isinstance(rows, TextRows)
    rows.build(1.0)
    return rows


async def test_text_is_shown_as_it_is_until_its_readable_form_is_made() -> None:
    looks = Looks(Body.of(JSON), arriving=False)
    assert looks.unshaped
    assert built(looks, "pretty").text(0) == JSON.decode()
    shaped = looks.shape()
    assert not looks.unshaped
    await shaped.shaping.run()
    assert shaped.take_in()
    assert built(looks, "pretty").text(0) == "{"
    assert built(looks, "raw").text(0) == JSON.decode()


async def test_each_row_of_the_readable_form_tells_its_byte_in_the_body() -> None:
    looks = Looks(Body.of(JSON), arriving=False)
    shaped = looks.shape()
    await shaped.shaping.run()
    shaped.take_in()
    rows = built(looks, "pretty")
    assert rows.text(3) == "    2,"
    assert looks.back(rows, 3) == JSON.index(b"2")
    assert looks.row_at(rows, JSON.index(b"2")) == 3
    assert looks.knows_bytes(rows)
    assert looks.row_at(looks.rows("hex"), 16) == 0


async def test_what_was_stopped_can_begin_again() -> None:
    looks = Looks(Body.of(JSON), arriving=False)
    shaped = looks.shape()
    await shaped.shaping.run()
    shaped.take_in()
    shaped.stopped = True
    assert looks.unshaped
    assert built(looks, "pretty").text(0) == JSON.decode()
    assert "v begins again" in " ".join(looks.notes())


def test_a_charset_is_told_where_it_is_not_the_usual_one_or_was_chosen() -> None:
    body = Body.of("café".encode("cp1252"), media_type="text/plain; charset=latin-1")
    looks = Looks(body, arriving=False)
    assert looks.charset == "windows-1252"
    assert built(looks, "raw").text(0) == "café"
    other = looks.read_as("windows-1251")
    assert other.charset == "windows-1251, chosen"
    assert built(other, "raw").text(0) == "cafй"
    assert Looks(Body.of(b"{}"), arriving=False).charset == ""
    assert Looks(Body.of(b"\0\1\2"), arriving=False).charset == ""


def test_a_header_that_lies_is_told() -> None:
    body = Body.of("Grüße".encode(), media_type="text/plain; charset=latin-1")
    looks = Looks(body, arriving=False)
    assert "the bytes are utf-8" in " ".join(looks.notes())
    assert built(looks, "raw").text(0) == "Grüße"


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
