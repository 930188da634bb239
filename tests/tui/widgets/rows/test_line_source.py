from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.text import Text
from textual.content import Content

from sonde_core.body import Body
from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.safetext import SafeText
from sonde_core.text.folds import Fold, Folds, Hidden
from sonde_core.text.line_index import LineIndex
from sonde_tui.widgets.body.body_source import FactRows, HexRows, TextRows
from sonde_tui.widgets.body.text_rows import Turned
from sonde_tui.widgets.rows.line_source import Line, LineSource, TextLines
from sonde_tui.widgets.transcript.transcript_rows import TranscriptRows


class Timed(LineSource):
    gutter = 5

    @property
    def count(self) -> int:
        return 2

    def line(self, row: int) -> Line:
        return [(SafeText("0.01 "), "time"), (SafeText("words 0.01"), "")]


def test_the_gutter_is_no_text() -> None:
    assert Timed().text(0) == "words 0.01"


def test_rows_of_content_and_of_rich_text_have_text_too() -> None:
    class Mixed(Timed):
        def line(self, row: int) -> Line:
            return Content("0.01 content") if row else Text("0.01 rich")

    assert [Mixed().text(0), Mixed().text(1)] == ["rich", "content"]


def test_lines_of_text_are_made_safe() -> None:
    source = TextLines(["\x1b[31mred", SafeText("safe already")])
    assert source.text(0) == "␛[31mred"
    assert source.text(1) == "safe already"


def test_a_line_is_styled_by_its_text() -> None:
    source = TextLines(["+ new"], style_of=lambda text: "key" if text.startswith("+") else "")
    assert source.line(0) == [("+ new", "key")]


# the caret, in any source

Place = tuple[int, int]


def between(source: LineSource, first: Place, last: Place) -> bytes:
    found = source.selected(*first, *last)
    return found if isinstance(found, bytes) else found.read()


def walk(source: LineSource, place: Place, by: int) -> list[Place]:
    """Return the places that are come to, until nothing moves any more."""
    places = [place]
    while (after := source.stepped(*places[-1], by)) != places[-1]:
        assert (after > places[-1]) == (by > 0)
        places.append(after)
        assert len(places) < 2000
    return places


def pieces(source: LineSource, places: Sequence[Place]) -> list[bytes]:
    """Return what each step adds."""
    return [between(source, *pair) for pair in pairwise(places)]


def text(data: bytes, codec: str = "utf-8", *, raw: bool = True, width: int = 0) -> TextRows:
    rows = TextRows(LineIndex(data, codec=codec), "text", codec, raw=raw)
    rows.wrap(width)
    while not rows.build(1.0):
        pass
    return rows


def said(timeline: Sequence[Moment], width: int = 0) -> TranscriptRows:
    rows = TranscriptRows(timeline, width=width)
    while not rows.build(1.0):
        pass
    return rows


def chunks(*data: bytes) -> list[Moment]:
    made: list[Moment] = [Event(0.0, EventKind.CONNECTED, "connected")]
    for number, each in enumerate(data):
        made.append(Chunk(1.0, Direction.SENT if number % 2 else Direction.RECEIVED, each))
        made += [Event(1.5, EventKind.NOTE, "note")] * (number % 3 == 1)
    return made


def start_of(rows: TranscriptRows) -> Place:
    """Return the place before the first byte."""
    events = (row for row in range(rows.count) if isinstance(rows.moment_of(row), Chunk))
    row = next(events)
    return row, rows.begins(row)


@given(st.binary(min_size=1, max_size=80), st.data())
def test_in_hex_so_many_presses_select_so_many_bytes(data: bytes, draw: st.DataObject) -> None:
    rows = HexRows(Body.of(data))
    start = draw.draw(st.integers(0, len(data)))
    row = rows.row_at(start)
    place = (row, rows.column_of(row, start))
    for number, there in enumerate(walk(rows, place, 1)):
        assert between(rows, place, there) == data[start : start + number]
    back = walk(rows, place, -1)
    assert len(back) == start + 1
    for number, there in enumerate(back):
        assert between(rows, there, place) == data[start - number : start]


def test_below_the_facts_of_a_picture_the_caret_goes_through_its_bytes() -> None:
    data = bytes(range(40))
    rows = FactRows(Body.of(data), "binary")
    places = walk(rows, (4, rows.gutter), 1)
    assert pieces(rows, places) == [bytes([byte]) for byte in data]
    assert walk(rows, places[-1], -1) == places[::-1]
    facts = walk(rows, (0, rows.gutter), 1)
    assert facts[-1] == places[-1]
    assert len(facts) > 40 + len("sha256" * 4)


