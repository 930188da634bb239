"""What the keys of the History list do: with the row, and with all that is marked."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from sonde_core.errors import HistoryError
from sonde_core.history.entry import Entry
from sonde_core.history.gone import Gone
from sonde_core.history.history import History
from sonde_core.history.summary import Summary
from sonde_tui.screens.ask import AskScreen
from sonde_tui.screens.choose import ChooseScreen
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.note import NoteScreen
from sonde_tui.screens.tags import TagsScreen
from tests.histories import http, session
from tests.many_entries import write
from tests.patience import PATIENCE
from tests.tui.driving import Driver, driving
from tests.tui.history_tab import counts, fill, listed, tab


def kept(driver: Driver) -> list[Summary]:
    """Return all entries, newest first."""
    return list(driver.history.summaries())


async def test_space_marks_several_and_the_star_unmarks_all(tmp_path: Path) -> None:
    await fill(tmp_path, *(http(number) for number in range(4)))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "4 entries")
        await driver.press("space", "j", "j", "space")
        await driver.until(lambda: counts(driver) == "4 entries · 2 marked")
        assert [row[0] for row in listed(driver)] == ["*", " ", "*", " "]
        await driver.press("space")
        await driver.until(lambda: counts(driver) == "4 entries · 1 marked")
        await driver.press("asterisk")
        await driver.until(lambda: counts(driver) == "4 entries")
        await driver.press("asterisk")
        await driver.until(lambda: counts(driver) == "4 entries · 4 marked")


async def test_only_what_is_listed_is_marked_and_what_is_not_listed_is_told(
    tmp_path: Path,
) -> None:
    await fill(tmp_path, http(1), http(2), session())
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "3 entries")
        tab(driver).filter.value = "http"
        await driver.until(lambda: counts(driver) == "2 of 3 entries")
        tab(driver).rows.focus()
        await driver.press("asterisk")
        await driver.until(lambda: counts(driver) == "2 of 3 entries · 2 marked")
        tab(driver).filter.value = "tcp"
        await driver.until(
            lambda: counts(driver) == "1 of 3 entries · 2 marked · 2 of them not listed"
        )


async def test_pin_and_delete_are_for_all_that_is_marked_and_undone_step_by_step(
    tmp_path: Path,
) -> None:
    await fill(tmp_path, *(http(number) for number in range(5)))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "5 entries")
        await driver.press("space", "j", "space", "p")
        await driver.until(lambda: [each.pinned for each in kept(driver)].count(True) == 2)
        await driver.press("delete")
        await driver.until(lambda: counts(driver) == "3 entries")
        await driver.press("delete")
        await driver.until(lambda: counts(driver) == "2 entries")
        await driver.press("u")
        await driver.until(lambda: counts(driver) == "3 entries")
        await driver.press("u")
        await driver.until(lambda: counts(driver) == "5 entries")
        assert [each.pinned for each in kept(driver)] == [True, True, False, False, False]
        assert "2 are back" in driver.notes()


async def test_what_is_marked_out_of_sight_is_asked_for_and_the_row_comes_first(
    tmp_path: Path,
) -> None:
    ids = await fill(tmp_path, *(http(number) for number in range(60)))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "60 entries")
        await driver.press("space", "j", "space", "G", "delete")
        await driver.until(lambda: isinstance(driver.app.screen, ChooseScreen))
        await driver.until(lambda: "2 marked entries, not on the screen" in driver.drawn())
        await driver.press("enter")
        await driver.until(lambda: counts(driver) == "59 entries · 2 marked")
        assert ids[0] not in [each.id for each in kept(driver)]
        await driver.press("delete")
        await driver.until(lambda: isinstance(driver.app.screen, ChooseScreen))
        await driver.press("down", "enter")
        await driver.until(lambda: counts(driver) == "57 entries")
        await driver.until(lambda: "2 marked entries deleted; u brings them" in driver.notes())


async def test_a_row_acts_on_what_is_marked_beside_it_and_says_so(tmp_path: Path) -> None:
    ids = await fill(tmp_path, http(1), http(2), http(3))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "3 entries")
        await driver.press("space", "j", "p")
        await driver.until(lambda: "The marked entry pinned." in driver.notes())
        assert [each.id for each in kept(driver) if each.pinned] == [ids[2]]


async def test_pin_unpins_only_when_all_are_pinned(tmp_path: Path) -> None:
    await fill(tmp_path, http(1), http(2))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "2 entries")
        await driver.press("p", "asterisk", "p")
        await driver.until(lambda: all(each.pinned for each in kept(driver)))
        await driver.press("p")
        await driver.until(lambda: not any(each.pinned for each in kept(driver)))


async def test_two_marked_entries_are_compared_the_older_first(tmp_path: Path) -> None:
    old, new, _ = await fill(tmp_path, session(b"one"), session(b"two"), session(b"x"))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "3 entries")
        await driver.press("j", "space", "j", "space", "g", "d")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
        assert tab(driver)._in_order({new, old}) == [old, new]
        await driver.press("escape", "space", "d")
        await driver.until(lambda: "3 are marked: two are compared" in driver.notes())


async def test_tags_are_completed_and_shown(tmp_path: Path) -> None:
    ids = await fill(tmp_path, http(1), http(2), http(3))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "3 entries")
        await driver.history.set(ids[0], tags=["staging", "slow"])
        await driver.until(lambda: any("staging" in row for row in listed(driver)))
        await driver.press("t")
        await driver.until(lambda: isinstance(driver.app.screen, TagsScreen))
        await driver.until(lambda: "in use: slow staging" in driver.drawn())
        await driver.press("s", "t", "tab", *"new", "enter")
        await driver.until(lambda: "#staging #new " in listed(driver)[0])
        assert kept(driver)[0].tags == ("staging", "new")


async def test_tags_of_several_are_those_that_all_have(tmp_path: Path) -> None:
    ids = await fill(tmp_path, http(1), http(2))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "2 entries")
        await driver.history.set(ids[0], tags=["own", "both"])
        await driver.history.set(ids[1], tags=["both"])
        await driver.until(lambda: all("both" in row for row in listed(driver)))
        await driver.press("asterisk", "t")
        await driver.until(lambda: isinstance(driver.app.screen, TagsScreen))
        screen = driver.app.screen
        assert isinstance(screen, TagsScreen)
        assert screen.field.value == "both "
        await driver.press(*["backspace"] * 5, *"more", "enter")
        await driver.until(lambda: kept(driver)[0].tags == ("more",))
        await driver.until(lambda: kept(driver)[1].tags == ("own", "more"))


async def test_a_note_has_many_lines(tmp_path: Path) -> None:
    await fill(tmp_path, http(1))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "1 entry")
        await driver.press("a")
        await driver.until(lambda: isinstance(driver.app.screen, NoteScreen))
        await driver.press("o", "enter", "t", "ctrl+j")
        await driver.until(lambda: kept(driver)[0].note == "o\nt")
        await driver.until(lambda: "✎" in listed(driver)[0])
        await driver.press("a")
        await driver.until(lambda: isinstance(driver.app.screen, NoteScreen))
        await driver.press("x", "escape")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        assert kept(driver)[0].note == "o\nt"


async def test_a_long_note_is_kept_whole_or_not_taken(tmp_path: Path) -> None:
    ids = await fill(tmp_path, http(1))
    text = "\n".join("long " * 20 for _ in range(2000)).strip()
    more = "\n".join("more " * 20 for _ in range(9000))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "1 entry")
        await driver.history.set(ids, note=text)
        await driver.until(lambda: "✎" in listed(driver)[0])
        await driver.press("a")
        await driver.until(lambda: isinstance(driver.app.screen, NoteScreen))
        await driver.press("!", "ctrl+j")
        await driver.until(lambda: kept(driver)[0].note == f"{text}!")
        await driver.press("a")
        await driver.until(lambda: isinstance(driver.app.screen, NoteScreen))
        await driver.type(more)
        await driver.press("ctrl+j")
        await driver.until(lambda: "more than 1 MiB. Give less of it." in driver.drawn())
        assert isinstance(driver.app.screen, NoteScreen)
        await driver.press("escape")
        assert kept(driver)[0].note == f"{text}!"


async def test_a_long_name_is_kept_whole(tmp_path: Path) -> None:
    await fill(tmp_path, http(1))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "1 entry")
        await driver.press("m")
        await driver.until(lambda: isinstance(driver.app.screen, AskScreen))
        await driver.type("name " * 60)
        await driver.press("enter")
        await driver.until(lambda: kept(driver)[0].name == ("name " * 60).strip())


async def test_a_note_that_is_only_read_stays_as_it_is(tmp_path: Path) -> None:
    ids = await fill(tmp_path, http(1))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "1 entry")
        await driver.history.set(ids, note=" one\ftwo\r\nthree\n")
        await driver.until(lambda: "✎" in listed(driver)[0])
        await driver.press("a")
        await driver.until(lambda: isinstance(driver.app.screen, NoteScreen))
        await driver.press("ctrl+j")
        await driver.until(lambda: len(driver.app.screen_stack) == 1)
        assert kept(driver)[0].note == " one\ftwo\r\nthree\n"


async def test_what_was_deleted_elsewhere_is_marked_no_more(tmp_path: Path) -> None:
    ids = await fill(tmp_path, http(1), http(2), http(3))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "3 entries")
        await driver.press("asterisk")
        await driver.history.delete(ids[1:])
        await driver.press("p")
        await driver.until(lambda: [each.pinned for each in kept(driver)] == [True])


@pytest.mark.parametrize("key", ["v", "c"])
async def test_the_cursor_stays_on_its_entry_in_another_order(tmp_path: Path, key: str) -> None:
    ids = await fill(tmp_path, *(http(number % 7) for number in range(40)), session())
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "41 entries")
        await driver.press("j", "j", "j")
        await driver.press(key)
        await driver.until(lambda: " · " in counts(driver))
        assert tab(driver).entry_id == ids[-4]
        await driver.history.add(http(99))
        await driver.until(lambda: "42 entries" in counts(driver))
        assert tab(driver).entry_id == ids[-4]
        await driver.press(key)
        await driver.until(lambda: counts(driver) == "42 entries")
        assert tab(driver).entry_id == ids[-4]


async def test_a_tree_is_folded_and_walked_by_keys(tmp_path: Path) -> None:
    await fill(tmp_path, session(), http(1), http(1), http(2), http(2))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "5 entries")
        await driver.press("v")
        await driver.until(lambda: counts(driver) == "5 entries · by host and path")
        assert [row.split()[:2] for row in listed(driver) if "▾" in row or "▸" in row] == [
            ["▾", "http://127.0.0.1"],
            ["▾", "/2"],
            ["▸", "/1"],
        ]
        rows = tab(driver).rows
        await driver.press("left", "left")
        assert (rows.cursor_row, rows.current) == (1, None)
        assert "/1" in listed(driver)[2]
        await driver.press("right", "j", "j", "z")
        assert "▸ /2" in listed(driver)[1]
        assert rows.cursor_row == 1
        await driver.press("Z")
        await driver.until(lambda: sum("▾" in row for row in listed(driver)) == 3)
        await driver.press("Z")
        await driver.until(lambda: len(listed(driver)) == 2)
        await driver.press("g", "enter")
        await driver.until(lambda: len(listed(driver)) == 4)


async def test_repeated_entries_are_one_row_that_unfolds_and_is_marked_as_a_whole(
    tmp_path: Path,
) -> None:
    ids = await fill(tmp_path, http(1), http(2), http(1), http(1))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "4 entries")
        await driver.press("c")
        await driver.until(lambda: len(listed(driver)) == 2)
        assert "▸\N{MULTIPLICATION SIGN}3 " in listed(driver)[0]
        assert tab(driver).entry_id == ids[3]
        await driver.press("right")
        await driver.until(lambda: len(listed(driver)) == 4)
        await driver.press("left", "space")
        await driver.until(lambda: counts(driver) == "4 entries · 3 marked · repeats as one")
        await driver.press("delete")
        await driver.until(lambda: [each.id for each in kept(driver)] == [ids[1]])
        await driver.press("u")
        await driver.until(lambda: len(kept(driver)) == 4)


def slow_deletion(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Hold the writing thread in the next deletion, as very many entries do; returns the way on."""
    delete, go = driver.history.archive.delete, threading.Event()

    def held(identities: Sequence[str]) -> list[Gone | Entry]:
        go.wait(PATIENCE)
        return delete(identities)

    monkeypatch.setattr(driver.history.archive, "delete", held)
    return go


