import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from sonde_core import config
from sonde_core.body import Body
from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.http.call import Call
from sonde_core.http_request import HttpOptions, HttpRequest
from sonde_core.model import (
    Chunk,
    Direction,
    Event,
    EventKind,
    Exchange,
    HttpResponse,
    Outcome,
    Problem,
    State,
)
from sonde_core.practice.server import PracticeServer
from sonde_tui.services import Services
from sonde_tui.widgets.answer.response_view import PANES, ResponseView
from sonde_tui.widgets.rows.line_view import LineView
from sonde_tui.widgets.status_line import ProblemPanel
from tests.histories import http
from tests.showing import Showing, colours, drawn, until

SIZE = (100, 30)
SECRET = b"GET / HTTP/1.1\r\nAuthorization: Bearer secret\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\nX-Odd:  spaced\r\n\r\nhello"


@pytest.fixture
def view(tmp_path: Path) -> ResponseView:
    history = History(tmp_path / "history.json")
    services = Services(Exchanger(history), history, config.read(tmp_path / "config.toml"))
    return ResponseView(services)


def answered(data: bytes, media_type: str = "application/json") -> Exchange:
    """An answer with secrets in its request, on the wire and in a cookie."""
    headers = (("Content-Type", media_type), ("Set-Cookie", "sid=secret"))
    response = HttpResponse(200, "OK", headers=headers, body=Body.of(data, media_type=media_type))
    timeline = (
        Event(0.0, EventKind.CONNECTED, "connected to 127.0.0.1:80"),
        Chunk(0.1, Direction.SENT, SECRET),
        Chunk(0.2, Direction.RECEIVED, PLAIN),
    )
    return replace(http(), response=response, timeline=timeline, received=len(PLAIN))


def broken(*, received: bytes = b"") -> Exchange:
    """An exchange that failed, with or without bytes of something."""
    chunks = (Chunk(0.1, Direction.RECEIVED, received),) if received else ()
    problem = Problem("receive", "protocol", "What came is no HTTP.", "See the wire.")
    return replace(
        http(),
        outcome=Outcome.FAILED,
        problem=problem,
        response=None,
        timeline=chunks,
        received=len(received),
    )


async def settled(pilot: Pilot[None]) -> None:
    """Wait for all that is done beside the loop; what is cancelled is done, too."""
    await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers))


async def perform(
    pilot: Pilot[None], view: ResponseView, url: str, options: HttpOptions | None = None
) -> Exchange:
    """Send a request and show it as a tab does."""
    call = Call(HttpRequest(url=url, options=options or HttpOptions()))
    view.begin(call)
    running = asyncio.ensure_future(call.run())
    while not running.done():
        view.progress(call.state.value)
        await pilot.pause(1 / 60)
    exchange = await running
    view.end(exchange)
    await settled(pilot)
    return exchange


async def test_before_anything_was_sent_it_says_what_to_do(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        assert "Nothing was sent yet." in drawn(app)
        await view.show("headers")
        view.reveal_changed()
        await settled(pilot)
        assert "Nothing was sent yet." in drawn(app)
        assert view.at_hand() is None


async def test_an_exchange_shows_its_outcome_and_its_body(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a": [1]}'))
        await settled(pilot)
        lines = drawn(app).splitlines()
        assert lines[0].startswith(" ✓ 200 OK")
        assert "application/json · 10 B" in drawn(app)
        assert '  "a": [' in drawn(app)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("h", "Content-Type: application/json"),
        ("t", "What happened:"),
        ("s", "No TLS: this was plain http."),
        ("w", "GET / HTTP/1.1"),
        ("c", "sid=***"),
        ("b", '"a": 1'),
    ],
)
async def test_a_letter_shows_a_view_and_enters_it(view: ResponseView, key: str, told: str) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a": 1}'))
        await settled(pilot)
        view.enter()
        await pilot.press(key)
        await settled(pilot)
        assert told in drawn(app)
        assert isinstance(app.focused, LineView)
        assert view.strip.active == next(pane.name for pane in PANES if pane.key == key)


async def test_the_strip_goes_through_the_views_and_into_them(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b"{}"))
        view.strip.focus()
        await pilot.press("right", "right")
        await settled(pilot)
        assert "What happened:" in drawn(app)
        assert app.focused is view.strip
        await pilot.press("enter")
        assert isinstance(app.focused, LineView)


async def test_views_asked_for_quickly_end_with_the_last_one(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a": 1}'))
        view.enter()
        await pilot.press("h", "t", "s", "w", "c", "w", "h")
        await settled(pilot)
        assert view.strip.active == "headers"
        assert "Content-Type: application/json" in drawn(app)


async def test_the_view_stays_for_the_next_answer(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b"{}"))
        await view.show("headers")
        view.end(answered(b"x", "text/plain"))
        await settled(pilot)
        assert "Content-Type: text/plain" in drawn(app)