TEXT = st.text(alphabet="ab\t\x00\x1b\x9b漢é\r\n🙂\u0301\u202e\ufeff", max_size=40)
CODECS = st.sampled_from(["utf-8", "cp1252", "utf-16-le", "cp932"])


@given(
    chars=TEXT,
    codec=CODECS,
    width=st.sampled_from([0, 8]),
    raw=st.booleans(),
    odd=st.binary(max_size=3),
)
@example(chars="\n\r", codec="utf-8", width=8, raw=True, odd=b"")
def test_in_text_a_press_is_a_character(
    chars: str, codec: str, width: int, raw: bool, odd: bytes
) -> None:
    data = chars.encode(codec, "ignore") + odd
    rows = text(data, codec, raw=raw, width=width)
    if not rows.count:
        return
    places = walk(rows, (0, 0), 1)
    shown = data[rows.byte_at(0, 0) :]
    steps = pieces(rows, places)
    assert b"".join(steps) == shown
    assert all(steps)
    if raw and codec != "cp932":
        errors = "surrogateescape" if codec != "utf-16-le" else "surrogatepass"
        if codec != "utf-16-le" or len(data) % 2 == 0:
            assert len(steps) == len(shown.decode(codec, errors))
    assert pieces(rows, walk(rows, places[-1], -1)[::-1]) == steps


@pytest.mark.parametrize(
    "char", ["\x9b", "\x00", "\u202e", "\t", "漢", "\u0301", "🙂", "\n", "\r\n", "x"]
)
def test_a_stand_in_is_one_press(char: str) -> None:
    rows = text(f"a{char}b".encode(), raw=False)
    places = walk(rows, (0, 0), 1)
    assert pieces(rows, places) == [b"a", char.encode(), b"b"]


def test_a_fold_is_one_press_and_copies_what_is_inside() -> None:
    data = b"[\n  1,\n  2\n]\n"
    rows = text(data, raw=False)
    rows.fold(Turned(Folds(rows.cuts.whole, Hidden([Fold(1, 11, 2)])), 1, 0))
    places = walk(rows, (0, 0), 1)
    assert pieces(rows, places) == [b"[", data[1:11], b"]", b"\n"]
    assert walk(rows, places[-1], -1) == places[::-1]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.sampled_from([8, 16]))
def test_in_a_conversation_in_hex_a_press_is_a_byte(data: list[bytes], width: int) -> None:
    rows, whole = said(chunks(*data), width), b"".join(data)
    if not data[0]:
        return
    places = walk(rows, start_of(rows), 1)
    assert len(places) == len(whole) + 1
    for number, there in enumerate(places):
        assert between(rows, places[0], there) == whole[:number]
    assert walk(rows, places[-1], -1) == places[::-1]


def test_a_conversation_is_walked_by_characters_over_rows_chunks_and_events() -> None:
    rows = said(chunks("a\xff\tb\r\n".encode("latin1"), "漢\x1b".encode(), b"", b"\xe4\xb8", b"\n"))
    places = walk(rows, start_of(rows), 1)
    wanted = [b"a", b"\xff", b"\t", b"b", b"\r", b"\n", "漢".encode(), b"\x1b"]
    assert pieces(rows, places) == [*wanted, b"\xe4", b"\xb8", b"\n"]
    assert walk(rows, places[-1], -1) == places[::-1]


@given(st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=5))
def test_steps_through_a_conversation_give_all_of_it(data: list[bytes]) -> None:
    rows = said(chunks(*data))
    places = walk(rows, start_of(rows), 1)
    steps = pieces(rows, places)
    assert b"".join(steps) == b"".join(data)
    assert all(steps)
    assert walk(rows, places[-1], -1) == places[::-1]


def test_the_words_of_an_event_are_walked_by_characters() -> None:
    rows = said(chunks(b"a"))
    places = walk(rows, (0, rows.gutter), 1)
    words = len("connected")
    assert between(rows, places[0], places[words]) == b"connected"
    assert between(rows, places[0], places[words + 1]) == b"connected\n"
    assert between(rows, places[0], places[words + 2]) == b"a"


@pytest.mark.parametrize("width", [0, 16])
def test_an_end_of_a_row_is_the_start_of_the_next_one(width: int) -> None:
    rows = said(chunks(bytes(range(0x40, 0x60)), b"more"), width)
    row, column = start_of(rows)
    far = (row, 999)
    begin = (row, column)
    assert len(between(rows, begin, rows.stepped(*far, 1))) == (17 if width else 33)
    assert len(between(rows, begin, rows.stepped(*far, -1))) == (15 if width else 31)
