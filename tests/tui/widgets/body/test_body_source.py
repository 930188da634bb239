from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.style import Style as VisualStyle

from sonde_core.body import Body
from sonde_core.safetext import SafeText
from sonde_core.text.line_index import ROW_LIMIT, LineIndex
from sonde_tui.widgets.body.body_source import FactRows, HexRows, TextRows
from sonde_tui.widgets.rows.line_source import LineSource
from sonde_tui.widgets.rows.line_strips import strip_of


def text_rows(
    data: bytes, kind: str = "text", codec: str = "utf-8", *, raw: bool = True
) -> TextRows:
    rows = TextRows(LineIndex(data), kind, codec, raw=raw)
    while not rows.build(0):
        pass
    return rows


def parts(source: LineSource, row: int = 0) -> list[tuple[str, str]]:
    line = source.line(row)
    assert isinstance(line, list)
    return [(text, style) for text, style in line if text]


def test_a_row_is_coloured_by_what_its_parts_are() -> None:
    found = parts(text_rows(b'{"a": [1, true, "x"]}', "json"))
    assert ('"a"', "key") in found
    assert ("1", "number") in found
    assert ("true", "constant") in found
    assert ('"x"', "string") in found
    assert "".join(text for text, _ in found) == '{"a": [1, true, "x"]}'


def test_a_later_part_of_a_long_line_has_no_colours() -> None:
    data = b'["' + b"x" * ROW_LIMIT + b'", 1, 2, true]\n[1]'
    rows = text_rows(data, "json")
    assert rows.count == 3
    assert [style for _, style in parts(rows, 1)] == [""]
    assert ("1", "number") in parts(rows, 2)


def test_only_the_raw_rows_show_a_carriage_return() -> None:
    assert text_rows(b"a\r\nb", raw=True).text(0) == "a␍"
    assert text_rows(b"a\r\nb", raw=False).text(0) == "a"


def test_only_the_raw_rows_show_a_byte_order_mark() -> None:
    assert text_rows(b"\xef\xbb\xbfa", raw=True).text(0) == "‹U+FEFF›a"
    assert text_rows(b"\xef\xbb\xbfa", raw=False).text(0) == "a"


def test_bytes_are_read_in_their_charset() -> None:
    assert text_rows(b"caf\xe9", codec="cp1252").text(0) == "café"
    assert text_rows(b"caf\xe9").text(0) == "caf‹E9›"


def test_half_a_character_at_the_end_is_a_byte() -> None:
    index = LineIndex("a\n".encode("utf-16-le") + b"x", codec="utf-16-le")
    rows = TextRows(index, "text", "utf-16-le", raw=True)
    rows.build(1.0)
    assert [rows.text(row) for row in range(rows.count)] == ["a", "‹78›"]


def test_nothing_that_a_terminal_obeys_is_in_a_row() -> None:
    rows = text_rows(b"\x1b[31m\x07\x9b\xc2\x9b\xe2\x80\xae")
    assert not set(rows.text(0)) & set("\x1b\x07\x9b\u202e")
    assert isinstance(rows.line(0)[0][0], SafeText)


def test_a_body_that_vanished_says_so_in_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(b"0123456789abcdef" * 2)
    hexed = HexRows(Body.in_file(path, 32, "0" * 64))
    path.unlink()
    assert "Could not read the body" in parts(hexed, 1)[0][0]
    assert hexed.text(1) == ""


def test_sixteen_bytes_a_row_with_offset_digits_and_text() -> None:
    rows = HexRows(Body.of(bytes(range(0x40, 0x52))))
    assert rows.count == 2
    assert "".join(text for text, _ in rows.line(0)) == (
        "00000000  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO"
    )
    assert "".join(text for text, _ in rows.line(1)).split() == ["00000010", "50", "51", "PQ"]
    assert rows.text(1).split() == ["50", "51", "PQ"]  # without the offset


def test_hex_of_a_large_body_is_read_where_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "body"
    with path.open("wb") as stream:
        stream.truncate(1 << 30)
        stream.seek((1 << 30) - 3)
        stream.write(b"end")
    rows = HexRows(Body.in_file(path, 1 << 30, "0" * 64))
    assert rows.count == 1 << 26
    assert rows.text(rows.count - 1).endswith(".............end")


def test_hex_grows_with_its_body() -> None:
    rows = HexRows(Body.of(b"a" * 20))
    assert rows.text(1).endswith("aaaa")
    rows.grow(Body.of(b"a" * 20 + b"b" * 20))
    assert rows.text(1).endswith("aaaabbbbbbbbbbbb")
    assert rows.count == 3


