from __future__ import annotations

from pathlib import Path

from textual.widgets import Input, Static

from sonde_core.payload import InputMode, LineEnding
from sonde_core.snippets import Snippet, Snippets
from sonde_tui.screens.ask import AskScreen
from sonde_tui.screens.snippets import SnippetScreen
from sonde_tui.widgets.typed import Typed
from tests.tui.driving import Driver, driving


class Dialog:
    """The dialog over the app, and what it returned."""

    def __init__(self, driver: Driver, typed: Typed, sent: list[Typed]) -> None:
        self.driver = driver
        self.given: list[Typed | None] = []
        self.screen = SnippetScreen(driver.app.services, typed, sent)
        driver.app.push_screen(self.screen, self.given.append)

    async def shows(self, text: str) -> None:
        await self.driver.until(lambda: text in self.driver.drawn())

    async def answer(self, text: str) -> None:
        await self.driver.until(lambda: isinstance(self.driver.app.screen, AskScreen))
        field = self.driver.app.screen.query_one(Input)
        await self.driver.until(lambda: field.has_focus)
        await self.driver.press("ctrl+u", *text, "enter")
        await self.driver.until(lambda: self.driver.app.screen is self.screen)


def kept(folder: Path, *snippets: Snippet) -> Snippets:
    file = Snippets.beside(folder / "config.toml")
    for snippet in snippets:
        file.keep(snippet)
    return file


A = Snippet("alpha", "USER {{user}} {{password}} {{nobody}}", ending=LineEnding.CRLF)
B = Snippet("beta", "00 ff", InputMode.HEX)


async def test_typing_narrows_and_enter_takes(tmp_path: Path) -> None:
    kept(tmp_path, A, B)
    async with driving(tmp_path) as driver:
        dialog = Dialog(driver, Typed(""), [Typed("sent before")])
        await dialog.shows("sent before")
        await driver.press(*"BET")
        await driver.until(lambda: "alpha" not in driver.drawn())
        await driver.press("enter")
        await driver.until(lambda: dialog.given)
        assert dialog.given == [Typed.of_snippet(B)]


async def test_what_was_sent_is_found_too(tmp_path: Path) -> None:
    kept(tmp_path, A)
    async with driving(tmp_path) as driver:
        dialog = Dialog(driver, Typed(""), [Typed("HELO"), Typed("QUIT")])
        await dialog.shows("QUIT")
        await driver.press(*"quit", "enter")
        await driver.until(lambda: dialog.given)
        assert dialog.given == [Typed("QUIT")]


async def test_a_preview_tells_the_values_with_secrets_masked(tmp_path: Path) -> None:
    kept(tmp_path, A)
    (tmp_path / "environments.toml").write_text(
        "[default]\nuser = 'alice'\npassword = 's3cret'\n[other]\nuser = 'bob'\n"
    )
    async with driving(tmp_path) as driver:
        dialog = Dialog(driver, Typed(""), [])
        await dialog.shows("user = alice, password = ***, nobody is not known")
        assert "as text, ending CRLF" in driver.drawn()
        await driver.press("tab", "space")
        await dialog.shows("user = bob")
        assert driver.app.services.environments.chosen == "other"


async def test_secrets_are_masked_until_they_are_asked_for(tmp_path: Path) -> None:
    kept(tmp_path, Snippet("alpha", "Cookie: sid=c00kie"), B)
    async with driving(tmp_path) as driver:
        dialog = Dialog(driver, Typed(""), [Typed("QUIT"), Typed("Authorization: Bearer t0ken")])
        await dialog.shows("Authorization: ")
        assert dialog.screen.place == 0  # the first snippet, not what was sent
        await driver.press("down", "down")
        assert not any(word in driver.drawn() for word in ("c00kie", "t0ken"))
        await driver.press("ctrl+g")
        await driver.until(lambda: "c00kie" in driver.drawn() and "t0ken" in driver.drawn())
        assert dialog.screen.place == 2
        await driver.press("ctrl+g")
        await driver.until(lambda: "c00kie" not in driver.drawn())
        assert "t0ken" not in driver.drawn()


