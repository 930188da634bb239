from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from textual.widgets import Input

from sonde_core.body import Body
from sonde_core.errors import RequestError
from sonde_core.http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody
from sonde_tui.widgets.request.request_editor import PANES, RequestEditor
from tests.showing import Showing, drawn

WHOLE = HttpRequest(
    "POST",
    "http://x/",
    params=(Field("q", "1"), Field("r", "2", on=False)),
    headers=(Field("A", "1"), Field("B", "2")),
    body=RequestBody("json", text="{}", data=Body.of(b"{}")),
    auth=Auth("bearer", "", "t0ken"),
    options=HttpOptions(verify=False),
)
WRITTEN = replace(WHOLE, body=RequestBody("json", text="{}"))


async def test_panes_are_made_when_they_are_shown_first() -> None:
    editor = RequestEditor()
    async with Showing(editor).run_test() as pilot:
        await pilot.pause()
        assert [pane.name for pane in PANES if editor.pane(pane.name)] == ["params"]
        await editor.show("body", enter=True)
        assert editor.pane("body") is not None
        assert editor.strip.active == "body"
        await editor.show("params")
        assert editor.panes.current == "ask-params"


@pytest.mark.parametrize("shown", [[], ["headers", "auth"], [pane.name for pane in PANES]])
async def test_a_request_is_held_whole_whatever_was_shown(shown: list[str]) -> None:
    editor = RequestEditor()
    async with Showing(editor).run_test() as pilot:
        for name in shown:
            await editor.show(name)
        editor.fill(WHOLE)
        assert editor.request("POST", "http://x/") == WRITTEN
        await pilot.pause()
        for pane in PANES:
            await editor.show(pane.name)
        await pilot.pause()
        assert editor.request("POST", "http://x/") == WRITTEN


async def test_the_strip_tells_what_each_pane_holds() -> None:
    editor = RequestEditor()
    app = Showing(editor)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert drawn(app).splitlines()[0].rstrip() == " Params  Headers  Body  Auth  Options"
        editor.fill(WHOLE)
        await pilot.pause()
        told = drawn(app).splitlines()[0].rstrip()
        assert told == " Params 1  Headers 2  Body json  Auth bearer  Options *"


async def test_an_option_that_is_none_is_marked_and_raised() -> None:
    editor = RequestEditor()
    app = Showing(editor)
    async with app.run_test() as pilot:
        await editor.show("options")
        pane = editor.pane("options")
        assert pane is not None
        pane.query_one("#max-redirects", Input).value = "x"
        await pilot.pause()
        assert "Options !" in drawn(app)
        with pytest.raises(RequestError):
            editor.request("GET", "http://x/")


async def test_the_file_for_an_editor_is_named_by_what_the_text_is() -> None:
    editor = RequestEditor()
    async with Showing(editor).run_test() as pilot:
        editor.fill(WHOLE)
        await editor.show("headers")
        await editor.show("body")
        await pilot.pause()
        assert editor.suffix_of(editor.query_one("#body-text")) == ".json"
        assert editor.suffix_of(editor.query_one("#row-name")) == ".txt"


async def test_secrets_are_revealed_in_all_panes() -> None:
    editor = RequestEditor()
    app = Showing(editor)
    async with app.run_test() as pilot:
        editor.fill(WHOLE)
        await editor.show("auth")
        await pilot.pause()
        assert "t0ken" not in drawn(app)
        editor.reveal(True)
        await pilot.pause()
        assert "t0ken" in drawn(app)


async def test_the_pane_that_was_asked_for_last_is_shown() -> None:
    editor = RequestEditor()
    async with Showing(editor).run_test() as pilot:
        names = ("body", "auth", "body", "headers", "auth")
        await asyncio.gather(*(editor.show(name) for name in names))
        await pilot.pause()
        assert (editor.strip.active, editor.panes.current) == ("auth", "ask-auth")
        assert len(editor.query("#ask-body")) == 1
