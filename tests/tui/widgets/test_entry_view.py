"""Entries that are hard to show, in the real tab."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from sonde_core.model import Chunk, Direction
from tests.histories import http, line, session
from tests.tui.driving import driving
from tests.tui.history_tab import fill, tab


async def test_bytes_whose_file_is_gone_are_told_and_break_nothing(tmp_path: Path) -> None:
    chunks = tuple(Chunk(at / 10, Direction.RECEIVED, bytes([at]) * 9000) for at in range(9))
    large = replace(session(), timeline=chunks, received=81_000)
    await fill(tmp_path, http(1), large)
    shutil.rmtree(tmp_path / "bodies")
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(
            lambda: any(
                "in 9 moments are not kept" in row
                for row in driver.rows(tab(driver).view.transcript)
            )
        )
        await driver.press("y", "enter", "x", "x", "escape", "j")
        await driver.until(lambda: "200 OK" in driver.drawn())


async def test_an_entry_of_a_newer_version_is_listed_and_not_opened(tmp_path: Path) -> None:
    await fill(tmp_path, http(1))
    path = tmp_path / "history.json"
    newer = line("01a214bb-45fe-7000-9808-89025b514399", v=99)
    path.write_bytes(path.read_bytes().replace(b"\n]\n", b",\n" + newer + b"\n]\n"))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: tab(driver).rows.source.count == 2)
        await driver.until(lambda: driver.problem("#entry-problem"))
        assert "newer" in driver.problem("#entry-problem")
        await driver.press("e", "y", "j")
        await driver.until(lambda: "200 OK" in driver.drawn())
        assert driver.problem("#entry-problem") == ""


async def test_what_a_terminal_would_obey_is_drawn_as_signs(tmp_path: Path) -> None:
    evil = "\x1b]0;x\x07[/red]\u202e"
    (ident,) = await fill(tmp_path, session(f"{evil}\n".encode()))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: tab(driver).entry)
        await driver.history.set(ident, name=evil, note=evil)
        await driver.until(lambda: "␛]0" in driver.rows(tab(driver).rows)[0])
        await driver.press("f5")
        await driver.until(lambda: "␛]0;x␇[/red]" in driver.drawn())
        assert not {"\x1b", "\x07", "\u202e"} & set(driver.drawn())
        await driver.press("m")
        await driver.until(lambda: len(driver.app.screen_stack) == 2)
        await driver.pilot.pause()
        assert not {"\x1b", "\x07", "\u202e"} & set(driver.drawn())


async def test_copying_the_large_received_side_of_a_session(tmp_path: Path) -> None:
    chunks = tuple(Chunk(at / 10, Direction.RECEIVED, bytes([65 + at]) * 9000) for at in range(9))
    await fill(tmp_path, replace(session(), timeline=chunks, received=81_000))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: tab(driver).entry)
        await driver.press("y")
        await driver.until(lambda: driver.copies)
        assert driver.copies == [b"".join(chunk.data for chunk in chunks)]


async def test_http_secrets_of_a_session_are_masked_until_they_are_asked_for(
    tmp_path: Path,
) -> None:
    raw = b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=c00kie\r\n\r\n"
    await fill(tmp_path, session(raw))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: tab(driver).entry)
        await driver.until(lambda: "Set-Cookie" in driver.drawn())
        assert "c00kie" not in driver.drawn()
        await driver.press("y")
        await driver.until(lambda: driver.copies)
        assert b"c00kie" not in driver.copies[0]
        await driver.press("ctrl+g")
        await driver.until(lambda: "c00kie" in driver.drawn())
        await driver.press("y")
        await driver.until(lambda: len(driver.copies) == 2)
        assert driver.copies[1] == raw
