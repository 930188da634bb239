from sonde_core.model import Chunk, Direction, Event, EventKind, Moment
from sonde_core.recording.marks import WAYS_OF, way_of
from sonde_core.recording.masked import MaskedTimeline
from sonde_core.recording.recorder import Recorder
from sonde_core.secrets import mask_wire
from sonde_core.settings import Limits
from sonde_core.steps import MessageKind

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer topsecret\r\nAccept: */*\r\n\r\n"


def received(*pieces: bytes) -> list[Moment]:
    return [Chunk(0.0, Direction.RECEIVED, piece) for piece in pieces]


def joined(timeline: MaskedTimeline) -> bytes:
    return b"".join(moment.data for moment in timeline if isinstance(moment, Chunk))


def test_a_secret_header_is_starred_and_keeps_its_length() -> None:
    masked = joined(MaskedTimeline([Chunk(0.0, Direction.SENT, HEAD)]))
    assert b"topsecret" not in masked
    assert b"Accept: */*" in masked
    assert len(masked) == len(HEAD)


def test_a_secret_that_comes_in_single_bytes_is_starred() -> None:
    masked = joined(MaskedTimeline(received(*(bytes([byte]) for byte in HEAD))))
    assert b"topsecret" not in masked
    assert not any(bytes([a, b]) in masked for a, b in zip(b"topsecret", b"opsecret", strict=False))


def test_the_body_of_a_form_is_starred_by_the_head_before_it() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
    timeline = MaskedTimeline(received(head, b"user=joe&password=top", b"secret&a=b"))
    assert joined(timeline) == head + b"user=joe&password=*********&a=b"
    last = timeline[2]
    assert isinstance(last, Chunk)
    assert last.data == b"******&a=b"
    assert timeline.run(0).data == joined(timeline)


def test_the_other_direction_between_the_pieces_changes_nothing() -> None:
    first, second = HEAD[:50], HEAD[50:]
    timeline: list[Moment] = received(first)
    timeline.append(Chunk(0.0, Direction.SENT, b"x"))
    timeline.append(Event(0.0, EventKind.NOTE, "between"))
    timeline += received(second)
    masked = MaskedTimeline(timeline)
    assert b"secret" not in joined(masked)
    assert masked[2] == timeline[2]


def test_it_grows_with_the_recording_and_reads_from_the_end() -> None:
    timeline = received(b"a")
    masked = MaskedTimeline(timeline)
    timeline += received(b"b")
    assert len(masked) == 2
    last = masked[-1]
    assert isinstance(last, Chunk)
    assert last.data == b"b"
    assert len(masked[0:2]) == 2


def test_what_is_told_about_urls_is_masked_too() -> None:
    event = Event(0.1, EventKind.REQUEST, "GET /users?token=topsecret is sent")
    found = MaskedTimeline([event])[0]
    assert isinstance(found, Event)
    assert found.text == "GET /users?token=*** is sent"


def test_a_run_is_masked_as_one_stream_a_direction() -> None:
    timeline: list[Moment] = []
    for byte in HEAD:
        timeline.append(Chunk(0.0, Direction.SENT, bytes([byte])))
        timeline.append(Chunk(0.0, Direction.RECEIVED, b"x"))
        timeline.append(Event(0.0, EventKind.NOTE, "between"))
    masked = MaskedTimeline(timeline)
    for first in (0, 3 * HEAD.index(b"secret")):
        run = masked.run(first, 300)
        assert b"".join(run.pieces()) == run.data
        assert list(run.sizes)[:6] == [1, 1, -1, 1, 1, -1]
        sent = b"".join(
            piece
            for piece, way in zip(run.pieces(), run.ways, strict=True)
            if way in WAYS_OF[Direction.SENT]
        )
        start = first // 3
        assert sent == mask_wire(HEAD)[start : start + len(sent)]
        assert b"s" not in sent[HEAD.index(b"Bearer ") + 7 - start :].split(b"\r")[0]


def test_it_has_the_gap_of_the_recording() -> None:
    recorder = Recorder(limits=Limits(record_kept=4000))
    for _ in range(100):
        recorder.chunk(Direction.SENT, b"x")
    assert MaskedTimeline(recorder).gap == recorder.gap
    assert MaskedTimeline(received(b"a")).gap == (1, 0)


def test_what_a_message_is_stays_with_its_bytes() -> None:
    raw = [
        Chunk(0.0, Direction.SENT, HEAD, MessageKind.TEXT),
        Chunk(0.1, Direction.RECEIVED, b"pong", MessageKind.PONG),
    ]
    masked = MaskedTimeline(raw)
    run = masked.run(0)
    assert run.ways == bytes([way_of(each.direction, each.kind) for each in raw])
    assert b"topsecret" not in run.data
    assert [each.kind for each in masked if isinstance(each, Chunk)] == ["text", "pong"]


def test_each_message_begins_a_line_of_its_own() -> None:
    parts = [b"Cookie:", b"not=one", b"Authorization: Bearer topsecret"]
    masked = MaskedTimeline(received(*parts), is_message=True)
    one_by_one = [moment.data for moment in masked if isinstance(moment, Chunk)]
    for found in (masked.run(0).pieces(), one_by_one):
        assert found[:2] == parts[:2]
        assert b"topsecret" not in found[2]


def test_a_body_is_masked_by_a_head_that_is_far_before_it() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 300033\r\n\r\n"
    body = b'{"pad":"%b","password":"topsecret"}' % (b"x" * 300_000)
    pieces = [head + body[:1000], body[1000:150_000], body[150_000:300_015], body[300_015:]]
    timeline = MaskedTimeline(received(*pieces))
    one_by_one = [moment.data for moment in timeline if isinstance(moment, Chunk)]
    assert list(map(len, one_by_one)) == list(map(len, pieces))
    assert one_by_one[-1] == b'word":"*********"}'
    assert timeline.run(3).data == one_by_one[-1]
    assert timeline.run(0, room=1 << 20).data == b"".join(one_by_one)


def test_a_header_of_many_bytes_is_masked_to_its_end_while_it_still_comes() -> None:
    pieces = [b"GET / HT", b"TP/1.1\r\nAuthorization: ", *[b"topsecret" * 3000] * 3, b"\r\n\r\nx"]
    raw = received()
    timeline = MaskedTimeline(raw)
    for number, piece in enumerate(pieces):
        raw += received(piece)
        last = timeline[number]
        assert isinstance(last, Chunk)
        assert b"topsecret" not in last.data
        assert len(last.data) == len(piece)
    assert joined(timeline).endswith(b"*\r\n\r\nx")


def test_a_side_that_begins_otherwise_is_looked_through_in_parts() -> None:
    event = Event(0.0, EventKind.DROPPED, "a part is not kept")
    for first in (b"hello\n", b"hello ", b"\x00\x01", b"GET / HTTP/1.1\r\n"):
        timeline = MaskedTimeline([*received(first), event, *received(b"A: b\r\nX-Api-Key: top")])
        found = joined(timeline)
        assert found == first + b"A: b\r\nX-Api-Key: ***"
        assert timeline.run(0).data == found


def test_behind_its_opening_a_side_is_looked_through_in_parts() -> None:
    line = b"x" * 65_534 + b"\r\n"
    rest = [line] * 22 + [b"X-Api-Key: topsecret\r\n"]
    timeline = MaskedTimeline(received(b"POST / HTTP/1.1\r\n\r\n", *rest))
    last = timeline[-1]
    assert isinstance(last, Chunk)
    assert last.data == b"X-Api-Key: *********\r\n"
    assert timeline.run(len(timeline) - 1).data == last.data
