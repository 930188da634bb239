from dataclasses import replace
from typing import Self

from textual.containers import Vertical
from textual.geometry import Region

from sonde_core.body import Body
from sonde_core.model import Exchange, HttpResponse, Outcome, Problem
from sonde_tui.widgets.status_line import ProblemPanel, StatusLine
from tests.histories import http
from tests.showing import Showing, drawn


async def shown(exchange: Exchange) -> tuple[str, StatusLine]:
    line = StatusLine("idle")
    app = Showing(line)
    async with app.run_test() as pilot:
        line.show_outcome(exchange)
        await pilot.pause()
        return drawn(app).strip(), line


async def test_an_answer_is_told_in_one_line() -> None:
    text, line = await shown(http(body=b"hello"))
    assert text.startswith("✓ 200 OK · ")
    assert "5 B" in text
    assert line.has_class("-done")


async def test_an_answer_of_400_or_more_is_no_success() -> None:
    text, line = await shown(http(status=404))
    assert text.startswith("✗ 404")
    assert line.has_class("-failed")


async def test_a_cut_body_is_no_success_though_its_status_is() -> None:
    cut = Body.of(b"hel").described(complete=False, cut="peer")
    exchange = replace(http(), outcome=Outcome.FAILED, response=HttpResponse(200, "OK", body=cut))
    _, line = await shown(exchange)
    assert line.has_class("-failed")


async def test_a_line_without_room_ends_with_a_sign_of_it() -> None:
    line = StatusLine()
    app = Showing(line)
    async with app.run_test(size=(20, 3)) as pilot:
        line.show_outcome(http(body=b"hello"))
        await pilot.pause()
        assert drawn(app).splitlines()[0].rstrip().endswith("…")


async def test_a_reason_from_the_peer_commands_nothing() -> None:
    response = HttpResponse(200, "\x1b]0;owned\x07[/]\u202e")
    text, _ = await shown(replace(http(), response=response))
    assert "␛]0;owned␇[/]‹U+202E›" in text


async def test_stages_replace_each_other() -> None:
    line = StatusLine()
    app = Showing(line)
    async with app.run_test() as pilot:
        line.show_running("connecting\x1b · 3 ms")
        await pilot.pause()
        assert drawn(app).strip() == "… connecting␛ · 3 ms"
        assert line.has_class("-running")
        line.show_idle("nothing")
        await pilot.pause()
        assert drawn(app).strip() == "nothing"
        assert not line.has_class("-running")


async def test_a_problem_stays_with_its_hint_until_it_is_taken_away() -> None:
    panel = ProblemPanel()
    app = Showing(Vertical(panel))
    async with app.run_test(size=(60, 8)) as pilot:
        assert not panel.display
        panel.problem = Problem(
            "connect", "connect", "Could not reach [/]\x1b.", "Try\x9b another."
        )
        await pilot.pause()
        assert "Could not reach [/]␛." in drawn(app)
        assert "Try‹9B› another." in drawn(app)
        panel.problem = None
        await pilot.pause()
        assert not panel.display


async def test_nothing_is_laid_out_anew_for_what_is_told_again() -> None:
    class Counting(StatusLine):
        layouts = 0

        def refresh(
            self,
            *regions: Region,
            repaint: bool = True,
            layout: bool = False,
            recompose: bool = False,
        ) -> Self:
            self.layouts += layout
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    told = Counting("idle", wraps=True)
    app = Showing(told)
    async with app.run_test() as pilot:
        told.show_running("listening")
        await pilot.pause()
        before = told.layouts
        told.show_running("listening")
        await pilot.pause()
        assert told.layouts == before
        told.show_idle("listening")
        await pilot.pause()
        assert told.layouts > before
        assert drawn(app).strip() == "listening"