async def test_undo_while_much_is_deleted_says_that_it_follows_and_quit_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "history.json", 1001)
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "1,001 entries")
        go = slow_deletion(driver, monkeypatch)
        await driver.press("asterisk", "delete", "u")
        await driver.until(lambda: "Deleting 1,001 entries… u brings" in driver.notes())
        await driver.until(lambda: "Undo follows once the deletion is done." in driver.notes())
        await driver.press("ctrl+q")
        await driver.until(lambda: "Leaving… the history is still being" in driver.notes())
        assert driver.app.return_code is None
        go.set()
        await driver.until(lambda: driver.app.return_code == 0)
    history = History(tmp_path / "history.json")
    history.open()
    await history.load()
    assert len(history.summaries()) == 1001
    await history.close()


async def test_undo_of_much_that_could_not_be_deleted_brings_nothing_else_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "history.json", 1002)
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "1,002 entries")
        await driver.press("delete")
        await driver.until(lambda: counts(driver) == "1,001 entries")
        go = threading.Event()

        def refused(_: Sequence[str]) -> list[Gone | Entry]:
            go.wait(PATIENCE)
            raise HistoryError("history.json cannot be read.")

        monkeypatch.setattr(driver.history.archive, "delete", refused)
        await driver.press("asterisk", "delete", "u")
        await driver.until(lambda: "Undo follows once" in driver.notes())
        go.set()
        await driver.until(lambda: "history.json cannot be read." in driver.problem())
        await driver.until(lambda: "Nothing to bring back." in driver.notes())
        assert len(kept(driver)) == 1001