async def test_secrets_are_masked_until_they_are_revealed(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b"{}"))
        for reveal in (False, True, False):
            view._services.reveal = reveal
            view.reveal_changed()
            for name in ("headers", "wire", "cookies"):
                await view.show(name)
                await settled(pilot)
                assert ("secret" in drawn(app)) is reveal, name


async def test_a_failure_with_bytes_shows_the_wire_and_the_hint(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(broken(received=b"220 smtp\r\n"))
        await settled(pilot)
        assert view.strip.active == "wire"
        assert "220 smtp" in drawn(app)
        assert "What came is no HTTP." in drawn(app)
        assert "See the wire." in drawn(app)
        view.end(answered(b'{"a": 1}'))
        await settled(pilot)
        assert view.strip.active == "body"
        assert not view.query_one(ProblemPanel).display


async def test_a_failure_without_bytes_says_that_nothing_came(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(broken())
        await settled(pilot)
        assert view.strip.active == "body"
        assert "No answer came." in drawn(app)
        assert view.at_hand() is None


async def test_what_cannot_be_sent_is_told_over_the_last_answer(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a": 1}'))
        await settled(pilot)
        view.refuse(Problem("request", "syntax", "There is no URL yet.", "Type one."))
        await pilot.pause()
        assert "There is no URL yet." in drawn(app)
        assert "Type one." in drawn(app)
        assert '"a": 1' in drawn(app)


# copying


async def test_the_copy_key_takes_the_body_as_received(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a":\x1b 1}'))
        await settled(pilot)
        view.enter()
        await pilot.press("y")
        await settled(pilot)
        assert app.copies == [(b'{"a":\x1b 1}', "body")]
        view.strip.focus()
        await pilot.press("y")
        await settled(pilot)
        assert len(app.copies) == 2


async def test_where_a_selection_is_begun_the_copy_key_takes_the_row_and_what_is_folded_in_it(
    view: ResponseView,
) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a": [1, {"b": 2}, "words that take a row of their own"], "c": 3}'))
        await settled(pilot)
        view.enter()
        await pilot.press("j", "z")
        await until(pilot, lambda: "rows ]" in drawn(app))
        await pilot.press("space", "y")
        await settled(pilot)
        [(copied, what)] = app.copies
        assert what == "row"
        assert copied.strip().startswith(b'"a": [\n')
        assert copied.endswith(b"],")
        assert b'"b": 2' in copied


async def test_the_copy_key_takes_the_header_under_the_cursor(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b"{}"))
        await view.show("headers")
        await pilot.press("j", "y")
        await settled(pilot)
        assert app.copies == [(b"Content-Type: application/json", "row")]


async def test_the_copy_key_takes_the_chunk_under_the_cursor(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b"{}"))
        await view.show("wire")
        await pilot.press("G", "y")
        await settled(pilot)
        assert app.copies == [(PLAIN, "chunk")]


async def test_nothing_is_copied_where_nothing_is(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b""))
        await settled(pilot)
        view.enter()
        await pilot.press("y")
        await settled(pilot)
        assert app.copies == []
        assert [told.message for told in app._notifications] == ["Nothing to copy here."]


async def test_a_body_that_is_not_kept_cannot_be_copied_and_says_so(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        exchange = answered(b"")
        assert exchange.response is not None
        lost = replace(exchange.response, body=Body.lost(99, "ab" * 32))
        view.end(replace(exchange, response=lost))
        await settled(pilot)
        assert "The 99 bytes of this body are not kept any more." in drawn(app)
        view.enter()
        await pilot.press("y")
        await settled(pilot)
        assert app.copies == []


# picking


async def pick(pilot: Pilot[None], view: ResponseView, path: str) -> None:
    """Type a path, a key after the other."""
    view.enter()
    await pilot.press("f")
    field = view.query_one("#pick", Input)
    field.value = ""
    for char in path:
        await pilot.press(char if char.isalnum() else {".": "full_stop"}[char])
    await settled(pilot)


async def test_a_path_picks_out_of_the_answer_and_escape_gives_it_back(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a": {"b": [10, 20]}, "c": "text"}'))
        await settled(pilot)
        await pick(pilot, view, "a.b")
        assert "filtered a.b" in drawn(app)
        assert "\n  20\n" in drawn(app)
        assert '"c"' not in drawn(app)
        await pilot.press("enter", "y")
        await settled(pilot)
        assert app.copies == [(b"[\n  10,\n  20\n]", "filtered a.b")]
        await pilot.press("f", "escape")
        await settled(pilot)
        assert '"c": "text"' in drawn(app)
        assert "filtered" not in drawn(app)
        assert isinstance(app.focused, LineView)


async def test_a_string_is_picked_as_its_text(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"description": "two\\nlines \\u001b[2J"}'))
        await settled(pilot)
        await pick(pilot, view, "description")
        assert "\ntwo\nlines ␛[2J" in drawn(app)


async def test_a_path_that_leads_nowhere_says_so_under_the_field(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a": 1}'))
        await settled(pilot)
        await pick(pilot, view, "x")
        assert "There is no 'x' at the top. There are a." in drawn(app)
        assert '"a": 1' in drawn(app)


async def test_the_next_answer_is_picked_from_with_the_same_path(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a": "first"}'))
        await settled(pilot)
        await pick(pilot, view, "a")
        assert "\nfirst\n" in drawn(app)
        view.end(answered(b'{"a": "second"}'))
        await settled(pilot)
        assert "\nsecond\n" in drawn(app)


async def test_the_next_answer_without_that_path_is_shown_whole(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        view.end(answered(b'{"a": "first"}'))
        await settled(pilot)
        await pick(pilot, view, "a")
        view.end(answered(b'{"b": "second"}'))
        await settled(pilot)
        assert "There is no 'a' at the top." in drawn(app)
        assert '"b": "second"' in drawn(app)
        assert "filtered" not in drawn(app)


# real calls


async def test_a_real_answer_is_pretty_and_coloured(
    view: ResponseView, practice: PracticeServer
) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        await perform(pilot, view, f"{practice.http}/users/7")
        assert '  "id": 7,' in drawn(app)
        assert colours(app, '"id"') != colours(app, "7")
        await view.show("headers")
        await pilot.pause()
        assert "Server: sonde-practice" in drawn(app)
        await view.show("timing")
        await pilot.pause()
        for phase in ("connect", "request", "wait", "receive"):
            assert re.search(rf"^{phase} .*█", drawn(app), re.MULTILINE), phase
        await view.show("wire")
        await pilot.pause()
        assert "GET /users/7 HTTP/1.1" in drawn(app)
        await pilot.press("x")
        await pilot.pause()
        assert "47 45 54 20" in drawn(app)


async def test_cookies_redirects_and_tls_of_a_real_answer(
    view: ResponseView, practice: PracticeServer
) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        options = HttpOptions(ca_file=practice.ca_file)
        await perform(pilot, view, f"{practice.https}/cookies/set?flavour=plain", options)
        assert '"flavour": "plain"' in drawn(app)
        await view.show("cookies")
        await pilot.pause()
        assert "302 Found" in drawn(app)
        assert "flavour=***" in drawn(app)
        await view.show("tls")
        await pilot.pause()
        assert "TLSv1." in drawn(app)
        assert "CN=sonde localhost" in drawn(app)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/broken/json", "Not valid JSON: line 1, column 15"),
        ("/hostile/deep", "levels deep"),
        ("/hostile/digits", '  "number": 7777777'),
        ("/gzip", '"coding": "gzip"'),
        ("/image/png", "PNG, "),
        ("/bytes/3000", "sha256"),
        ("/hostile/text", "title ␛]0;owned␇"),
        ("/broken/short", "cut short by the peer"),
        ("/broken/reset", "This answer ends before"),
        ("/broken/gzip", "The body's gzip coding breaks off before its end."),
        ("/broken/nothttp", "220 practice ESMTP: this is no HTTP"),
        ("/status/204", "The body is empty."),
    ],
)
async def test_whatever_comes_is_shown_with_what_is_to_be_known(
    view: ResponseView, practice: PracticeServer, path: str, told: str
) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        await perform(pilot, view, f"{practice.http}{path}")
        assert told in drawn(app)
        assert not set(drawn(app)) & {"\x1b", "\x07", "\x9b", "\u202e"}


async def test_an_endless_answer_grows_while_it_arrives(
    view: ResponseView, practice: PracticeServer
) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        call = Call(HttpRequest(url=f"{practice.http}/stream/1000000?interval=0.002"))
        view.begin(call)
        await settled(pilot)
        assert "Nothing of the body is here yet." in drawn(app)
        running = asyncio.ensure_future(call.run())
        while "line 3" not in drawn(app):
            view.progress(call.state.value)
            await pilot.pause(1 / 60)
        assert "so far" in drawn(app)
        while "line 40" not in drawn(app):
            view.body.rows.action_last_row()  # whoever is there is taken along
            view.progress(call.state.value)
            await pilot.pause(1 / 60)
        assert call.state is State.RECEIVING
        for name in ("headers", "timing", "wire"):
            await view.show(name)
            view.progress(call.state.value)
            await pilot.pause()
        call.cancel()
        view.end(await running)
        await settled(pilot)
        assert "cancelled" in drawn(app).splitlines()[0]
        await view.show("body")
        await pilot.pause()
        assert "so far" not in drawn(app)
        assert "cut when cancelled" in drawn(app)


async def test_a_closed_port_is_told_with_a_hint(view: ResponseView) -> None:
    app = Showing(view)
    async with app.run_test(size=SIZE) as pilot:
        exchange = await perform(pilot, view, "http://127.0.0.1:1/")
        assert exchange.problem is not None
        assert exchange.problem.text in drawn(app)
        assert exchange.problem.hint in drawn(app)
