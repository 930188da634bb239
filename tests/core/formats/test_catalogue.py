from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core import formats
from sonde_core.body import Body
from sonde_core.errors import BodyError, SondeError
from sonde_core.formats.catalogue import FORMATS, LARGEST, pieces
from sonde_core.history.entry import Entry
from sonde_core.http_request import HttpRequest, RequestBody
from sonde_core.model import Direction
from sonde_core.recording.recorder import Recorder
from sonde_core.safetext import has_controls
from tests.strategies import entries, examples

from .conftest import answer, http_entry, received, sent, session_entry

HTTP = http_entry(
    HttpRequest("PUT", "http://h/\udcff?a=\x1b"),
    *(sent(b"PUT / HTTP/1.1\r\n\r\n"), received(b"HTTP/1.1 200 OK\r\n\r\n\xff\0\x1b")),
    response=answer(b"\xff\0\x1b", ("X-Odd", "\x1b\udcff\u202e")),
)
SESSION = session_entry("tcp://h:1", sent(b"\x1b\xff"), received("\u202e\0\xff".encode()))


def fitting(entry: Entry) -> set[str]:
    return {name for name, form in formats.FORMATS.items() if form.fits(entry)}


def with_exchange(entry: Entry, **changes: object) -> Entry:
    return replace(entry, exchange=replace(entry.exchange, **changes))  # type: ignore[arg-type]  # its fields


def test_each_kind_of_entry_has_its_forms() -> None:
    web = {*("body", "headers", "curl", "python", "http", "hex", "json", "har", "transcript")}
    dumps = {*("steps", "sent", "hex-sent", "hex-received", "pcapng", "pcap")}
    said = {*("body", "hex", "json", "transcript"), *dumps}
    assert fitting(HTTP) == set(formats.FORMATS) == web | dumps
    assert fitting(SESSION) == {*said, "python"}
    assert fitting(with_exchange(SESSION, role="server")) == said
    assert fitting(session_entry("tcp://h:1", kind="listen")) == {"json", "transcript"}
    assert fitting(with_exchange(http_entry(HttpRequest()), peer="")) == {
        *("curl", "python", "http", "json", "har", "transcript", "steps")
    }


@pytest.mark.parametrize("entry", [HTTP, SESSION], ids=["http", "session"])
@pytest.mark.parametrize(
    "name", sorted(set(formats.FORMATS) - {"body", "headers", "http", "sent", "pcapng", "pcap"})
)
def test_text_of_ours_is_safe_to_paste(entry: Entry, name: str) -> None:
    if not formats.FORMATS[name].fits(entry):
        return
    for reveal in (True, False):
        data = formats.copyable(entry, name, reveal)
        assert data
        assert not has_controls(data)


def test_a_body_is_exact_whatever_it_holds() -> None:
    assert formats.copyable(HTTP, "body", False) == b"\xff\0\x1b"
    assert formats.copyable(SESSION, "body", False) == "\u202e\0\xff".encode()
    assert formats.copyable(HTTP, "headers", True).endswith(b"X-Odd: \x1b\xff\xe2\x80\xae\n")


def test_what_does_not_fit_is_explained() -> None:
    with pytest.raises(BodyError, match="no form 'curl'") as caught:
        formats.copyable(SESSION, "curl", False)
    assert caught.value.advice == "It is made of an HTTP request."


def test_a_body_that_is_not_kept_says_so() -> None:
    entry = with_exchange(HTTP, response=replace(answer(), body=Body.lost(5, "0" * 64)))
    for name in ("body", "har"):
        with pytest.raises(BodyError, match="not kept any more"):
            formats.copyable(entry, name, False)


@pytest.mark.parametrize("name", ["hex", "json", "transcript", "steps", "pcapng", "pcap"])
def test_more_than_text_can_hold_is_refused(name: str) -> None:
    with pytest.raises(SondeError, match="too many"):
        formats.copyable(with_exchange(SESSION, received=LARGEST + 1), name, False)


def test_pieces_are_the_same_bytes() -> None:
    for name, form in formats.FORMATS.items():
        if form.fits(HTTP):
            whole = formats.copyable(HTTP, name, False)
            assert b"".join(formats.pieces(HTTP, name, False)) == whole
    with pytest.raises(BodyError, match="no form"):
        formats.pieces(SESSION, "curl", False)


