from __future__ import annotations

import pytest
from textual.widgets import Input

from sonde_core.errors import RequestError
from sonde_core.http_request import HttpOptions, HttpRequest
from sonde_tui.widgets.request.options_pane import OptionsPane
from tests.showing import Showing, drawn

OTHER = HttpOptions(
    connect_timeout=0.25,
    idle_timeout=12.5,
    total_timeout=None,
    follow_redirects=False,
    max_redirects=0,
    resend_body=True,
    verify=False,
    ca_file="ca.pem",
    max_bytes=1_000_001,
    use_proxy=False,
)


@pytest.mark.parametrize("options", [HttpOptions(), OTHER])
async def test_options_are_shown_and_given_back(options: HttpOptions) -> None:
    made = OptionsPane(HttpRequest(options=options), id="a")
    async with Showing(made).run_test() as pilot:
        await pilot.pause()
        assert made.apply(HttpRequest()).options == options
    filled = OptionsPane(HttpRequest(), id="a")
    async with Showing(filled).run_test() as pilot:
        filled.fill(HttpRequest(options=options))
        await pilot.pause()
        assert filled.apply(HttpRequest()).options == options


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("connect-timeout", "", "The connect time-out is no time: ''."),
        ("connect-timeout", "-1", "The connect time-out is no time: '-1'."),
        ("idle-timeout", "nan", "The idle time-out is no time: 'nan'."),
        ("total-timeout", "1e9", "The total time-out is no time: '1e9'."),
        ("max-bytes", "lots", "The most to take is no size: 'lots'."),
        ("max-redirects", "101", "The most redirects is no number: '101'."),
    ],
)
async def test_a_number_that_is_none_is_told_while_it_is_typed(
    field: str, text: str, said: str
) -> None:
    pane = OptionsPane(HttpRequest(), id="a")
    app = Showing(pane)
    async with app.run_test(size=(110, 30)) as pilot:
        pane.query_one(f"#{field}", Input).value = text
        await pilot.pause()
        assert said in drawn(app)
        with pytest.raises(RequestError) as caught:
            pane.apply(HttpRequest())
        assert caught.value.advice
        pane.fill(HttpRequest())
        await pilot.pause()
        assert said not in drawn(app)


async def test_labels_and_choices_fit() -> None:
    app = Showing(OptionsPane(HttpRequest(), id="a"))
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        text = drawn(app)
        for label in (
            "redirects at most    20",
            "resend body on 307   no",
            "verify TLS           yes",
        ):
            assert label in text


async def test_a_row_that_is_out_of_view_scrolls_into_it() -> None:
    pane = OptionsPane(HttpRequest(), id="a")
    app = Showing(pane)
    async with app.run_test(size=(60, 5)) as pilot:
        pane.enter()
        await pilot.press(*["tab"] * 9)
        await pilot.pause()
        assert app.focused is not None
        assert app.focused.id == "proxy"
        assert "proxy of environment" in drawn(app)
