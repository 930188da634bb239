from rich.text import Text
from textual.content import Content

from sonde_core.safetext import SafeText
from sonde_tui.widgets.rows.line_source import Line, LineSource, TextLines


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
