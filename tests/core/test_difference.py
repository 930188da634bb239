from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.comparing.ignoring import IgnoreRule, IgnoreRules
from sonde_core.difference import Difference, compare, compare_apart
from sonde_core.errors import RequestError
from sonde_core.http_request import Field, HttpRequest, RequestBody
from sonde_core.model import (
    Chunk,
    Direction,
    Event,
    EventKind,
    Exchange,
    Header,
    Hop,
    HttpResponse,
    Moment,
    Outcome,
    Problem,
    Timing,
)
from sonde_core.recording.recorder import Recorder
from sonde_core.safetext import SafeText
from sonde_core.session_request import SessionRequest
from sonde_core.settings import Limits
from sonde_core.steps import MessageKind
from tests.patience import PATIENCE

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SENT, RECEIVED = Direction.SENT, Direction.RECEIVED


def answer(
    body: bytes | Body = b"",
    *,
    media_type: str = "",
    status: int = 200,
    headers: Sequence[Header] = (),
) -> Exchange:
    if isinstance(body, bytes):
        body = Body.of(body, media_type=media_type)
    response = HttpResponse(status, "OK", headers=tuple(headers), body=body)
    return Exchange(HttpRequest(url="http://a/"), NOON, Outcome.DONE, "http", response=response)


def bodies(before: bytes, after: bytes, media_type: str = "") -> Difference:
    return compare(answer(before, media_type=media_type), answer(after, media_type=media_type))


def session(*moments: Moment | bytes, kind: str = "tcp", **more: object) -> Exchange:
    """Return a session; bytes alone were received."""
    timeline = tuple(
        Chunk(0.1, RECEIVED, each) if isinstance(each, bytes) else each for each in moments
    )
    chunks = [each for each in timeline if isinstance(each, Chunk)]
    received = sum(len(each.data) for each in chunks if each.direction is RECEIVED)
    exchange = Exchange(
        SessionRequest(f"{kind}://127.0.0.1:1"),
        NOON,
        Outcome.DONE,
        kind,
        timeline=timeline,
        sent=sum(len(each.data) for each in chunks) - received,
        received=received,
    )
    return replace(exchange, **more)  # type: ignore[arg-type]


# the whole


def test_same_answers() -> None:
    found = compare(answer(b"x" * 1200), answer(b"x" * 1200))
    assert (found.same, found.summary, found.changes) == (True, "Same: 200, 1.2 KB", ())


def test_summary_names_what_differs_in_one_sentence() -> None:
    before = answer(b'{"a": 1, "b": 2}', headers=[("ETag", "1"), ("Server", "x")])
    after = answer(b'{"a": 2, "c": 3}', status=404, headers=[("etag", "2")])
    found = compare(before, after)
    assert found.summary == "Differs: status 200 → 404, 2 headers, 3 places in the JSON body"
    assert not found.same
    assert list(found.lines())[:6] == [
        "~ status: 200 OK → 404 OK",
        "~ header etag: 1 → 2",
        "- header server: x",
        "~ body.a: 1 → 2",
        "- body.b: 2",
        "+ body.c: 3",
    ]


def test_phases_are_told_with_how_many_times_as_long_they_took() -> None:
    before = replace(answer(b"x"), timing=Timing(connect=0.01, wait=0.1, total=0.2))
    after = replace(answer(b"x"), timing=Timing(tls=0.1, wait=0.05, total=0.2))
    assert compare(before, after).lines() == [
        "  time in all: 200 ms → 200 ms",
        "  time connect: 10.0 ms → none",
        "  time tls: none → 100 ms",
        "  time wait: 100 ms → 50.0 ms (0.5 times)",
    ]


def test_below_a_millisecond_no_time_is_told_as_so_many_times_another() -> None:
    before = replace(answer(b"x"), timing=Timing(connect=0.00004, wait=0.0011, total=0.001))
    after = replace(answer(b"x"), timing=Timing(connect=0.00008, wait=0.0003, total=0.0021))
    assert compare(before, after).lines() == [
        "  time in all: 1.0 ms → 2.1 ms (2.1 times)",
        "  time connect: 0.0 ms → 0.1 ms",
        "  time wait: 1.1 ms → 0.3 ms",
    ]


