import time

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.content import Content
from textual.strip import Strip
from textual.style import Style as VisualStyle

from sonde_core.safetext import SafeText
from sonde_tui.widgets.rows.line_source import Line
from sonde_tui.widgets.rows.line_strips import fitted, paint, strip_of, with_offsets

PLAIN = Style()
RED = Style(color="red")


def strip(line: Line) -> Strip:
    return strip_of(line, lambda name: RED if name else PLAIN, VisualStyle())


def parts(*texts: str) -> Line:
    return [(SafeText(text), "") for text in texts]


def test_tabs_are_drawn_up_to_the_next_stop() -> None:
    assert strip(parts("a\tb\tc")).text == "a   b   c"
    assert strip(parts("abc", "d\te")).text == "abcd    e"


def test_a_line_feed_never_breaks_a_row() -> None:
    assert strip(parts("a\nb")).text == "a␊b"


def test_content_and_rich_text_become_strips_too() -> None:
    assert strip(Content("a\tb")).text == "a   b"
    assert strip(Text("rich")).text == "rich"


def test_paint_covers_exactly_the_characters_named() -> None:
    painted = paint(Strip([Segment("abc", PLAIN), Segment("def", PLAIN)]), [(2, 4, RED)])
    assert painted.text == "abcdef"
    assert "".join(s.text for s in painted if s.style == RED) == "cd"


def test_painting_over_paint_lets_the_last_one_win() -> None:
    bold = Style(color="blue")
    painted = paint(Strip([Segment("abcdef", PLAIN)]), [(0, 6, RED), (2, 4, bold)])
    assert [(s.text, s.style) for s in painted] == [("ab", RED), ("cd", RED + bold), ("ef", RED)]


def test_a_row_that_goes_on_says_so_in_its_last_cell() -> None:
    whole = strip(parts("0123456789"))
    assert fitted(whole, 0, 5, PLAIN, RED).text == "0123›"
    assert fitted(whole, 5, 5, PLAIN, RED).text == "56789"
    assert fitted(whole, 8, 5, PLAIN, RED).text == "89   "


def test_wide_characters_are_cut_to_cells() -> None:
    whole = strip(parts("漢字漢字"))
    assert fitted(whole, 0, 5, PLAIN, RED).cell_length == 5
    assert fitted(whole, 1, 3, PLAIN, RED).cell_length == 3


def test_offsets_count_characters_from_the_left_edge_of_the_view() -> None:
    whole = strip(parts("漢字abc"))
    shown = with_offsets(whole.crop(4, 7), 3, 4, whole)
    assert [s.style.meta["offset"] for s in shown if s.style] == [(2, 3)]


def test_thousands_of_spans_are_painted_in_one_walk() -> None:
    text = "ab" * 2048
    strip = Strip([Segment(text[:1000]), Segment(text[1000:])])
    hit, over = Style(bold=True), Style(italic=True)
    spans = [(place, place + 1, hit) for place in range(0, len(text), 2)]
    begun = time.process_time()
    painted = paint(strip, [*spans, (10, 20, over)])
    assert time.process_time() - begun < 1
    assert painted.text == text
    looks = [segment.style for segment in painted for _ in segment.text]
    assert [bool(look and look.bold) for look in looks[:4]] == [True, False, True, False]
    assert all(look is not None and look.italic for look in looks[10:20])
    assert looks[10] == hit + over
