from __future__ import annotations

import asyncio
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.formats.pcapng import as_pcapng
from sonde_core.history.entry import Entry
from sonde_core.http_request import HttpRequest, RequestBody
from sonde_core.model import Chunk, Direction, Event, EventKind, Exchange, Moment
from sonde_core.recording.recorder import Recorder
from sonde_core.session import Session
from sonde_core.session_request import SessionOptions, SessionRequest
from sonde_core.steps import MessageKind
from tests.peers import Peer, echo, ends_first, resetting, throwaway_tls

from .capturing import Capture, needs_tshark, nothing_is_wrong, read, tshark
from .conftest import http_entry, received, sent, session_entry

FACTS = {"peer": "192.168.1.2:7", "local": "192.168.1.1:40000"}
US, THEM = FACTS["local"], FACTS["peer"]


def connected(at: float = 0.0, **facts: str) -> Event:
    return Event(at, EventKind.CONNECTED, "connected", FACTS | facts)


def closed(at: float, text: str = "closed") -> Event:
    return Event(at, EventKind.CLOSED, text)


def written(entry: Entry, *, reveal: bool = True) -> bytes:
    return b"".join(as_pcapng(entry, reveal=reveal))


def capture(*timeline: Moment, address: str = "tcp://h:7", kind: str = "tcp") -> Capture:
    entry = session_entry(address, *timeline, kind=kind)
    return read(written(replace(entry, exchange=replace(entry.exchange, peer=THEM))))


def flags(found: Capture) -> list[str]:
    return [f"{'>' if packet.way == 2 else '<'}{packet.flags}" for packet in found.packets]


def test_a_connection_opens_says_what_was_said_and_ends() -> None:
    found = capture(
        connected(0.5), sent(b"ping", 1.0), received(b"pong!", 2.0), closed(3.0), kind="tcp"
    )
    opening = [">S", "<SA", ">A"]
    ending = [">FA", "<A", "<FA", ">A"]
    assert flags(found) == [*opening, ">PA", "<A", "<PA", ">A", *ending]
    assert found.said(US) == b"ping"
    assert found.said(THEM) == b"pong!"
    times = [(packet.at - found.packets[0].at) / 1e9 for packet in found.packets]
    assert times[3:9:2] == [0.5, 1.5, 2.5]
    assert "Synthesised" in found.comment


def test_every_segment_goes_on_where_the_one_before_ended() -> None:
    large = bytes(range(256)) * 1024
    found = capture(connected(), sent(large), received(large[:-1]), sent(b""), closed(1.0))
    next_at = {US: 0, THEM: 0}
    for packet in found.packets:
        assert packet.sequence == next_at[packet.source]
        next_at[packet.source] = packet.end
        if "A" in packet.flags:
            assert packet.acknowledged == next_at[packet.target]
        assert len(packet.data) <= 65495
    assert found.said(US) == large
    assert found.said(THEM) == large[:-1]


def test_times_are_those_of_the_recording_to_the_nanosecond() -> None:
    entry = session_entry("tcp://h:7", connected(), sent(b"x", 1.000000001))
    first = read(written(entry)).packets[0].at
    assert first == round(entry.exchange.started.timestamp() * 1000) * 10**6
    assert read(written(entry)).packets[3].at - first == 1_000_000_001


@pytest.mark.parametrize(
    ("end", "last"),
    [
        (Event(1.0, EventKind.ERROR, "broke", {"family": "closed"}), "<RA"),
        (closed(1.0, "reset by us"), ">RA"),
        (closed(1.0, "cancelled"), ">RA"),
        (Event(1.0, EventKind.HALF_CLOSED, "we sent our end"), "<A"),
        (Event(1.0, EventKind.PEER_END, "the peer sent its end"), ">A"),
        (Event(1.0, EventKind.ERROR, "no answer", {"family": "timeout"}), ">A"),
        (Event(1.0, EventKind.ERROR, "passing", {"advisory": "yes"}), "<A"),
    ],
)
def test_it_ends_as_it_ended(end: Event, last: str) -> None:
    assert flags(capture(connected(), sent(b"x", 0.1), end))[-1] == last


def test_a_client_of_our_listener_opens_the_connection() -> None:
    entry = session_entry(
        "tcp://h:7", Event(0.0, EventKind.ACCEPTED, "accepted", FACTS), sent(b"hello")
    )
    found = read(written(replace(entry, exchange=replace(entry.exchange, role="server"))))
    assert flags(found)[:4] == ["<S", ">SA", "<A", ">PA"]
    assert found.packets[0].source == THEM


