"""What is at hand, saved to a file, in the real app."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import OptionList

from sonde_core.outlets.saving import Content, pieces_of
from sonde_tui.screens.save import SaveScreen
from tests.patience import PATIENCE
from tests.tui.driving import Driver, driving
from tests.web import WebHandler, serving

BODY = b'{"a":[1,2]}'
SHOWN = b'{\n  "a": [\n    1,\n    2\n  ]\n}'


class Named(WebHandler):
    """Answers with a name for its file that climbs out of every folder."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Disposition", 'attachment; filename="../../evil/data"')
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)


@pytest.fixture
def url() -> Iterator[str]:
    with serving(Named) as url:
        yield url


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder of our own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def screen(driver: Driver) -> SaveScreen:
    assert isinstance(driver.app.screen, SaveScreen)
    return driver.app.screen


def listed(driver: Driver) -> list[str]:
    options = screen(driver).options
    return [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]


def note(driver: Driver) -> str:
    return str(screen(driver).query_one("#note").render())


@asynccontextmanager
async def answered(folder: Path, url: str) -> AsyncIterator[Driver]:
    """Run the app with an answer in it, and the save dialog over it."""
    async with driving(folder, endpoint=f"{url}/data") as driver:
        await driver.press("enter")
        await driver.until(lambda: '"a": [' in driver.drawn())
        await ask(driver)
        yield driver


async def ask(driver: Driver) -> None:
    await driver.press("S")
    await driver.until(lambda: isinstance(driver.app.screen, SaveScreen))
    await driver.pilot.pause()


async def test_the_body_as_received_comes_first_under_a_plain_name(
    tmp_path: Path, here: Path, url: str
) -> None:
    async with answered(tmp_path, url) as driver:
        assert [title.partition(" · ")[0] for title in listed(driver)] == [
            "body as received",
            "body, as shown",
            "transcript as text",
            "bytes received",
            "bytes sent",
            "bytes of both",
            "hex dump",
            "capture for Wireshark",
        ]
        assert screen(driver).field.value == "data.json"
        await driver.press("enter")
        await driver.until(lambda: "saved to data.json" in driver.notes())
    assert (here / "data.json").read_bytes() == BODY


async def test_another_form_is_chosen_by_the_arrows(tmp_path: Path, here: Path, url: str) -> None:
    async with answered(tmp_path, url) as driver:
        await driver.press("down", "enter")
        await driver.until(lambda: "as shown: 29 B saved" in driver.notes())
        assert (here / "data.json").read_bytes() == SHOWN
        await ask(driver)
        await driver.press(*["down"] * 3)
        assert screen(driver).field.value == "data-received.bin"
        await driver.press("enter")
        await driver.until(lambda: "data-received.bin" in driver.notes())
    assert (here / "data-received.bin").read_bytes().endswith(BODY)


async def test_a_name_that_was_typed_stays_when_another_form_is_chosen(
    tmp_path: Path, here: Path, url: str
) -> None:
    async with answered(tmp_path, url) as driver:
        await driver.press("end", "x", "down")
        assert screen(driver).field.value == "data.jsonx"


async def test_typing_replaces_the_name_that_is_suggested(
    tmp_path: Path, here: Path, url: str
) -> None:
    async with answered(tmp_path, url) as driver:
        await driver.press("down", "down", *"got", "down")
        assert screen(driver).field.value == "got"
        await driver.press("enter")
        await driver.until(lambda: "saved to got" in driver.notes())
    assert os.listdir(here) == ["got"]


async def test_nothing_is_overwritten_by_the_same_key_twice(
    tmp_path: Path, here: Path, url: str
) -> None:
    (here / "data.json").write_bytes(b"precious")
    async with answered(tmp_path, url) as driver:
        await driver.press("enter")
        await driver.until(lambda: "exists" in note(driver))
        await driver.press("enter")
        await driver.until(lambda: "saved to data-2.json" in driver.notes())
    assert (here / "data.json").read_bytes() == b"precious"
    assert (here / "data-2.json").read_bytes() == BODY


async def test_a_file_is_overwritten_when_that_is_chosen(
    tmp_path: Path, here: Path, url: str
) -> None:
    (here / "data.json").write_bytes(b"old")
    async with answered(tmp_path, url) as driver:
        await driver.press("enter")
        await driver.until(lambda: "exists" in note(driver))
        await driver.press("down", "enter")
        await driver.until(lambda: "saved to data.json" in driver.notes())
    assert (here / "data.json").read_bytes() == BODY