def test_time_is_told_and_makes_no_difference() -> None:
    slow = replace(
        answer(b"x"), timing=Timing(total=2.0), timeline=(Chunk(1.5, RECEIVED, b"HTTP"),)
    )
    found = compare(replace(answer(b"x"), timing=Timing(total=0.0123)), slow)
    assert found.same
    assert found.lines() == [
        "  time in all: 12.3 ms → 2.00 s (163 times)",
        "  time to the first byte: none → 1.50 s",
    ]


def test_it_is_told_which_end_we_were() -> None:
    found = compare(session(b"a"), session(b"a", role="server"))
    assert found.same
    assert found.lines()[0] == "  role: client → server"


def test_another_request_is_told_and_makes_no_difference() -> None:
    other = replace(answer(b"x"), request=HttpRequest("POST", "http://u:hush@b/?token=hush"))
    found = compare(answer(b"x"), other)
    assert found.same
    assert found.lines()[0] == "  request: GET http://a/ → POST http://***@b/?token=***"


def test_what_was_asked_otherwise_is_told_and_masked() -> None:
    def asked(token: str, body: bytes) -> Exchange:
        rows = (Field("Accept", "*/*"), Field("Authorization", f"Bearer {token}"))
        sent = RequestBody("bytes", data=Body.of(body))
        request = HttpRequest("POST", "http://a/", headers=rows, body=sent)
        return replace(answer(b"x"), request=request)

    found = compare(asked("hush1", b"one"), asked("hush2", b"other"))
    assert found.same
    told = found.lines()
    assert "hush" not in "".join(told)
    assert any(line.startswith("  request header authorization: Bearer ***") for line in told)
    assert "  request body: 3 B → 5 B (other bytes)" in told
    assert not any("accept" in line for line in told)


def test_lines_are_safe_and_begin_with_a_sign() -> None:
    evil = "\x1b]0;x\x07\u202e\n\ud800"
    before = answer(b'{"a\\u001b": "\\u001b[31m"}', headers=[("X-\x1b", evil)])
    after = answer(b"\x1b[31m\xff\r\n\0" * 30, headers=[("X-\x1b", "b")])
    for found in (compare(before, after), compare(after, before)):
        assert isinstance(found.summary, SafeText)
        for line in found.lines():
            assert isinstance(line, SafeText)
            assert line[0] in "+-~ "
            assert line.isprintable()


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(["", "application/json"]))
def test_any_bytes_are_the_same_exactly_when_they_are_equal(
    before: bytes, after: bytes, media_type: str
) -> None:
    found = bodies(before, after, media_type)
    assert found.same == (before == after) or found.notes  # JSON may be spelled otherwise


def test_long_common_start_is_left_out_of_the_lines() -> None:
    found = bodies(b"a" * 300 + b"bc\n", b"a" * 300 + b"xc\n")
    assert found.lines()[1:3] == [f"-   …{'a' * 40}bc", f"+   …{'a' * 40}xc"]
    assert found.changes[0].before == "a" * 300 + "bc"


# outcome and head


def test_outcomes() -> None:
    problem = Problem("connect", "connect", "Could not reach http://a.")
    failed = replace(answer(), response=None, outcome=Outcome.FAILED, problem=problem)
    found = compare(answer(), failed)
    assert found.summary == "Differs: outcome done → failed, status 200 → none"
    assert found.changes[0].after == "failed: Could not reach http://a."
    assert compare(failed, failed).summary == "Same: failed"
    other = replace(failed, problem=replace(problem, text="No address for http://a."))
    assert compare(failed, other).summary == "Differs: why it is failed"


def test_headers_in_any_order_and_case() -> None:
    before = [("A", "1"), ("Set-Thing", "x"), ("Set-Thing", "y"), ("Date", "Mon")]
    after = [("date", "Tue"), ("set-thing", "x"), ("SET-THING", "y"), ("a", "1")]
    found = compare(answer(headers=before), answer(headers=after))
    assert found.same
    assert not compare(answer(headers=before), answer(headers=after), ignore=()).same
    assert found.lines()[-4:] == [
        "  headers in another order: a, set-thing, date → date, set-thing, a",
        "  headers in another case: A → a",
        "  headers in another case: Set-Thing → SET-THING",
        "  headers in another case: Date → date",
    ]


