"""Writing to a session by keyboard, against real peers."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import Paste

from sonde_core.errors import RequestError
from sonde_core.listen_request import ListenRequest
from sonde_core.model import EventKind, Outcome
from sonde_core.payload import LineEnding
from sonde_core.session import Session
from sonde_core.snippets import Snippet, Snippets
from sonde_core.steps import MessageKind
from sonde_core.transport.listener import Listener
from sonde_tui.key_order import KeyOrder
from sonde_tui.screens.ask import AskScreen
from sonde_tui.screens.control import ControlScreen
from sonde_tui.screens.repeat import RepeatScreen
from sonde_tui.screens.session import SocketTab
from sonde_tui.screens.snippets import SnippetScreen
from sonde_tui.widgets.session_pane import SessionPane
from sonde_tui.widgets.status_line import ProblemPanel, StatusLine
from tests.patience import PATIENCE
from tests.peers import Peer, echo, silent
from tests.tui.driving import Driver, driving


def pane(driver: Driver) -> SessionPane:
    assert isinstance(driver.app.tab, SocketTab)
    return driver.app.tab.pane


def session(driver: Driver) -> Session:
    found = pane(driver).session
    assert found is not None
    return found


async def opened(driver: Driver) -> None:
    await driver.press("enter")
    await driver.until(lambda: session(driver).state.name == "OPEN")


async def heard(driver: Driver, peer: Peer, data: bytes) -> None:
    await driver.until(lambda: bytes(peer.heard) == data)


def screen(driver: Driver, kind: type) -> Callable[[], bool]:
    return lambda: isinstance(driver.app.screen, kind)


async def test_many_lines_are_typed_and_sent_by_ctrl_j(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("a", "f6", "enter", "b", "enter")
            await driver.until(lambda: pane(driver).line.text == "a\nb\n")
            assert not peer.heard
            await driver.press("ctrl+j")
            await heard(driver, peer, b"a\nb\n\n")
            assert pane(driver).line.text == ""
            assert pane(driver).editor.has_focus
            await driver.press("c", "f6", "enter")
            await heard(driver, peer, b"a\nb\n\nc\n")


async def test_an_empty_editor_of_many_lines_sends_no_line_ending_alone(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("f6", "ctrl+j")
            await driver.until(lambda: "The editor is empty" in driver.problem())
            assert not peer.heard
            await driver.press("a")
            await driver.until(lambda: not driver.problem())
            await driver.press("ctrl+j")
            await heard(driver, peer, b"a\n")
            await driver.press("ctrl+j")
            await driver.until(lambda: "nothing was sent" in driver.problem())
            await driver.press("f6", "enter")
            await heard(driver, peer, b"a\n\n")
            assert not driver.problem()


async def test_a_pasted_block_is_sent_as_it_is_and_not_before_one_says_so(tmp_path: Path) -> None:
    block = 'GET / HTTP/1.1\nX: "a\\b" {{{\n\n'
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            driver.app.post_message(Paste(block))
            await driver.until(lambda: pane(driver).line.text == block)
            assert pane(driver).line.is_block
            assert not peer.heard
            await driver.press("ctrl+j")
            await heard(driver, peer, block.encode())


async def test_a_block_that_is_pasted_into_text_keeps_its_bytes(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("backslash", "t", "left", "left")
            driver.app.post_message(Paste("a\\n\r\nb"))
            await driver.until(lambda: pane(driver).line.is_block)
            await driver.press("ctrl+j")
            await heard(driver, peer, b"a\\n\r\nb\t\n")


async def test_a_line_with_its_line_feed_stays_one_line(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="socket") as driver:
        pane(driver).editor.focus()
        driver.app.post_message(Paste("ls\n"))
        await driver.until(lambda: pane(driver).line.text == r"ls\n")
        assert not pane(driver).line.is_block


@pytest.mark.parametrize("slip", ["{{counter}}{{nix}}", "\\q"])
async def test_a_fault_of_what_is_typed_is_told_until_that_is_changed(
    tmp_path: Path, slip: str
) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            panel = pane(driver).query_one(ProblemPanel)
            driver.app.post_message(Paste(slip))
            await driver.until(lambda: pane(driver).line.text == slip)
            await driver.press("enter")
            await driver.until(lambda: panel.problem is not None)
            assert pane(driver).line.text == slip
            await driver.press("backspace")
            await driver.until(lambda: panel.problem is None)
            await driver.press(slip[-1], "enter")
            await driver.until(lambda: panel.problem is not None)
            await driver.press("ctrl+u", "a", "enter")
            await heard(driver, peer, b"a\n")
            assert panel.problem is None


async def test_a_fault_is_told_until_what_is_typed_is_meant_otherwise(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            panel = pane(driver).query_one(ProblemPanel)
            await driver.press("ctrl+n", "z", "enter")
            await driver.until(lambda: panel.problem is not None)
            await driver.press("ctrl+n")
            await driver.until(lambda: panel.problem is None)
            assert pane(driver).line.text == "z"


async def test_a_field_that_is_not_known_is_told_until_none_is_filled_in(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            panel = pane(driver).query_one(ProblemPanel)
            driver.app.post_message(Paste("{{counter}}{{nix}}"))
            await driver.until(lambda: pane(driver).line.text.endswith("{{nix}}"))
            await driver.press("enter")
            await driver.until(lambda: panel.problem is not None)
            await driver.press("shift+tab", "space")  # the line's ending has no part in it
            await driver.until(lambda: pane(driver).line.typed.ending is not LineEnding.LF)
            assert panel.problem is not None
            await driver.press("tab", "tab", "left")
            await driver.until(lambda: panel.problem is None)
            assert pane(driver).line.typed.fill is False


async def test_repeating_tells_of_no_earlier_fault(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            pane(driver).refuse(RequestError("An earlier fault.", hint="It is over."))
            await driver.press("a", "escape", "R")
            await driver.until(screen(driver, RepeatScreen))
            await driver.press("ctrl+j")
            await driver.until(lambda: bytes(peer.heard).startswith(b"a\n"))
            assert pane(driver).query_one(ProblemPanel).problem is None
            await driver.press("R")


async def test_a_control_character_goes_to_the_peer_and_into_the_record(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("x", "ctrl+right_square_bracket", "c")
            await heard(driver, peer, b"\x03")
            assert pane(driver).line.text == "x"
            await driver.press("ctrl+right_square_bracket")
            await driver.until(screen(driver, ControlScreen))
            await driver.press("f1", "question_mark")
            await heard(driver, peer, b"\x03\x7f")
            await driver.press("ctrl+right_square_bracket", "escape")
            await driver.until(lambda: len(driver.app.screen_stack) == 1)
            assert [c.data for c in session(driver).exchange().chunks()][:1] == [b"\x03"]


async def test_what_was_sent_to_the_endpoint_in_another_run_is_recalled(tmp_path: Path) -> None:
    with Peer(echo) as peer, Peer(echo) as other:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("a", "enter", "b", "enter")
            await heard(driver, peer, b"a\nb\n")
        async with driving(tmp_path, endpoint=other.address) as driver:
            await opened(driver)
            await driver.press("o", "enter")
            await heard(driver, other, b"o\n")
            await driver.press("ctrl+l", "ctrl+u")
            await driver.type(peer.address)
            await driver.press("enter")
            await driver.until(lambda: len(pane(driver).line.sent.newest_first) == 2)
            await driver.press("up", "up")
            assert pane(driver).line.text == r"a\n"
            await driver.press("up", "enter")
            await heard(driver, peer, b"a\nb\na\n")


async def test_repeating_sends_so_many_times_with_counters(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.type("{{counter}}")
            await driver.press("escape", "R")
            await driver.until(screen(driver, RepeatScreen))
            await driver.press("3", "tab", *"0.01", "enter")
            await heard(driver, peer, b"1\n2\n3\n")
            await driver.until(lambda: "Sent 3 times." in driver.notes())
            assert pane(driver).line.text == "{{counter}}"


async def repeated_for_ever(driver: Driver) -> None:
    await driver.press("x", "escape", "R")
    await driver.until(screen(driver, RepeatScreen))
    await driver.press("delete", "tab", *"60", "ctrl+j")
    await driver.until(lambda: "Sent 1, every 60 s" in driver.drawn())


async def test_repeating_is_stopped_by_either_key(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await repeated_for_ever(driver)
            await driver.press("R")
            await driver.until(lambda: not pane(driver).is_repeating)
            pane(driver).editor.focus()
            await driver.press("ctrl+u")
            await repeated_for_ever(driver)
            await driver.press("escape")
            await driver.until(lambda: not pane(driver).is_repeating)
            assert not session(driver).state.over


async def test_repeating_ends_with_the_session(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await repeated_for_ever(driver)
            await driver.press("f8")
            await driver.until(lambda: not pane(driver).is_repeating)


async def test_a_wrong_plan_is_told_in_the_dialog(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("x", "escape", "R")
            await driver.until(screen(driver, RepeatScreen))
            await driver.press("tab", "x", "enter")
            await driver.until(lambda: "The time between two is no time" in driver.drawn())
            await driver.press("backspace", "1", "shift+tab", "0", "enter")
            await driver.until(lambda: "No times is not at all" in driver.drawn())
            assert not peer.heard


async def sends_too_much(driver: Driver, folder: Path) -> None:
    """Send a file that the peer does not read, until that is told."""
    (folder / "big").write_bytes(bytes(16 << 20))
    await opened(driver)
    await driver.press("ctrl+n", "ctrl+n")
    await driver.type(str(folder / "big"))
    await driver.press("enter")
    await driver.until(lambda: "The peer does not read" in driver.drawn())


async def test_a_peer_that_does_not_read_is_told_and_sending_taken_back(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await sends_too_much(driver, tmp_path)
            await driver.press("ctrl+n", "ctrl+n", "ctrl+n", *"second", "enter")
            await driver.until(lambda: "1 message behind" in driver.drawn())
            assert "The peer does not read" in driver.drawn()
            await driver.until(lambda: "MB of 17 MB still to go" in driver.drawn())
            assert session(driver).queued > 0
            await driver.press("escape")
            await driver.until(lambda: "of the message had left" in driver.drawn())
            await driver.until(lambda: pane(driver).line.text == "second")
            assert not pane(driver).can_stop
            assert not session(driver).state.over
            kept = session(driver)
        assert kept.exchange().outcome is Outcome.CANCELLED  # and leaving waited for nothing


@pytest.mark.parametrize("keys", [("f8",), ("f8", "f8")])
async def test_what_never_left_is_told_and_not_in_green(
    keys: tuple[str, ...], tmp_path: Path
) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await sends_too_much(driver, tmp_path)
            await driver.press("escape", *keys)
            await driver.until(lambda: session(driver).state.over)
            await driver.until(lambda: "of what was sent never left" in driver.drawn())
            status = pane(driver).query_one(StatusLine)
            await driver.until(lambda: status.has_class("-failed"))
            outcome = session(driver).exchange().outcome
            assert outcome is (Outcome.CUT if keys[1:] else Outcome.TIMED_OUT)
            assert outcome.value in status.text
            if not keys[1:]:
                assert "did not take all that was sent" in driver.drawn()


async def test_leaving_does_not_wait_for_a_peer_that_does_not_read(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await sends_too_much(driver, tmp_path)
            clock = asyncio.get_running_loop()
            begun = clock.time()
        assert clock.time() - begun < 10


async def test_a_snippet_is_kept_and_put_into_the_line(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press(*"hi", "f7")
            await driver.until(screen(driver, SnippetScreen))
            await driver.press("ctrl+s", *"one", "enter")
            await driver.until(lambda: "one   " in driver.drawn())
            await driver.press("escape", "ctrl+u", "f7")
            await driver.until(lambda: "one   " in driver.drawn())
            await driver.press("enter", "enter")
            await heard(driver, peer, b"hi\n")


async def test_keys_typed_ahead_of_the_snippets_wait_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Snippets.beside(tmp_path / "config.toml").keep(Snippet("one", "hi"))
    read, go_on = Snippets.read, threading.Event()

    def slowly(snippets: Snippets) -> list[Snippet]:
        go_on.wait(PATIENCE)
        return read(snippets)

    monkeypatch.setattr(Snippets, "read", slowly)
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            driver.app.key_order = KeyOrder(driver.app, patience=PATIENCE)
            await opened(driver)
            driver.hit("f7", "enter", *" there", "enter")
            await driver.until(screen(driver, SnippetScreen))
            await driver.pilot.pause()
            go_on.set()
            await heard(driver, peer, b"hi there")


async def test_a_bad_field_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.type("{{counter}} {{nobody}}")
            await driver.press("enter")
            await driver.until(lambda: "{{nobody}} at byte 13" in driver.problem())
            assert pane(driver).line.text == "{{counter}} {{nobody}}"
            assert not peer.heard


async def test_a_kind_is_sent_and_a_close_code_over_web_socket(tmp_path: Path) -> None:
    listener = Listener(ListenRequest("ws://127.0.0.1:0/", echo=True))
    await listener.start()
    async with driving(tmp_path, endpoint=str(listener.bound)) as driver:
        await opened(driver)
        await driver.press(*"hi", "enter", "shift+tab", "right", "tab", *"yo", "enter")
        talked = session(driver)
        await driver.until(
            lambda: len(talked.exchange().timeline) and talked.recorder.received >= 4
        )
        kinds = [(chunk.data, chunk.kind) for chunk in talked.exchange().chunks()]
        assert (b"hi", MessageKind.TEXT) in kinds
        assert (b"yo", MessageKind.BINARY) in kinds
        await driver.press("ctrl+f")
        await driver.until(screen(driver, AskScreen))
        await driver.press("ctrl+u", *"soon", "enter")
        await driver.until(lambda: "four digits" in driver.problem())
        await driver.press("ctrl+f")
        await driver.until(screen(driver, AskScreen))
        await driver.press("ctrl+u", *"4001 bye", "enter")
        await driver.until(lambda: talked.state.over)
        told = [event.text for event in talked.exchange().events()]
        assert any("4001" in text and "bye" in text for text in told)
    await listener.close()


async def test_a_value_of_the_environment_is_filled_in_however_fast_one_types(
    tmp_path: Path,
) -> None:
    (tmp_path / "environments.toml").write_text("[default]\nuser = 'alice'\n")
    with Peer(echo) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            line = pane(driver).line
            line.field.value = "{{user}}"
            pane(driver).send()
            await heard(driver, peer, b"alice\n")
            line.field.value = "{{counter}} {{user}} {{nobody}}"
            pane(driver).send()
            await driver.until(lambda: "{{nobody}} at byte 22" in driver.problem())
            assert line.text == "{{counter}} {{user}} {{nobody}}"
            line.field.value = "{{counter}}"
            pane(driver).send()
            await heard(driver, peer, b"alice\n1\n")


async def test_keys_go_into_the_editor_at_once_when_it_is_opened(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            for leave in (["escape"], ["shift+tab"]):
                await driver.press(*leave)
                assert not pane(driver).editor.has_focus
                await driver.press("f6", "U", "S")
                await driver.until(lambda: pane(driver).line.text == "US")
                await driver.press(*leave, "f6", "backspace", "backspace")
                await driver.until(lambda: pane(driver).line.text == "")
                assert not pane(driver).line.is_block
            kinds = [event.kind for event in session(driver).exchange().events()]
            assert EventKind.UPGRADING not in kinds


async def test_two_keys_lead_from_the_conversation_to_the_line(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            for key in ("i", "enter"):
                await driver.press("escape")
                await driver.until(lambda: pane(driver).transcript.has_focus)
                await driver.press(key, "a")
                await driver.until(lambda: pane(driver).line.text.endswith("a"))
            assert pane(driver).line.text == "aa"


async def test_a_refused_repeat_takes_no_number_and_the_row_tells_the_next(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        async with driving(tmp_path, endpoint=f"udp://127.0.0.1:{peer.getsockname()[1]}") as driver:
            await opened(driver)
            line = pane(driver).line
            line.field.value = "{{random:70000}}{{counter}}"
            await driver.press("escape", "R")
            await driver.until(screen(driver, RepeatScreen))
            await driver.press("ctrl+j")
            await driver.until(lambda: "too large" in driver.problem())
            line.field.value = "{{counter}}"
            await driver.until(lambda: "2 B: 1" in driver.drawn())
            await driver.press("R")
            await driver.until(screen(driver, RepeatScreen))
            await driver.press("3", "tab", *"0.01", "enter")
            await driver.until(lambda: session(driver).recorder.sent == 6)
            await driver.until(lambda: "2 B: 4" in driver.drawn())


@pytest.mark.parametrize("keys", [["f8"], ["ctrl+f"], ["ctrl+l", "enter"]])
async def test_what_ends_a_session_ends_its_repeating_without_a_word(
    tmp_path: Path, keys: list[str]
) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            repeated = session(driver)
            await driver.press("x", "escape", "R")
            await driver.until(screen(driver, RepeatScreen))
            await driver.press("delete", "tab", *"0.01", "ctrl+j")
            await driver.until(lambda: repeated.recorder.sends > 3)
            await driver.press(*keys)
            await driver.until(lambda: repeated.has_ended)
            await driver.until(lambda: not pane(driver).is_repeating)
            await repeated.close(0.05)
            texts = [event.kind for event in repeated.exchange().events()]
            assert EventKind.ERROR not in texts
            assert repeated.exchange().outcome is Outcome.DONE


async def test_the_list_tells_what_was_refused_from_what_was_sent(tmp_path: Path) -> None:
    with Peer(silent) as peer:
        async with driving(tmp_path, endpoint=peer.address) as driver:
            await opened(driver)
            await driver.press("a", "enter")
            await driver.until(lambda: session(driver).recorder.sent == 2)
            await driver.press("ctrl+f")
            await driver.until(lambda: session(driver).has_ended)
            await driver.press("b", "enter")
            await driver.until(lambda: "Our end was sent" in driver.problem())
            await driver.press("ctrl+u", "f7")
            await driver.until(lambda: "not sent" in driver.drawn())
            rows = driver.drawn().splitlines()
            assert any("not sent" in row and row.rstrip("│┃ ▊▐").endswith("b") for row in rows)
            assert any(" sent  " in row and row.rstrip("│┃ ▊▐").endswith("a") for row in rows)
