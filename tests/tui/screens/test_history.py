"""The History tab by keyboard, over a real file."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.http_request import HttpRequest
from sonde_core.model import Chunk, Direction, Exchange
from sonde_core.session_request import SessionRequest
from sonde_tui.messages import EntryAsked
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.listener import ListenTab
from sonde_tui.screens.session import SocketTab
from tests.histories import STARTED, http, session
from tests.holding import lets_go_on
from tests.patience import PATIENCE
from tests.peers import Peer, echo
from tests.tui.driving import driving
from tests.tui.history_tab import counts, fill, listed, tab


async def test_an_empty_history_says_what_to_do(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: "Nothing here yet" in counts(driver))


async def test_entries_of_before_are_there_newest_first(tmp_path: Path) -> None:
    await fill(tmp_path, *(http(number) for number in range(250)), session())
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "251 entries")
        assert "tcp     done      tcp://127.0.0.1:8888" in listed(driver)[0]
        assert "GET     200       http://127.0.0.1/249" in listed(driver)[1]
        assert "http://127.0.0.1/0 " in listed(driver)[250]


async def test_what_is_recorded_meanwhile_comes_in_and_the_cursor_stays(tmp_path: Path) -> None:
    await fill(tmp_path, *(http(number) for number in range(3)))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 3)
        await driver.press("j")
        await driver.history.add(http(77))
        await driver.until(lambda: len(listed(driver)) == 4)
        assert "/77" in listed(driver)[0]
        assert tab(driver).rows.cursor_row == 2
        await driver.press("g")
        await driver.history.add(http(78))
        await driver.until(lambda: len(listed(driver)) == 5)
        current = tab(driver).rows.current
        assert current is not None
        assert current.target.endswith("/77")


async def test_many_quick_additions_are_drawn_together(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        drawn: list[int] = []
        rows = tab(driver).rows
        show = rows.show_entries

        def counting(summaries: object, **more: object) -> None:
            drawn.append(1)
            show(summaries, **more)  # type: ignore[arg-type]

        rows.show_entries = counting  # type: ignore[method-assign, assignment]
        begun = time.monotonic()
        await asyncio.gather(*(driver.history.add(http(number)) for number in range(300)))
        await driver.until(lambda: len(listed(driver)) == 300)
        assert len(drawn) <= 3 + (time.monotonic() - begun) * 10


async def test_another_process_is_seen_when_one_comes_back(tmp_path: Path) -> None:
    await fill(tmp_path, http(1))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 1)
        await fill(tmp_path, http(2))
        await driver.press("f3")
        await driver.until(lambda: isinstance(driver.app.tab, SocketTab))
        await driver.press("f5")
        await driver.until(lambda: len(listed(driver)) == 2)


async def test_filter_as_one_types(tmp_path: Path) -> None:
    await fill(tmp_path, *(http(number) for number in range(30)), session())
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 31)
        await driver.press("ctrl+l", "g", "e", "t")
        await driver.until(lambda: counts(driver) == "30 of 31 entries")
        await driver.press("space", "/", "2")
        await driver.until(lambda: counts(driver) == "11 of 31 entries")
        await driver.press("backspace", "backspace", "backspace", "backspace", "backspace")
        await driver.press("backspace", "t", "c", "p")
        await driver.until(lambda: counts(driver) == "1 of 31 entries")
        await driver.press("enter")
        assert driver.app.focused is tab(driver).rows
        await driver.press("escape")
        await driver.until(lambda: counts(driver) == "31 entries")
        await driver.press("f", "y")
        assert tab(driver).filter.value == "y"


@pytest.mark.parametrize(("typed", "left"), [("tcp", 1), ("nowhere", 0)])
async def test_escape_leaves_the_filter_and_a_second_one_empties_it(
    tmp_path: Path, typed: str, left: int
) -> None:
    await fill(tmp_path, *(http(number) for number in range(3)), session())
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 4)
        await driver.press("f", *typed)
        await driver.until(lambda: counts(driver) == f"{left} of 4 entries")
        await driver.press("escape")
        assert driver.app.focused is tab(driver).rows
        assert tab(driver).filter.value == typed
        await driver.press("escape")
        assert tab(driver).filter.value == ""
        await driver.until(lambda: counts(driver) == "4 entries")
        assert driver.app.focused is tab(driver).rows


async def test_100_000_entries_are_filtered_without_losing_frames(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        entry = await driver.history.add(http(1))
        await driver.until(lambda: len(listed(driver)) == 1)
        one = driver.history.summaries()[0]
        many = [
            replace(one, id=f"{number:032x}", target=f"http://127.0.0.1/{number}")
            for number in range(100_000)
        ]
        driver.history.summaries = lambda: many  # type: ignore[method-assign]
        await driver.history.set(entry.id, pinned=True)
        await driver.until(lambda: counts(driver) == "100,000 entries")
        tab(driver).filter.value = "get /9999"
        async with asyncio.timeout(PATIENCE):
            assert await lets_go_on(lambda: counts(driver) == "11 of 100,000 entries")


async def test_an_entry_is_looked_at_as_what_it_is(tmp_path: Path) -> None:
    await fill(tmp_path, http(1, body=b'{"a": 1}'), session(b"Hello, client!"))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: "Hello, client!" in driver.drawn())
        assert "done · 0 B sent · 14 B received" in driver.drawn()
        await driver.press("j")
        await driver.until(lambda: "200 OK" in driver.drawn())
        await driver.press("k", "enter")
        await driver.until(lambda: driver.app.focused is tab(driver).view.transcript)
        await driver.press("escape")
        assert driver.app.focused is tab(driver).rows


async def test_moving_quickly_shows_the_last_and_nothing_breaks(tmp_path: Path) -> None:
    mixed = [http(number) if number % 2 else session(b"%d" % number) for number in range(20)]
    await fill(tmp_path, *mixed)
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 20)
        await driver.press(*"jkjkjjjjjjkjj")
        await driver.until(lambda: tab(driver).entry)
        entry = tab(driver).entry
        assert entry is not None
        assert entry.id == tab(driver).entry_id


async def test_pin_name_delete_and_undo(tmp_path: Path) -> None:
    await fill(tmp_path, http(1), http(2))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 2)
        await driver.press("p")
        await driver.until(lambda: listed(driver)[0].startswith(" ▲"))
        await driver.press("m")
        await driver.until(lambda: len(driver.app.screen_stack) == 2)
        await driver.press(*"login", "enter")
        await driver.until(lambda: "login · " in listed(driver)[0])
        await driver.press("delete")
        await driver.until(lambda: counts(driver) == "1 entry")
        assert "/1" in listed(driver)[0]
        await driver.press("x")
        await driver.pilot.pause()
        assert counts(driver) == "1 entry"  # x means hex wherever one looks
        await driver.press("D")
        await driver.until(lambda: "All is deleted; u brings back" in counts(driver))
        await driver.press("u", "u")
        await driver.until(lambda: counts(driver) == "2 entries")
        await driver.press("u")
        await driver.until(lambda: "Nothing to bring back" in driver.notes())
        assert listed(driver)[0].startswith(" ▲")


async def test_deleting_in_the_middle_leaves_the_cursor_where_it_was(tmp_path: Path) -> None:
    await fill(tmp_path, *(http(number) for number in range(5)))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 5)
        await driver.press("j", "j", "delete")
        await driver.until(lambda: len(listed(driver)) == 4)
        assert tab(driver).rows.cursor_row == 2
        await driver.until(lambda: tab(driver).entry)
        entry = tab(driver).entry
        assert entry is not None
        assert entry.exchange.target.endswith("/1")


async def test_two_rows_are_compared(tmp_path: Path) -> None:
    await fill(tmp_path, session(b"one"), session(b"two"))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 2)
        await driver.press("d")
        await driver.until(lambda: "Mark another row" in driver.notes())
        await driver.press("space", "j")
        await driver.until(lambda: listed(driver)[0].startswith("*"))
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
        await driver.press("escape")


async def test_the_same_word_is_not_told_twice_at_once(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        await driver.press("u", "u", "u")
        await driver.until(lambda: "Nothing to bring back" in driver.notes())
        await driver.pilot.pause()
        assert len(driver.app._notifications) == 1


async def test_a_session_is_replayed_and_compared_with_its_replay(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        history = History(tmp_path / "history.json")
        history.open()
        exchanger = Exchanger(history)
        live = exchanger.session(SessionRequest(peer.address))
        await live.open()
        await live.send(b"again\n")
        await live.expect(b"again\n", seconds=5)
        await live.close()
        await exchanger.recorded(live)
        await exchanger.close()
        async with driving(tmp_path, tab="history") as driver:
            await driver.until(lambda: len(listed(driver)) == 1)
            await driver.press("r")
            await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
            await driver.until(lambda: len(driver.history.summaries()) == 2)
            await driver.press("escape")
            assert peer.heard == b"again\nagain\n"
            await driver.until(lambda: len(listed(driver)) == 2)
            await driver.press("g", "ctrl+r")
            await driver.until(lambda: len(driver.history.summaries()) == 3)
            await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
            await driver.press("escape")
            await driver.press("g", "d")
            await driver.until(lambda: isinstance(driver.app.screen, DifferenceScreen))
            await driver.press("escape")


async def test_e_puts_an_entry_back_into_its_tab(tmp_path: Path) -> None:
    sent = Exchange(
        SessionRequest("tcp://127.0.0.1:8888"),
        STARTED,
        session().outcome,
        "tcp",
        timeline=(Chunk(0.1, Direction.SENT, b"Hello, server!"),),
        sent=14,
    )
    await fill(tmp_path, http(5), sent)
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 2)
        await driver.press("e")
        await driver.until(lambda: isinstance(driver.app.tab, SocketTab))
        socket_tab = driver.app.tab
        assert isinstance(socket_tab, SocketTab)
        await driver.until(lambda: socket_tab.pane.payload.value == "Hello, server!")
        assert socket_tab.address.value == "tcp://127.0.0.1:8888"
        await driver.press("f5", "j", "e")
        await driver.until(lambda: driver.app.tab.id == "http")
        assert driver.app.tab.query_one("#url", Input).value == "http://127.0.0.1/5"


async def test_a_client_of_a_listener_goes_to_the_listen_tab(tmp_path: Path) -> None:
    await fill(tmp_path, replace(session(), role="server"))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 1)
        await driver.press("e")
        await driver.until(lambda: isinstance(driver.app.tab, ListenTab))
        await driver.until(lambda: "has to come by itself" in driver.notes())


async def test_y_copies_what_came_or_the_chunk(tmp_path: Path) -> None:
    two = replace(
        session(),
        timeline=(
            Chunk(0.1, Direction.RECEIVED, b"one "),
            Chunk(0.2, Direction.SENT, b"no"),
            Chunk(0.3, Direction.RECEIVED, b"two\n"),
        ),
        received=8,
        sent=2,
    )
    await fill(tmp_path, http(1, body=b"the body"), two)
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: tab(driver).entry)
        await driver.press("y")
        await driver.until(lambda: driver.copies == [b"one two\n"])
        await driver.press("enter", "j", "y")
        await driver.until(lambda: driver.copies[1:] == [b"no"])
        await driver.press("escape", "j")
        await driver.until(lambda: "the body" in driver.drawn())
        await driver.press("y")
        await driver.until(lambda: driver.copies[2:] == [b"the body"])


async def test_copy_as_opens_for_the_row(tmp_path: Path) -> None:
    await fill(tmp_path, http(1))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: tab(driver).entry)
        await driver.press("Y")
        await driver.until(lambda: len(driver.app.screen_stack) == 2)


async def test_secrets_in_a_url_are_masked_until_revealed(tmp_path: Path) -> None:
    request = HttpRequest(url="http://127.0.0.1/?token=sesame")
    await fill(tmp_path, replace(http(1), request=request))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 1)
        assert "sesame" not in listed(driver)[0]
        await driver.press("ctrl+g")
        await driver.until(lambda: "token=sesame" in listed(driver)[0])


async def test_it_fits_80_columns(tmp_path: Path) -> None:
    await fill(tmp_path, session(b"Hello, client!"))
    async with driving(tmp_path, tab="history", size=(80, 24)) as driver:
        await driver.until(lambda: "Hello, client!" in driver.drawn())
        assert "tcp://127.0.0.1:8888" in driver.drawn()


async def test_an_empty_history_says_all_of_what_to_do_in_80_columns(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history", size=(80, 24)) as driver:
        await driver.until(lambda: "it is kept." in driver.drawn().replace("\n", ""))


async def test_long_urls_are_told_apart_and_their_sizes_seen(tmp_path: Path) -> None:
    start = "http://service.example.org:8080/api/v2/customers/4711/orders"
    long = [replace(http(), request=HttpRequest(url=f"{start}/{name}")) for name in ("a1", "b2")]
    await fill(tmp_path, *long)
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: len(listed(driver)) == 2)
        await driver.until(lambda: tab(driver).rows.size.width == 72)
        drawn = [row[:72] for row in driver.drawn().splitlines()]
        for name in ("a1", "b2"):
            (row,) = [row for row in drawn if f"orders/{name}" in row or f"/{name} " in row]
            assert "service" in row
            assert row.rstrip().endswith("0.0 ms · 5 B")
        head = tab(driver).view.query_one("#entry-head", Static)
        await driver.until(lambda: f"GET {start}/b2 · " in str(head.render()))
        await driver.pilot.resize_terminal(200, 40)
        await driver.until(lambda: any(f"{start}/a1" in row for row in listed(driver)))


async def test_a_wide_screen_shows_the_entry_beside_the_list(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="history") as driver:
        view, rows = tab(driver).view, tab(driver).rows
        await driver.until(lambda: view.region.x == rows.region.right > 0)
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: view.region.y == rows.region.bottom)


async def test_an_entry_is_shown_from_elsewhere_also_before_the_list_is(tmp_path: Path) -> None:
    ids = await fill(tmp_path, *(http(number) for number in range(250)))
    async with driving(tmp_path) as driver:
        driver.app.post_message(EntryAsked(ids[3]))
        await driver.until(lambda: driver.app.tab.id == "history")
        await driver.until(lambda: tab(driver).entry_id == ids[3])
        tab(driver).filter.value = "nothing is called so"
        await driver.until(lambda: not listed(driver))
        driver.app.post_message(EntryAsked(ids[200]))
        await driver.until(lambda: tab(driver).entry_id == ids[200])
        await driver.until(lambda: tab(driver).entry)


async def test_a_file_that_is_emptied_while_it_is_looked_at_is_told(tmp_path: Path) -> None:
    await fill(tmp_path, http(1), http(2))
    async with driving(tmp_path, tab="history") as driver:
        await driver.until(lambda: counts(driver) == "2 entries")
        (tmp_path / "history.json").write_bytes(b"")
        await driver.app.show("http")
        driver.app.tab.load("http://nowhere.invalid/")
        await driver.press("ctrl+j")
        await driver.until(lambda: "was emptied or removed while it was in use" in driver.notes())
        await driver.app.show("history")
        await driver.until(lambda: counts(driver) == "1 entry")
