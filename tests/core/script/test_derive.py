from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from sonde_core.errors import RequestError
from sonde_core.expecting import Match
from sonde_core.model import Chunk, Direction, Event, EventKind, Exchange, Moment, Outcome, Timing
from sonde_core.script.derive import (
    LARGE,
    rest_of,
    server_steps_of,
    steps_of_recording,
    steps_to_replay,
)
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.steps import (
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)
from tests.peers import Peer, echo

STARTED = datetime(2026, 11, 24, tzinfo=UTC)
PEER_END = Event(9.0, EventKind.PEER_END, "the peer sent its end")
OUR_END = Event(8.0, EventKind.HALF_CLOSED, "we sent our end")


def sent(data: bytes, at: float = 0.0, kind: MessageKind = MessageKind.NONE) -> Chunk:
    return Chunk(at, Direction.SENT, data, kind)


def heard(data: bytes, at: float = 0.0, kind: MessageKind = MessageKind.NONE) -> Chunk:
    return Chunk(at, Direction.RECEIVED, data, kind)


def recording(
    *timeline: Moment,
    kind: str = "tcp",
    outcome: Outcome = Outcome.DONE,
    steps: Sequence[Step] = (),
) -> Exchange:
    request = SessionRequest(f"{kind}://127.0.0.1:1", steps=tuple(steps))
    return Exchange(request, STARTED, outcome, kind, timeline=timeline, timing=Timing(total=10.0))


def test_what_the_peer_said_is_joined_between_our_steps() -> None:
    exchange = recording(
        Event(1.0, EventKind.CONNECTED, "connected"),
        heard(b"220 ", 1.25),
        heard(b"hi", 1.5),
        sent(b"HELO", 2.0),
        heard(b"250", 2.5),
        OUR_END,
        PEER_END,
    )
    assert steps_of_recording(exchange) == (
        ExpectStep("equal", b"220 hi", at=0.5),
        SendStep(b"HELO", at=1.0),
        ExpectStep("equal", b"250", at=1.5),
        HalfCloseStep(at=7.0),
        ExpectStep("end", at=8.0),
    )


def test_upgrade_is_a_step_and_its_handshake_moves_no_time() -> None:
    exchange = recording(
        sent(b"STARTTLS", 1.0),
        heard(b"go", 2.0),
        Event(3.0, EventKind.UPGRADING, "upgrading"),
        Event(4.0, EventKind.TLS, "TLS 1.3"),
        sent(b"HELO", 5.0),
    )
    assert steps_of_recording(exchange)[2:4] == (UpgradeStep(at=3.0), SendStep(b"HELO", at=5.0))


@pytest.mark.parametrize(
    ("outcome", "timeline", "last"),
    [
        (Outcome.DONE, [sent(b"a")], CloseStep(reset=True, at=10.0)),
        (Outcome.CANCELLED, [sent(b"a")], CloseStep(at=10.0)),
        (Outcome.FAILED, [sent(b"a")], ExpectStep("end", at=10.0)),
        (Outcome.DONE, [sent(b"a"), PEER_END, OUR_END], HalfCloseStep(at=8.0)),
    ],
)
def test_the_end_is_a_step(outcome: Outcome, timeline: list[Moment], last: Step) -> None:
    assert steps_of_recording(recording(*timeline, outcome=outcome))[-1] == last


async def test_a_session_under_way_has_no_end_yet() -> None:
    with Peer(echo) as peer:
        session = Session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"a")
        assert isinstance(await session.expect(1, seconds=5), Match)
        running = session.exchange()
        assert [type(step) for step in steps_of_recording(running)] == [SendStep, ExpectStep]
        assert [type(step) for step in server_steps_of(running)] == [ExpectStep, SendStep]
        await session.close()
    assert not session.exchange().under_way
    assert len(steps_of_recording(session.exchange())) > 2


def test_large_answers_are_expected_by_length_and_digest() -> None:
    data = bytes(range(256)) * 300
    exchange = recording(sent(b"a"), heard(data[:70000]), heard(data[70000:]))
    step = steps_of_recording(exchange)[1]
    assert len(data) > LARGE
    assert step == ExpectStep("count", hashlib.sha256(data).digest(), len(data))