def test_the_order_of_a_repeated_header_counts() -> None:
    before, after = [("Via", "a"), ("X-Key", "hush1")], [("X-Key", "hush1"), ("Via", "a")]
    assert compare(answer(headers=before), answer(headers=after)).same
    before, after = [("Via", "a"), ("via", "b")], [("via", "b"), ("Via", "a")]
    found = compare(answer(headers=before), answer(headers=after))
    assert found.summary == "Differs: 1 header"
    assert found.lines()[:3] == [
        "~ header via (the same values in another order):",
        "-   a, b",
        "+   b, a",
    ]


def test_each_value_of_a_repeated_header_counts() -> None:
    before = [("Via", "a"), ("Via", "a"), ("Via", "b")]
    found = compare(answer(headers=before), answer(headers=[("Via", "a"), ("Via", "c")]))
    assert [(each.before, each.after) for each in found.changes] == [("a", "c"), ("b", None)]


def test_secrets_are_masked_and_a_changed_one_is_still_told() -> None:
    before = [("Set-Cookie", "sid=hush1; Path=/"), ("X-Api-Key", "hush2")]
    after = [("Set-Cookie", "sid=hush3; Path=/"), ("X-Api-Key", "hush4")]
    found = compare(answer(headers=before), answer(headers=after))
    assert found.summary == "Differs: 2 headers"
    text = "\n".join(found.lines())
    assert "hush" not in text + str(found.changes)
    assert "sid=***; Path=/ → sid=***; Path=/ (the values differ; they are masked)" in text
    assert compare(answer(headers=before), answer(headers=before)).same


def test_redirects() -> None:
    hop = Hop("GET", "http://a/", 302, "Found", (), "/b?token=hush1")
    before = replace(answer(), hops=(hop,))
    after = replace(answer(), hops=(replace(hop, location="/b?token=hush2"), hop))
    found = compare(before, after)
    assert found.summary == "Differs: 2 redirects"
    assert "hush" not in "".join(found.lines())
    assert found.lines()[1] == "+ redirect 2: 302 to /b?token=***"


def test_places_left_out() -> None:
    before = answer(b'{"time": 1, "a": 1}', headers=[("ETag", "1")], status=200)
    after = answer(b'{"time": 2, "a": 1}', headers=[("ETag", "2")], status=201)
    places = ["header:etag", "body.time", "status"]
    found = compare(before, after, ignore=places)
    assert found.same
    assert found.unlisted == ("3 changes left out by rules",)
    assert [(each.where, each.path) for each in found.ignored] == [
        ("status", ""),
        ("header", "etag"),
        ("body", "time"),
    ]
    assert found.left_out == 3
    assert compare(before, after, ignore=["header", "body", "status"]).same
    assert not compare(before, after, ignore=places[:2]).same
    with pytest.raises(RequestError, match="no place"):
        compare(before, after, ignore=["etag"])


# bodies


def test_json_that_says_the_same() -> None:
    found = bodies(b'{"a": 1.0, "b": "\\u00e9"}', '{"b":"é","a":1}'.encode(), "application/json")
    assert found.same
    assert "says the same" in found.notes[0]


def test_json_that_is_none_is_compared_as_text() -> None:
    found = bodies(b'{\n"a": 1\n', b'{\n"a": 2\n', "application/json")
    assert found.summary == "Differs: 1 place in the text of the body"
    assert found.changes[0].path == "line 2"
    assert "compared as text" in found.notes[0]


def test_json_100_000_deep_and_5_000_digits() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert not bodies(deep, deep.replace(b"[]", b"[1]"), "application/json").same
    digits = b'{"n": ' + b"7" * 5000
    found = bodies(digits + b"1}", digits + b"2}", "application/json")
    assert [change.path for change in found.changes] == ["n"]


def test_utf16_json_is_compared_by_structure() -> None:
    before, after = ('{"a": %d}'.replace("%d", each).encode("utf-16") for each in "12")
    found = bodies(before, after, "application/json")
    assert found.lines()[0] == "~ body.a: 1 → 2"


