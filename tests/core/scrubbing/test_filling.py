from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sonde_core.errors import RequestError
from sonde_core.history.entry import Entry
from sonde_core.http_request import Field, HttpRequest
from sonde_core.left_out import LeftOut
from sonde_core.model import Chunk, Direction, Exchange, Outcome
from sonde_core.scrubbing.filling import (
    MissingSecretsError,
    by_number,
    filled,
    loosened,
    missing,
    ready,
)
from sonde_core.scrubbing.scrubber import Scrubber
from sonde_core.session_request import SessionRequest
from sonde_core.steps import ExpectStep, SendStep
from tests.histories import STARTED, http

LEFT = (LeftOut(1, "Authorization"), LeftOut(2, "Cookie a"), LeftOut(3, "token"))


def session(*chunks: Chunk) -> Entry:
    exchange = Exchange(
        SessionRequest("tcp://h:1"), STARTED, Outcome.DONE, "tcp", timeline=tuple(chunks)
    )
    return Entry("1", exchange, left_out=LEFT)


def test_only_what_is_sent_is_missing() -> None:
    entry = session(
        Chunk(0.1, Direction.SENT, b"x ***secret-1***"),
        Chunk(0.2, Direction.RECEIVED, b"y ***secret-3*** ***secret-9***"),
    )
    assert [each.number for each in missing(entry)] == [1]
    assert missing(replace(entry, left_out=())) == ()


def test_secrets_are_given_by_name_or_number() -> None:
    given = {"authorization": b"a", "2": b"c", "nobody": b"x"}
    assert by_number(LEFT, given) == {1: b"a", 2: b"c"}


def test_a_name_of_several_has_to_be_a_number() -> None:
    two = (LeftOut(1, "token"), LeftOut(2, "token"))
    with pytest.raises(RequestError) as caught:
        by_number(two, {"token": b"x"})
    assert "1, 2" in caught.value.advice
    assert by_number(two, {"1": b"x", "2": b"y"}) == {1: b"x", 2: b"y"}


def test_an_entry_is_ready_only_with_all_that_it_sends() -> None:
    entry = session(Chunk(0.1, Direction.SENT, b"***secret-1*** ***secret-3-url***"))
    with pytest.raises(MissingSecretsError) as caught:
        ready(entry, None, {"authorization": b"a"})
    assert [each.number for each in caught.value.missing] == [3]
    assert "token (3)" in caught.value.message
    whole, _ = ready(entry, None, {"authorization": b"a", "token": b"b/c"})
    assert [chunk.data for chunk in whole.exchange.chunks()] == [b"a b%2Fc"]
    assert [each.number for each in whole.left_out] == [2]


def test_steps_in_place_of_its_own_are_filled_too() -> None:
    entry = session(Chunk(0.1, Direction.SENT, b"***secret-1***"))
    steps = (SendStep(b"***secret-2***"),)
    with pytest.raises(MissingSecretsError):
        ready(entry, steps, {"1": b"a"})
    assert ready(entry, steps, {"2": b"c"})[1] == (SendStep(b"c"),)


def test_what_nobody_can_know_may_be_anything() -> None:
    steps = (ExpectStep("equal", b"a.***secret-3***\r\n"), ExpectStep("equal", b"b"))
    loose, same = loosened(steps)
    assert isinstance(loose, ExpectStep)
    assert loose.how == "regex"
    assert re.search(loose.data, b"a.whatever\r\n")
    assert not re.search(loose.data, b"abwhatever\r\n")
    assert same is steps[1]


def test_a_request_comes_back_as_it_was() -> None:
    request = HttpRequest(
        url="http://u:p@h/?token=a%2Fb&q=1",
        headers=(Field("Cookie", "sid=one1; theme=two2"), Field("X-Api-Key", "k-k-k-k", on=False)),
    )
    entry = Entry("1", replace(http(), request=request))
    done = Scrubber().scrub(entry)
    values = {"u": b"u", "p": b"p", "token": b"a/b", "sid": b"one1", "theme": b"two2"}
    named = {"user of the URL": "u", "password of the URL": "p"}
    secrets = {
        each.number: values.get(named.get(each.name, each.name.removeprefix("Cookie ")), b"k-k-k-k")
        for each in done.left_out
    }
    assert filled(done, secrets).exchange.request == request
