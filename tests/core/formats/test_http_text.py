from __future__ import annotations

from dataclasses import replace

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError, EndpointSyntaxError
from sonde_core.formats.http_text import as_headers, as_http
from sonde_core.http.call import Call
from sonde_core.http_request import Auth, Field, HttpRequest, RequestBody
from sonde_core.model import Event, EventKind

from .conftest import Web, answer, http_entry, received, sent, session_entry

HEAD = b"POST /?token=hush HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer hush\r\nX: caf\xe9\r\n\r\n"


async def test_a_request_is_as_it_was_sent(web: Web) -> None:
    request = HttpRequest("POST", web.url + "/moved", body=RequestBody("text", text="x\xff"))
    exchange = await Call(request).run()
    data = as_http(replace(http_entry(request), exchange=exchange), reveal=True)
    assert data.startswith(b"POST /moved HTTP/1.1\r\nHost: 127.0.0.1:")
    assert data.endswith(b"\r\nContent-Length: 3\r\n\r\nx\xc3\xbf")


async def test_one_that_never_left_is_written_as_it_would_have_been(web: Web) -> None:
    request = HttpRequest("POST", web.url + "/p", body=RequestBody("json", text="{}"))
    written = as_http(http_entry(request), reveal=True)
    exchange = await Call(request).run()
    assert written == as_http(replace(http_entry(request), exchange=exchange), reveal=True)


def test_secrets_are_masked_and_the_rest_is_exact() -> None:
    request = HttpRequest("POST", body=RequestBody("form"))
    entry = http_entry(request, sent(HEAD), sent(b"password=hush&a=\xff"), received(b"hush"))
    assert as_http(entry) == (
        b"POST /?token=*** HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ***\r\nX: caf\xe9\r\n\r\n"
        b"password=***&a=\xff"
    )
    assert as_http(entry, reveal=True) == HEAD + b"password=hush&a=\xff"


def test_a_body_that_the_record_lost_comes_from_where_it_is_kept() -> None:
    gap = Event(1.0, EventKind.DROPPED, "9 bytes in 3 moments were not kept")
    body = RequestBody("bytes", data=Body.of(b"all of it"))
    entry = http_entry(HttpRequest("POST", body=body), sent(HEAD), sent(b"all"), gap, sent(b"it"))
    assert as_http(entry, reveal=True) == HEAD + b"all of it"
    lost = replace(body, data=Body.lost(9, "0" * 64))
    entry = replace(entry, exchange=replace(entry.exchange, request=HttpRequest(body=lost)))
    with pytest.raises(BodyError, match="not kept any more"):
        as_http(entry)


def test_what_is_no_request_is_explained() -> None:
    with pytest.raises(BodyError):
        as_http(session_entry("tcp://h:1"))
    with pytest.raises(EndpointSyntaxError):
        as_http(http_entry(HttpRequest(url="")))


def test_headers_are_as_received() -> None:
    response = replace(
        answer(b"", ("set-COOKIE", "a=hush; Path=/"), ("X-Odd", "caf\udce9"), ("X-Odd", "")),
        trailers=(("X-Sum", "1"),),
    )
    entry = http_entry(HttpRequest(auth=Auth()), response=response)
    assert as_headers(entry, reveal=True) == (
        b"HTTP/1.1 200 OK\nContent-Type: text/plain\nset-COOKIE: a=hush; Path=/\n"
        b"X-Odd: caf\xe9\nX-Odd: \n\nX-Sum: 1\n"
    )
    assert b"set-COOKIE: a=***; Path=/\n" in as_headers(entry)


def test_no_answer_has_no_headers() -> None:
    with pytest.raises(BodyError):
        as_headers(http_entry(HttpRequest(headers=(Field("A", "b"),))))