def test_text_by_lines() -> None:
    found = bodies(b"one\ntwo\nthree\nfour\n", b"one\n2\nthree\nmore\nfour\n")
    assert found.lines()[:5] == [
        "~ body line 2:",
        "-   two",
        "+   2",
        "~ body line 4:",
        "+   more",
    ]


def test_line_ends_count() -> None:
    found = bodies(b"one\r\ntwo\n", b"one\ntwo")
    assert found.lines()[:5] == [
        "~ body lines 1-2:",
        "-   one␍",
        "-   two",
        "+   one",
        "+   two",
    ]


def test_charset_of_another_is_read() -> None:
    found = bodies(
        "é\nü\n".encode("latin-1"), "é\nö\n".encode("latin-1"), "text/plain; charset=latin1"
    )
    assert [(each.before, each.after) for each in found.changes] == [("ü", "ö")]


def test_bytes_that_text_does_not_show_still_differ() -> None:
    found = bodies(b"a\x81", b"a\x8d", "text/plain; charset=windows-1252")
    assert found.summary == "Differs: 1 range of bytes in the body"


def test_bytes_by_ranges() -> None:
    before = bytes(range(256))
    after = bytearray(before)
    after[0x10] ^= 1
    after[0x14] ^= 1
    after[0x80] ^= 1
    found = bodies(before, bytes(after))
    assert found.summary == "Differs: 2 ranges of bytes in the body"
    assert [change.path for change in found.changes] == ["bytes 16-20", "byte 128"]
    assert found.changes[0].before == "10 11 12 13 14  |.....|"


def test_inserted_bytes_move_nothing() -> None:
    before = random.Random(1).randbytes(3_000_000)  # noqa: S311 - no secret
    after = before[:1_500_000] + b"new" + before[1_500_000:]
    found = bodies(b"\0" + before, b"\0" + after)
    assert len(found.changes) == 1
    assert (found.changes[0].before, found.changes[0].after) == (None, "6e 65 77  |new|")


def test_inserted_and_changed_bytes_are_ranges_of_their_own() -> None:
    before = random.Random(1).randbytes(20_000)  # noqa: S311 - no secret
    after = before[:5000] + b"new" + before[5000:10_000] + b"\1\2" + before[10_002:15_000]
    found = bodies(b"\0" + before, b"\0" + after + before[15_007:])
    paths = [change.path for change in found.changes]
    assert (
        paths
        == [
            "bytes 5001-5003",
            "bytes 10001-10002",
            "bytes 15001-15007, 0 bytes in their place",
        ]
        or len(paths) == 3
    )
    assert found.changes[0].before is None


def test_json_beside_text_is_compared_as_text() -> None:
    one = answer(b'{"a": 1}', media_type="application/json")
    found = compare(one, answer(b"sorry\n", media_type="text/plain"))
    assert found.summary == "Differs: 1 place in the text of the body"
    assert found.notes == ("One is json, the other text: they were compared as text.",)


def test_range_over_the_end_of_a_slice_is_one() -> None:
    before = bytearray(b"\0" * (1 << 21))
    after = bytearray(before)
    after[(1 << 20) - 2 : (1 << 20) + 2] = b"\1\1\1\1"
    found = bodies(bytes(before), bytes(after))
    assert [change.path for change in found.changes] == [f"bytes {(1 << 20) - 2}-{(1 << 20) + 1}"]


def test_body_that_broke_off() -> None:
    whole = answer(b"abc")
    part = answer(Body.of(b"ab").described(complete=False, cut="peer"))
    found = compare(whole, part)
    assert found.lines()[0] == "~ end of the body: whole → cut short by the peer"
    assert found.summary.startswith("Differs: how the body ends, 1 place")


def test_bodies_that_are_gone_are_told_apart_by_size_and_digest(tmp_path: Path) -> None:
    kept = Body.of(b"x" * 2000)
    same, other = Body.lost(2000, kept.sha256), Body.lost(2000, "ab" * 32)
    assert compare(answer(kept), answer(same)).same
    assert compare(answer(same), answer(same)).same
    found = compare(answer(same), answer(other))
    assert found.summary == "Differs: the body"
    assert "sha256 abababab" in "".join(found.lines())
    missing = Body.in_file(tmp_path / "gone", 2000, "cd" * 32)
    assert compare(answer(kept), answer(missing)).summary == "Differs: the body"