def test_facts_of_a_picture_stand_above_its_bytes() -> None:
    body = Body.of(b"\x89PNG" + bytes(12), media_type="image/png")
    rows = FactRows(body, "image")
    shown = ["".join(text for text, _ in rows.line(row)) for row in range(rows.count)]
    assert shown[0].split() == ["type", "image/png"]
    assert "16 bytes" in shown[1]
    assert body.sha256 in shown[2]
    assert shown[-1].startswith("00000000  89 50 4e 47")
    assert rows.text(2) == body.sha256


def test_places_are_bytes() -> None:
    rows = text_rows(b"".join(b"line %d\n" % number for number in range(100)))
    assert rows.row_at(rows.offset(42)) == 42
    assert rows.offset(1000) == rows.size
    hexed = HexRows(Body.of(bytes(1000)))
    assert hexed.row_at(hexed.offset(42)) == 42
    assert hexed.row_at(10**6) == hexed.count - 1
    facts = FactRows(Body.of(bytes(1000)), "binary")
    assert facts.row_at(facts.offset(42)) == 42
    assert facts.row_at(0) == 0
    assert facts.row_showing(0) == facts.row_at(1) == 4


CODECS = st.sampled_from(["utf-8", "cp1252", "utf-16-le", "cp932"])
TEXT = st.text(alphabet="ab\t\x1b漢é\r\n🙂\u0301\ufeff", max_size=40)


@given(TEXT, CODECS, st.sampled_from([0, 8]), st.booleans(), st.binary(max_size=2))
def test_a_column_shows_a_byte_and_the_byte_leads_back(
    text: str, codec: str, width: int, raw: bool, odd: bytes
) -> None:
    data = text.encode(codec, "ignore") + odd
    rows = TextRows(LineIndex(data, codec=codec), "text", codec, raw=raw)
    rows.wrap(width)
    rows.build(1.0)
    for row in range(rows.count):
        drawn = strip_of(rows.line(row), lambda _: Style(), VisualStyle()).text
        places = [rows.byte_at(row, column) for column in range(len(drawn) + 1)]
        assert places == sorted(places)
        after = rows.offset(row + 1) if row + 1 < rows.count else len(data)
        assert rows.offset(row) <= places[0] <= places[-1] <= after
        for place in set(places[:-1]):
            assert rows.byte_at(row, rows.column_of(row, place)) == place
            assert rows.column_of(row, place) == places.index(place)
        assert rows.column_of(row, places[-1]) == len(drawn)


def test_what_is_selected_are_the_bytes_in_between() -> None:
    data = "caf\xe9\tx\r\n".encode("cp1252") + b"y" * (ROW_LIMIT + 5) + b"\nend"
    rows = text_rows(data, codec="cp1252", raw=False)
    assert selected(rows, 0, 1, 0, 4) == b"af\xe9"
    assert selected(rows, 0, 4, 0, 9) == b"\tx"
    assert selected(rows, 0, 8, 1, 2) == b"x\r\nyy"
    assert selected(rows, 1, ROW_LIMIT - 1, 2, 3) == b"yyyy"  # a cut line has no end there
    assert selected(rows, 2, 4, 99, 0) == b"y\nend"


def selected(rows: LineSource, *places: int) -> bytes:
    found = rows.selected(*places)
    return found if isinstance(found, bytes) else found.read()


def test_selected_hex_is_the_bytes_and_both_forms_show_them() -> None:
    rows = HexRows(Body.of(bytes(range(40))))
    line = "".join(text for text, _ in rows.line(0))
    first, last = line.index("07"), line.index("0a")
    assert selected(rows, 0, first, 0, last) == bytes([7, 8, 9])
    assert selected(rows, 0, 60 + 7, 0, 60 + 10) == bytes([7, 8, 9])
    assert selected(rows, 0, 0, 2, 60 + 99) == bytes(range(40))
    assert [line[a:b] for a, b in rows.shown(0, 7, 10)] == ["07  08 09", "..."]
    assert rows.shown(1, 7, 10) == []
    for place in range(16, 32):
        assert rows.byte_at(1, rows.column_of(1, place)) == place


def test_selected_facts_are_their_words_and_below_them_bytes() -> None:
    rows = FactRows(Body.of(b"\x89PNG", media_type="image/png"), "image")
    assert selected(rows, 0, 0, 0, 99) == b"image/png"
    assert selected(rows, 0, 0, 4, 60 + 2) == b"\x89P"
    assert rows.shown(0, 0, 4) == []


def test_wrapped_rows_grow_with_their_body() -> None:
    index = LineIndex(b"one two three fo")
    rows = TextRows(index, "text", raw=True)
    rows.build(1.0)
    assert rows.wrap(8)
    rows.build(1.0)
    assert [rows.text(row) for row in range(rows.count)] == ["one two ", "three fo"]
    index.grow(b"one two three four")
    rows.build(1.0)
    assert [rows.text(row) for row in range(rows.count)] == ["one two ", "three fo", "ur"]
    rows.wrap(0)
    rows.build(1.0)
    assert rows.count == 1
