from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.widgets import Input, Static

from sonde_core.body import Body
from sonde_core.http.call import Call
from sonde_core.http_request import HttpRequest
from sonde_core.model import HttpResponse
from sonde_tui.widgets.answer.answer import Answer
from sonde_tui.widgets.answer.answer_body import (
    EMPTY_TEXT,
    FILTERING,
    NOT_JSON,
    NOT_WHOLE,
    NOT_YET,
    NOTHING,
    AnswerBody,
)
from tests.histories import http
from tests.showing import Showing, drawn, until

SIZE = (100, 20)


def answer(data: bytes, media_type: str = "application/json") -> Answer:
    body = Body.of(data, media_type=media_type)
    return Answer(exchange=replace(http(), response=HttpResponse(200, body=body)))


async def settled(pilot: Pilot[None]) -> None:
    """Wait for all that is done beside the loop; what is cancelled is done, too."""
    await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers))


async def pick(pilot: Pilot[None], view: AnswerBody, path: str) -> None:
    view.pick()
    view.query_one("#pick", Input).value = path
    await pilot.pause()
    await settled(pilot)


async def test_a_path_as_a_program_writes_it_picks_the_same() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"description": "Python HTTP"}'))
        await pick(pilot, view, 'data["description"]')
        assert "\nPython HTTP" in drawn(app)
        found = view.at_hand()
        assert found is not None
        assert (found[0].read(), found[1]) == (b"Python HTTP", 'filtered data["description"]')


async def test_a_text_in_double_quotes_that_finds_nothing_is_explained() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"list": [{"name": "user 5"}]}'))
        await pick(pilot, view, 'list[?name == "user 5"]')
        told = "In JMESPath \"user 5\" is a name; a text stands in single quotes: 'user 5'."
        assert note(view) == (told, True)
        await pick(pilot, view, "list[?name == 'user 5']")
        assert note(view) == ("", False)


async def test_an_empty_text_is_not_taken_for_an_empty_body() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"a": "", "b": "two"}'))
        await pick(pilot, view, "a")
        assert EMPTY_TEXT in drawn(app)
        assert "The body is empty" not in drawn(app)
        await pick(pilot, view, "b")
        assert "\ntwo" in drawn(app)


async def test_a_large_body_is_picked_from_too() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"pad": "' + b"x" * (2 << 20) + b'", "a": {"b": "found"}}'))
        await pick(pilot, view, "a.b")
        assert "\nfound" in drawn(app)


async def test_only_the_last_of_quickly_typed_paths_is_shown() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"pad": "' + b"x" * (2 << 20) + b'", "a": "one", "b": "two"}'))
        view.pick()
        for path in ("a", "", "b"):
            view.query_one("#pick", Input).value = path
            await pilot.pause()
        await settled(pilot)
        assert "\ntwo" in drawn(app)


async def test_what_is_no_json_says_where_it_breaks_off() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"a": '))
        await pick(pilot, view, "a")
        assert "Not valid JSON" in drawn(app).splitlines()[1]


async def test_a_path_waits_for_an_answer_that_is_arriving() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"a": "first"}'))
        await pick(pilot, view, "a")
        view.fill(Answer(call=Call(HttpRequest(url="http://127.0.0.1/"))))
        await settled(pilot)
        assert "Nothing of the body is here yet." in drawn(app)
        assert view.at_hand() is None
        view.fill(answer(b'{"a": "second"}'))
        await settled(pilot)
        assert "\nsecond" in drawn(app)


def note(view: AnswerBody) -> tuple[str, bool]:
    """What the bar says under the path, and whether as a complaint."""
    found = view.bar.query_one("#pick-note", Static)
    return (str(found.content) if found.display else "", found.has_class("-failed"))


async def test_an_error_is_gone_with_the_answer_it_is_about() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"a": 1}'))
        await pick(pilot, view, "b")
        assert "There is no 'b'" in note(view)[0]
        call = Call(HttpRequest(url="http://127.0.0.1:1/"))
        view.fill(Answer(call=call))
        assert note(view) == ("", False)
        call.head = HttpResponse(200)
        view.fill(Answer(call=call))
        await settled(pilot)
        assert note(view) == ("", False)
        view.fill(answer(b'{"b": "two"}'))
        await settled(pilot)
        assert note(view) == ("", False)
        assert "\ntwo" in drawn(app)