async def test_a_problem_told_while_an_entry_is_being_read_stays_until_the_cursor_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path, http(1), http(2))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "2 entries")
        await tab(driver).row_shown()
        get, go = driver.history.get, asyncio.Event()

        async def late(entry_id: str) -> Entry:
            await go.wait()
            return await get(entry_id)

        def refused(_: Sequence[str]) -> list[Gone | Entry]:
            raise HistoryError("history.json cannot be read.")

        monkeypatch.setattr(driver.history, "get", late)
        monkeypatch.setattr(driver.history.archive, "delete", refused)
        await driver.press("j", "delete")
        await driver.until(lambda: "cannot be read" in driver.problem())
        go.set()
        await tab(driver).row_shown()
        assert tab(driver).entry
        assert "cannot be read" in driver.problem()
        await driver.press("k")
        await driver.until(lambda: not driver.problem())


async def test_deletions_and_undos_that_are_typed_ahead_keep_their_order(tmp_path: Path) -> None:
    ids = await fill(tmp_path, *(http(number) for number in range(4)))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "4 entries")
        driver.hit("asterisk", "D", "u", "p")
        await driver.until(lambda: "4 are back." in driver.notes())
        await driver.until(lambda: any(each.pinned for each in kept(driver)))
        assert [each.id for each in kept(driver)] == ids[::-1]
        assert not driver.problem()