@pytest.mark.parametrize("name", ["body", "sent"])
def test_a_large_session_goes_to_a_file_in_pieces(name: str) -> None:
    recorder = Recorder()
    for _ in range(160):
        recorder.chunk(Direction.RECEIVED, bytes(1 << 16))
        recorder.chunk(Direction.SENT, b"x" * (1 << 16))
    totals = {"sent": recorder.sent, "received": recorder.received}
    entry = with_exchange(SESSION, timeline=recorder, **totals)
    assert max(map(len, formats.pieces(entry, name, True))) < 2 << 20
    joined = b"".join(formats.pieces(entry, name, True))
    assert joined == formats.copyable(entry, name, True)
    assert len(joined) == 160 << 16


def test_each_direction_has_its_bytes_and_a_dump_in_which_reads_do_not_show() -> None:
    entry = session_entry(
        "tcp://h:1", sent(b"abc"), received(b"x" * 9), sent(b"d"), received(b"y" * 9)
    )
    assert formats.copyable(entry, "sent", False) == b"abcd"
    assert formats.copyable(entry, "hex-sent", False).endswith(b"|abcd|\n")
    rows = formats.copyable(entry, "hex-received", False).splitlines()
    assert [row.split()[0] for row in rows] == [b"00000000", b"00000010"]
    assert rows[0].endswith(b"|xxxxxxxxxyyyyyyy|")


def test_steps_are_written_to_be_edited() -> None:
    entry = session_entry("tcp://h:1", sent(b"a\r\n"), received(b"b"))
    text = formats.copyable(entry, "steps", False).decode()
    assert text.startswith('send "a\\r\\n"')
    assert 'expect equal "b"' in text
    text = formats.copyable(HTTP, "steps", False).decode()
    assert text.startswith('# tcp://h:80\nsend "PUT / HTTP/1.1\\r\\n"\n')


def test_nothing_heavy_is_imported() -> None:
    heavy = "{'httpx', 'httpcore', 'h11', 'msgspec', 'cryptography', 'jmespath', 'zstandard'}"
    code = f"import sonde_core.formats, sys; assert not {heavy} & set(sys.modules), sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["sent", "hex-sent", "pcapng", "pcap", "transcript", "steps"])
@pytest.mark.parametrize("kind", ["http", "session"])
def test_what_was_sent_is_masked_unless_revealed(name: str, kind: str) -> None:
    body = b'{"password": "hush"}'
    data = (
        b"POST /?api_key=hush HTTP/1.1\r\nHost: h\r\nCookie: a=hush\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    ) % (len(body), body)
    entry = session_entry("tcp://h:1", sent(data))
    if kind == "http":
        kept = Body.of(body, media_type="application/json")
        asked = RequestBody("json", text=body.decode(), data=kept)
        entry = http_entry(HttpRequest("POST", "http://h/?api_key=hush", body=asked), sent(data))
    hush = b"68 75 73 68" if name == "hex-sent" else b"hush"
    assert hush not in formats.copyable(entry, name, False)
    assert hush in formats.copyable(entry, name, True)
    if name == "sent":
        assert formats.copyable(entry, name, True) == data
        assert b"****" not in formats.copyable(entry, name, False)  # it would tell a length


@examples(0.5)
@given(entries(), st.booleans())
def test_any_entry_is_written_or_refused_with_words(entry: Entry, reveal: bool) -> None:
    for name in FORMATS:
        with suppress(SondeError):
            assert all(isinstance(piece, bytes) for piece in pieces(entry, name, reveal))


def test_times_that_a_capture_cannot_hold_are_the_nearest_ones() -> None:
    late = datetime(9000, 1, 1, tzinfo=UTC)
    entry = session_entry("tcp://127.0.0.1:1", sent(b"hi"))
    entry = replace(entry, exchange=replace(entry.exchange, started=late, peer="127.0.0.1:1"))
    assert b"\xff" * 8 in b"".join(pieces(entry, "pcapng", True))
    assert b"\xff" * 4 in b"".join(pieces(entry, "pcap", True))