def test_each_connection_of_a_redirected_request_is_one_of_its_own() -> None:
    entry = http_entry(
        HttpRequest(url="http://h/"),
        connected(0.0, local="127.0.0.1:1"),
        sent(b"GET /a"),
        connected(1.0, local="127.0.0.1:2"),
        sent(b"GET /b", 1.1),
        closed(2.0),
    )
    found = read(written(entry))
    assert [packet.flags for packet in found.packets].count("S") == 2
    assert found.said("127.0.0.1:1") == b"GET /a"
    assert found.said("127.0.0.1:2") == b"GET /b"


def test_datagrams_stay_apart_also_empty_ones() -> None:
    found = capture(
        connected(), sent(b"one"), sent(b""), received(b"three"), address="udp://h:7", kind="udp"
    )
    assert [(packet.protocol, packet.data) for packet in found.packets] == [
        (17, b"one"),
        (17, b""),
        (17, b"three"),
    ]
    assert found.packets[0].comment == "connected"


def test_a_datagram_that_udp_cannot_carry_says_what_is_missing() -> None:
    data = bytes(100_000)
    found = capture(sent(data), address="unix-dgram:/run/s", kind="unix-dgram")
    packet = found.packets[0]
    assert packet.data == data[:65_507]
    assert packet.whole == 100_000 + 28
    assert "34,493 bytes are missing" in packet.comment


def test_a_unix_socket_gets_addresses_for_documentation() -> None:
    unix = Event(0.0, EventKind.CONNECTED, "", {"peer": "/run/s", "local": "unix client"})
    found = capture(unix, sent(b"x"), address="unix:/run/s", kind="unix")
    assert found.packets[0].source == "192.0.2.1:49152"
    assert found.packets[0].target == "192.0.2.2:49153"
    assert "/run/s" in found.comment


@pytest.mark.parametrize(
    ("peer", "local", "source"),
    [
        ("[::1]:7", "[::1]:9", "[::1]:9"),
        ("[fe80::1%eth0]:7", "[fe80::2%3]:9", "[fe80::2]:9"),
        ("[::1]:7", "127.0.0.1:9", "[::ffff:7f00:1]:9"),
        ("1.2.3.4:7", "", "192.0.2.1:49152"),
        ("1.2.3.4:7", "@abstract:99999999", "192.0.2.1:49152"),
    ],
)
def test_addresses_are_kept_where_they_are_some(peer: str, local: str, source: str) -> None:
    found = capture(connected(peer=peer, local=local), sent(b"odd"))
    assert found.packets[0].source == source
    assert found.said(source) == b"odd"


def test_the_name_that_was_typed_goes_with_the_address() -> None:
    entry = session_entry("tcp://example.org:7", connected(), sent(b"x"))
    named = replace(entry, exchange=replace(entry.exchange, peer=THEM))
    assert read(written(named)).names == {"192.168.1.2": "example.org"}
    numbers = replace(named.exchange, request=SessionRequest("tcp://192.168.1.2:7"))
    assert read(written(replace(named, exchange=numbers))).names == {}


def test_what_happened_stands_at_the_packet_that_follows() -> None:
    found = capture(
        Event(0.0, EventKind.TRIED, "[::1]:7: connection refused"),
        connected(),
        Event(0.1, EventKind.TLS, "TLSv1.3"),
        sent(b"x"),
        Event(0.2, EventKind.NOTE, "last \x1b words"),
    )
    assert found.packets[0].comment.startswith("tried: [::1]:7: connection refused\n")
    assert found.packets[3].comment == "tls: TLSv1.3"
    assert "Decode As" in found.comment
    assert "last" in found.last_words
    assert "\x1b" not in found.last_words


def test_what_was_not_kept_leaves_room_in_the_sequence() -> None:
    entry = session_entry(
        "tcp://h:7",
        connected(),
        sent(b"abc"),
        Event(0.5, EventKind.DROPPED, "1000 bytes in 3 moments were not kept"),
        sent(b"xyz"),
        received(b"123"),
    )
    exchange = replace(entry.exchange, sent=706, received=303)
    found = read(written(replace(entry, exchange=exchange)))
    places = {packet.data: packet.sequence for packet in found.packets if packet.data}
    assert places == {b"abc": 1, b"xyz": 704, b"123": 301}
    assert "not kept" in found.comment


