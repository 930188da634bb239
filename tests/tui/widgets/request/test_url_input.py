from __future__ import annotations

from textual.containers import Vertical
from textual.widgets import Button

from sonde_tui.widgets.request.url_input import UrlInput
from tests.showing import Showing, drawn

URL = "https://ada:s3cret@example.org/a?token=t0ken&x=1"


async def shown(url: str, *, reveal: bool = False, write: bool = False, width: int = 60) -> str:
    field = UrlInput(compact=True)
    app = Showing(Vertical(Button("elsewhere"), field))
    async with app.run_test(size=(width, 6)) as pilot:
        field.put(url)
        app.query_one(Button).focus()
        field.reveal = reveal
        if write:
            field.focus()
        await pilot.pause()
        assert field.value == url
        return drawn(app).strip().splitlines()[-1].strip()


async def test_secrets_are_stars_while_nobody_writes() -> None:
    assert await shown(URL) == "https://***@example.org/a?token=***&x=1"


async def test_secrets_are_seen_by_who_writes_them_or_asked_for_them() -> None:
    assert await shown(URL, write=True) == URL
    assert await shown(URL, reveal=True) == URL


async def test_a_url_without_secrets_is_drawn_as_it_is() -> None:
    assert await shown("http://example.org/?x=1") == "http://example.org/?x=1"


async def test_what_is_masked_begins_at_its_start_and_is_cut_at_the_end() -> None:
    assert await shown(URL, width=20) == "https://***@example."


async def test_a_masked_url_commands_nothing() -> None:
    assert await shown("http://h/?token=t&x=\x1b[2J") == "http://h/?token=***&x=␛[2J"
