from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, MouseMove, Paste
from textual.message import Message

from sonde_tui import terminal_input
from sonde_tui.terminal_input import GRACE, LULL, TerminalInput

START, END = b"\x1b[200~", b"\x1b[201~"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def told(events: Iterable[Message]) -> list[str | tuple[str, str]]:
    """Return keys by name and pastes with their text; of what else comes, the kind."""
    return [
        event.key
        if isinstance(event, Key)
        else ("paste", event.text)
        if isinstance(event, Paste)
        else type(event).__name__
        for event in events
    ]


def fed(*reads: bytes) -> list[str | tuple[str, str]]:
    terminal = TerminalInput()
    return [event for read in reads for event in told(terminal.feed(read))]


HOSTILE = [
    "a\x1bb",
    "\x1b",
    "\x1b\x1b",
    "a\x1b[Ab\r\x1bOP",
    "\x00a\x00",
    "a\x1b[200~b",
    "\x1b[20\x1b[201",
    "\x1b[<0;1;1M\x1b[I",
    "one\rtwo\nthree",
    "é\u2028€\U0001f600\x9b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_paste_is_one_event_with_just_its_characters_however_it_is_cut(text: str) -> None:
    data = b"x" + START + text.encode() + END + b"y"
    wanted = ["x", ("paste", text), "y"]
    assert fed(data) == wanted
    assert fed(*(data[n : n + 1] for n in range(len(data)))) == wanted
    for at in range(len(data)):
        assert fed(data[:at], data[at:]) == wanted


@given(st.text(), st.lists(st.integers(0, 60), max_size=5))
def test_any_paste_comes_through(text: str, cuts: list[int]) -> None:
    text = text.replace(END.decode(), "")
    if not text or (text + END.decode()).find(END.decode()) < len(text):
        return
    data = START + text.encode() + END
    places = [0, *sorted(cuts), len(data)]
    reads = [data[begin:end] for begin, end in pairwise(places)]
    assert fed(*reads) == [("paste", text)]


def test_pastes_follow_each_other() -> None:
    assert fed(START + b"a" + END + START + END + START + b"b" + END) == [
        ("paste", "a"),
        ("paste", "b"),
    ]


def test_keys_and_the_mouse_are_read_as_before() -> None:
    assert fed(b"a\x1bOP\x1b[A\x1b[<35;5;6M\xc3\xa9") == ["a", "f1", "up", "MouseMove", "é"]


@pytest.mark.parametrize("data", [b"\xff", b"caf\xe9 ", b"\xc3(", b"\xed\xa0\x80", b"\xf8\x88"])
def test_what_is_no_text_stands_for_itself(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    assert fed(START + data + END) == [("paste", text)]
    assert "\ufffd" in [
        event.character for event in TerminalInput().feed(data + b"a") if isinstance(event, Key)
    ]


def test_a_character_that_stays_unfinished_is_given_up(clock: Clock) -> None:
    terminal = TerminalInput(clock=clock)
    assert told(terminal.feed(b"\xe9")) == []
    assert told(terminal.tick()) == []
    clock.now += GRACE
    (event,) = terminal.tick()
    assert isinstance(event, Key)
    assert event.character == "\ufffd"
    assert told(terminal.feed(b"\xa9")) != []


@pytest.mark.parametrize(
    "faulty", [b"\x1b[97;1:3u", b"\x1b[99999999u", b"\x1b[1:2;1u", b"\x1b[48;0;0;0;0t\x1b[<35;1;1M"]
)
def test_a_sequence_that_makes_no_sense_is_let_be(faulty: bytes) -> None:
    terminal = TerminalInput()
    assert told(terminal.feed(faulty + b"q"))[-1:] == ["q"]
    assert told(terminal.feed(START + b"a" + END)) == [("paste", "a")]


def test_the_mouse_keeps_its_measure_after_a_fault() -> None:
    terminal = TerminalInput()
    list(terminal.feed(b"\x1b[48;40;120;400;1200t\x1b[97;1:3u"))
    (event,) = terminal.feed(b"\x1b[<35;101;201M")
    assert isinstance(event, MouseMove)
    assert (event.x, event.y) == (10, 20)


@pytest.mark.parametrize("begun", ["ab\x1b[20", "a\rb", "\x1b"])
def test_a_paste_that_never_ends_is_given_as_text(clock: Clock, begun: str) -> None:
    terminal = TerminalInput(clock=clock)
    assert told(terminal.feed(START + begun.encode())) == []
    clock.now += LULL - 0.1
    assert told(terminal.tick()) == []
    clock.now += 0.1
    assert told(terminal.tick()) == [("paste", begun)]
    assert told(terminal.feed(b"q")) == ["q"]


@pytest.mark.parametrize(
    ("rest", "events"),
    [
        (b"b\rc" + END + b"q", [("paste", "b\rc"), "q"]),
        (END + b"q", ["q"]),
        (b"q", ["q"]),
        (b"\x1b[<35;5;6M" * 9, ["MouseMove"] * 9),
        (START + b"new" + END, [("paste", "new")]),
    ],
)
def test_what_comes_after_the_lull_is_told_apart(
    clock: Clock, rest: bytes, events: list[object]
) -> None:
    terminal = TerminalInput(clock=clock)
    list(terminal.feed(START + b"a"))
    clock.now += LULL
    list(terminal.tick())
    assert told(terminal.feed(rest)) == events


def test_much_that_comes_late_is_text_too(clock: Clock) -> None:
    terminal = TerminalInput(clock=clock)
    list(terminal.feed(START + b"a"))
    clock.now += LULL
    list(terminal.tick())
    assert told(terminal.feed(b"b\r" * 50)) == []
    assert told(terminal.feed(b"c" + END)) == [("paste", "b\r" * 50 + "c")]


def test_a_slow_line_does_not_end_a_paste(clock: Clock) -> None:
    terminal = TerminalInput(clock=clock)
    events: list[object] = []
    for byte in START + b"a\rb" + END:
        assert told(terminal.tick()) == []
        events += told(terminal.feed(bytes([byte])))
        clock.now += GRACE - 0.1 if byte != 0x1B else 0  # an escape alone is a key soon
    assert events == [("paste", "a\rb")]


def test_a_paste_without_bound_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_input, "LIMIT", 10)
    events = fed(START, b"0123456789ab\x1b[20", b"1x\r", b"0123456789", END, b"q")
    assert [event[0] for event in events] == ["paste"] * 2 + ["q"]
    assert "".join(event[1] for event in events[:-1]) == "0123456789ab\x1b[201x\r0123456789"


def test_escape_alone_is_a_key_after_a_moment() -> None:
    terminal = TerminalInput()
    keys = told(terminal.feed(b"\x1b"))
    assert keys == []
    while not keys:  # the parser asks a clock of its own
        keys = told(terminal.tick())
    assert keys == ["escape"]


def test_a_sequence_that_has_begun_is_forgotten_but_a_paste_goes_on() -> None:
    terminal = TerminalInput()
    list(terminal.feed(b"\x1b[20"))
    terminal.forget()
    assert told(terminal.feed(b"0~q")) == ["0", "tilde", "q"]
    list(terminal.feed(START + b"a"))
    terminal.forget()
    assert told(terminal.feed(b"b" + END)) == [("paste", "ab")]
