from __future__ import annotations

from dataclasses import replace

from sonde_core.history.entry import Entry
from sonde_core.model import Exchange
from sonde_core.recording.recorder import Recorder
from sonde_core.session_request import SessionRequest
from sonde_core.steps import ExpectStep, SendStep
from sonde_tui import drafts
from sonde_tui.drafts import Drafts, Written
from tests.histories import session

EMPTY = Written()


def entry(identity: str) -> Entry:
    return Entry(identity, session())


def under_way(recorder: Recorder) -> Entry:
    return Entry("", replace(session(), timeline=recorder))


def test_what_was_written_is_kept_until_nothing_is_written() -> None:
    kept = Drafts()
    kept.keep(entry("1"), Written("send"))
    assert kept.get(entry("1")).text == "send"
    assert kept.get(entry("2")) == EMPTY
    kept.keep(entry("1"), EMPTY)
    assert kept.get(entry("1")) == EMPTY


def test_the_oldest_goes_when_it_is_too_much() -> None:
    kept = Drafts()
    every = [entry(str(number)) for number in range(4)]
    for each in every:
        kept.keep(each, Written("x" * (drafts._MOST // 3)))
    assert [bool(kept.get(each).text) for each in every] == [False, True, True, True]


def test_a_session_under_way_has_its_own_and_its_entry_has_it_later() -> None:
    kept, one, other = Drafts(), Recorder(), Recorder()
    kept.keep(under_way(one), Written("one"))
    assert kept.get(under_way(other)) == EMPTY
    kept.recorded(one, "1")
    assert kept.get(entry("1")).text == "one"
    kept.keep(under_way(one), Written("more"))  # its steps were still open
    assert kept.get(entry("1")).text == "more"
    assert kept.get(under_way(other)) == EMPTY


def test_an_entry_that_is_opened_as_another_request_has_its_own() -> None:
    def asking(data: bytes) -> Exchange:
        steps = (SendStep(data), ExpectStep("prefix", b"HTTP/"))
        return replace(session(), request=SessionRequest("tcp://127.0.0.1:9", steps=steps))

    kept = Drafts()
    kept.keep(entry("1"), Written("whole"))
    kept.keep(Entry("1", asking(b"GET /1")), Written("first"))
    assert kept.get(Entry("1", asking(b"GET /2"))) == EMPTY
    assert kept.get(Entry("1", asking(b"GET /1"))).text == "first"
    assert kept.get(entry("1")).text == "whole"