async def test_what_is_read_only_is_said_to_be_before_it_goes(
    tmp_path: Path, here: Path, url: str
) -> None:
    (here / "data.json").write_bytes(b"old")
    (here / "data.json").chmod(0o444)
    async with answered(tmp_path, url) as driver:
        await driver.press("enter")
        await driver.until(lambda: "exists and is read-only. What" in note(driver))
        await driver.press("down", "enter")
        await driver.until(lambda: "saved to data.json" in driver.notes())
    assert (here / "data.json").read_bytes() == BODY


async def test_escape_goes_back_to_the_name_and_then_out(
    tmp_path: Path, here: Path, url: str
) -> None:
    (here / "data.json").write_bytes(b"old")
    async with answered(tmp_path, url) as driver:
        await driver.press("enter")
        await driver.until(lambda: "exists" in note(driver))
        await driver.press("escape", "x", "enter")
        await driver.until(lambda: "saved to data.jsonx" in driver.notes())
        await ask(driver)
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, SaveScreen))
    assert sorted(os.listdir(here)) == ["data.json", "data.jsonx"]


async def test_a_folder_takes_the_suggested_name_and_is_remembered(
    tmp_path: Path, here: Path, url: str
) -> None:
    (here / "sub").mkdir()
    async with answered(tmp_path, url) as driver:
        await driver.press("ctrl+u", *"sub", "enter")
        await driver.until(lambda: "saved to sub/data.json" in driver.notes())
        await ask(driver)
        assert screen(driver).field.value == "sub/data.json"
    assert (here / "sub" / "data.json").read_bytes() == BODY


async def test_a_folder_that_is_missing_is_told_and_not_made(
    tmp_path: Path, here: Path, url: str
) -> None:
    async with answered(tmp_path, url) as driver:
        await driver.press("ctrl+u", *"no/x", "enter")
        await driver.until(lambda: "There is no folder" in note(driver))
        assert "Make the folder first" in note(driver)
    assert os.listdir(here) == []


async def test_a_large_one_shows_its_progress_and_is_cancelled_by_escape(
    tmp_path: Path, here: Path
) -> None:
    go_on = threading.Event()

    def slices() -> Iterator[bytes]:
        yield bytes(1_000_000)
        go_on.wait(PATIENCE)
        yield bytes(1_000_000)

    content = Content("big", slices, "big.bin", 3_000_000)
    async with driving(tmp_path) as driver:
        driver.app.push_screen(SaveScreen([content], driver.app.services))
        await driver.until(lambda: isinstance(driver.app.screen, SaveScreen))
        await driver.press("enter")
        await driver.until(lambda: "writing 1.0 MB of 3.0 MB" in note(driver))
        await driver.press("escape")
        go_on.set()
        await driver.until(lambda: "Cancelled" in note(driver))
        await driver.until(lambda: not os.listdir(here))
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, SaveScreen))


async def test_what_is_kept_in_part_says_so(tmp_path: Path, here: Path) -> None:
    content = Content("bytes received", pieces_of(b"x" * 10), "a.bin", 2000)
    told: list[str | None] = []
    async with driving(tmp_path) as driver:
        driver.app.push_screen(SaveScreen([content], driver.app.services), told.append)
        await driver.until(lambda: isinstance(driver.app.screen, SaveScreen))
        await driver.press("enter")
        await driver.until(lambda: told)
    assert told == ["bytes received: 10 B saved to a.bin. Only so much of 2.0 KB is kept."]


async def test_keys_typed_right_after_go_into_the_dialog(
    tmp_path: Path, here: Path, url: str
) -> None:
    async with answered(tmp_path, url) as driver:
        await driver.press("escape")
        for key in ("S", "x", "1", "enter"):
            driver.app.post_message(Key(key, key if len(key) == 1 else None))
        await driver.until(lambda: "saved to x1" in driver.notes())
    assert os.listdir(here) == ["x1"]


async def test_there_must_be_something_to_save(tmp_path: Path) -> None:
    async with driving(tmp_path) as driver:
        await driver.press("escape", "S")
        await driver.until(lambda: "nothing to save here yet" in driver.notes())


async def test_the_list_of_choices_is_there_only_when_it_is_asked(
    tmp_path: Path, here: Path, url: str
) -> None:
    (here / "data.json").write_bytes(b"old")
    async with answered(tmp_path, url) as driver:
        taken = screen(driver).query_one("#taken", OptionList)
        assert not taken.display
        await driver.press("enter")
        await driver.until(lambda: taken.has_focus)
        assert "Save as data-2.json instead" in driver.drawn()
        await driver.press("escape")
        assert screen(driver).field.has_focus
        assert not taken.display
