import pytest
from rich.segment import ControlType, Segment
from textual.color import Color
from textual.widgets import Static

from sonde_tui.widgets.safe_filter import STAND_IN, SafeFilter
from tests.showing import Showing, drawn

BLACK = Color(0, 0, 0)


@pytest.mark.parametrize(
    "obeyed",
    ["\x1b", "\x07", "\n", "\t", "\x7f", "\x9b", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028"],
)
def test_what_a_terminal_obeys_is_replaced(obeyed: str) -> None:
    found = SafeFilter().apply([Segment(f"a{obeyed}b")], BLACK)
    assert [segment.text for segment in found] == [f"a{STAND_IN}b"]


def test_harmless_segments_are_the_same_ones() -> None:
    segments = [Segment("plain ä 漢 🙂"), Segment("│")]
    assert SafeFilter().apply(segments, BLACK) is segments


def test_our_own_control_segments_pass() -> None:
    control = Segment("\x1b[2J", None, [(ControlType.CLEAR,)])
    assert SafeFilter().apply([control], BLACK) == [control]


async def test_no_widget_gets_an_escape_past_it() -> None:
    app = Showing(Static("\x1b]52;c;b3duZWQ=\x07", markup=False), SafeFilter())
    async with app.run_test():
        assert "\x1b" not in drawn(app)
        assert "]52;c;" in drawn(app)
