from __future__ import annotations

from pathlib import Path

from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Static

from sonde_core.environments import Environments
from sonde_core.model import Chunk, Direction
from sonde_core.payload import InputMode, LineEnding
from sonde_core.steps import MessageKind
from sonde_tui.external_editor import put
from sonde_tui.widgets.send_input import PASTED
from sonde_tui.widgets.send_line import SendLine
from sonde_tui.widgets.typed import Typed
from tests.showing import Showing, drawn, until

ENVIRONMENT = '[default]\nuser = "alice"\npassword = "s3cret"\n'


def made(folder: Path) -> Showing:
    (folder / "environments.toml").write_text(ENVIRONMENT)
    return Showing(SendLine(Environments.beside(folder / "config.toml")))


def line_of(pilot: Pilot[None]) -> SendLine:
    return pilot.app.query_one(SendLine)


def sent(line: SendLine) -> bytes:
    return line.typed.filled(line.environments.values)


def told(line: SendLine) -> str:
    return str(line.query_one("#filled", Static).content)


async def test_one_line_turns_into_many_and_back_with_the_same_bytes(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        line.put(Typed(r"a\r\nb\n", ending=LineEnding.LF))
        line.editor.focus()
        await until(pilot, lambda: line.editor.has_focus)
        await line.turn_to_lines(True)
        await until(pilot, lambda: line.editor.has_focus)
        assert line.text == "a\\r\nb\n"
        assert line.typed.data == b"a\r\nb\n\n"
        await line.turn_to_lines(False)
        assert line.text == r"a\r\nb\n"
        await until(pilot, lambda: line.field.has_focus)


async def test_raw_lines_become_escapes_on_one_line(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        await line.turn_to_lines(True)
        line.put(Typed("C:\\new\nx", InputMode.RAW))
        await line.turn_to_lines(False)
        assert (line.text, line.mode) == (r"C:\\new\nx", InputMode.TEXT)
        assert line.typed.data == b"C:\\new\nx"


async def test_what_brings_its_own_ending_gives_back_the_one_chosen(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        line.put(Typed("00", InputMode.HEX))
        await pilot.pause()
        line.took(line.typed)
        await pilot.pause()
        assert line.typed == Typed("", ending=LineEnding.LF)
        line.put(Typed("x", ending=LineEnding.NUL))
        await pilot.pause()
        line.took(line.typed)
        assert line.typed.ending is LineEnding.LF


async def test_a_mode_chosen_by_hand_stays(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        line.put(Typed("x", ending=LineEnding.NONE))
        await pilot.pause()
        line.next_mode()
        await pilot.pause()
        line.took(line.typed)
        assert line.mode is InputMode.HEX


async def test_fields_are_told_before_they_are_sent_with_secrets_masked(tmp_path: Path) -> None:
    async with made(tmp_path).run_test(size=(120, 10)) as pilot:
        line = line_of(pilot)
        line.put(Typed("{{user}} {{password}} {{counter}}"))
        await until(pilot, lambda: "alice" in told(line))
        assert told(line) == "14 B: alice *** 1"
        assert sent(line) == b"alice s3cret 1"
        line.put(Typed("{{usr}} {{user}}"))
        await until(pilot, lambda: "not known" in told(line))
        assert "{{usr}} at byte 1" in told(line)
        line.put(Typed("{{other}}"))
        await until(pilot, lambda: "as it stands" in told(line))
        line.put(Typed("plain"))
        await pilot.pause()
        assert not line.query_one("FillNote").has_class("-shown")


async def test_a_preview_counts_nothing(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        for text in ("{{counter}}", "{{counter}} "):
            line.put(Typed(text))
            await until(pilot, lambda: told(line).endswith(("B: 1", "B: 1 ")))
        assert sent(line) == b"1 "
        line.typed.check(line.environments.values)
        assert sent(line) == b"2 "


async def test_a_snippet_goes_in_at_the_cursor_in_the_mode_of_the_line(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        line.insert(Typed("00 ff", InputMode.HEX))
        assert (line.text, line.mode) == ("00 ff", InputMode.HEX)
        line.insert(Typed("A\\n"))
        assert line.text == "00 ff41 0a"
        line.field.cursor_position = 0
        line.insert(Typed("/w==", InputMode.BASE64))
        assert line.text == "ff00 ff41 0a"
        assert line.field.cursor_position == 2


async def test_a_kind_is_chosen_for_web_socket_only(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        assert line.typed.kind is MessageKind.NONE
        line.turn_to("ws://x", web_socket=True)
        await pilot.pause()
        assert line.typed == Typed("", kind=MessageKind.TEXT)
        line.recall([Chunk(0.0, Direction.SENT, b"p", MessageKind.PING)])
        assert line.typed == Typed("p", kind=MessageKind.PING)
        line.clear()
        line.turn_to("tcp://x")
        assert line.typed == Typed("", ending=LineEnding.LF)


async def test_up_from_the_first_line_of_the_editor_recalls(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        line.took(Typed(r"one\ntwo"))
        await line.turn_to_lines(True)
        line.editor.focus()
        await pilot.press("d", "up")
        await until(pilot, lambda: line.text == "one\ntwo")
        await pilot.press("up", "down", "down")
        await until(pilot, lambda: line.text == "d")


async def test_a_block_that_is_too_long_is_refused_and_told(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        line.editor.focus()
        await until(pilot, lambda: line.editor.has_focus)
        for text in ("x\n" * PASTED, "x" * (PASTED + 1)):
            pilot.app.post_message(Paste(text))
            await until(pilot, lambda: pilot.app._notifications)
            assert line.text == ""
            pilot.app.clear_notifications()
        pilot.app.post_message(Paste("x\n" * 1000))
        await until(pilot, lambda: line.text == "x\n" * 1000)


async def test_lines_that_come_from_an_editor_stay_lines(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        put(line.field, "one")
        assert (line.text, line.is_block) == ("one", False)
        put(line.field, "one\\t\ntwo")
        await until(pilot, lambda: line.is_block)
        await until(pilot, lambda: line.typed.data == b"one\t\ntwo\n")


async def test_the_persons_own_ending_comes_back_when_the_line_is_emptied(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        line.took(Typed("00 ff", InputMode.HEX, LineEnding.NONE))
        line.editor.focus()
        await pilot.press("up")
        await until(pilot, lambda: line.mode is InputMode.HEX)
        await pilot.press("ctrl+u")
        await until(pilot, lambda: line.typed == Typed("", ending=LineEnding.LF))
        await pilot.press("h", "i")
        assert line.typed == Typed("hi", ending=LineEnding.LF)


async def test_an_empty_message_that_is_put_in_keeps_its_own_ending(tmp_path: Path) -> None:
    async with made(tmp_path).run_test() as pilot:
        line = line_of(pilot)
        line.recall(Chunk(0.0, Direction.SENT, data) for data in (b"a", b"", b"b"))
        await pilot.pause()
        line.took(line.typed)
        await pilot.pause()
        assert line.typed == Typed("", ending=LineEnding.NONE)


async def test_a_bad_name_in_the_file_takes_one_row_of_the_preview(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 20)
    folder.mkdir()
    showing = made(folder)
    with (folder / "environments.toml").open("a") as file:
        file.write('"no name" = "x"\nother = "o"\n')
    async with showing.run_test(size=(80, 10)) as pilot:
        line_of(pilot).put(Typed("{{user}} {{password}} {{other}}"))
        await until(pilot, lambda: "alice *** o" in drawn(pilot.app))
        rows = drawn(pilot.app).splitlines()
        told = next(at for at, row in enumerate(rows) if "environments.toml" in row)
        assert "alice *** o" in rows[told + 1]
        assert rows[told].endswith("…")
