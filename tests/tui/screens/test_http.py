from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input

from sonde_core.exchange import Exchanger
from sonde_core.history.entry import Entry
from sonde_core.http.call import Call
from sonde_core.http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody, Upload
from sonde_core.model import Exchange, Outcome
from sonde_core.practice.server import PracticeServer
from sonde_tui.messages import EditAsked
from sonde_tui.screens.difference import DifferenceScreen
from sonde_tui.screens.http import HttpTab
from sonde_tui.widgets.cycle import Cycle
from sonde_tui.widgets.request.auth_pane import AuthPane
from sonde_tui.widgets.request.body_pane import BodyPane
from tests.tui.driving import Clipboard, Driver, driving


class Person(Driver):
    """Writes requests by keyboard, and finds what was recorded."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver.app, driver.pilot, Clipboard())
        self.copies, self.noted = driver.copies, driver.noted

    @property
    def tab(self) -> HttpTab:
        found = self.app.tab
        assert isinstance(found, HttpTab)
        return found

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until all of them are obeyed."""
        self.hit(*keys)
        await self.pilot.pause()
        await self.until(lambda: self.app.key_order.idle)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        """Bring a text into the field that has the focus, as a paste."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def ask(self, url: str) -> None:
        """Write a URL in the place of the one that is there."""
        await self.press("ctrl+l", "end", "ctrl+u")
        await self.write(url)

    async def choose(self, value: str) -> None:
        """Go on to a value of the choice that has the focus."""
        cycle = self.app.focused
        assert isinstance(cycle, Cycle)
        while cycle.value != value:
            await self.press("space")

    async def ask_with_body(self, url: str, kind: str) -> None:
        """Write a URL, then go to where a body of a kind is written."""
        await self.ask(url)
        await self.press("escape", "B")
        await self.choose(kind)
        await self.press("tab")

    async def send(self, *, key: str = "ctrl+j") -> Entry:
        """Send, and wait for the entry that is at hand then."""
        before = self.tab.entry
        await self.press(key)
        await self.until(lambda: self.tab.entry not in (None, before))
        entry = self.tab.entry
        assert entry is not None
        return entry

    async def echo(self) -> dict[str, Any]:
        """Send, and return what the server says it was asked."""
        return echoed((await self.send()).exchange)

    async def recorded(self, count: int) -> list[Exchange]:
        """Wait for so many entries and return them, oldest first."""
        history = self.app.services.history
        await self.until(lambda: len(history.summaries()) >= count)
        entries = [await history.get(summary.id) for summary in history.summaries()]
        return [entry.exchange for entry in reversed(entries)]

    @property
    def state(self) -> str:
        return self.status("#answer-state")

    @property
    def told(self) -> str:
        """The problem that is shown, with its hint."""
        return self.problem("#answer-problem")

    @property
    def where(self) -> str:
        return (self.app.focused.id if self.app.focused else None) or ""


def echoed(exchange: Exchange) -> dict[str, Any]:
    assert exchange.response is not None, exchange.problem
    value = json.loads(exchange.response.body.read())
    assert isinstance(value, dict)
    return value


def header(echo: dict[str, Any], name: str) -> list[str]:
    return [value for key, value in echo["headers"] if key.lower() == name.lower()]


@asynccontextmanager
async def sitting(folder: Path, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Person]:
    async with driving(folder, size=size) as driver:
        yield Person(driver)


# the requests


async def test_a_get_is_sent_and_shown(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything?x=1")
        entry = await person.send(key="enter")
        echo = echoed(entry.exchange)
        assert (echo["method"], echo["url"]) == ("GET", f"{practice.http}/anything?x=1")
        assert person.state.startswith("200 OK")
        await person.until(lambda: '"method": "GET"' in person.drawn())
        assert (tmp_path / "history.json").read_text().count(entry.id) == 1


async def test_an_answer_is_shown_before_it_is_recorded_and_a_replay_waits_for_that(
    tmp_path: Path, practice: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = asyncio.Event()
    async with sitting(tmp_path) as person:
        history = person.app.services.history
        add = history.add

        async def add_later(exchange: Exchange, **more: str) -> Entry:
            await recorded.wait()
            return await add(exchange, **more)

        monkeypatch.setattr(history, "add", add_later)
        await person.ask(f"{practice.http}/anything?x=1")
        await person.press("enter")
        await person.until(lambda: '"method": "GET"' in person.drawn())
        assert person.state.startswith("200 OK")
        assert person.tab.entry is None
        assert not person.tab.cancel()
        person.hit("ctrl+r")
        recorded.set()
        await person.until(lambda: isinstance(person.app.screen, DifferenceScreen))


async def test_the_answer_before_makes_room_when_the_next_one_takes_long(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything?x=1")
        await person.send()
        await person.until(lambda: '"method": "GET"' in person.drawn())
        await person.ask(f"{practice.http}/delay/30")
        await person.press("ctrl+j")
        await person.until(lambda: '"method": "GET"' not in person.drawn())
        assert person.tab.cancel()


async def test_the_view_of_answers_is_made_before_the_first_one(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.until(lambda: person.tab.query("#answer-body"))
        assert person.app.services.exchanger.ready
        assert "Nothing was sent yet" in person.drawn()
        await person.press("escape", "f", "b")
        assert "Nothing was sent yet" in person.drawn()


async def test_a_method_before_the_url_is_taken_out_of_it(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"delete {practice.http}/anything/7")
        assert person.tab.bar.url == f"{practice.http}/anything/7"
        assert (await person.echo())["method"] == "DELETE"
        await person.press("ctrl+l", "down", "down")
        assert person.tab.bar.method == "OPTIONS"
        await person.ask(f"PURGE {practice.http}/anything/7")
        assert (await person.echo())["method"] == "PURGE"


async def test_params_are_added_to_the_query(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything?x=1")
        await person.press("ctrl+n", "q", "tab", *"two", "space", *"words", "tab")
        await person.press(*"off", "tab", "1", "f6")
        echo = await person.echo()
        assert echo["args"] == {"x": "1", "q": "two words"}


async def test_a_header_row_that_is_off_is_not_sent(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        await person.press("ctrl+n", "ctrl+n")
        await person.write("X-On: yes\nX-Off: no")
        await person.press("f6")
        echo = await person.echo()
        assert header(echo, "x-on") == ["yes"]
        assert header(echo, "x-off") == []
        await person.press("f6")
        assert header(await person.echo(), "x-off") == ["no"]


async def test_a_user_agent_of_ones_own_takes_the_place_of_ours(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        assert header(await person.echo(), "user-agent") != ["my-agent/1.0"]
        await person.press("escape", "H")
        await person.write("User-Agent: my-agent/1.0")
        assert header(await person.echo(), "user-agent") == ["my-agent/1.0"]


async def test_json_is_sent_as_it_is_written(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask_with_body(f"POST {practice.http}/anything", "json")
        await person.write('{"key":  "värde"}')
        echo = await person.echo()
        assert echo["json"] == {"key": "värde"}
        assert echo["text"] == '{"key":  "värde"}'
        assert header(echo, "content-type") == ["application/json"]


async def test_a_form_is_sent(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask_with_body(f"POST {practice.http}/anything", "form")
        await person.write("name=Ada\nage=36")
        echo = await person.echo()
        assert echo["form"] == {"name": "Ada", "age": "36"}
        assert header(echo, "content-type") == ["application/x-www-form-urlencoded"]


async def test_text_is_sent(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask_with_body(f"PUT {practice.http}/anything", "text")
        await person.write("one\ntwo")
        echo = await person.echo()
        assert (echo["method"], echo["text"]) == ("PUT", "one\ntwo")


async def test_a_file_is_sent(tmp_path: Path, practice: PracticeServer) -> None:
    (tmp_path / "data.bin").write_bytes(b"\x00\xff" * 500)
    async with sitting(tmp_path) as person:
        await person.ask_with_body(f"POST {practice.http}/anything", "file")
        await person.write(str(tmp_path / "data.bin"))
        assert (await person.echo())["size"] == 1000


async def test_a_form_with_a_file_is_sent(tmp_path: Path, practice: PracticeServer) -> None:
    (tmp_path / "a.txt").write_text("inside")
    async with sitting(tmp_path) as person:
        await person.ask_with_body(f"POST {practice.http}/anything", "multipart")
        await person.write("name=Ada")
        await person.press("tab", "tab", "tab")
        await person.write(f"upload={tmp_path / 'a.txt'}")
        echo = await person.echo()
        assert echo["form"] == {"name": "Ada"}
        assert [(file["name"], file["filename"]) for file in echo["files"]] == [("upload", "a.txt")]


async def test_a_user_and_a_password_are_sent(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        await person.press("escape", "A")
        await person.choose("basic")
        await person.press("tab", *"ada", "tab", *"s3cret")
        assert "s3cret" not in person.drawn()
        token = base64.b64encode(b"ada:s3cret").decode()
        assert header(await person.echo(), "authorization") == [f"Basic {token}"]


async def test_a_bearer_token_is_sent(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        await person.press("escape", "A")
        await person.choose("bearer")
        await person.press("tab", *"tok3n")
        assert header(await person.echo(), "authorization") == ["Bearer tok3n"]


async def test_redirects_are_followed_unless_switched_off(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/redirect/2")
        followed = (await person.send()).exchange
        assert len(followed.hops) == 2
        assert echoed(followed)["path"] == "/anything/redirected"
        await option(person, "follow", "no")
        stayed = (await person.send()).exchange
        assert stayed.response is not None
        assert stayed.response.status == 302


async def option(person: Person, name: str, value: str) -> None:
    """Set an option to a value."""
    await person.press("escape", "O")
    while person.where != name:
        await person.press("tab")
    if isinstance(person.app.focused, Input):
        await person.press("end", "ctrl+u", *value)
    else:
        await person.choose(value)


async def test_the_first_request_takes_three_keys(tmp_path: Path) -> None:
    async with sitting(tmp_path, size=(120, 40)) as person:
        person.app.action_practice()
        await person.until(lambda: person.tab.bar.url)
        url = person.tab.bar.url
        await person.press("ctrl+j")
        await person.until(lambda: person.tab.entry and '"method": "GET"' in person.drawn())
        await person.press("w")
        await person.until(lambda: "GET /anything/hello?from=sonde HTTP/1.1" in person.drawn())
        await person.press("x")
        await person.until(lambda: "47 45 54 20  2f 61 6e 79" in person.drawn())
        assert person.tab.bar.url == url
        await person.press("f5")
        await person.until(lambda: "/anything/hello" in person.drawn())


async def test_the_focus_goes_to_the_answer_with_its_head(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/drip?seconds=20&bytes=200")
        await person.press("ctrl+j")
        await person.until(lambda: person.tab.answer.has_focus_within)
        assert person.tab.entry is None
        await person.press("h")
        await person.until(lambda: "HTTP/1.1 200 OK" in person.drawn())
        await person.press("ctrl+l")
        await person.until(lambda: "B/s" in person.state)  # it is led there once
        assert person.where == "url"


async def test_the_focus_stays_with_who_wrote_on(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/delay/0.3")
        await person.press("ctrl+j", "x")
        await person.until(lambda: person.tab.entry)
        await person.press("y")
        assert person.tab.bar.url.endswith("/delay/0.3xy")
        await person.ask(f"{practice.http}/delay/0.3")
        entry = person.tab.entry
        await person.press("ctrl+j", "down")
        await person.until(lambda: person.tab.entry not in (None, entry))
        assert (person.where, person.tab.bar.method) == ("url", "POST")


async def test_the_focus_stays_elsewhere(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        await person.press("ctrl+n")
        await person.send()
        assert person.where == "row-name"


async def test_the_focus_stays_in_the_url_when_no_answer_came(
    tmp_path: Path, closed_port: int
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"http://127.0.0.1:{closed_port}/")
        await person.send()
        await person.press("x")
        assert person.tab.bar.url.endswith("/x")


async def test_a_letter_is_added_to_what_is_in_a_field(tmp_path: Path) -> None:
    request = HttpRequest(
        url="http://127.0.0.1:1/a",
        params=(Field("one", "1"),),
        auth=Auth("basic", "ada", "pw"),
        options=HttpOptions(max_redirects=3),
    )
    async with sitting(tmp_path) as person:
        exchanger = person.app.services.exchanger
        entry = await exchanger.run(exchanger.call(request))
        person.app.post_message(EditAsked(entry))
        await person.until(lambda: person.tab.entry is not None)
        await person.press("x", "shift+tab", "tab", "y", "home", "ctrl+l", "z")
        assert person.tab.bar.url == "http://127.0.0.1:1/axyz"
        await person.press("escape", "P", "up", "a", "escape", "A", "tab", "b")
        await option(person, "max-redirects", "3")
        await person.press("shift+tab", "tab", "4")
        edited = person.tab.editor.request("GET", "")
        assert edited.params == (Field("onea", "1"),)
        assert edited.auth.user == "adab"
        assert edited.options.max_redirects == 34


async def test_secrets_in_the_url_are_masked_while_nobody_writes_in_it(
    tmp_path: Path, practice: PracticeServer
) -> None:
    where = practice.http.removeprefix("http://")
    url = f"http://ada:s3cret@{where}/anything?token=t0ken&x=1"
    async with sitting(tmp_path, size=(120, 30)) as person:
        await person.ask(url)
        assert url in person.drawn()
        await person.press("ctrl+n")
        await person.until(lambda: f"http://***@{where}/anything?token=***&x=1" in person.drawn())
        assert person.tab.bar.url == url
        await person.press("ctrl+g")
        await person.until(lambda: url in person.drawn())
        await person.press("ctrl+g")
        await person.until(lambda: url not in person.drawn())
        assert (await person.echo())["args"] == {"token": "t0ken", "x": "1"}


# what goes wrong


async def test_hitting_the_key_again_sends_nothing_twice(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"POST {practice.http}/delay/20")
        await person.press(*["ctrl+j"] * 5, "enter")
        await person.until(lambda: "waiting" in person.state)
        assert "This request is under way; escape cancels it." in person.told
        await person.press("escape")
        entry = (await person.recorded(1))[0]
        assert entry.outcome is Outcome.CANCELLED
        await person.until(lambda: person.tab.entry)
        assert person.told == ""
        assert len(person.app.services.history.summaries()) == 1


async def test_the_same_request_can_be_sent_again_once_it_is_cancelled(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/delay/20")
        await person.press("ctrl+j", "escape", "ctrl+j")
        assert "under way" not in person.told
        await person.recorded(1)
        await person.press("escape")
        assert [each.outcome for each in await person.recorded(2)] == [Outcome.CANCELLED] * 2


async def test_sending_goes_on_when_the_history_cannot_be_saved(
    tmp_path: Path, practice: PracticeServer
) -> None:
    (tmp_path / "blocked").write_text("a file, where a folder is needed")
    async with sitting(tmp_path / "blocked") as person:
        await person.ask(f"{practice.http}/anything/1")
        assert echoed((await person.send()).exchange)["path"] == "/anything/1"
        assert echoed((await person.send()).exchange)["path"] == "/anything/1"
        assert not person.app.services.history.saving
        assert len(person.app.services.history.summaries()) == 2


async def test_an_empty_token_is_told(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        await person.press("escape", "A")
        await person.choose("bearer")
        await person.send()
        assert "The bearer token is empty. " in person.told


async def test_a_stream_is_watched_only_while_its_tab_is_shown(
    tmp_path: Path, practice: PracticeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Call] = []

    def call(exchanger: Exchanger, request: HttpRequest) -> Call:
        calls.append(Call(request))
        return calls[0]

    monkeypatch.setattr(Exchanger, "call", call)
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/drip?seconds=20&bytes=200")
        await person.press("ctrl+j")
        await person.until(lambda: calls and calls[0].watched)
        await person.press("f3")
        await person.until(lambda: not calls[0].watched)
        await person.press("f2")
        await person.until(lambda: calls[0].watched)


async def test_a_time_out_is_told(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/delay/20")
        await option(person, "total-timeout", "0.2")
        entry = await person.send()
        assert entry.exchange.outcome is Outcome.TIMED_OUT
        assert "0.2 s" in person.told
        assert person.told.split(". ")[0] in person.drawn().replace("\n", " ")


async def test_escape_cancels_and_the_entry_is_recorded(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/delay/20")
        await person.press("ctrl+j")
        await person.until(lambda: "waiting" in person.state)
        entry = await person.send(key="escape")
        assert entry.exchange.outcome is Outcome.CANCELLED
        assert "cancelled" in person.state
        assert [item.outcome for item in await person.recorded(1)] == [Outcome.CANCELLED]


async def test_escape_at_once_cancels_too(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/delay/20")
        person.hit("ctrl+j", "escape")
        (exchange,) = await person.recorded(1)
        assert exchange.outcome is Outcome.CANCELLED


async def test_a_second_send_cancels_the_first_and_both_are_recorded(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/delay/20")
        await person.press("ctrl+j")
        await person.until(lambda: "waiting" in person.state)
        await person.ask(f"{practice.http}/anything/second")
        entry = await person.send()
        assert echoed(entry.exchange)["path"] == "/anything/second"
        by_outcome = {item.outcome: item.target for item in await person.recorded(2)}
        assert by_outcome == {
            Outcome.CANCELLED: f"{practice.http}/delay/20",
            Outcome.DONE: f"{practice.http}/anything/second",
        }
        assert person.state.startswith("200 OK")


async def test_a_refused_connection_shows_the_hint(tmp_path: Path, closed_port: int) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"http://127.0.0.1:{closed_port}/")
        entry = await person.send()
        assert entry.exchange.outcome is Outcome.FAILED
        assert f"127.0.0.1:{closed_port}" in person.told
        assert "Check that something is listening" in person.told
        assert len(await person.recorded(1)) == 1


async def test_a_certificate_of_its_own_is_refused_until_verification_is_off(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.https}/anything")
        refused = (await person.send()).exchange
        assert refused.problem is not None
        assert refused.problem.kind == "tls"
        assert "verify TLS" in person.told
        await option(person, "verify", "no")
        assert (await person.echo())["method"] == "GET"
        assert person.told == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://", "names no host"),
        ("http://127.0.0.1:99999/", "99999"),
        ("gopher://example.org/", "gopher"),
        ("tcp://127.0.0.1:80", "tcp"),
        ("http://exa mple/[/]\x1b[31m", "exa mple"),
    ],
)
async def test_a_url_that_is_none_is_told_and_recorded(tmp_path: Path, url: str, said: str) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(url)
        entry = await person.send()
        assert entry.exchange.outcome is Outcome.FAILED
        assert said in person.told
        problem = entry.exchange.problem
        assert problem is not None
        assert problem.hint
        assert len(await person.recorded(1)) == 1


async def test_without_a_url_nothing_is_sent(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.press("escape", "ctrl+j")
        await person.until(lambda: "no URL" in person.told)
        assert "example.org" in person.told
        assert person.where == "url"
        assert person.app.services.history.summaries() == []


async def test_a_file_that_is_not_there_is_told(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask_with_body(f"POST {practice.http}/anything", "file")
        await person.write(str(tmp_path / "missing"))
        entry = await person.send()
        assert entry.exchange.outcome is Outcome.FAILED
        assert "missing" in person.told


async def test_an_option_that_is_no_number_is_told_while_typing_and_when_sending(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        await option(person, "connect-timeout", "soon")
        assert "The connect time-out is no time" in person.drawn()
        await person.press("ctrl+j")
        await person.until(lambda: "The connect time-out is no time: 'soon'" in person.told)
        assert person.app.services.history.summaries() == []
        await option(person, "connect-timeout", "2")
        await person.echo()
        assert person.told == ""


async def test_json_that_is_none_is_told_and_sent_as_typed(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask_with_body(f"POST {practice.http}/anything", "json")
        await person.write("{'a': 1}")
        await person.until(lambda: "Not valid JSON" in person.drawn())
        assert (await person.echo())["text"] == "{'a': 1}"


# keys


async def test_keys_typed_quickly_are_all_obeyed_in_order(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        person.hit(
            *("ctrl+n", "q", "tab", "1", "tab", "r", "tab", "2"),
            *("ctrl+n", "X", "tab", "y", "ctrl+n", "space", "tab", "b", "o", "d", "y"),
            *("ctrl+l", "end", "/", "e", "n", "d", "ctrl+j", "Z"),
        )
        await person.recorded(1)
        await person.until(lambda: person.tab.entry is not None)
        assert person.tab.entry is not None
        echo = echoed(person.tab.entry.exchange)
        assert echo["path"] == "/anything/end"
        assert echo["args"] == {"q": "1", "r": "2"}
        assert header(echo, "x") == ["y"]
        assert echo["text"] == "body"
        assert person.tab.bar.url.endswith("/endZ")


async def test_typing_on_changes_nothing_that_is_under_way(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/delay/2")
        await person.press("ctrl+n", "ctrl+n")
        await person.write("X-A: before")
        person.hit("ctrl+j", "end", "ctrl+u", *"after", "ctrl+l", "end", *"00")
        await person.until(lambda: person.tab.bar.url.endswith("/delay/200"))
        assert person.tab.entry is None
        await person.until(lambda: person.tab.entry is not None)
        assert person.tab.entry is not None
        echo = echoed(person.tab.entry.exchange)
        assert header(echo, "x-a") == ["before"]
        assert echo["path"] == "/delay/2"
        assert person.tab.bar.url.endswith("/delay/200")


async def test_the_url_is_where_writing_begins_and_ctrl_l_leads_back(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        assert person.where == "url"
        await person.press("ctrl+n")
        assert person.where == "row-name"
        await person.press("ctrl+l")
        assert person.where == "url"


async def test_ctrl_n_goes_through_the_parts_of_the_request(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        seen: list[str] = []
        for _ in range(6):
            await person.press("ctrl+n")
            assert person.tab.editor.has_focus_within
            seen.append(person.tab.editor.strip.active)
        assert seen == ["params", "headers", "body", "auth", "options", "params"]


async def test_ctrl_s_goes_through_the_parts_of_the_answer(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        await person.send()
        await person.press("ctrl+l")
        seen: list[str] = []
        for _ in range(7):
            await person.press("ctrl+s")
            assert person.tab.answer.has_focus_within
            seen.append(person.tab.answer.strip.active)
        assert seen == ["body", "headers", "timing", "tls", "wire", "cookies", "body"]


async def test_letters_show_parts_outside_text_fields_only(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything")
        await person.send()
        await person.press("ctrl+l", "end", "H", "w")
        assert person.tab.bar.url.endswith("/anythingHw")
        await person.press("escape")
        shown: list[str] = []
        for key in "bhtswc":
            await person.press(key)
            shown.append(person.tab.answer.strip.active)
        assert shown == ["body", "headers", "timing", "tls", "wire", "cookies"]
        parts: list[str] = []
        for key in "PHBAO":
            await person.press("escape", key)
            parts.append(person.tab.editor.strip.active)
        assert parts == ["params", "headers", "body", "auth", "options"]


async def test_tab_goes_from_the_method_down_to_the_answer(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.press("shift+tab")
        seen = [person.where]
        for _ in range(5):
            await person.press("tab")
            seen.append(person.where)
        assert seen == ["method", "url", "request-strip", "row-name", "row-value", "answer-strip"]


async def test_a_part_of_a_json_answer_is_picked(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.ask(f"{practice.http}/anything?description=a+tool")
        await person.send()
        await person.press("escape", "f")
        await person.write('data["args"]["description"]')
        await person.until(lambda: "filtered" in person.drawn())
        text = person.drawn()
        assert "\na tool\n" in text
        assert '"method"' not in text


def _ticks(person: Person) -> list[int]:
    return [int(number) for number in re.findall(r'"tick": (\d+)', person.drawn())]


async def test_events_are_filtered_while_they_come(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path, size=(120, 40)) as person:
        await person.ask(f"{practice.http}/sse?n=2000&interval=0.01")
        await person.press("ctrl+j")
        await person.until(lambda: '"tick": 1' in person.drawn())
        await person.press("ctrl+s", "f")
        await person.write("tick > 20")
        await person.until(lambda: "filtered tick > 20" in person.drawn())
        await person.until(lambda: min(_ticks(person), default=0) > 20)
        last = max(_ticks(person))
        await person.press("enter")
        await person.until(lambda: max(_ticks(person)) > last + 5)
        await person.press("escape")
        entry = (await person.recorded(1))[0]
        assert entry.outcome is Outcome.CANCELLED
        assert "filtered tick > 20" in person.drawn()
        await person.press("escape")
        await person.until(lambda: "filtered" not in person.drawn())


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/anything?tick=3", '"tick": "3"'),
        ("/stream/2000?interval=0.01", "line"),
        ("/sse?n=2000&interval=0.01", "tick"),
    ],
)
async def test_a_filter_may_be_typed_as_quickly_as_one_likes(
    tmp_path: Path, practice: PracticeServer, path: str, there: str
) -> None:
    async with sitting(tmp_path, size=(120, 40)) as person:
        await person.ask(f"{practice.http}{path}")
        await person.press("ctrl+j")
        await person.until(lambda: there in person.drawn())
        person.hit("ctrl+s", "f")
        person.app.post_message(events.Paste("args."))
        for char in "tick || `7`":
            person.hit("space" if char == " " else char)
            await asyncio.sleep(0)
        await person.press("backspace", "backspace", "8", "`")
        await person.until(lambda: "filtered args.tick || `8`" in person.drawn())
        await person.press("ctrl+s", "escape", "escape")
        await person.until(lambda: "filtered" not in person.drawn())


async def test_y_copies_the_body(tmp_path: Path, practice: PracticeServer) -> None:
    async with sitting(tmp_path) as person:
        await person.press("escape", "y")
        assert person.copies == []
        await person.ask(f"{practice.http}/anything")
        entry = await person.send()
        await person.press("escape", "y")
        await person.until(lambda: person.copies)
        response = entry.exchange.response
        assert response is not None
        assert person.copies == [response.body.read()]


async def test_an_editor_that_cannot_have_the_terminal_is_told(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        await person.write("http://example.org")
        await person.press("ctrl+o")
        await person.until(lambda: person.told)
        assert "cannot be handed to an editor" in person.told
        assert person.tab.bar.url == "http://example.org"
        await person.press("shift+tab", "ctrl+o")
        await person.until(lambda: "nothing to open in an editor" in person.notes())


# entries


def whole_request(practice: PracticeServer, folder: Path) -> HttpRequest:
    return HttpRequest(
        "PUT",
        f"{practice.http}/anything",
        params=(Field("q", "1"), Field("r", "2", on=False)),
        headers=(Field("X-A", "a"), Field("X-B", "b", on=False)),
        body=RequestBody(
            "multipart",
            fields=(Field("name", "Ada"), Field("age", "36", on=False)),
            uploads=(Upload("upload", str(folder / "a.txt")),),
        ),
        auth=Auth("basic", "ada", "s3cret"),
        options=HttpOptions(
            connect_timeout=2.5,
            idle_timeout=3,
            total_timeout=None,
            follow_redirects=False,
            max_redirects=3,
            resend_body=True,
            verify=False,
            ca_file=str(folder / "ca.pem"),
            max_bytes=1000,
            use_proxy=False,
        ),
    )


@pytest.mark.parametrize("built", [False, True])
async def test_an_entry_to_edit_fills_every_field(
    tmp_path: Path, practice: PracticeServer, built: bool
) -> None:
    (tmp_path / "a.txt").write_text("inside")
    request = whole_request(practice, tmp_path)
    async with sitting(tmp_path) as person:
        exchanger = person.app.services.exchanger
        entry = await exchanger.run(exchanger.call(request))
        recorded = await person.app.services.history.get(entry.id)
        if built:
            await person.press("escape", *"PHBAO")
        person.app.post_message(EditAsked(recorded))
        await person.until(lambda: person.tab.entry is not None)
        await person.pilot.pause()
        assert person.tab.editor.request(person.tab.bar.method, person.tab.bar.url) == request
        await person.until(lambda: '"method": "PUT"' in person.drawn())
        for key in "PHBAO":
            await person.press("escape", key)
        assert person.tab.editor.request(person.tab.bar.method, person.tab.bar.url) == request
        await person.press("escape", "B")
        assert isinstance(person.tab.editor.pane("body"), BodyPane)
        assert "[ ] age" in person.drawn()
        assert "[x] upload" in person.drawn()
        await person.press("escape", "A")
        assert isinstance(person.tab.editor.pane("auth"), AuthPane)
        assert "s3cret" not in person.drawn()


async def test_recorded_bytes_are_sent_again_as_they_are(
    tmp_path: Path, practice: PracticeServer
) -> None:
    from sonde_core.body import Body

    body = RequestBody("bytes", data=Body.of(b"\x00\xff raw"), media_type="application/x-raw")
    request = HttpRequest("POST", f"{practice.http}/anything", body=body)
    async with sitting(tmp_path) as person:
        exchanger = person.app.services.exchanger
        entry = await exchanger.run(exchanger.call(request))
        person.app.post_message(EditAsked(entry))
        await person.until(lambda: person.tab.entry is not None)
        await person.press("escape", "B")
        await person.until(lambda: "6 B, sent as they were recorded" in person.drawn())
        echo = await person.echo()
        assert echo["size"] == 6
        assert header(echo, "content-type") == ["application/x-raw"]


# the screen


async def test_wide_screens_show_request_and_answer_side_by_side(tmp_path: Path) -> None:
    async with sitting(tmp_path, size=(120, 40)) as person:
        request, answer = person.tab.editor.region, person.tab.answer.region
        assert request.right <= answer.x
        assert request.y == answer.y
    async with sitting(tmp_path, size=(80, 24)) as person:
        request, answer = person.tab.editor.region, person.tab.answer.region
        assert request.bottom <= answer.y
        assert answer.height >= 10


async def test_a_failure_is_told_once_and_its_state_in_short(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path, size=(120, 30)) as person:
        await person.ask(f"{practice.http}/broken/short")
        entry = await person.send()
        assert person.state.startswith("200 OK · failed · ")
        assert entry.exchange.problem is not None
        assert entry.exchange.problem.text not in person.state
        assert person.told.startswith("The answer broke off: 50 of 1000 bytes of its body came.")


async def test_the_most_useful_keys_are_named_at_eighty_columns(tmp_path: Path) -> None:
    async with sitting(tmp_path) as person:
        named = person.drawn().splitlines()[-1]
        for key in ("^j Send", "^q Quit", "F1 Help"):
            assert key in named


@pytest.mark.parametrize("size", [(20, 6), (40, 10), (200, 60)])
async def test_any_size_is_drawn(
    tmp_path: Path, practice: PracticeServer, size: tuple[int, int]
) -> None:
    async with sitting(tmp_path, size=size) as person:
        await person.ask(f"{practice.http}/anything")
        await person.press("ctrl+n", "ctrl+n", "ctrl+n", "space")
        await person.echo()
        assert person.tab.bar.url in ("", f"{practice.http}/anything")


# streams


async def test_events_are_followed_as_they_come_and_kept_when_they_are_stopped(
    tmp_path: Path, practice: PracticeServer
) -> None:
    async with sitting(tmp_path, size=(120, 30)) as person:
        await person.ask(f"{practice.http}/sse?n=1000000&interval=0.03")
        await person.press("ctrl+j")
        rows = person.tab.answer
        await person.until(lambda: rows.has_focus_within and rows.body.rows.top > 20)
        await person.press("pageup", "pageup")
        top = rows.body.rows.top
        count = rows.body.rows.source.count
        await person.until(lambda: rows.body.rows.source.count > count + 20)
        assert rows.body.rows.top == top
        assert "new rows · G" in person.drawn()
        await person.press("G")
        await person.until(lambda: rows.body.rows.top > count)
        await person.press("escape")
        await person.until(lambda: person.tab.entry)
        assert person.state.startswith("200 OK · cancelled")
        assert person.tab.entry is not None
        response = person.tab.entry.exchange.response
        assert response is not None
        assert response.body.cut == "cancel"
        assert rows.body.view.body.size == response.body.size
        assert "cut when cancelled" in person.drawn()
