from __future__ import annotations

from rich.color import Color
from textual.strip import Strip

from sonde_core.body import Body
from sonde_core.pictures.picture import Picture
from sonde_tui.widgets.body.picture_rows import FACTS, PictureRows

RED, BLUE = (255, 0, 0), (0, 0, 255)
CELLS = (((RED, BLUE), (RED, BLUE), (BLUE, RED)), ((RED, None),) * 3)
BODY = Body.of(b"x" * 1200, media_type="image/gif\x1b")


def rows(*, coloured: bool = True, frames: int = 1) -> PictureRows:
    return PictureRows(BODY, Picture(300, 200, "GIF", frames, CELLS), coloured=coloured)


def test_facts_stand_above_the_picture() -> None:
    told = [rows(frames=7).text(row) for row in range(FACTS)]
    assert told == [
        "type      image/gif␛",
        "size      1.2 KB (1,200 bytes)",
        "picture   GIF, 300 x 200 pixels, the first of 7 frames",
        "",
    ]
    assert rows().count == FACTS + len(CELLS)


def test_a_cell_has_two_colours_one_above_the_other() -> None:
    drawn = rows().line(FACTS)
    assert isinstance(drawn, Strip)
    assert drawn.text == "▀▀▀"
    looks = [(text, style.color, style.bgcolor) for text, style, _ in drawn if style]
    red, blue = Color.from_rgb(*RED), Color.from_rgb(*BLUE)
    assert looks == [("▀▀", red, blue), ("▀", blue, red)]


def test_below_an_odd_last_row_there_is_nothing() -> None:
    drawn = rows().line(FACTS + 1)
    assert isinstance(drawn, Strip)
    assert [style.bgcolor for _, style, _ in drawn if style] == [None]


def test_without_colours_signs_stand_for_them() -> None:
    drawn = rows(coloured=False).line(FACTS)
    assert drawn == [(Picture(cells=CELLS).greys[0], "")]


def test_the_picture_itself_is_neither_found_nor_copied() -> None:
    assert rows().text(FACTS) == ""