def test_what_is_kept_of_a_body_is_compared() -> None:
    def partly(data: bytes) -> Body:
        return replace(Body.of(data), size=10**9, sha256=data[:1].hex() * 32, _stored=len(data))

    found = compare(answer(partly(b"one\ntwo\n")), answer(partly(b"1st\ntwo\n")))
    assert found.changes[0].before == "one"
    assert "not kept" in found.notes[0]
    same_start = compare(answer(partly(b"one")), answer(Body.of(b"one and more")))
    assert same_start.summary == "Differs: the body"


def test_regular_expressions_leave_out_parts_of_lines() -> None:
    before = b"Took 12 ms\nvalue 1 at 10:00\nend\n"
    after = b"Took 90 ms\nvalue 2 at 11:00\nmore at 9:00\nend\n"
    found = compare(
        answer(before), answer(after), ignore=[r"/^Took \d+ ms$/", r"/ at \d+:\d+/", "/MORE/i"]
    )
    assert [(each.path, each.before, each.after) for each in found.changes] == [
        ("line 2", "value 1 at 10:00", "value 2 at 11:00\nmore at 9:00")
    ]
    assert "Took" in str(found.ignored)
    same = compare(answer(before), answer(before.replace(b"12", b"13")), ignore=[r"/Took \d+/"])
    assert same.same
    assert same.unlisted == ("1 change left out by rules",)


def test_rules_hold_at_their_endpoint() -> None:
    rules = IgnoreRules((IgnoreRule("status", "http://a/*"), IgnoreRule("body", "http://b/*")))
    before, after = answer(b"x"), answer(b"y", status=404)
    found = compare(before, after, ignore=rules)
    assert found.summary == "Differs: 1 place in the text of the body"
    assert [each.where for each in found.ignored] == ["status"]
    elsewhere = replace(after, request=HttpRequest(url="http://b/"))
    found = compare(before, elsewhere, ignore=rules)
    assert found.summary == "Differs: status 200 → 404"
    assert [each.where for each in found.ignored] == ["body"]


async def test_a_comparison_ends_at_once_and_the_loop_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = b"a" * 40 + b"b\n"
    before, after = answer(line * 5), answer(line * 4 + b"a" * 40 + b"c\n")
    monkeypatch.setattr("sonde_core.comparing.bodies._PATIENCE", PATIENCE)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await compare_apart(before, after, ignore=["/(a+)+$/"])
    assert time.monotonic() - begun < 15  # it ends by itself after 20 s


# large ones


def spent(before: bytes, after: bytes, media_type: str = "") -> tuple[float, Difference]:
    one, other = answer(before, media_type=media_type), answer(after, media_type=media_type)
    begun = time.process_time()
    found = compare(one, other)
    return time.process_time() - begun, found


def test_ten_megabytes_of_text() -> None:
    lines = [b"line %d of a text that is long" % number for number in range(300_000)]
    before = b"\n".join(lines)
    for number in range(0, 300_000, 1000):
        lines[number] = b"changed"
    del lines[150_001]
    seconds, found = spent(before, b"\n".join(lines))
    assert seconds < 6  # about 1 s; the machine may be busy
    assert found.summary == "Differs: 300 places in the text of the body"
    assert len(found.changes) == 300
    assert found.changes[1].path == "line 1,001"