async def test_a_body_that_is_no_json_is_shown_whole_without_complaint() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"a": "one"}'))
        await pick(pilot, view, "a")
        view.fill(answer(b"<p>a page</p>", "text/html"))
        await settled(pilot)
        assert note(view) == (NOT_JSON, False)
        assert "<p>a page</p>" in drawn(app)
        view.fill(answer(b'{"a": "again"}', "application/x-thing"))
        await settled(pilot)
        assert note(view) == ("", False)
        assert "\nagain" in drawn(app)


async def test_nothing_is_picked_from_a_part_of_a_body() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        body = Body.of(b'{"a": "one", ').described(
            media_type="application/json", complete=False, cut="cancel"
        )
        view.fill(Answer(exchange=replace(http(), response=HttpResponse(200, body=body))))
        await pick(pilot, view, "a")
        assert note(view) == (NOT_WHOLE, False)
        assert '"a": "one",' in drawn(app)


async def test_filtering_that_takes_long_is_told() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"pad": [' + b"1.50," * (3 << 18) + b'1], "a": "one"}'))
        view.pick()
        view.query_one("#pick", Input).value = "length(a)"
        await until(pilot, lambda: note(view) == (FILTERING, False))
        await settled(pilot)
        assert note(view) == ("", False)
        assert "\n3" in drawn(app)


LINES = b'{"n": 1, "t": "a"}\n{"n": null, "t": "b"}\nrubbish\n{"n": 3, "t": "a"}\n'


async def test_lines_are_filtered_and_counted() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(LINES, "application/x-ndjson"))
        await pick(pilot, view, "n")
        assert note(view) == ("2 of 4 lines · 1 no JSON", False)
        assert "\n1\n3\n" in drawn(app)
        await pick(pilot, view, "nope")
        assert note(view) == (
            "0 of 4 lines · 1 no JSON · "
            "In the first: There is no 'nope' at the top. There are n, t.",
            True,
        )
        assert "\n1\n3\n" in drawn(app)  # what was found last stays while more is typed
        await pick(pilot, view, "t == 'b'")
        assert '\n{"n": null, "t": "b"}\n' in drawn(app)
        found = view.at_hand()
        assert found is not None
        assert found[0].read() == b'{"n": null, "t": "b"}\n'
        await pick(pilot, view, "/nothing")
        assert NOTHING in drawn(app)


async def test_text_is_filtered_by_words_only() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b"one\ntwo\nONE\n", "text/plain"))
        await pick(pilot, view, "o")
        assert note(view) == (NOT_JSON, False)
        await pick(pilot, view, "/one")
        assert note(view) == ("2 of 3 lines", False)
        assert "\none\nONE" in drawn(app)
        await pick(pilot, view, "o")
        assert note(view) == (NOT_JSON, False)


async def test_a_filter_reads_in_the_charset_that_was_chosen() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer("жил\nдым\n".encode("koi8-r"), "text/plain; charset=windows-1251"))
        await settled(pilot)
        looks = view.view._looks
        assert looks is not None
        view.view._read_as(looks, "koi8-r")
        await pick(pilot, view, "/дым")
        assert note(view) == ("1 of 2 lines", False)
        assert "\nдым" in drawn(app)


class Streaming(Call):
    """A call whose answer comes as the test wants it."""

    def __init__(self, media_type: str) -> None:
        super().__init__(HttpRequest(url="http://127.0.0.1:1/"))
        self.head = HttpResponse(200)
        self.data = b""
        self._media_type = media_type

    def body(self) -> Body:
        return Body.of(self.data, media_type=self._media_type)


