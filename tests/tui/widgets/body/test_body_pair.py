from __future__ import annotations

import asyncio
from dataclasses import replace

from sonde_core.body import Body
from sonde_core.http.call import Call
from sonde_core.http_request import HttpRequest
from sonde_core.model import HttpResponse
from sonde_tui.widgets.answer.answer import Answer
from sonde_tui.widgets.body.body_pair import BodyPair
from sonde_tui.widgets.body.body_view import BodyView
from tests.histories import http
from tests.showing import Showing, drawn, until

SIZE = (60, 12)


class Arriving(Call):
    """A call of which a part of the answer is here."""

    def body(self) -> Body:
        return Body.of(b"one\ntw", media_type="text/plain")


def whole(data: bytes) -> Answer:
    body = Body.of(data, media_type="text/plain")
    return Answer(exchange=replace(http(), response=HttpResponse(200, body=body)))


async def test_one_of_both_is_seen_and_takes_the_focus_along() -> None:
    pair = BodyPair()
    app = Showing(pair)
    async with app.run_test(size=SIZE) as pilot:
        answer = whole(b"one\ntwo\n")
        pair.show_whole(answer)
        pair.view.rows.focus()
        await pilot.pause()
        left = await pair.begin_left()
        left.show(Body.of(b"only two\n"), label="filtered two")
        await pilot.pause()
        assert "only two" in drawn(app)
        assert "one" not in drawn(app)
        assert left.rows.has_focus
        pair.show_whole(answer)
        await pilot.pause()
        assert pair.shows_whole
        assert "one" in drawn(app)
        assert pair.view.rows.has_focus


async def test_what_arrived_unseen_is_there_afterwards() -> None:
    pair = BodyPair()
    app = Showing(pair)
    async with app.run_test(size=SIZE) as pilot:
        call = Arriving(HttpRequest(url="http://127.0.0.1:1/"))
        call.head = HttpResponse(200)
        pair.show_whole(Answer(call=call))
        await pair.begin_left()
        answer = whole(b"one\ntwo\nthree\n")
        pair.end_whole(answer)
        assert not pair.shows_whole
        pair.show_whole(answer)
        await until(pilot, lambda: "three" in drawn(app))


async def test_words_stand_in_the_place_of_both() -> None:
    pair = BodyPair()
    app = Showing(pair)
    async with app.run_test(size=SIZE) as pilot:
        (await pair.begin_left()).show(Body.of(b"left\n"))
        pair.say("No answer came.")
        await pilot.pause()
        assert "No answer came." in drawn(app)
        assert "left" not in drawn(app)


async def test_all_who_begin_at_once_and_after_one_who_gave_up_get_the_same_view() -> None:
    pair = BodyPair()
    async with Showing(pair).run_test(size=SIZE):
        given_up = asyncio.ensure_future(pair.begin_left())
        await asyncio.sleep(0)
        given_up.cancel()
        first, second = await asyncio.gather(pair.begin_left(), pair.begin_left())
        assert given_up.cancelled()
        assert first is second is pair.view
        assert len(pair.query(BodyView)) == 2
