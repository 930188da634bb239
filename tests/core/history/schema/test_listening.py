from __future__ import annotations

from dataclasses import fields

import pytest

from sonde_core.body import Body
from sonde_core.history.schema.listening import from_listener, to_listener
from sonde_core.history.schema.requests import from_request, to_request
from sonde_core.history.schema.values import Record, dumps, loads, record, rows
from sonde_core.listen_request import ListenRequest
from sonde_core.serving.faults import Faults
from sonde_core.serving.forward import Forward
from sonde_core.serving.rule import HttpAnswer
from sonde_core.serving.rule_text import read_rules
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import ExpectStep, SendStep

WHOLE = ListenRequest(
    "tls://:0",
    b"\xffhello\r\n",
    echo=True,
    certificate="/a\udcff.pem",
    key="/k.pem",
    client_ca="/ca.pem",
    alpn=("h2",),
    max_clients=3,
    greeting_template=True,
    idle_timeout=2.5,
    rules=read_rules(
        "PING=PONG{{of_another_day}}\\r\\n!delay:0.5;x!close\n/^a(b)/i={{1}}\n^0x00ff=0x0100\n@end=bye",
        None,
    ),
    framing="stream",
    http=HttpAnswer(503, (("Retry-After", "5"),), Body.of(b"no\0")),
    script=(ExpectStep("equal", b"hi"), SendStep(b"you", template=True)),
    script_pace="recorded",
    script_strict=True,
    forward=Forward("tls://x:1", SessionOptions(verify=False), Faults(0.2), Faults(cut=0, rate=9)),
    options=SessionOptions(nodelay=False),
    subprotocols=("chat", "v2"),
    compression=False,
    min_tls="1.3",
)


def plain(request: ListenRequest) -> Record:
    return record(loads(dumps(to_listener(request, None, 1 << 14))))


def test_what_a_listener_was_asked_for_comes_back_equal() -> None:
    assert from_listener(plain(WHOLE), None) == WHOLE
    request = SessionRequest("tls://a:1", listener=WHOLE)
    assert from_request(loads(dumps(to_request(request, None, 99))), None) == request


def test_the_example_has_something_unusual_in_each_field() -> None:
    usual = ListenRequest("")
    same = [
        each.name
        for each in fields(usual)
        if getattr(WHOLE, each.name) == getattr(usual, each.name)
    ]
    assert same == []


def test_what_is_usual_takes_no_room() -> None:
    assert plain(ListenRequest("tcp://:0")) == {"address": "tcp://:0"}
    assert "listen" not in to_request(SessionRequest("tcp://a:1"), None, 99)


@pytest.mark.parametrize(
    "change",
    [
        {"rules": "no rule"},
        {"rules": "/(/=x"},
        {"rules": 7},
        {"framing": "words"},
        {"min_tls": "9"},
        {"echo": 1},
        {"max_clients": -1},
        {"greeting": "x"},
        {"http": {"status": "200"}},
        {"http": {"headers": [["a"]]}},
        {"script": [7]},
        {"forward": {"there": "rain 3"}},
        {"idle_timeout": "long"},
        {"alpn": "h2"},
    ],
)
def test_a_field_of_the_wrong_shape_is_a_value_error(change: Record) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_listener(plain(WHOLE) | change, None)


def test_a_session_whose_listener_cannot_be_read_can() -> None:
    value = to_request(SessionRequest("tls://a:1", listener=WHOLE), None, 99)
    record(value["listen"])["rules"] = "of=another!version"
    assert from_request(value, None) == SessionRequest("tls://a:1")


def test_a_listener_that_does_little_comes_back_equal() -> None:
    for request in (
        ListenRequest("tcp://:0", forward=Forward("tcp://x:1")),
        ListenRequest("tcp://:0", forward=Forward("tcp://x:1", back=Faults(0.5))),
        ListenRequest("tcp://:0", http=HttpAnswer(204)),
    ):
        assert from_listener(plain(request), None) == request
    assert from_listener({"address": "tcp://:0", "rules": ""}, None).rules == ()


def test_a_step_whose_bytes_are_not_kept_is_left_out_of_a_script() -> None:
    gone = {"expect": "equal", "data": {"size": 9, "sha256": "0" * 64, "wire": 9}}
    value = plain(WHOLE)
    value["script"] = [gone, *rows(value["script"])]
    assert from_listener(value, None).script == WHOLE.script