def test_messages_stay_one_by_one() -> None:
    exchange = recording(sent(b"a"), heard(b"b"), heard(b""), sent(b""), kind="udp")
    assert steps_of_recording(exchange) == (
        SendStep(b"a"),
        ExpectStep("equal", b"b"),
        ExpectStep("equal", b""),
        SendStep(b""),
        CloseStep(at=10.0),
    )


def test_answers_may_be_counted_only() -> None:
    timeline = (sent(b"a"), heard(b"b"), heard(b"cd"), sent(b"e"), heard(b""), heard(b"f"))
    for kind, counts in (("tcp", (3, 1)), ("udp", (2, 2))):
        steps = steps_of_recording(recording(*timeline, kind=kind), sizes=True)
        assert steps[:4] == (
            SendStep(b"a"),
            ExpectStep("count", count=counts[0]),
            SendStep(b"e"),
            ExpectStep("count", count=counts[1]),
        )


def test_half_of_a_message_is_neither_expected_nor_sent() -> None:
    exchange = recording(
        heard(b"whole", kind=MessageKind.TEXT),
        heard(b"ha", kind=MessageKind.PART),
        kind="ws",
        outcome=Outcome.CANCELLED,
    )
    expected = ExpectStep("equal", b"whole", kind=MessageKind.TEXT)
    assert steps_of_recording(exchange) == (expected, CloseStep(at=10.0))
    mine = SendStep(b"whole", kind=MessageKind.TEXT)
    assert [step for step in server_steps_of(exchange) if isinstance(step, SendStep)] == [mine]


def test_pings_of_web_sockets_come_when_they_come() -> None:
    ping, pong, text = MessageKind.PING, MessageKind.PONG, MessageKind.TEXT
    exchange = recording(
        heard(b"p", kind=ping),
        sent(b"p", kind=pong),
        sent(b"mine", kind=ping),
        heard(b"mine", kind=pong),
        sent(b"by hand", kind=pong),
        heard(b"hi", kind=text),
        kind="ws",
        outcome=Outcome.CANCELLED,
    )
    assert steps_of_recording(exchange) == (
        SendStep(b"mine", kind=ping),
        SendStep(b"by hand", kind=pong),
        ExpectStep("equal", b"hi", kind=text),
        CloseStep(at=10.0),
    )


def test_waits_are_written_where_they_are_asked_for() -> None:
    exchange = recording(sent(b"a", 0.01), sent(b"b", 2.01), outcome=Outcome.CANCELLED)
    assert steps_of_recording(exchange, waits=True)[:3] == (
        SendStep(b"a", at=0.01),
        WaitStep(2.0),
        SendStep(b"b", at=2.01),
    )


def test_the_server_side_is_the_other_one() -> None:
    exchange = recording(heard(b"220"), sent(b"HELO"), heard(b"250"), OUR_END, PEER_END)
    assert server_steps_of(exchange) == (
        SendStep(b"220"),
        ExpectStep("equal", b"HELO"),
        SendStep(b"250"),
        ExpectStep("end", at=8.0),
        HalfCloseStep(at=9.0),
    )
    broken = recording(sent(b"x"), heard(b"bye"), outcome=Outcome.FAILED)
    assert server_steps_of(broken)[-1] == CloseStep(reset=True, at=10.0)


def test_steps_that_a_person_wrote_are_performed_again_as_they_are() -> None:
    written = (SendStep(b"{{a}}", template=True), ExpectStep("any"))
    assert steps_to_replay(recording(sent(b"1"), heard(b"2"), steps=written)) == written
    plain = (SendStep(b"1"), SendStep(b"2"))
    assert steps_to_replay(recording(sent(b"1"), steps=plain)) == plain
    assert steps_to_replay(recording(sent(b"1"), steps=(SendStep(b"1"),)))[0] == SendStep(b"1")


def test_a_gap_is_refused() -> None:
    with pytest.raises(RequestError, match="not kept"):
        steps_of_recording(recording(Event(0.1, EventKind.DROPPED, "9 bytes")))


def test_the_rest_begins_behind_what_is_done() -> None:
    steps = (
        ExpectStep("equal", b"220"),
        SendStep(b"a"),
        ExpectStep("equal", b"1"),
        SendStep(b"b"),
        ExpectStep("equal", b"2"),
    )
    assert rest_of(steps, recording(heard(b"220"), sent(b"a"))) == steps[2:]
    assert rest_of(steps, recording(heard(b"220"))) == steps
    assert rest_of(steps, recording(sent(b"other"))) == steps
