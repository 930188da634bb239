"""Secrets are found by name, by pattern or as they are, and then wherever else they stand."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.history.entry import Entry, to_json
from sonde_core.history.schema.values import dumps
from sonde_core.http_request import Auth, Field, HttpRequest, RequestBody
from sonde_core.model import (
    Chunk,
    Direction,
    Event,
    EventKind,
    Exchange,
    Hop,
    HttpResponse,
    Outcome,
)
from sonde_core.scrubbing.filling import filled
from sonde_core.scrubbing.patterns import Pattern
from sonde_core.scrubbing.scrubber import Scrubber
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import ExpectStep, MessageKind, SendStep
from tests.histories import STARTED, http
from tests.strategies import entries

SECRET = "s3cr3t/w0rd+x"
QUOTED = "s3cr3t%2Fw0rd%2Bx"


def entry(exchange: Exchange, **more: Any) -> Entry:
    return Entry("1", exchange, **more)


def scrubbed(exchange: Exchange, **more: Any) -> Entry:
    return Scrubber(**more).scrub(entry(exchange))


def written(one: Entry) -> bytes:
    """Return all of an entry, wherever its bytes lie."""
    return dumps(to_json(one))


def asked(**fields: Any) -> Exchange:
    return replace(http(), request=HttpRequest("POST", **{"url": "http://h/", **fields}))


@pytest.mark.parametrize(
    "exchange",
    [
        asked(url=f"http://h/?access_token={QUOTED}"),
        asked(params=(Field("token", SECRET),)),
        asked(params=(Field("token", SECRET, on=False),)),
        asked(headers=(Field("X-Api-Key", SECRET),)),
        asked(headers=(Field("Cookie", f"sid={SECRET}"),)),
        asked(headers=(Field("Referer", f"http://h/?token={QUOTED}"),)),
        asked(auth=Auth("basic", "ann", SECRET)),
        asked(auth=Auth("bearer", "", SECRET)),
        asked(body=RequestBody("json", text=f'{{"password": "{SECRET}"}}')),
        asked(body=RequestBody("text", text=f'{{"password": "{SECRET}"}}')),
        asked(body=RequestBody("form", fields=(Field("pwd", SECRET),))),
        asked(
            body=RequestBody("bytes", data=Body.of(f"a=b&pwd={QUOTED}".encode())),
            headers=(Field("Content-Type", "application/x-www-form-urlencoded"),),
        ),
    ],
)
def test_a_secret_of_a_request_is_nowhere(exchange: Exchange) -> None:
    echo = f"you said {SECRET} or {QUOTED}".encode()
    exchange = replace(
        exchange,
        response=HttpResponse(200, body=Body.of(echo)),
        timeline=(Chunk(0.1, Direction.RECEIVED, b"HTTP/1.1 200 OK\r\n\r\n" + echo),),
    )
    done = scrubbed(exchange)
    assert SECRET.encode() not in written(done)
    assert QUOTED.encode() not in written(done)
    assert len(done.left_out) == 1
    assert "answer body" in done.left_out[0].places
    assert filled(done, {1: SECRET.encode()}).exchange.request == exchange.request


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(200, headers=(("Set-Cookie", f"sid={SECRET}; Path=/"),)),
        HttpResponse(302, headers=(("Location", f"/?token={QUOTED}"),)),
        HttpResponse(200, trailers=(("X-Auth-Token", SECRET),)),
        HttpResponse(200, url=f"http://h/#id_token={QUOTED}"),
        HttpResponse(200, body=Body.of(f'{{"refresh_token": "{SECRET}"}}'.encode())),
    ],
)
def test_a_secret_of_an_answer_is_left_out(answer: HttpResponse) -> None:
    done = scrubbed(replace(http(), response=answer))
    assert SECRET.encode() not in written(done)
    assert QUOTED.encode() not in written(done)
    assert len(done.left_out) == 1


def test_the_credentials_of_a_url() -> None:
    exchange = replace(
        asked(url=f"http://user:{QUOTED}@h/user"),
        response=HttpResponse(200, body=Body.of(f"user, {SECRET}".encode())),
    )
    done = scrubbed(exchange)
    request = done.exchange.request
    assert isinstance(request, HttpRequest)
    assert request.url == "http://***secret-1***:***secret-2-url***@h/user"
    assert done.exchange.response
    assert done.exchange.response.body.read() == b"user, ***secret-2***"
    assert filled(done, {1: b"user", 2: SECRET.encode()}).exchange.request == exchange.request


def test_redirects_events_and_errors_are_looked_through() -> None:
    hop = Hop("GET", f"http://h/?token={QUOTED}", 302, "", (("Set-Cookie", f"a={SECRET}"),), "/x")
    event = Event(
        0.1, EventKind.PROXY, f"via http://u:{QUOTED}@h", {"headers": f"Cookie: a={SECRET}"}
    )
    done = scrubbed(replace(http(), hops=(hop,), timeline=(event,)))
    assert SECRET.encode() not in written(done)
    assert QUOTED.encode() not in written(done)


def test_a_secret_in_several_chunks_stands_in_the_first() -> None:
    head = b"GET / HTTP/1.1\r\nAuthorization: Bearer "
    pieces = [head + b"s3c", b"r3t", b"-word\r\n\r", b"\n"]
    session = Exchange(
        SessionRequest("tcp://h:1"),
        STARTED,
        Outcome.DONE,
        "tcp",
        timeline=tuple(Chunk(0.1, Direction.SENT, each) for each in pieces),
        sent=len(b"".join(pieces)),
    )
    done = scrubbed(session).exchange
    chunks = [chunk.data for chunk in done.chunks()]
    assert chunks == [head + b"***secret-1***", b"\r\n\r", b"\n"]
    assert done.sent == sum(map(len, chunks))


def test_messages_are_looked_through_one_by_one() -> None:
    texts = [b'{"token": "s3cr3t-1"}', b"s3cr3t-1 again"]
    session = Exchange(
        SessionRequest("ws://h/"),
        STARTED,
        Outcome.DONE,
        "ws",
        timeline=tuple(Chunk(0.1, Direction.SENT, each, MessageKind.TEXT) for each in texts),
    )
    done = Scrubber(literals={b"s3cr3t-1": "mine"}).scrub(entry(session))
    assert [chunk.data for chunk in done.exchange.chunks()] == [
        b'{"token": "***secret-1***"}',
        b"***secret-1*** again",
    ]


def test_steps_and_options_of_a_session() -> None:
    options = SessionOptions(
        proxy=f"http://u:{QUOTED}@h:1", headers=(("Authorization", f"Bearer {SECRET}"),)
    )
    steps = (SendStep(f"x {SECRET}".encode()), ExpectStep("equal", SECRET.encode()))
    request = SessionRequest("ws://h/", options, steps)
    done = scrubbed(Exchange(request, STARTED, Outcome.DONE, "ws"))
    assert SECRET.encode() not in written(done)
    assert QUOTED.encode() not in written(done)


def test_a_coded_body_goes_from_the_wire() -> None:
    body = f'{{"access_token": "{SECRET}"}}'.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    coded = gzip.compress(body, mtime=0)
    exchange = replace(
        http(),
        response=HttpResponse(200, body=Body.of(body).described(coding="gzip")),
        timeline=(
            Chunk(0.1, Direction.SENT, b"GET / HTTP/1.1\r\n\r\n"),
            Event(0.1, EventKind.REQUEST, "GET"),
            Chunk(0.2, Direction.RECEIVED, head + coded[:5]),
            Chunk(0.3, Direction.RECEIVED, coded[5:]),
        ),
    )
    timeline = scrubbed(exchange).exchange.timeline
    assert [each.data for each in timeline if isinstance(each, Chunk)][1:] == [head]
    last = timeline[-1]
    assert isinstance(last, Event)
    assert last.kind is EventKind.DROPPED
    assert f"{len(coded)} bytes" in last.text


def test_a_body_without_a_secret_stays_coded() -> None:
    coded = gzip.compress(b"plain", mtime=0)
    exchange = replace(
        asked(auth=Auth("bearer", "", SECRET)),
        response=HttpResponse(200, body=Body.of(b"plain").described(coding="gzip")),
        timeline=(Chunk(0.2, Direction.RECEIVED, b"HTTP/1.1 200 OK\r\n\r\n" + coded),),
    )
    assert [each.data[-len(coded) :] for each in scrubbed(exchange).exchange.chunks()] == [coded]


def test_numbers_of_json_come_back_as_numbers() -> None:
    text = '{"pin_token": 12345678, "x": 1}'
    exchange = asked(body=RequestBody("json", text=text))
    done = scrubbed(exchange)
    request = done.exchange.request
    assert isinstance(request, HttpRequest)
    assert request.body.text == '{"pin_token": "***secret-1-number***", "x": 1}'
    assert filled(done, {1: b"12345678"}).exchange.request == exchange.request


def test_short_secrets_do_not_spoil_the_rest() -> None:
    body = b"a cat category scat concatenated"
    exchange = replace(
        asked(auth=Auth("basic", "u", "cat")), response=HttpResponse(200, body=Body.of(body))
    )
    done = scrubbed(exchange).exchange
    assert done.response
    assert done.response.body.read() == b"a ***secret-1*** category scat concatenated"
    tiny = scrubbed(replace(exchange, request=HttpRequest(auth=Auth("basic", "u", "a"))))
    assert tiny.exchange.response == exchange.response
    assert isinstance(tiny.exchange.request, HttpRequest)
    assert tiny.exchange.request.auth.secret == "***secret-1***"


def test_patterns_take_their_first_group() -> None:
    exchange = replace(http(), response=HttpResponse(200, body=Body.of(b"card=1234 other=1234x")))
    done = scrubbed(exchange, patterns=[Pattern(r"card=(\d+)")])
    assert done.exchange.response
    assert done.exchange.response.body.read() == b"card=***secret-1*** other=1234x"
    assert done.left_out[0].name == "pattern 1"


def test_large_bodies_are_looked_through_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sonde_core.scrubbing.scrubber.LARGEST", 1000)
    monkeypatch.setattr("sonde_core.scrubbing.scrubber._PART", 300)
    monkeypatch.setattr("sonde_core.scrubbing.scrubber._OVERLAP", 50)
    for lead in range(250, 310, 7):
        body = b"." * lead + b"needle-needle" + b"." * 1500 + b"needle-needle"
        exchange = replace(http(), response=HttpResponse(200, body=Body.of(body)))
        done = scrubbed(exchange, literals={b"needle-needle": "it"}).exchange
        assert done.response
        assert done.response.body.read() == body.replace(b"needle-needle", b"***secret-1***")


def test_a_stand_in_that_somebody_else_wrote_is_no_secret_of_ours() -> None:
    hostile = replace(
        asked(auth=Auth("bearer", "", SECRET)),
        response=HttpResponse(200, body=Body.of(b"***secret-1*** ***secret-7***")),
    )
    done = scrubbed(hostile)
    assert [each.number for each in done.left_out] == [8]
    again = filled(done, {8: SECRET.encode()}).exchange
    assert again.response == hostile.response


def test_an_entry_without_secrets_is_the_same_object() -> None:
    one = entry(http())
    assert Scrubber([Pattern("nowhere")], {b"neither": "x"}).scrub(one) is one


def test_text_of_a_person() -> None:
    scrubber = Scrubber([Pattern(r"card=(\d+)")], {b"mine": "x"})
    assert scrubber.text("card=12 is mine \udcff") == "card=*** is *** \udcff"


@given(entries())
def test_any_entry_can_be_scrubbed_and_only_once(one: Entry) -> None:
    done = Scrubber().scrub(one)
    assert Scrubber().scrub(done) is done
    secrets = {each.number: b"x" for each in done.left_out}
    assert not [each for each in filled(done, secrets).left_out if each.number in secrets]


@given(st.binary(min_size=6, max_size=30), st.binary(max_size=60), st.binary(max_size=60))
def test_no_literal_survives_in_any_bytes(secret: bytes, before: bytes, after: bytes) -> None:
    if not secret.strip(b"*"):
        return
    data = before + secret + after
    session = Exchange(
        SessionRequest("tcp://h:1"),
        STARTED,
        Outcome.DONE,
        "tcp",
        timeline=(Chunk(0.1, Direction.SENT, data[:7]), Chunk(0.1, Direction.SENT, data[7:])),
    )
    done = Scrubber(literals={secret: "it"}).scrub(entry(session)).exchange
    assert secret not in b"".join(chunk.data for chunk in done.chunks()) or secret in b"***secret-"
