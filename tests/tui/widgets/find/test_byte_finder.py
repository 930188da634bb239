import pytest

from sonde_core.body import Body
from sonde_core.search import LATER, Hit, Query, byte_search
from sonde_core.text.line_index import LineIndex
from sonde_tui.widgets.body.byte_rows import ByteRows
from sonde_tui.widgets.body.hex_rows import HexRows
from sonde_tui.widgets.body.text_rows import TextRows
from sonde_tui.widgets.find.byte_finder import ByteFinder
from sonde_tui.widgets.find.line_finder import LineFinder
from sonde_tui.widgets.rows.drawn import expand


def text_rows(data: bytes, codec: str = "utf-8") -> TextRows:
    rows = TextRows(LineIndex(data, codec=codec), "", codec, raw=True)
    while not rows.build(1.0):
        pass
    return rows


async def finder_in(rows: ByteRows, query: Query) -> ByteFinder:
    finder = ByteFinder(rows, query, 0)
    while not finder.search.idle:
        await finder.search.work(eager=False)
    return finder


async def shown(finder: ByteFinder, row: int, first: int = 0, last: int = 120) -> list[str]:
    """Return what is painted of a row."""
    list(finder.shown(row, first, last))
    while not finder.search.idle:
        await finder.search.work(eager=False)
    line = finder.source.line(row)
    assert isinstance(line, list)
    text = expand("".join(part for part, _ in line))
    return [text[left:right] for _, left, right in finder.shown(row, first, last)]


async def first_hit(finder: ByteFinder) -> Hit:
    while (hit := finder.search.beside((0, 0, -1), forward=True)) is LATER:
        await finder.search.work(eager=True)
    assert hit is not None
    return hit


async def test_a_hit_lies_over_the_ends_of_rows_of_a_long_line() -> None:
    rows = text_rows(b"-" * 4093 + b"needle" + b"-" * 5000)
    finder = await finder_in(rows, Query("needle"))
    hit = await first_hit(finder)
    assert hit == (0, 4093, 4099)
    assert finder.row_of(hit) == 0
    assert await shown(finder, 0, 4000, 4120) == ["nee"]
    assert await shown(finder, 1) == ["dle"]
    assert await shown(finder, 2) == []


async def test_a_pattern_goes_over_lines() -> None:
    rows = text_rows(b"a\r\nb\nc")
    finder = await finder_in(rows, Query(r"a\s+b", regex=True))
    assert await shown(finder, 0) == ["a␍"]
    assert await shown(finder, 1) == ["b"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-32-be", "cp1252", "gb18030"])
async def test_a_hit_is_shown_in_its_place_in_any_charset(codec: str) -> None:
    rows = text_rows("x é é\n-\n\té".encode(codec), codec)
    finder = await finder_in(rows, Query("É", case="ignore"))
    assert finder.search.count == 3
    assert await shown(finder, 0) == ["é", "é"]
    assert [shown[1:] for shown in finder.shown(2, 0, 80)] == [(4, 5)]


async def test_hex_shows_a_hit_among_the_digits_and_among_the_characters() -> None:
    rows = HexRows(Body.of(b"-" * 13 + b"needle" + b"-" * 20))
    finder = await finder_in(rows, Query("needle"))
    assert await shown(finder, 0) == ["6e 65 65", "nee"]
    assert await shown(finder, 1) == ["64 6c 65", "dle"]
    by_digits = await finder_in(rows, Query("6e 65 65 64"))
    assert by_digits.search.count == 1


async def test_a_body_that_grows_is_searched_on() -> None:
    index = LineIndex(b"needle\nnee")
    rows = TextRows(index, "", raw=True)
    rows.build(1.0)
    finder = await finder_in(rows, Query("needle"))
    assert finder.search.count == 1
    index.grow(b"needle\nneedle\nneedle")
    hit = (0, 14, 20)
    assert finder.row_of(hit) is None  # its row is not known yet
    rows.build(1.0)
    finder.changed(1)
    while not finder.search.idle:
        await finder.search.work(eager=False)
    assert finder.search.count == 3
    assert finder.row_of(hit) == 2


async def test_each_of_many_hits_stands_in_its_place_among_tabs_and_stand_ins() -> None:
    data = "e\t\x00e\x1be漢e\te".encode() + b"\xffe"
    rows = text_rows(data)
    finder = await finder_in(rows, Query("e"))
    assert await shown(finder, 0) == ["e"] * 6
    places = [place for place, byte in enumerate(data) if byte == ord("e")]
    assert rows.columns(0, places) == [rows.column_of(0, place) for place in places]


async def test_it_is_said_where_hits_over_many_lines_may_be_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = text_rows(b"a\nb\n" * 10)
    for pattern, told in ((r"(?s)a.*?b", "10 hits"), (r"(?s)a.*?c", "no hit"), ("[ab]", "20 hits")):
        finder = await finder_in(rows, Query(pattern, regex=True))
        assert LineFinder(finder, 0, seeks=False).told() == told
    monkeypatch.setattr(byte_search, "WHOLE", 10)
    word = " · long ones may be missed"
    for pattern, told in (
        (r"(?s)a.*?b", f"10+ hits{word}"),
        (r"(?s)a.*?c", f"no hit{word}"),
        ("[ab]", "20 hits"),
        (r"a\s+b", "10 hits"),
    ):
        finder = await finder_in(rows, Query(pattern, regex=True))
        assert LineFinder(finder, 0, seeks=False).told() == told
