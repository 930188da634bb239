from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from sonde_core.history.history import History
from sonde_core.listen_fields import MANNERS
from sonde_core.listen_plan import ListenPlan
from sonde_core.session_request import SessionOptions
from sonde_tui.screens.listen_options import ListenOptionsScreen
from sonde_tui.screens.listener import ListenTab
from sonde_tui.screens.session_options import SessionOptionsScreen
from tests.histories import session
from tests.tui.driving import Driver, driving


def tab(driver: Driver) -> ListenTab:
    assert isinstance(driver.app.tab, ListenTab)
    return driver.app.tab


async def shown(driver: Driver, manner: str = "") -> ListenOptionsScreen:
    await driver.press("escape", "O")
    await driver.until(lambda: isinstance(driver.app.screen, ListenOptionsScreen))
    screen = driver.app.screen
    assert isinstance(screen, ListenOptionsScreen)
    await driver.until(lambda: screen.focused)
    while manner and screen.focused is not screen.query_one("#manner"):
        await driver.press("shift+tab")
    while manner and screen.plan.manner != manner:
        await driver.press("space")
    if manner:
        await driver.until(lambda: screen.query_one(f"#of-{manner.lower()}").size)
    return screen


async def choose(driver: Driver, manner: str) -> None:
    """Choose how clients are answered in the tab itself, as a person does."""
    await driver.press("ctrl+l", "tab", "tab")
    while tab(driver).plan.manner != manner:
        await driver.press("space")


async def closed(driver: Driver) -> None:
    await driver.until(lambda: len(driver.app.screen_stack) == 1)