async def test_marks_stay_where_nothing_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path, http(1), http(2), http(3))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "3 entries")

        def refused(_: Sequence[str]) -> list[Gone | Entry]:
            raise HistoryError("history.json cannot be read.")

        monkeypatch.setattr(driver.history.archive, "delete", refused)
        await driver.press("asterisk", "delete")
        await driver.until(lambda: "history.json cannot be read." in driver.problem())
        await driver.until(lambda: counts(driver) == "3 entries · 3 marked")


async def test_a_list_that_was_deleted_wholly_says_how_it_comes_back(tmp_path: Path) -> None:
    await fill(tmp_path, http(1), http(2))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "2 entries")
        await driver.press("asterisk", "delete")
        await driver.until(lambda: "All is deleted; u brings back" in counts(driver))
        await driver.press("u")
        await driver.until(lambda: counts(driver) == "2 entries")


async def test_a_list_that_is_never_drawn_since_the_app_ends_warns_of_nothing(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    await fill(tmp_path, http(1))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "1 entry")
        await driver.until(lambda: not any(each.group == "list" for each in driver.app.workers))
        await driver.history.set(kept(driver)[0].id, name="one")  # the list is drawn soon
        assert any(each.group == "list" for each in driver.app.workers)
        driver.app.workers.cancel_all()  # as the app does when it ends
        await driver.pilot.pause()
    gc.collect()
    assert not [str(each.message) for each in recwarn.list]