def test_ten_megabytes_in_one_line() -> None:
    items = [b'{"id":%d,"name":"name %d"}' % (number, number) for number in range(300_000)]
    before = b"[" + b",".join(items) + b"]"
    del items[1000]
    items[200_000] = b'{"id":0}'
    seconds, found = spent(before, b"[" + b",".join(items) + b"]")
    assert seconds < 6
    assert [each.path for each in found.changes] == ["[1000]", "[200000].id", "[200000].name"]
    assert "name 1000" in (found.changes[0].before or "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\n" * 5_000_000 + b"a", b"b" + b"\n" * 5_000_000),
        (b"ab\n" * 100_000 + b"a", b"b" + b"ba\n" * 100_000),
        (b"," * 5_000_000 + b"a", b"b," * 2_500_000),
        (b"[" + b"[]," * 1_000_000 + b"1]", b"[" + b"[]," * 1_000_001 + b"2]"),
        (b"[" + b"0," * 190_000 + b"1]", b"[2" + b",3" * 190_000 + b"]"),
        (bytes(5_000_000), b"\1" + bytes(98) + b"\1" * 4_999_901),
        (bytes(range(256)) * 20_000, (bytes(range(255)) + b"\0") * 20_000),
    ],
)
def test_time_and_size_are_bounded(before: bytes, after: bytes) -> None:
    seconds, found = spent(before, after)
    assert seconds < 8
    assert not found.same
    assert len(found.lines()) < 3100
    assert sum(map(len, found.lines())) < 400_000


# sessions


def test_reads_are_not_compared() -> None:
    sent = Chunk(0.2, SENT, b"PING")
    before = session(b"Hello, ", b"client!", sent, b"PO", b"NG")
    after = session(b"Hello, client!PO", Chunk(0.1, SENT, b"PI"), b"NG", Chunk(0.3, SENT, b"NG"))
    found = compare(before, after)
    assert (found.same, found.summary) == (True, "Same: done, 4 B sent, 18 B received")


def test_each_side_is_compared() -> None:
    found = compare(
        session(b"220 one\r\n", Chunk(0.2, SENT, b"HELO\n")),
        session(b"220 two\r\n", Chunk(0.2, SENT, b"EHLO\n")),
    )
    assert [change.where for change in found.changes] == ["sent", "received"]
    assert found.summary == (
        "Differs: 1 place in the text of what was sent, 1 place in the text of what was received"
    )
    assert compare(session(b"a"), session(b"b"), ignore=["received"]).same
    assert compare(session(b'{"a":1}'), session(b'{"a": 1}')).changes[0].path == "line 1"


def test_sessions_are_compared_step_by_step() -> None:
    def talk(third: bytes, late: float = 0.0) -> Exchange:
        return session(
            Chunk(0.1, RECEIVED, b"220 hello\r\n"),
            Chunk(0.2, SENT, b"USER x\r\n"),
            Chunk(0.3, RECEIVED, b"331 "),
            Chunk(0.35, RECEIVED, b"password\r\n"),
            Chunk(0.4, SENT, b"PASS hush\r\n"),
            Chunk(0.5 + late, RECEIVED, third),
        )

    found = compare(talk(b"230 in\r\n"), talk(b"530 no\r\n", 1.0))
    assert found.summary == "Differs: 1 place in the text of what was received"
    assert [(each.where, each.path) for each in found.changes] == [("received", "step 5, line 1")]
    assert "  time to step 5, received: 100 ms → 1.10 s (11 times)" in found.lines()
    assert "hush" not in "".join(found.lines())


def test_a_session_that_ended_early_lacks_its_last_steps() -> None:
    turns = [
        each
        for number in range(6)
        for each in (Chunk(number, SENT, b"n%d\n" % number), Chunk(number, RECEIVED, b"ok\n"))
    ]
    found = compare(session(*turns), session(*turns[:-2]))
    assert [(each.where, each.path, each.before, each.after) for each in found.changes] == [
        ("sent", "step 11, line 1", "n5", None),
        ("received", "step 12, line 1", "ok", None),
    ]


def test_a_peer_that_chose_other_moments_is_compared_as_a_whole() -> None:
    before = session(b"ab", Chunk(0.2, SENT, b"x"), b"cd\n", Chunk(0.3, SENT, b"y"), b"e")
    after = session(b"a", Chunk(0.2, SENT, b"x"), b"bcd\n", Chunk(0.3, SENT, b"y"), b"f")
    assert [each.path for each in compare(before, after).changes] == ["line 2"]


def test_binary_sessions_are_compared_by_ranges() -> None:
    found = compare(session(b"\0\1\2\3"), session(b"\0\1\xff\3"))
    assert found.changes[0].path == "byte 2"