def test_web_socket_frames_are_made_again() -> None:
    entry = session_entry(
        "ws://h:7/chat?a=1",
        connected(),
        Chunk(0.1, Direction.SENT, b"hi", MessageKind.TEXT),
        Chunk(0.2, Direction.RECEIVED, bytes(300), MessageKind.BINARY),
        Chunk(0.3, Direction.RECEIVED, bytes(70_000), MessageKind.BINARY),
        Chunk(0.4, Direction.RECEIVED, b"p", MessageKind.PING),
        Event(0.5, EventKind.HALF_CLOSED, "", {"code": "1001", "reason": "bye"}),
        Event(0.6, EventKind.PEER_END, "", {"code": "1006"}),
        closed(0.7),
        kind="ws",
    )
    found = read(written(entry))
    head, _, frames = found.said(US).partition(b"\r\n\r\n")
    assert head.startswith(b"GET /chat?a=1 HTTP/1.1\r\nHost: h:7\r\nUpgrade: websocket\r\n")
    assert frames == b"\x81\x82\0\0\0\0hi" + b"\x88\x85\0\0\0\0\x03\xe9bye"
    head, _, frames = found.said(THEM).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert frames[:4] == b"\x82\x7e\x01\x2c"
    assert frames[304:314] == b"\x82\x7f" + (70_000).to_bytes(8, "big")
    assert frames[70_314:] == b"\x89\x01p"
    assert flags(found)[-4:] == [">FA", "<A", "<FA", ">A"]


def test_a_handshake_is_written_as_its_events_tell() -> None:
    asked = {"target": "/chat", "headers": "Host: h\nAuthorization: Bearer hush"}
    answer = {"status": "403", "headers": "Server: x\nSet-Cookie: a=hush"}
    entry = session_entry(
        "ws://h:7/",
        connected(),
        Event(0.1, EventKind.REQUEST, "GET /chat", asked),
        Event(0.2, EventKind.RESPONSE, "HTTP/1.1 403 Forbidden", answer),
        closed(0.3),
        kind="ws",
    )
    entry = replace(entry, exchange=replace(entry.exchange, peer=THEM))
    for reveal in (True, False):
        found = read(written(entry, reveal=reveal))
        secret = b"hush" if reveal else b"***"
        head = b"GET /chat HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + secret
        assert found.said(US) == head + b"\r\n\r\n"
        head = b"HTTP/1.1 403\r\nServer: x\r\nSet-Cookie: a=" + secret
        assert found.said(THEM) == head + b"\r\n\r\n"


def test_secrets_are_masked_unless_revealed() -> None:
    head = b"GET / HTTP/1.1\r\nCookie: sid=hush\r\n\r\n"
    entry = session_entry("tcp://h:7", connected(), sent(head[:28]), sent(head[28:]))
    assert b"hush" not in written(entry, reveal=False)
    assert b"hush" in written(entry)
    body = b"user=me&password=hush"
    form = HttpRequest(
        "POST",
        "http://h/?token=hush",
        body=RequestBody(
            "bytes", data=Body.of(body), media_type="application/x-www-form-urlencoded"
        ),
    )
    lines = b"POST /?token=hush HTTP/1.1\r\nAuthorization: Bearer hush\r\n\r\n"
    assert b"hush" not in written(http_entry(form, connected(), sent(lines + body)), reveal=False)
    options = SessionOptions(headers=(("Authorization", "Bearer hush"),))
    ws = replace(
        session_entry("ws://h:7/?token=hush", connected(), sent(b"x"), kind="ws").exchange,
        request=SessionRequest("ws://h:7/?token=hush", options),
    )
    assert b"hush" not in written(Entry("1", ws), reveal=False)


def test_what_never_reached_a_peer_has_no_packets() -> None:
    with pytest.raises(BodyError, match="No connection"):
        written(session_entry("tcp://h:7"))


def test_a_large_session_is_written_in_pieces() -> None:
    recorder = Recorder()
    piece = bytes(1 << 16)
    recorder.event(EventKind.CONNECTED, "connected", **FACTS)
    for _ in range(640):
        recorder.chunk(Direction.RECEIVED, piece)
    entry = session_entry("tcp://h:7")
    exchange = replace(entry.exchange, timeline=recorder, received=recorder.received)
    tracemalloc.start()
    try:
        for reveal in (True, False):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            size = sum(map(len, as_pcapng(replace(entry, exchange=exchange), reveal=reveal)))
            assert size > 640 << 16
            assert tracemalloc.get_traced_memory()[1] - before < 8 << 20
    finally:
        tracemalloc.stop()


