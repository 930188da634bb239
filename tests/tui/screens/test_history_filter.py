"""The filter of the History tab by keyboard: errors, completion, and what is inside entries."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.histories import http, session
from tests.many_entries import needle, write
from tests.tui.driving import Driver, driving
from tests.tui.history_tab import counts, fill, listed, tab


def type_in(driver: Driver, text: str) -> None:
    tab(driver).filter.insert_text_at_cursor(text)


async def test_an_error_is_shown_at_its_place_and_the_list_stays(tmp_path: Path) -> None:
    await fill(tmp_path, *(http(number, status=200 + number) for number in range(5)))
    async with driving(tmp_path, tab="history") as driver:
        await driver.press("f")
        type_in(driver, "status:204")
        await driver.until(lambda: counts(driver) == "1 of 5 entries")
        type_in(driver, " (x")
        await driver.until(lambda: "not closed" in counts(driver))
        assert counts(driver).index("^") == len("status:204 ")
        assert len(listed(driver)) == 1
        type_in(driver, ")")
        await driver.until(lambda: counts(driver) == "0 of 5 entries")
        assert listed(driver) == []


async def test_an_error_far_right_is_told_before_its_mark(tmp_path: Path) -> None:
    await fill(tmp_path, http())
    async with driving(tmp_path, tab="history") as driver:
        await driver.press("f")
        text = f"{'a' * 300} port:x"
        type_in(driver, text)
        await driver.until(lambda: "is no number" in counts(driver))
        field = tab(driver).filter
        assert counts(driver).index("^") == len(text) - 1 - field.scroll_offset.x


async def test_tab_completes_keys_and_known_values(tmp_path: Path) -> None:
    await fill(tmp_path, *(http(number, status=500 + number) for number in range(3)))
    async with driving(tmp_path, tab="history") as driver:
        await driver.press("f", "s", "t")
        await driver.until(lambda: "tab: status:" in counts(driver))
        await driver.press("tab")
        await driver.until(lambda: tab(driver).filter.value == "status:")
        await driver.until(lambda: "502  501  500" in counts(driver))
        await driver.press("5", "0", "tab")
        first = tab(driver).filter.value
        await driver.press("tab")
        assert {first, tab(driver).filter.value} <= {f"status:50{n}" for n in range(3)}
        assert first != tab(driver).filter.value
        await driver.until(lambda: counts(driver).startswith("1 of 3 entries"))


async def test_tab_with_nothing_to_complete_stays_in_the_filter(tmp_path: Path) -> None:
    await fill(tmp_path, http())
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 1)
        await driver.press("f", *"v2/x", "tab")
        await driver.until(lambda: "nothing to complete" in counts(driver))
        await driver.press("p")
        assert tab(driver).filter.value == "v2/xp"
        await driver.until(lambda: "nothing to complete" not in counts(driver))
        assert not driver.history.summaries()[0].pinned
        await driver.press("enter")
        assert driver.app.focused is tab(driver).rows


async def test_what_is_remote_is_offered_as_safe_text(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        entry = await driver.history.add(http())
        await driver.history.set(entry.id, tags=["\x1b[31m[/red]"])
        await driver.press("f")
        type_in(driver, "tag:")
        await driver.until(lambda: "[/red]" in counts(driver))
        assert "\x1b" not in counts(driver)


async def test_what_is_in_bodies_is_found(tmp_path: Path) -> None:
    await fill(tmp_path, http(1, body=b"Needle"), http(2), session(b"needle"))
    async with driving(tmp_path, tab="history") as driver:
        await driver.press("f")
        type_in(driver, "body:needle")
        await driver.until(lambda: counts(driver) == "2 of 3 entries")
        await driver.history.add(http(3, body=b"one more needle"))
        await driver.until(lambda: counts(driver) == "3 of 4 entries")
        assert "/3" in listed(driver)[0]
        type_in(driver, " kind:tcp")
        await driver.until(lambda: counts(driver) == "1 of 4 entries")
        tab(driver).filter.clear()
        await driver.until(lambda: counts(driver) == "4 entries")


async def test_escape_stops_a_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "history.json", 3000)
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: driver.history.complete)
        view = driver.history.archive.view
        read, go_on = view.read, asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(snapshot: object, offset: int, size: int) -> bytes:
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
            return read(snapshot, offset, size)  # type: ignore[arg-type]

        monkeypatch.setattr(view, "read", slow)
        await driver.press("f")
        type_in(driver, f"body:{needle(5)}")
        await driver.until(lambda: "escape stops" in counts(driver))
        await driver.press("escape")
        await driver.until(lambda: "stopped at" in counts(driver))
        assert driver.app.focused is tab(driver).filter
        go_on.set()
        monkeypatch.undo()
        type_in(driver, " 2")
        await driver.until(lambda: counts(driver) == "1 of 3,000 entries")
