"""Values of every type of the model, as hostile as a peer or a file can make them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import get_args

from hypothesis import settings
from hypothesis import strategies as st

from sonde_core.body import Body, Cut
from sonde_core.history.entry import Entry
from sonde_core.http_request import Auth, Field, HttpOptions, HttpRequest, RequestBody, Upload
from sonde_core.model import (
    Certificate,
    Chunk,
    Direction,
    Event,
    EventKind,
    Exchange,
    Hop,
    HttpResponse,
    Outcome,
    Problem,
    Timing,
    TlsFacts,
)
from sonde_core.session_request import SessionOptions, SessionRequest, TlsVersion
from sonde_core.steps import (
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    How,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)


def examples(times: float) -> settings:
    """Try so many times as many examples as the profile says; see `conftest.py`."""
    return settings(max_examples=max(1, int(settings().max_examples * times)))


# Any characters, half ones and bytes that are no UTF-8 among them.
TEXT = st.text(max_size=12) | st.binary(max_size=12).map(
    lambda data: data.decode("utf-8", "surrogateescape")
)
TEXT |= st.text(st.characters(categories=["Cs", "Cc", "Lu"]), max_size=6)
# As many milliseconds as a file keeps, to the microsecond.
SECONDS = st.integers(0, 10**12).map(lambda micros: micros / 1_000_000)
COUNT = st.integers(0, 1 << 40)
CUTS: tuple[Cut, ...] = ("", "limit", "peer", "reset", "timeout", "cancel", "decode")

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["http", "done", "2026-11-24T12:00:00Z", ">", "b64"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["b64", "wtf8", "total", "ref", "text", "x"]), inner)
    ),
    max_leaves=8,
)


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    """Bodies in memory, described in any way."""
    data = draw(st.binary(max_size=40))
    body = Body.of(data) if draw(st.booleans()) else Body.lost(9, hashlib.sha256(data).hexdigest())
    return body.described(
        wire=draw(COUNT),
        media_type=draw(TEXT),
        coding=draw(TEXT),
        complete=draw(st.none() | st.booleans()),
        cut=draw(st.sampled_from(CUTS)),
    )


FIELDS = st.lists(st.builds(Field, TEXT, TEXT, st.booleans()), max_size=3).map(tuple)
HEADERS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
REQUEST_BODIES = st.builds(
    RequestBody,
    kind=st.sampled_from(["none", "json", "form", "text", "file", "multipart", "bytes"]),
    text=TEXT,
    fields=FIELDS,
    path=TEXT,
    uploads=st.lists(st.builds(Upload, TEXT, TEXT), max_size=2).map(tuple),
    data=bodies(),
    media_type=TEXT,
)
HTTP_OPTIONS = st.builds(
    HttpOptions,
    connect_timeout=SECONDS,
    idle_timeout=SECONDS,
    total_timeout=st.none() | SECONDS,
    follow_redirects=st.booleans(),
    max_redirects=COUNT,
    resend_body=st.booleans(),
    verify=st.booleans(),
    ca_file=TEXT,
    max_bytes=COUNT,
    use_proxy=st.booleans(),
)
HTTP_REQUESTS = st.builds(
    HttpRequest,
    method=TEXT,
    url=TEXT,
    params=FIELDS,
    headers=FIELDS,
    body=REQUEST_BODIES,
    auth=st.builds(Auth, st.sampled_from(["none", "basic", "bearer"]), TEXT, TEXT),
    options=HTTP_OPTIONS,
)
_KINDS = st.sampled_from(MessageKind)
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(SendStep, st.binary(max_size=20), COUNT, SECONDS, _KINDS, st.booleans()),
    st.builds(HalfCloseStep, COUNT, SECONDS, COUNT, TEXT),
    st.builds(UpgradeStep, COUNT, SECONDS),
    st.builds(
        ExpectStep,
        st.sampled_from(get_args(How)),
        st.binary(max_size=20),
        COUNT,
        st.none() | SECONDS,
        COUNT,
        SECONDS,
        _KINDS,
    ),
    st.builds(WaitStep, SECONDS, COUNT, SECONDS),
    st.builds(CloseStep, st.booleans(), COUNT, SECONDS),
)
_TEXTS = st.lists(TEXT, max_size=2).map(tuple)
_OPTIONS = st.builds(
    SessionOptions,
    connect_timeout=SECONDS,
    idle_timeout=st.none() | SECONDS,
    verify=st.booleans(),
    ca_file=TEXT,
    server_name=TEXT,
    alpn=_TEXTS,
    min_tls=st.sampled_from(get_args(TlsVersion)),
    certificate=TEXT,
    key=TEXT,
    proxy=TEXT,
    source=TEXT,
    nodelay=st.booleans(),
    keepalive=st.booleans(),
    reuse=st.booleans(),
    linger=st.none() | SECONDS,
    send_buffer=COUNT,
    receive_buffer=COUNT,
    hops=COUNT,
    interface=TEXT,
    headers=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    subprotocols=_TEXTS,
    compression=st.booleans(),
)
SESSION_REQUESTS = st.builds(
    SessionRequest,
    address=TEXT,
    options=_OPTIONS,
    steps=st.lists(STEPS, max_size=4).map(tuple),
)
RESPONSES = st.builds(
    HttpResponse,
    status=st.integers(0, 999),
    reason=TEXT,
    version=TEXT,
    headers=HEADERS,
    trailers=HEADERS,
    body=bodies(),
    url=TEXT,
)
HOPS = st.builds(
    Hop,
    method=TEXT,
    url=TEXT,
    status=st.integers(0, 999),
    reason=TEXT,
    headers=HEADERS,
    location=TEXT,
)
CERTIFICATES = st.builds(
    Certificate,
    TEXT,
    TEXT,
    st.lists(TEXT, max_size=3).map(tuple),
    *(TEXT for _ in range(6)),
)
TLS = st.builds(
    TlsFacts,
    TEXT,
    TEXT,
    TEXT,
    st.none() | st.booleans(),
    TEXT,
    st.lists(CERTIFICATES, max_size=3).map(tuple),
    st.integers(0, 99),
    TEXT,
)
PHASE = st.none() | SECONDS
TIMINGS = st.builds(Timing, PHASE, PHASE, PHASE, PHASE, PHASE, PHASE, SECONDS)
PROBLEMS = st.builds(Problem, TEXT, TEXT, TEXT, TEXT)
CHUNKS = st.builds(Chunk, SECONDS, st.sampled_from(Direction), st.binary(max_size=40), _KINDS)
EVENTS = st.builds(
    Event,
    SECONDS,
    st.sampled_from(EventKind),
    TEXT,
    st.dictionaries(st.sampled_from(["address", "cipher"]), TEXT),
)
TIMELINES = st.lists(CHUNKS | EVENTS, max_size=8).map(tuple)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(9000, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Entries of every kind, with all or nothing in them."""
    request = draw(HTTP_REQUESTS | SESSION_REQUESTS)
    http = isinstance(request, HttpRequest)
    kinds = ["http"] if http else ["tcp", "tls", "udp", "unix", "ws", "listen"]
    exchange = Exchange(
        request=request,
        started=draw(MOMENTS),
        outcome=draw(st.sampled_from(Outcome)),
        kind=draw(st.sampled_from(kinds)),
        role=draw(st.sampled_from(["client", "server"])),
        problem=draw(st.none() | PROBLEMS),
        timeline=draw(TIMELINES),
        timing=draw(TIMINGS),
        response=draw(st.none() | RESPONSES) if http else None,
        hops=draw(st.lists(HOPS, max_size=2).map(tuple)) if http else (),
        peer=draw(TEXT),
        local=draw(TEXT),
        proxy=draw(TEXT),
        tls=draw(st.none() | TLS),
        sent=draw(COUNT),
        received=draw(COUNT),
    )
    return Entry(
        id=draw(st.text(st.characters(codec="ascii"), min_size=1, max_size=36)),
        exchange=exchange,
        name=draw(TEXT),
        pinned=draw(st.booleans()),
        tags=tuple(draw(st.lists(TEXT, max_size=3))),
        note=draw(TEXT),
        replay_of=draw(st.sampled_from(["", "before"])),
    )