async def talk(peer: Peer, *, until: int, options: SessionOptions) -> Exchange:
    session = Session(SessionRequest(peer.address, options))
    await session.open()
    await session.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    await session.expect(until, seconds=5)
    if not session.state.over:
        await session.close()
    return session.exchange()


@needs_tshark
@pytest.mark.parametrize("kind", ["echo", "reset", "ends first", "tls"])
async def test_wireshark_finds_nothing_wrong(kind: str, tmp_path: Path) -> None:
    behave = {"reset": resetting(b"abc"), "ends first": ends_first}.get(kind, echo)
    with throwaway_tls() as (tls, _), Peer(behave, tls=tls if kind == "tls" else None) as peer:
        exchange = await talk(peer, until=3, options=SessionOptions(verify=False))
    data = written(Entry("1", exchange))
    await asyncio.to_thread(nothing_is_wrong, data, tmp_path)


@needs_tshark
def test_wireshark_reads_web_socket_messages(tmp_path: Path) -> None:
    entry = session_entry(
        "ws://h:7/chat",
        connected(peer="192.168.1.2:8080"),
        Chunk(0.1, Direction.SENT, b"hello there", MessageKind.TEXT),
        Chunk(0.2, Direction.RECEIVED, b"general", MessageKind.TEXT),
        Event(0.5, EventKind.HALF_CLOSED, "", {"code": "1000"}),
        Event(0.6, EventKind.PEER_END, "", {"code": "1000"}),
        closed(0.7),
        kind="ws",
    )
    data = written(entry)
    nothing_is_wrong(data, tmp_path)
    shown = tshark(data, tmp_path, "-Y", "websocket", "-T", "fields", "-e", "websocket.opcode")
    assert shown == ["1", "1", "8", "8"]
    texts = tshark(data, tmp_path, "-Y", "websocket.opcode==1", "-T", "json")
    assert any("hello there" in row for row in texts)


@needs_tshark
@pytest.mark.parametrize("address", ["[::1]:7", "10.0.0.1:7"])
def test_wireshark_agrees_with_datagrams(address: str, tmp_path: Path) -> None:
    local = address.replace("7", "9")
    event = connected(peer=address, local=local)
    entry = session_entry(
        "udp://h:7", event, sent(b"odd"), received(b""), received(bytes(65_507)), kind="udp"
    )
    data = written(entry)
    nothing_is_wrong(data, tmp_path)
    rows = tshark(data, tmp_path, "-T", "fields", "-e", "udp.length", "-e", "udp.checksum.status")
    assert rows == ["11\t1", "8\t1", "65515\t1"]


_EVENTS = st.builds(
    Event,
    st.floats(0, 9),
    st.sampled_from(EventKind),
    st.text(max_size=20),
    st.dictionaries(
        st.sampled_from(["peer", "local", "code", "reason", "family", "status", "headers"]),
        st.text(max_size=20)
        | st.sampled_from([US, THEM, "[::1]:5", "1005", "1000", "9" * 5000, "closed", "\ud800"]),
    ),
)
_CHUNKS = st.builds(
    Chunk,
    st.floats(0, 9),
    st.sampled_from(Direction),
    st.binary(max_size=30),
    st.sampled_from(MessageKind),
)


@given(
    st.lists(_EVENTS | _CHUNKS, max_size=12),
    st.sampled_from(["tcp", "tls", "udp", "unix", "unix-dgram", "ws", "wss"]),
    st.booleans(),
    st.booleans(),
)
def test_whatever_was_recorded_the_file_is_sound(
    timeline: list[Moment], kind: str, server: bool, reveal: bool
) -> None:
    entry = session_entry(f"{kind}://h:7/x", *timeline, kind=kind)
    exchange = replace(entry.exchange, peer=THEM, role="server" if server else "client")
    found = read(written(replace(entry, exchange=exchange), reveal=reveal))
    payload = b"".join(packet.data for packet in found.packets)
    if reveal and kind not in ("ws", "wss"):
        said = (moment.data for moment in timeline if isinstance(moment, Chunk))
        assert payload == b"".join(said)
