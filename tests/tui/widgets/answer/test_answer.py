from dataclasses import replace

import pytest

from sonde_core.http.call import Call
from sonde_core.http_request import HttpRequest
from sonde_core.model import Chunk, Direction, Event, EventKind, Hop, HttpResponse, Outcome
from sonde_tui.widgets.answer.answer import Answer
from tests.histories import http

SECRET = Chunk(0.1, Direction.SENT, b"GET / HTTP/1.1\r\nAuthorization: Bearer secret\r\n\r\n")


def words(answer: Answer, name: str) -> str:
    return "\n".join(
        "".join(part for part, _ in row.parts) for row in answer.rows(name, reveal=False)
    )


def test_nothing_is_known_yet() -> None:
    answer = Answer()
    assert not answer.over
    assert answer.body.size == 0
    assert answer.rows("timing", reveal=True) == []
    assert list(answer.timeline(reveal=True)) == []


def test_an_exchange_that_is_over_has_its_body() -> None:
    answer = Answer(exchange=http(body=b"hello"))
    assert answer.over
    assert answer.body.read() == b"hello"
    assert "HTTP/1.1 200 OK" in words(answer, "headers")


def test_a_call_under_way_tells_that_more_is_to_come() -> None:
    answer = Answer(call=Call(HttpRequest(url="http://127.0.0.1/")))
    assert not answer.over
    assert answer.response is None
    assert answer.without_body() == "Nothing of the body is here yet."
    assert words(answer, "headers") == "No headers are here yet."
    assert "No TLS: this was plain http." in words(answer, "tls")


def test_the_wire_is_masked_until_secrets_are_revealed() -> None:
    answer = Answer(exchange=replace(http(), timeline=(SECRET,)))
    masked, shown = answer.timeline(reveal=False)[0], answer.timeline(reveal=True)[0]
    assert isinstance(masked, Chunk)
    assert b"secret" not in masked.data
    assert shown is SECRET


def test_bytes_without_an_answer_are_told_from_none() -> None:
    failed = replace(http(), outcome=Outcome.FAILED, response=None)
    assert Answer(exchange=failed).failed_with_bytes
    assert "wire view" in Answer(exchange=failed).without_body()
    silent = replace(failed, received=0)
    assert not Answer(exchange=silent).failed_with_bytes
    assert Answer(exchange=silent).without_body() == "No answer came."


@pytest.mark.parametrize(
    ("asked", "hop", "answered", "secure"),
    [
        ("http://a/", "", "", False),
        ("https://a/", "", "", True),
        ("https://a/", "", "http://b/", False),
        ("http://a/", "https://b/", "", True),
        ("https://a/", "/other", "", True),
    ],
)
def test_the_last_request_tells_whether_tls_was_to_be(
    asked: str, hop: str, answered: str, secure: bool
) -> None:
    exchange = replace(
        http(),
        request=HttpRequest(url=asked),
        hops=(Hop("GET", asked, 302, "", (), hop),) if hop else (),
        response=HttpResponse(200, url=answered) if answered else None,
    )
    told = words(Answer(exchange=exchange), "tls")
    assert ("No TLS handshake was completed." in told) is secure


def test_events_are_in_the_timing() -> None:
    event = Event(0.2, EventKind.NOTE, "a remark")
    assert "a remark" in words(Answer(exchange=replace(http(), timeline=(event,))), "timing")
