from __future__ import annotations

import pytest
from textual import events
from textual.widgets import TextArea

from sonde_core.body import Body
from sonde_core.http_request import Field, HttpRequest, RequestBody, Upload
from sonde_tui.widgets.cycle import Cycle
from sonde_tui.widgets.request.body_pane import KINDS, BodyPane
from tests.showing import Showing, drawn, until

FIELDS = (Field("name", "Ada"), Field("age", "36", on=False))
BODIES = [
    RequestBody(),
    RequestBody("json", text='{"a": 1}'),
    RequestBody("text", text="one\ntwo\n"),
    RequestBody("form", fields=FIELDS),
    RequestBody("file", path="a.bin", media_type="image/png"),
    RequestBody("multipart", fields=FIELDS, uploads=(Upload("file", "a.txt"),)),
    RequestBody("bytes", data=Body.of(b"\xff\x00"), media_type="image/png"),
]


def pane_of(body: RequestBody = BODIES[0]) -> BodyPane:
    return BodyPane(HttpRequest(body=body), reveal=False, id="a")


def body_of(pane: BodyPane) -> RequestBody:
    return pane.apply(HttpRequest()).body


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
async def test_a_body_is_shown_and_given_back(body: RequestBody) -> None:
    made = pane_of(body)
    async with Showing(made).run_test() as pilot:
        await pilot.pause()
        assert body_of(made) == body


@pytest.mark.parametrize("before", BODIES[:2], ids=lambda body: body.kind)
async def test_a_body_that_is_only_looked_at_keeps_its_line_ends_and_separators(
    before: RequestBody,
) -> None:
    body = RequestBody("json", text='{"a": "one\u2028two\x0c",\r\n"b": 1,\n"c": 2}')
    pane = pane_of(before)
    async with Showing(pane).run_test() as pilot:
        await pilot.pause()
        pane.fill(HttpRequest(body=body))
        await until(pilot, lambda: pane.text_area is not None and pane.text_area.display)
        assert body_of(pane) == body
        pane.enter()
        await pilot.press("x")
        assert body_of(pane).text.startswith('x{"a": "one')
        await pilot.press("backspace")
        assert body_of(pane) == body


@pytest.mark.parametrize("before", BODIES, ids=lambda body: body.kind)
@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind)
async def test_a_body_takes_the_place_of_another(before: RequestBody, body: RequestBody) -> None:
    pane = pane_of(before)
    async with Showing(pane).run_test() as pilot:
        await pilot.pause()
        pane.fill(HttpRequest(body=body))
        assert body_of(pane) == body
        await pilot.pause()
        assert body_of(pane) == body


async def test_the_choice_goes_through_all_kinds_and_each_has_its_editor() -> None:
    pane = pane_of()
    app = Showing(pane)
    async with app.run_test() as pilot:
        pane.enter()
        seen = {}
        for _ in KINDS:
            await pilot.pause()
            seen[pane.kind] = sorted(
                widget.id or "" for widget in pane.query(".editor") if widget.display
            )
            await pilot.press("space")
        assert seen == {
            "none": [],
            "json": ["body-text"],
            "form": ["body-fields"],
            "text": ["body-text"],
            "file": ["path-row"],
            "multipart": ["body-fields", "body-files", "files-title"],
        }


async def test_what_was_written_stays_while_kinds_are_tried() -> None:
    pane = pane_of()
    app = Showing(pane)
    async with app.run_test() as pilot:
        pane.enter()
        await pilot.press("space", "tab", *"{}", "shift+tab", "space", "tab", *"ab")
        assert body_of(pane) == RequestBody("form", fields=(Field("ab", ""),))
        pane.query_one(Cycle).focus()
        await pilot.press("left")
        assert body_of(pane) == RequestBody("json", text="{}")


@pytest.mark.parametrize(
    ("kind", "steps"), [("json", 1), ("form", 2), ("text", 3), ("file", 4), ("multipart", 5)]
)
async def test_enter_on_the_kind_goes_into_its_editor(kind: str, steps: int) -> None:
    pane = pane_of()
    app = Showing(pane)
    async with app.run_test() as pilot:
        pane.enter()
        await pilot.press(*["space"] * steps, "enter")
        await pilot.pause()
        assert pane.kind == kind
        editor = next(widget for widget in pane.query(".editor") if widget.display)
        assert editor.has_focus_within
        await pilot.press("x")
        assert "x" in repr(body_of(pane))


async def test_enter_where_there_is_no_editor_chooses_nothing() -> None:
    pane = pane_of()
    async with Showing(pane).run_test() as pilot:
        pane.enter()
        await pilot.press("enter")
        assert pane.kind == "none"
        assert pane.query_one(Cycle).has_focus


async def test_json_that_is_none_is_told_after_a_pause() -> None:
    pane = pane_of(RequestBody("json", text='{"a": None}'))
    app = Showing(pane)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "Not valid JSON" in drawn(app))
        note = " ".join(drawn(app).split())
        assert "line 1, column 7" in note
        assert "null" in note
        area = pane.query_one(TextArea)
        area.text = '{"a": null}'
        await until(pilot, lambda: "Not valid JSON" not in drawn(app))


async def test_deep_json_and_large_numbers_are_no_trouble() -> None:
    for text in ("[" * 100_000, "9" * 5_000, "\udcff"):
        pane = pane_of(RequestBody("json", text=text[:20]))
        app = Showing(pane)
        async with app.run_test() as pilot:
            pane.fill(HttpRequest(body=RequestBody("json", text=text)))
            await pilot.pause(0.5)
            assert body_of(pane).text == text


async def test_a_key_with_the_tab_key_leaves_the_text() -> None:
    pane = pane_of(RequestBody("text", text="x"))
    app = Showing(pane)
    async with app.run_test() as pilot:
        pane.enter()
        await pilot.press("shift+tab")
        assert app.focused is pane.query_one("#body-kind")


async def test_secrets_of_a_form_are_stars_until_revealed() -> None:
    pane = pane_of(RequestBody("form", fields=(Field("password", "pa55"),)))
    app = Showing(pane)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "pa55" not in drawn(app)
        pane.reveal(True)
        await pilot.pause()
        assert "pa55" in drawn(app)


async def test_an_upload_that_is_off_is_not_sent() -> None:
    pane = pane_of(RequestBody("multipart", uploads=(Upload("a", "/1"), Upload("b", "/2"))))
    app = Showing(pane)
    async with app.run_test() as pilot:
        await pilot.pause()
        pane.query_one("#body-files #row-name").focus()
        await pilot.press("up", "f6")
        assert body_of(pane).uploads == (Upload("a", "/1"),)


async def test_a_large_paste_is_kept_whole() -> None:
    pane = pane_of(RequestBody("text"))
    app = Showing(pane)
    text = "0123456789\n" * 5_000
    async with app.run_test() as pilot:
        pane.enter()
        await pilot.pause()
        app.post_message(events.Paste(text))
        await until(pilot, lambda: body_of(pane).text == text)