def test_datagrams_are_compared_one_by_one() -> None:
    before = session(b"one", b"two", b"\0\1", b"", kind="udp")
    after = session(b"onet", b"wo", b"\0\1", b"", b"more", kind="udp")
    found = compare(before, after)
    assert [(each.path, each.before, each.after) for each in found.changes] == [
        ("datagram 1", "one", "onet"),
        ("datagram 2", "two", "wo"),
        ("datagram 5", None, "more"),
    ]
    assert found.summary == "Differs: 3 datagrams received"


def test_ends_are_compared() -> None:
    ours = Event(0.5, EventKind.HALF_CLOSED, "we sent our end")
    theirs = Event(0.4, EventKind.PEER_END, "the peer sent its end")
    assert compare(session(b"a", theirs, ours), session(b"a", ours, theirs)).same
    found = compare(session(b"a", ours), session(b"a", theirs))
    assert found.summary == "Differs: our end, the peer's end"
    assert found.lines()[0] == "- end on our side: we sent our end"


def test_one_under_way_has_no_end_to_be_compared() -> None:
    ours = Event(0.5, EventKind.HALF_CLOSED, "we sent our end")
    running = replace(session(b"a"), under_way=True)
    ended = replace(session(b"a", ours), outcome=Outcome.FAILED)
    for found in (compare(running, ended), compare(ended, running)):
        assert found.same
        assert "in all" not in "".join(found.lines())
    assert compare(ended, running).summary == "Same: 0 B sent, 1 B received"


def test_another_kind_is_told() -> None:
    found = compare(answer(b"x"), session(b"x"))
    assert found.summary.startswith("Differs: kind http → tcp")
    assert found.notes == ("Of the HTTP exchange, what went over the wire was compared.",)


def test_gap_in_a_recording_leaves_what_is_before_it() -> None:
    def recorded(*parts: bytes) -> Exchange:
        recorder = Recorder(limits=Limits(record_kept=2000))
        for part in parts:
            recorder.chunk(RECEIVED, part)
        return session(timeline=recorder, received=recorder.received)

    before = recorded(b"a" * 500, *[b"b" * 500] * 9)
    assert any(event.kind is EventKind.DROPPED for event in before.events())
    same = compare(before, recorded(b"a" * 500, *[b"b" * 500] * 9))
    assert same.same
    assert "not kept" in same.notes[0]
    assert not compare(before, recorded(b"x" * 500, *[b"b" * 500] * 9)).same
    longer = compare(before, recorded(b"a" * 500, *[b"b" * 500] * 10))
    assert longer.summary == "Differs: 5.0 KB → 5.5 KB received"


def test_secrets_of_an_http_recording_stay_masked_beside_a_session() -> None:
    wire = b"GET / HTTP/1.1\r\nAuthorization: Bearer hush\r\n\r\n"
    http = replace(answer(), timeline=(Chunk(0.1, SENT, wire),), sent=len(wire))
    found = compare(http, session(b"x"))
    assert "Bearer" not in "".join(found.lines())
    assert "Authorization" in "".join(found.lines())


def of_web_socket(*timeline: Moment) -> Exchange:
    return session(*timeline, kind="ws")


def test_messages_of_web_sockets_are_compared_with_their_kind_and_without_pings() -> None:
    before = of_web_socket(
        Chunk(0.1, Direction.RECEIVED, b"one", MessageKind.TEXT),
        Chunk(0.2, Direction.RECEIVED, b"two", MessageKind.TEXT),
        Event(0.3, EventKind.PEER_END, "closed", {"code": "1000"}),
    )
    after = of_web_socket(
        Chunk(0.1, Direction.RECEIVED, b"", MessageKind.PING),
        Chunk(0.2, Direction.RECEIVED, b"one", MessageKind.TEXT),
        Chunk(0.3, Direction.RECEIVED, b"two", MessageKind.BINARY),
        Event(0.4, EventKind.PEER_END, "closed", {"code": "1001", "reason": "bye"}),
    )
    found = compare(before, after)
    assert found.summary == "Differs: 1 message received, the peer's end"
    assert [(change.before, change.after) for change in found.changes] == [
        ("text two", "binary two"),
        ("the peer sent its end (1000)", "the peer sent its end (1001 bye)"),
    ]


