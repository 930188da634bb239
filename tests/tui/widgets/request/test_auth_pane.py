from __future__ import annotations

import pytest

from sonde_core.http_request import Auth, HttpRequest
from sonde_tui.widgets.request.auth_pane import AuthPane
from tests.showing import Showing, drawn

BASIC = HttpRequest(auth=Auth("basic", "ada", "s3cret"))


@pytest.mark.parametrize(
    "auth", [Auth(), Auth("basic", "ada", "s3cret"), Auth("bearer", "", "tok3n")]
)
async def test_a_request_is_shown_and_given_back(auth: Auth) -> None:
    first, later = (
        AuthPane(HttpRequest(auth=auth), reveal=False, id="a"),
        AuthPane(HttpRequest(), reveal=False, id="b"),
    )
    for pane in (first, later):
        app = Showing(pane)
        async with app.run_test() as pilot:
            if pane is later:
                pane.fill(HttpRequest(auth=auth))
            await pilot.pause()
            assert pane.apply(HttpRequest(url="x")) == HttpRequest(url="x", auth=auth)


async def test_only_the_fields_of_the_kind_are_shown() -> None:
    app = Showing(AuthPane(HttpRequest(), reveal=False, id="a"))
    async with app.run_test() as pilot:
        assert "user" not in drawn(app)
        assert "secret" not in drawn(app)
        await pilot.press("tab", "space")
        await pilot.pause()
        assert "user" in drawn(app)
        assert "password" in drawn(app)
        await pilot.press("space")
        await pilot.pause()
        assert "user" not in drawn(app)
        assert "token" in drawn(app)


async def test_the_secret_is_hidden_until_it_is_revealed() -> None:
    pane = AuthPane(BASIC, reveal=False, id="a")
    app = Showing(pane)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "ada" in drawn(app)
        assert "s3cret" not in drawn(app)
        pane.reveal(True)
        await pilot.pause()
        assert "s3cret" in drawn(app)
        pane.reveal(False)
        await pilot.pause()
        assert "s3cret" not in drawn(app)


async def test_what_was_written_for_another_kind_is_not_lost() -> None:
    pane = AuthPane(BASIC, reveal=False, id="a")
    app = Showing(pane)
    async with app.run_test() as pilot:
        pane.enter()
        await pilot.press("space", "space", "space")
        assert pane.apply(HttpRequest()).auth == BASIC.auth
