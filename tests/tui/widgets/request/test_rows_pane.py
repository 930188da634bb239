from __future__ import annotations

from sonde_core.http_request import Field, HttpRequest
from sonde_tui.widgets.request.rows_pane import HeadersPane, ParamsPane, RowsPane
from tests.showing import Showing, drawn

ROWS = (Field("Authorization", "Bearer t0ken"), Field("api_key", "k3y"), Field("q", "1", on=False))
BOTH = HttpRequest("PUT", "http://x/", params=ROWS, headers=ROWS)


async def applied(pane: RowsPane) -> HttpRequest:
    async with Showing(pane).run_test() as pilot:
        await pilot.pause()
        return pane.apply(HttpRequest("PUT", "http://x/"))


async def test_each_pane_has_its_own_part_of_the_request() -> None:
    params = await applied(ParamsPane(BOTH, reveal=False, id="a"))
    headers = await applied(HeadersPane(BOTH, reveal=False, id="a"))
    assert params == HttpRequest("PUT", "http://x/", params=ROWS)
    assert headers == HttpRequest("PUT", "http://x/", headers=ROWS)


async def test_another_request_takes_the_place_of_the_first() -> None:
    pane = HeadersPane(HttpRequest(headers=(Field("old", "1"),)), reveal=False, id="a")
    async with Showing(pane).run_test() as pilot:
        pane.fill(BOTH)
        await pilot.pause()
        assert pane.apply(HttpRequest()).headers == ROWS


async def test_secrets_are_known_by_what_the_rows_are() -> None:
    for pane in (HeadersPane(BOTH, reveal=False, id="a"), ParamsPane(BOTH, reveal=False, id="a")):
        app = Showing(pane)
        async with app.run_test() as pilot:
            await pilot.pause()
            assert "t0ken" not in drawn(app)
            assert "k3y" not in drawn(app)
            assert ("Bearer ***" in drawn(app)) is isinstance(pane, HeadersPane)
            pane.reveal(True)
            await pilot.pause()
            assert "t0ken" in drawn(app)
            assert "k3y" in drawn(app)