def test_an_upgrade_that_only_one_of_them_has_is_told() -> None:
    found = compare(session(), session(Event(0.1, EventKind.UPGRADING, "upgrading")))
    assert found.summary == "Differs: an upgrade to TLS"


def posting(secret: bytes, *, more: bytes = b"", length: int = 0) -> bytes:
    body = b"user=joe&password=" + secret + more
    return (
        b"POST /?api_key=%b HTTP/1.1\r\nAuthorization: Bearer %b\r\nContent-Length: %d\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n%b"
    ) % (secret, secret, length or len(body), body)


ANSWER = b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=%b\r\n\r\n%b"


@pytest.mark.parametrize("more", [b"", b"\0\1", b"\n&a=b"], ids=["text", "binary", "lines"])
@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_secrets_of_sessions_are_compared_and_not_shown(kind: str, more: bytes) -> None:
    def said(secret: bytes) -> Exchange:
        sent = Chunk(0.1, SENT, posting(secret, more=more))
        return session(sent, ANSWER % (secret, more), kind=kind)

    before, after = said(b"hush-one"), said(b"hush-two!")
    found = compare(before, after)
    text = "\n".join(found.lines()) + str(found.changes)
    assert not found.same
    assert {each.where for each in found.changes} == {"sent", "received"}
    for secret in ("hush", "-one", "-two", b"hush".hex(" ")):
        assert secret not in text
    assert compare(before, said(b"hush-one")).same
    shown = "\n".join(compare(before, after, reveal=True).lines())
    assert "hush" in shown or b"hush"[:2].hex(" ") in shown or "wo!" in shown


def test_a_secret_that_alone_differs_is_told_as_changed() -> None:
    before = session(Chunk(0.1, SENT, posting(b"hush1")), ANSWER % (b"hush1", b"same"))
    after = session(Chunk(0.1, SENT, posting(b"hush2")), ANSWER % (b"hush2", b"same"))
    found = compare(before, after)
    assert len(found.changes) == 3
    for change in found.changes:
        assert change.before == change.after
        assert change.note == "the values differ; they are masked"
    assert "user=joe&password=***" in str(found.changes)
    assert "␊" not in str(found.changes)


def test_secrets_of_an_http_entry_and_a_session_are_compared_as_they_are() -> None:
    wire = posting(b"hush")
    http = replace(answer(), timeline=(Chunk(0.1, SENT, wire),), sent=len(wire))
    same = compare(http, session(Chunk(0.1, SENT, wire)), ignore=["kind"])
    assert same.same
    other = compare(http, session(Chunk(0.1, SENT, posting(b"other"))), ignore=["kind"])
    text = "\n".join(other.lines())
    assert not other.same
    assert "hush" not in text
    assert "other" not in text


def test_headers_and_addresses_are_shown_when_they_are_revealed() -> None:
    before = replace(
        answer(headers=[("X-Api-Key", "hush1")]), request=HttpRequest(url="http://a/?token=hush3")
    )
    found = compare(before, answer(headers=[("X-Api-Key", "hush2")]), reveal=True)
    text = "\n".join(found.lines())
    assert "hush1 → hush2" in text
    assert "token=hush3" in text


def test_a_digest_tells_no_secret() -> None:
    before, after = session(Chunk(0.1, SENT, b"PASS a\n")), session(Chunk(0.1, SENT, b"PASS b\n"))
    found = compare(before, after, ignore=["sent"])
    assert [(each.before, each.after) for each in found.ignored] == [("7 B", "7 B")]


def test_a_problem_tells_no_secret() -> None:
    problem = Problem("receive", "closed", "http://joe:hush@h/ broke off.")
    failed = replace(answer(), outcome=Outcome.FAILED, problem=problem)
    assert "hush" not in "".join(compare(answer(), failed).lines())


@pytest.mark.parametrize("start", ["[", "{", '{"a": {'])
def test_a_token_in_json_that_is_broken_off_is_not_shown(start: str) -> None:
    one, other = (
        f'{start}"access_token": "{word}", "n": {number}'.encode()
        for word, number in (("old-secret", 1), ("new-secret", 2))
    )
    told = "\n".join(bodies(one, other, "application/json").lines())
    assert "secret" not in told
    assert "access_token" in told
