from dataclasses import replace

from textual.pilot import Pilot
from textual.widgets import Input

from sonde_core.body import Body
from sonde_core.http import Call
from sonde_core.model import HttpRequest, HttpResponse
from sonde_tui.widgets.answer import Answer
from sonde_tui.widgets.answer_body import AnswerBody
from tests.histories import http
from tests.showing import Showing, drawn, until

SIZE = (100, 20)


def answer(data: bytes) -> Answer:
    body = Body.of(data, media_type="application/json")
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
        assert (found[0].read(), found[1]) == (b"Python HTTP", 'picked data["description"]')


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