async def test_rules_are_written_checked_and_taken(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen", size=(80, 24)) as driver:
        screen = await shown(driver, "rules")
        await driver.until(lambda: r"Write one a line, such as PING=PONG" in driver.drawn())
        assert "no rules yet" not in driver.drawn()
        await driver.press("enter")
        await driver.type("PING=PONG\nbroken")
        await driver.until(lambda: "Rule in line 2" in driver.drawn())
        await driver.press("ctrl+j")
        await driver.pilot.pause()
        assert driver.app.screen is screen
        await driver.press(*["backspace"] * len("broken"), "ctrl+j")
        await closed(driver)
        assert tab(driver).plan.texts["rules"] == "PING=PONG\n"
        assert "answer: rules" in driver.drawn()
        assert "1 rule · O changes it" in driver.drawn()


@pytest.mark.parametrize(
    ("manner", "field"),
    [("rules", "rules"), ("HTTP", "status"), ("recording", "script"), ("forward", "forward")],
)
async def test_the_focus_goes_on_to_what_belongs_to_the_answer(
    tmp_path: Path, manner: str, field: str
) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        screen = await shown(driver, manner)
        await driver.press("enter")
        assert screen.focused is screen.query_one(f"#{field}")
        await driver.press("escape")
        await closed(driver)
        await choose(driver, manner)
        screen = await shown(driver)
        assert screen.focused is screen.query_one(f"#{field}")


async def test_what_is_not_there_yet_is_no_error_until_it_is_to_be_taken(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        screen = await shown(driver, "forward")
        note, field = screen.query_one("#options-note"), screen.query_one("#forward", Input)
        await driver.until(lambda: "to: Write one, such as tcp://host:80." in driver.drawn())
        assert "There is no address" not in driver.drawn()
        assert note.has_class("-missing")
        assert not field.has_class("-wrong")
        await driver.press("ctrl+j")
        assert "There is no address to forward to yet" in driver.drawn()
        assert field.has_focus
        assert field.has_class("-wrong")
        assert not note.has_class("-missing")
        await driver.type("gopher://h")
        await driver.until(lambda: "Unknown scheme" in driver.drawn())
        await driver.press("ctrl+u")
        await driver.until(lambda: note.has_class("-missing"))
        assert not field.has_class("-wrong")


async def test_enter_goes_on_also_from_an_answer_without_more_to_say(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        screen = await shown(driver)
        await driver.press("space", "enter")
        assert screen.plan.manner == "echo"
        assert screen.focused is screen.query_one("#fill")


async def test_down_and_up_go_from_field_to_field_also_where_not_all_are_seen(
    tmp_path: Path,
) -> None:
    async with driving(tmp_path, tab="listen", size=(80, 24)) as driver:
        screen = await shown(driver, "rules")
        await driver.press("down")
        assert screen.focused is not None
        assert screen.focused.id == "rules"
        await driver.press("up")
        assert screen.focused.id == "manner"
        await driver.press("up")
        assert screen.focused.id not in ("rules", "manner")


async def test_the_field_that_is_wrong_gets_the_focus(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        screen = await shown(driver, "HTTP")
        await driver.press("tab", "ctrl+u")
        await driver.type("99")
        await driver.until(lambda: "status: The status is none" in driver.drawn())
        assert screen.query_one("#status").has_class("-wrong")
        await driver.press("tab", "ctrl+j")
        await driver.until(lambda: screen.focused is screen.query_one("#status"))
        await driver.press("ctrl+u", *"404", "ctrl+j")
        await closed(driver)
        assert "answers 404" in driver.drawn()


async def test_what_is_written_and_not_taken_is_there_again(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await shown(driver, "rules")
        await driver.press("tab")
        await driver.type("half a rule")
        await driver.press("escape")
        await closed(driver)
        assert tab(driver).plan == ListenPlan()
        assert "O shows again what was written" in driver.notes()
        screen = await shown(driver)
        assert screen.plan.text("rules") == "half a rule"
        assert screen.plan.manner == "rules"


@pytest.mark.parametrize("manner", MANNERS)
async def test_where_nothing_was_written_nothing_is_kept(tmp_path: Path, manner: str) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        tab(driver)._take(ListenPlan(manner, {"rules": "A=B\n"}, (("X", "y"),)))
        await shown(driver)
        await driver.press("escape")
        await closed(driver)
        assert "Not taken" not in driver.notes()
        await choose(driver, "echo")
        screen = await shown(driver)
        assert screen.plan.manner == "echo"
        await driver.press("ctrl+j")
        await closed(driver)
        assert tab(driver).plan.manner == "echo"
        assert "answer: echo" in driver.drawn()


async def test_what_is_chosen_outside_counts_and_what_was_written_stays(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await shown(driver, "rules")
        await driver.press("tab")
        await driver.type("half a rule")
        await driver.press("escape")
        await closed(driver)
        await choose(driver, "recording")
        screen = await shown(driver)
        assert screen.plan.manner == "recording"
        assert screen.query_one("#of-recording").size
        assert screen.plan.text("rules") == "half a rule"
        await driver.press("escape")
        await closed(driver)
        await choose(driver, "rules")
        screen = await shown(driver)
        await driver.press(*["delete"] * len("half a rule"), "escape")
        await closed(driver)
        assert tab(driver)._draft is None


async def test_another_manner_keeps_what_was_written_for_the_one_before(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await shown(driver, "rules")
        await driver.press("tab")
        await driver.type("PING=PONG")
        await driver.press("shift+tab", "space")
        await driver.press("tab", "ctrl+u", *"200", "ctrl+j")
        await closed(driver)
        assert tab(driver).plan.manner == "HTTP"
        assert tab(driver).plan.text("rules") == "PING=PONG"


@pytest.mark.parametrize(
    ("address", "there", "missing"),
    [("udp://:0", "multicast over", "certificate"), ("wss://:0", "subprotocols", "multicast")],
)
async def test_only_what_fits_the_scheme_is_there(
    tmp_path: Path, address: str, there: str, missing: str
) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        tab(driver).load(address)
        await shown(driver)
        await driver.until(lambda: there in driver.drawn())
        assert missing not in driver.drawn()


async def test_a_recording_is_chosen_from_the_history(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.history.add(session())
        await shown(driver, "recording")
        await driver.until(lambda: "Choose one of the history. enter goes there" in driver.drawn())
        await driver.press("ctrl+j")
        await driver.until(lambda: "There is no recording to play yet" in driver.drawn())
        await driver.press("enter")
        await driver.until(lambda: len(driver.app.screen_stack) == 3)
        await driver.press("enter")
        await driver.until(lambda: "enter changes" in driver.drawn())
        await driver.press("ctrl+j")
        await closed(driver)
        assert tab(driver).plan.script
        assert "plays tcp://127.0.0.1:8888" in driver.drawn()


async def test_what_others_recorded_meanwhile_is_offered_and_the_silent_are_not(
    tmp_path: Path,
) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        await driver.history.load()
        await driver.history.add(replace(session(), timeline=(), received=0), name="silent one")
        other = History(driver.history.path)
        other.open()
        await other.add(session(), name="of another Sonde")
        await other.close()
        await shown(driver, "recording")
        await driver.press("tab", "enter")
        await driver.until(lambda: "of another Sonde" in driver.drawn())
        assert "silent one" not in driver.drawn()


async def test_all_as_usual_leaves_nothing_wrong_and_a_long_fault_is_read_whole(
    tmp_path: Path,
) -> None:
    async with driving(tmp_path, tab="listen", size=(80, 24)) as driver:
        screen = await shown(driver, "forward")
        screen.query_one("#there").focus()
        screen.query_one("#forward", Input).value = "tcp://127.0.0.1:" + "9" * 250
        await driver.until(lambda: "unix:/path." in driver.drawn())
        await driver.press("f9")
        await driver.until(lambda: not screen.query_one("#options-note").display)
        assert screen.plan.manner == "by hand"


async def test_without_any_session_there_is_nothing_to_play(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        screen = await shown(driver, "recording")
        await driver.press("tab", "enter")
        await driver.until(lambda: "There is no session in the history in which" in driver.drawn())
        await driver.until(lambda: screen._pause is None)
        assert "There is no session in the history in which" in driver.drawn()


async def test_the_far_side_has_options_of_its_own(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        screen = await shown(driver, "forward")
        await driver.press("tab")
        await driver.type("tls://127.0.0.1:1")
        screen.query_one("#far").focus()
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, SessionOptionsScreen))
        await driver.press("tab", "tab", "space", "ctrl+j")
        await driver.until(lambda: "verify TLS no · enter changes" in driver.drawn())
        screen.query_one("#there").focus()
        await driver.type("delay 0.5")
        await driver.press("ctrl+j")
        await closed(driver)
        assert tab(driver).plan.far == SessionOptions(verify=False)
        line = "to tls://127.0.0.1:1 · verify TLS no · faults on the way there delay 0.5"
        assert line in driver.drawn()


async def test_headers_of_the_answer_are_rows_and_all_can_be_as_usual(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        screen = await shown(driver, "HTTP")
        screen.query_one("#headers #row-name").focus()
        await driver.press(*"X-A", "tab", *"b", "ctrl+j")
        await closed(driver)
        assert tab(driver).plan.headers == (("X-A", "b"),)
        screen = await shown(driver)
        await driver.press("f9", "ctrl+j")
        await closed(driver)
        assert tab(driver).plan.headers == ()


async def test_secrets_in_headers_are_masked_until_they_are_asked_for(tmp_path: Path) -> None:
    async with driving(tmp_path, tab="listen") as driver:
        screen = await shown(driver, "HTTP")
        screen.query_one("#headers #row-name").focus()
        await driver.press(*"Set-Cookie", "tab", *"c00kie", "down")
        await driver.until(lambda: "Set-Cookie" in driver.drawn())
        assert "c00kie" not in driver.drawn()
        await driver.press("ctrl+g")
        await driver.until(lambda: "c00kie" in driver.drawn())
        await driver.press("ctrl+g")
        await driver.until(lambda: "c00kie" not in driver.drawn())