async def test_the_line_is_kept_under_a_name(tmp_path: Path) -> None:
    file = kept(tmp_path)
    async with driving(tmp_path) as driver:
        dialog = Dialog(driver, Typed("hello", InputMode.RAW), [])
        await dialog.shows("No snippet yet")
        await driver.press("ctrl+s")
        await dialog.answer("greet")
        await dialog.shows("greet ")
        assert file.read() == [Snippet("greet", "hello", InputMode.RAW)]


async def test_rename_delete_and_put_back(tmp_path: Path) -> None:
    file = kept(tmp_path, A, B)
    async with driving(tmp_path) as driver:
        dialog = Dialog(driver, Typed(""), [])
        await dialog.shows("beta")
        await driver.press("ctrl+n")
        await dialog.answer("beta")
        await dialog.shows("already")
        await driver.press("ctrl+n")
        await dialog.answer("gamma")
        await driver.until(lambda: [each.name for each in file.read()] == ["gamma", "beta"])
        await dialog.shows("gamma")
        await driver.press("delete")
        await dialog.shows("gamma is deleted; F9 puts it back.")
        assert [each.name for each in file.read()] == ["beta"]
        await driver.press("f9")
        await driver.until(lambda: [each.name for each in file.read()] == ["gamma", "beta"])


async def test_what_is_written_over_can_be_put_back(tmp_path: Path) -> None:
    file = kept(tmp_path, B)
    async with driving(tmp_path) as driver:
        dialog = Dialog(driver, Typed("new"), [])
        await dialog.shows("beta")
        await driver.press("ctrl+s")
        await dialog.answer("beta")
        await driver.until(lambda: [each.text for each in file.read()] == ["new"])
        await driver.press("f9")
        await driver.until(lambda: file.read() == [B])


async def test_a_mistake_in_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "snippets.toml").write_text("[[snippet\n")
    async with driving(tmp_path) as driver:
        dialog = Dialog(driver, Typed("x"), [])
        await driver.until(lambda: dialog.screen.query("#note"))
        note = dialog.screen.query_one("#note", Static)
        await driver.until(lambda: "were not read" in str(note.content))
        note.update("")
        await driver.press("ctrl+s")
        await dialog.answer("greet")
        await driver.until(lambda: "were not read" in str(note.content))
        assert (tmp_path / "snippets.toml").read_text() == "[[snippet\n"


async def test_only_snippets_can_be_deleted(tmp_path: Path) -> None:
    async with driving(tmp_path, size=(80, 24)) as driver:
        dialog = Dialog(driver, Typed(""), [Typed("\x1b[31mred")])
        await dialog.shows("␛[31mred")
        await driver.press("delete")
        await dialog.shows("That has no name")
        await driver.press("ctrl+s")
        await dialog.shows("nothing in the line to keep")


async def test_secrets_of_http_are_masked_in_the_list_and_taken_as_they_are(
    tmp_path: Path,
) -> None:
    sent = Typed(r"GET / HTTP/1.1\r\nAuthorization: Bearer t0ken\r\n")
    kept(tmp_path, Snippet("login", "Cookie: c00kie", InputMode.RAW))
    async with driving(tmp_path) as driver:
        dialog = Dialog(driver, Typed(""), [sent])
        await dialog.shows("Authorization: *")
        await dialog.shows("Cookie: *")
        assert "t0ken" not in driver.drawn()
        assert "c00kie" not in driver.drawn()
        await driver.press("down")
        await driver.until(lambda: "as text" in driver.drawn())
        assert "t0ken" not in driver.drawn()
        await driver.press("enter")
        await driver.until(lambda: dialog.given)
        assert dialog.given == [sent]
