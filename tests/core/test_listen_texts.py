from __future__ import annotations

import pytest

from sonde_core.body import Body
from sonde_core.listen_fields import BY_HAND, RULES
from sonde_core.listen_plan import ListenPlan, request_of
from sonde_core.listen_request import ListenRequest
from sonde_core.listen_texts import LONGEST, write
from sonde_core.serving.faults import Faults
from sonde_core.serving.forward import Forward
from sonde_core.serving.rule import ECHO, HttpAnswer, Rule
from sonde_core.serving.rule_text import read_rules
from sonde_core.session_request import SessionOptions
from sonde_core.steps import ExpectStep, SendStep

SCRIPT = (ExpectStep("equal", b"hi"), SendStep(b"you"))
OTHER = ListenPlan(
    RULES,
    {"rules": "a=b", "body": "x", "idle": "9", "keepalive": "yes", "pace": "recorded"},
    (("A", "b"),),
)


@pytest.mark.parametrize(
    "request_",
    [
        ListenRequest("tcp://:0"),
        ListenRequest("tcp://:0", b"hi\xff\r\n{{now}}", greeting_template=True),
        ListenRequest("tcp://:0", b"hi {{now}}"),
        ListenRequest("tcp://:0", echo=True, max_clients=2, idle_timeout=0.25),
        ListenRequest(
            "tcp://:0", rules=(*read_rules("^QUIT$=bye!close"), Rule("any", b"", (ECHO,)))
        ),
        ListenRequest("unix:/x", rules=read_rules("PING=PONG"), framing="lines"),
        ListenRequest("tcp://:0", http=HttpAnswer(503, (("A", "c"),), Body.of(b"@no\0"))),
        ListenRequest("tcp://:0", script=SCRIPT, script_pace="recorded", script_strict=True),
        ListenRequest(
            "tls://:0",
            forward=Forward("tls://x:1", SessionOptions(verify=False), Faults(0.2), Faults(cut=0)),
            alpn=("h2", "http/1.1"),
            min_tls="1.3",
        ),
        ListenRequest("ws://:0", subprotocols=("a", "b"), compression=False),
        ListenRequest("tcp://:0", options=SessionOptions(linger=0.0, nodelay=False)),
    ],
)
def test_a_plan_made_of_a_request_makes_the_same_request(request_: ListenRequest) -> None:
    for before in (ListenPlan(), OTHER):
        written = write(request_, before)
        assert written.missing == ""
        assert request_of(written.plan, request_.address, written.greeting) == request_


def test_what_belongs_to_other_manners_stays_as_it_was() -> None:
    plan = write(ListenRequest("tcp://:0"), OTHER).plan
    assert plan.manner == BY_HAND
    assert (plan.text("rules"), plan.text("body"), plan.headers) == ("a=b", "x", (("A", "b"),))


def test_a_body_that_is_too_long_or_gone_is_told_of() -> None:
    for body in (Body.of(b"x" * (LONGEST + 1)), Body.lost(70_000, "0" * 64)):
        written = write(ListenRequest("tcp://:0", http=HttpAnswer(201, (), body)), OTHER)
        assert "is not brought back" in written.missing
        assert (written.plan.text("status"), written.plan.text("body")) == ("201", "")
