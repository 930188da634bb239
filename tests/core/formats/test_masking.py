from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.formats.masking import hide_lengths, mask_message, masked, masked_request, shown
from sonde_core.history.entry import Entry
from sonde_core.http_request import Auth, BodyKind, Field, HttpRequest, RequestBody
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Event, EventKind, Exchange, Hop, Outcome, Problem
from sonde_core.serving.forward import Forward
from sonde_core.serving.rule import HttpAnswer
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import ExpectStep, SendStep

from .conftest import answer, http_entry, received, sent, session_entry

KINDS: list[BodyKind] = ["form", "multipart", "json"]
SECRET = "hush"
FORM = b"user=joe&password=hush&token=hu+sh&empty=&note=password"


def timeline_bytes(exchange: Exchange) -> bytes:
    return b"".join(chunk.data for chunk in exchange.chunks())


def everything() -> Entry:
    """Return an entry with a secret in every place that has one."""
    request = HttpRequest(
        "POST",
        "http://joe:hush@h/?access_token=hush",
        params=(Field("api_key", SECRET), Field("token", SECRET, on=False), Field("q", "cats")),
        headers=(Field("Authorization", "Bearer hush"), Field("X-Api-Key", SECRET, on=False)),
        body=RequestBody(
            "form",
            fields=(Field("password", SECRET), Field("user", "joe")),
            data=Body.of(FORM, media_type="application/x-www-form-urlencoded"),
        ),
        auth=Auth("basic", "joe", SECRET),
    )
    head = b"POST /?access_token=hush HTTP/1.1\r\nAuthorization: Bearer hu"
    hop = Hop(
        *("GET", "http://h/?sid=hush", 302, "Found", (("Set-Cookie", "sid=hush; Path=/"),)),
        "/next?token=hush",
    )
    entry = http_entry(
        request,
        Event(0.0, EventKind.REDIRECT, "to http://h/?token=hush", {"url": "http://a:hush@h/"}),
        sent(head),
        sent(b"sh\r\nContent-Length: 55\r\n\r\n" + FORM[:30]),
        sent(FORM[30:]),
        received(b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=hu"),
        received(b"sh\r\n\r\nhello"),
        response=replace(
            answer(b"hello", ("Set-Cookie", "sid=hush")),
            trailers=(("X-Auth-Token", SECRET),),
            url="http://h/?token=hush",
        ),
        hops=(hop,),
    )
    problem = Problem("receive", "closed", "http://joe:hush@h/?token=hush broke off.")
    exchange = replace(
        entry.exchange, proxy="http://joe:hush@proxy:1", problem=problem, outcome=Outcome.FAILED
    )
    return replace(entry, exchange=exchange)


def test_no_secret_is_left_anywhere() -> None:
    entry = masked(everything())
    assert SECRET not in repr(entry)
    assert b"hu" not in timeline_bytes(entry.exchange)
    assert "cats" in repr(entry)
    assert "user=joe" in repr(entry)


def test_recorded_bytes_keep_their_places() -> None:
    before, after = everything().exchange, masked(everything()).exchange
    assert [len(chunk.data) for chunk in after.chunks()] == [
        len(chunk.data) for chunk in before.chunks()
    ]


def test_lengths_of_secrets_can_be_hidden_too() -> None:
    entry = session_entry(
        "tcp://h:1", sent(b"Cook"), received(b"a **** b"), sent(b"ie: sid=hush; b=1\r\n*****")
    )
    hidden = hide_lengths(masked(entry), entry)
    assert timeline_bytes(hidden.exchange) == b"Cooka **** bie: ***\r\n*****"


def test_the_digest_does_not_help_to_guess_a_secret() -> None:
    request = masked(everything()).exchange.request
    assert isinstance(request, HttpRequest)
    assert request.body.data.sha256 != hashlib.sha256(FORM).hexdigest()
    assert request.body.data.media_type == "application/x-www-form-urlencoded"


def test_a_body_is_as_it_is_but_for_what_gives_access_in_a_request() -> None:
    text = '{"password": "hush", "user": "joe"}'
    body = RequestBody("json", text=text, data=Body.of(text.encode()))
    head = b'POST / HTTP/1.1\r\nIf-Match: "\r\n\r\n'
    entry = http_entry(
        HttpRequest(body=body),
        sent(head + text[:15].encode()),
        sent(text[15:].encode()),
        response=answer(b'{"token": "x"}'),
    )
    exchange = masked(entry).exchange
    assert exchange.response is not None
    assert exchange.response.body.read() == b'{"token": "x"}'
    assert isinstance(exchange.request, HttpRequest)
    masked_text = '{"password": "***", "user": "joe"}'
    assert exchange.request.body.text == masked_text
    assert exchange.request.body.data.read() == masked_text.encode()
    assert timeline_bytes(exchange) == head + b'{"password": "****", "user": "joe"}'


def test_a_body_whose_file_is_gone_is_left_to_its_reader(tmp_path: Path) -> None:
    gone = Body.in_file(tmp_path / "gone", 9, "0" * 64)
    entry = http_entry(HttpRequest(body=RequestBody("form", data=gone)))
    assert masked(entry).exchange.request.body.data is gone  # type: ignore[union-attr]


def test_revealed_is_the_same() -> None:
    entry = everything()
    assert shown(entry, True) is entry


def test_what_is_shown_tells_no_length() -> None:
    entry = everything()
    chunks = [chunk.data for chunk in shown(entry, False).exchange.chunks()]
    assert any(b"***" in data for data in chunks)
    assert not any(b"****" in data for data in chunks)
    steps = (SendStep(b"AUTH hush-hush\r\n"), ExpectStep("equal", b'{"token": "hush-hush"}'))
    asked = replace(session_entry("tcp://h:1").exchange, request=SessionRequest("x", steps=steps))
    assert shown(Entry("1", asked), False).exchange.request.steps == (  # type: ignore[union-attr]
        SendStep(b"AUTH ***\r\n"),
        ExpectStep("equal", b'{"token": "***"}'),
    )


def test_a_secret_across_chunks_of_a_session_is_found() -> None:
    entry = session_entry("tcp://h:1", sent(b"Cook"), received(b"x"), sent(b"ie: sid=hush\r\n"))
    assert timeline_bytes(masked(entry).exchange) == b"Cookx" + b"ie: ********\r\n"


def test_steps_that_are_still_to_be_sent_are_masked() -> None:
    steps = (SendStep(b"Cookie: si"), SendStep(b"d=hush\n"))
    exchange = replace(session_entry("").exchange, request=SessionRequest("tcp://h:1", steps=steps))
    request = masked(Entry("1", exchange)).exchange.request
    assert isinstance(request, SessionRequest)
    assert b"".join(step.data for step in request.steps if isinstance(step, SendStep)) == (
        b"Cookie: ********\n"
    )


def test_datagrams_are_masked_one_by_one() -> None:
    entry = session_entry("udp://h:1", sent(b"Token: hush"), sent(b"Token: hush"), kind="udp")
    assert timeline_bytes(masked(entry).exchange) == b"Token: ****" * 2


@given(st.binary(max_size=200), st.sampled_from(KINDS))
def test_masking_a_message_never_changes_its_length(data: bytes, kind: BodyKind) -> None:
    request = HttpRequest(body=RequestBody(kind))
    assert len(mask_message(data, request)) == len(data)


def test_a_request_that_follows_a_form_is_not_part_of_it() -> None:
    body = RequestBody("form", fields=(Field("password", SECRET),))
    entry = http_entry(
        HttpRequest("POST", "http://h/", body=body),
        *(sent(b"POST / HTTP/1.1\r\n\r\n"), sent(b"password=hush")),
        *(received(b"HTTP/1.1 302 Found\r\n\r\n"), sent(b"GET /next HTTP/1.1\r\n\r\n")),
    )
    pieces = [chunk.data for chunk in masked(entry).exchange.chunks()]
    assert pieces[1] == b"password=****"
    assert pieces[3] == b"GET /next HTTP/1.1\r\n\r\n"


def test_a_long_stream_is_masked_as_a_whole() -> None:
    head = b"Cookie: a=hush\r\n  b=hush\r\n"
    data = (b"x" * 99 + b"\n") * 2000 + head * 5000 + b"y" * 2_000_000 + b"\n" + head
    pieces = [data[start : start + 5000] for start in range(0, len(data), 5000)]
    exchange = masked(session_entry("tcp://h:1", *map(received, pieces))).exchange
    found = timeline_bytes(exchange)
    assert found == data.replace(b"a=hush", b"*" * 6).replace(b"  b=hush", b"*" * 8)


def test_options_of_a_session_are_masked() -> None:
    options = SessionOptions(
        proxy="socks5://me:hush@proxy:1080", headers=(("Authorization", "Bearer hush"),)
    )
    steps = (SendStep(b"Cookie: a=hush\n"), ExpectStep("equal", b"Set-Cookie: a=hush\r\n"))
    request = SessionRequest("ws://me:hush@h/?token=hush", options, steps)
    found = masked_request(request)
    assert "hush" not in repr(found)
    assert isinstance(found, SessionRequest)
    assert found.options.proxy == "socks5://***@proxy:1080"


def test_headers_among_the_facts_of_an_event_are_masked() -> None:
    facts = {"target": "/?token=hush", "headers": "Host: h\nAuthorization: Basic hush\nX: a: b"}
    event = Event(0.0, EventKind.REQUEST, "GET / HTTP/1.1", facts)
    entry = session_entry("")
    entry = replace(entry, exchange=replace(entry.exchange, timeline=(event,)))
    found = next(masked(entry).exchange.events())
    assert found.facts["target"] == "/?token=***"
    assert found.facts["headers"] == "Host: h\nAuthorization: Basic ***\nX: a: b"


def login(secret: bytes) -> bytes:
    body = b"user=joe&password=" + secret
    return (
        b"POST /?api_key=%b HTTP/1.1\r\nX-Api-Key: %b\r\nContent-Length: %d\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n%b"
    ) % (secret, secret, len(body), body)


def test_requests_in_a_raw_session_are_masked_with_their_bodies() -> None:
    data = login(b"hush")
    entry = session_entry("tcp://h:1", sent(data[:-3]), sent(data[-3:]), received(b"ok"))
    steps = (SendStep(data[:-3]), SendStep(data[-3:]), ExpectStep("any"))
    request = SessionRequest("tcp://h:1", steps=steps)
    exchange = masked(replace(entry, exchange=replace(entry.exchange, request=request))).exchange
    assert timeline_bytes(exchange) == login(b"****") + b"ok"
    hidden = exchange.request
    assert isinstance(hidden, SessionRequest)
    sends = [step.data for step in hidden.steps if isinstance(step, SendStep)]
    assert b"".join(sends) == login(b"****")


def test_a_request_that_came_to_us_is_masked_too() -> None:
    entry = session_entry("tcp://h:1", received(login(b"hush")), sent(b"ok"))
    assert timeline_bytes(masked(entry).exchange) == login(b"****") + b"ok"


def test_what_a_listener_answers_with_and_how_it_forwards_is_hidden_too() -> None:
    headers = (("Set-Cookie", "sid=secretvalue"), ("Authorization", "Bearer secretvalue"))
    options = SessionOptions(proxy="http://me:secretvalue@p:1", headers=headers[1:])
    forward = Forward("tcp://x:1", options)
    listener = ListenRequest("tcp://:0", http=HttpAnswer(200, headers), forward=forward)
    request = masked_request(SessionRequest("tcp://a:1", listener=listener))
    assert "secretvalue" not in repr(request)
    assert isinstance(request, SessionRequest)
    assert request.listener is not None
    assert request.listener.address == "tcp://:0"