async def test_events_are_filtered_while_they_arrive() -> None:
    view = AnswerBody()
    app = Showing(view)
    call = Streaming("text/event-stream")
    async with app.run_test(size=SIZE) as pilot:

        def came(data: bytes) -> None:
            call.data += data
            view.fill(arriving)

        arriving = Answer(call=call)
        view.fill(arriving)
        view.pick()
        view.query_one("#pick", Input).value = "n"
        came(b'id: 1\ndata: {"n": 41}\n\ndata: {"m": 1}\n\n')
        await until(pilot, lambda: note(view) == ("1 of 2 events", False))
        await until(pilot, lambda: "41" in drawn(app))
        came(b'data: {"n": 42}\n\ndata: {"n"')
        await until(pilot, lambda: note(view) == ("2 of 3 events", False))
        await until(pilot, lambda: "42" in drawn(app))
        assert '"m"' not in drawn(app)
        await pilot.press("enter")
        call.data += b": 43}\n\n"
        view.fill(answer(call.data, "text/event-stream"))
        await settled(pilot)
        assert note(view) == ("3 of 4 events", False)
        assert "43" in drawn(app)
        await pilot.press("escape")
        await settled(pilot)
        assert '"m"' in drawn(app)


async def test_a_document_that_arrives_is_filtered_when_it_is_here() -> None:
    view = AnswerBody()
    app = Showing(view)
    call = Streaming("application/json")
    async with app.run_test(size=SIZE) as pilot:
        arriving = Answer(call=call)
        for data in (b'{"a": [1,', b" 2], "):
            call.data += data
            view.fill(arriving)
            view.pick()
            view.query_one("#pick", Input).value = "a[1]"
            await until(pilot, lambda: note(view) == (NOT_YET, False))
            assert '"a"' in drawn(app)
        view.fill(answer(call.data + b'"b": 3}'))
        await settled(pilot)
        assert note(view) == ("", False)
        assert "\n2\n" in drawn(app)


async def test_the_whole_body_keeps_its_place() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        rows = ", ".join(str(number) for number in range(1000, 1200))
        view.fill(answer(f'{{"rows": [{rows}]}}'.encode()))
        await until(pilot, lambda: view.rows.source.count > 200)
        view.rows.go_to(150)
        await pilot.pause()
        place = drawn(app)
        await pick(pilot, view, "rows[0]")
        assert "1149" not in drawn(app)
        await pilot.press("enter", "escape")
        await settled(pilot)
        assert view.rows.has_focus
        assert drawn(app).splitlines()[1:] == place.splitlines()[1:]


async def test_whole_or_filtered_the_mode_is_the_same() -> None:
    view = AnswerBody()
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"a": "one", "b": "two"}'))
        await pick(pilot, view, "a")
        view.view.choose("hex")
        assert "6f 6e 65" in drawn(app)
        await pilot.press("escape")
        await settled(pilot)
        assert view.view.mode == "hex"
        assert "74 77 6f" in drawn(app)
        await pick(pilot, view, "b")
        assert "6f 6e 65" not in drawn(app)
        assert "74 77 6f" in drawn(app)


class Around(Showing):
    """Hears the keys that the body leaves to what is around it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, view: AnswerBody) -> None:
        super().__init__(view)
        self.cancelled = 0

    def action_cancel(self) -> None:
        self.cancelled += 1


async def test_escape_in_the_body_first_drops_the_pick() -> None:
    view = AnswerBody()
    app = Around(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"a": "picked", "b": "left out"}'))
        view.pick()
        await pilot.press("a", "enter")
        await settled(pilot)
        assert view.rows.has_focus
        assert "left out" not in drawn(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "left out" in drawn(app)
        assert view.bar.text == ""
        assert view.rows.has_focus
        assert app.cancelled == 0
        await pilot.press("escape")
        assert app.cancelled == 1


async def test_escape_in_a_body_that_arrives_is_left_to_cancel_it() -> None:
    view = AnswerBody()
    app = Around(view)
    async with app.run_test(size=SIZE) as pilot:
        view.fill(answer(b'{"a": "picked"}'))
        view.pick()
        await pilot.press("a", "enter")
        view.fill(Answer(call=Call(HttpRequest(url="http://127.0.0.1/"))))
        await pilot.press("escape")
        assert app.cancelled == 1
        assert view.bar.text == "a"
