from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.errors import RequestError, SondeError
from sonde_core.listen_fields import ECHO, FORWARD, HTTP, RECORDING, RULES
from sonde_core.listen_plan import (
    ListenPlan,
    can_be_played,
    differing,
    fault_of,
    plan_of,
    request_of,
    scheme_of,
)
from sonde_core.listen_request import ListenRequest
from sonde_core.serving.faults import Faults
from sonde_core.serving.forward import Forward
from sonde_core.serving.rule import HttpAnswer
from sonde_core.serving.rule_text import read_rules
from sonde_core.session_request import SessionOptions
from sonde_core.steps import ExpectStep, SendStep

SCRIPT = (ExpectStep("equal", b"hi"), SendStep(b"you"))


def test_nothing_written_is_a_listener_answered_by_hand() -> None:
    assert request_of(ListenPlan(), "tcp://:0", "") == ListenRequest("tcp://:0")
    assert request_of(ListenPlan(), "tls://:0", "") == ListenRequest("tls://:0")
    assert request_of(ListenPlan(texts={"min_tls": "1.3"}), "tls://:0", "").min_tls == "1.3"
    assert differing(ListenPlan(), "tcp") == ""


def test_each_manner_makes_its_part_of_the_request() -> None:
    rules = ListenPlan(RULES, {"rules": "PING=PONG", "framing": "lines", "status": "503"})
    made = request_of(rules, "tcp://:0", "")
    assert (made.rules, made.framing, made.http) == (read_rules("PING=PONG"), "lines", None)
    echo = request_of(ListenPlan(ECHO, {"rules": "broken"}), "tcp://:0", r"hi\n")
    assert (echo.echo, echo.greeting, echo.rules) == (True, b"hi\n", ())
    http = ListenPlan(HTTP, {"status": "503", "body": r"no\n"}, (("Retry-After", "5"),))
    answer = HttpAnswer(503, (("Retry-After", "5"),), Body.of(b"no\n"))
    assert request_of(http, "tls://:0", "").http == answer
    play = ListenPlan(texts={"pace": "recorded", "strict": "yes"}).playing(SCRIPT, "it")
    made = request_of(play, "tcp://:0", "")
    assert (made.script, made.script_pace, made.script_strict) == (SCRIPT, "recorded", True)
    far = SessionOptions(verify=False)
    forward = ListenPlan(FORWARD, {"forward": "tls://x:1", "back": "cut 10"}, far=far)
    assert request_of(forward, "tcp://:0", "").forward == Forward(
        "tls://x:1", far, back=Faults(cut=10)
    )


def test_greeting_and_rules_may_name_values_of_the_environment() -> None:
    plan = ListenPlan(RULES, {"rules": "who={{user}}"})
    made = request_of(plan, "tcp://:0", "hi {{user}}", {"user": b"ann"})
    assert made.greeting_template
    assert made.rules == read_rules("who={{user}}", {"user"})
    assert fault_of(plan, "tcp", {"user"}) is None
    fault = fault_of(plan, "tcp")
    assert fault is not None
    assert "{{user}}" in fault[1].message
    assert differing(plan, "tcp") == "1 rule"
    assert not request_of(ListenPlan(), "tcp://:0", "hi {{user}}").greeting_template


def test_what_holds_for_all_clients_is_there() -> None:
    texts = {"idle": "9", "max_clients": "2", "alpn": "h2", "keepalive": "yes", "linger": "0"}
    made = request_of(ListenPlan(texts=texts), "tls://:0", "{{now}}")
    assert (made.idle_timeout, made.max_clients, made.alpn) == (9.0, 2, ("h2",))
    assert made.options == SessionOptions(keepalive=True, linger=0.0)
    assert made.greeting_template
    assert not request_of(ListenPlan(texts={"fill": "no"}), "tcp://:0", "{{now}}").greeting_template
    assert not request_of(ListenPlan(), "tcp://:0", "{{what}}").greeting_template


def test_files_are_read_when_it_is_bound(tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"from a file")
    plan = ListenPlan(HTTP, {"body": f"@{body}"})
    answer = request_of(plan, "tcp://:0", "").http
    assert answer is not None
    assert answer.body.read(0, 100) == b"from a file"
    for texts in ({"body": f"@{tmp_path}"}, {"certificate": str(tmp_path / "none")}):
        plan = ListenPlan(HTTP, texts)
        assert fault_of(plan, "tls") is None
        with pytest.raises(RequestError):
            request_of(plan, "tls://:0", "")


@pytest.mark.parametrize(
    ("plan", "where"),
    [
        (ListenPlan(RULES), "rules"),
        (ListenPlan(HTTP, {"status": "x"}), "status"),
        (ListenPlan(HTTP, headers=(("a b", "c"),)), "headers"),
        (ListenPlan(RECORDING), "script"),
        (ListenPlan(FORWARD, {"forward": "tcp://x:1", "there": "x"}), "there"),
        (ListenPlan(texts={"max_clients": "many"}), "max_clients"),
    ],
)
def test_a_fault_is_told_with_its_field(plan: ListenPlan, where: str) -> None:
    fault = fault_of(plan, "tcp")
    assert fault is not None
    assert fault[0] == where
    with pytest.raises(SondeError, match=fault[1].message.split(":")[0]):
        request_of(plan, "tcp://:0", "")


def test_a_greeting_that_is_none_is_told() -> None:
    with pytest.raises(SondeError, match="Unknown escape"):
        request_of(ListenPlan(), "tcp://:0", r"\q")


def test_what_differs_stands_in_a_line() -> None:
    assert differing(ListenPlan(RULES, {"rules": "A=B\nC=D", "idle": "3"}), "tcp") == (
        "2 rules · let idle clients go 3"
    )
    assert differing(ListenPlan(RULES), "tcp") == "no rules yet"
    http = ListenPlan(HTTP, {"status": "404", "body": "@x.html"}, (("A", "b"),))
    assert differing(http, "tcp") == "answers 404 · 1 header · body from x.html"
    assert differing(ListenPlan().playing(SCRIPT, "tcp://a:1"), "tcp") == "plays tcp://a:1"
    forward = ListenPlan(FORWARD, {"forward": "tls://x:1"}, far=SessionOptions(verify=False))
    assert differing(forward, "tcp") == "to tls://x:1 · verify TLS no"
    assert differing(ListenPlan(texts={"alpn": "h2"}), "udp") == ""


def test_a_session_tells_what_it_knows_of_its_listener() -> None:
    options = SessionOptions(idle_timeout=7, keepalive=True)
    before = ListenPlan(RULES, {"rules": "A=B", "idle": "9"})
    plan = plan_of(options, before)
    assert differing(plan, "tcp") == "1 rule · let idle clients go 7 · keep alive yes"


def test_a_scheme_is_known_while_it_is_typed() -> None:
    assert [scheme_of(text) for text in ("", "udp://", " WS://x", "x:1")] == [
        "tcp",
        "udp",
        "ws",
        "tcp",
    ]


def test_only_what_the_server_says_can_be_played() -> None:
    assert can_be_played(SCRIPT)
    assert not can_be_played(SCRIPT[:1])
