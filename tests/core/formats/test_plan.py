from __future__ import annotations

from dataclasses import replace

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.formats.plan import LARGEST, plan
from sonde_core.http_request import Auth, Field, HttpRequest, RequestBody, Upload

URL = "http://h.test/"


def test_the_url_is_whole_and_in_ascii() -> None:
    request = HttpRequest(
        url="http://joe:pw@bücher.test:8080/é?a=1#there",
        params=(Field("b", "2 3"), Field("c", "", on=False)),
    )
    made = plan(request, reveal=True)
    assert made.url == "http://xn--bcher-kva.test:8080/%C3%A9?a=1&b=2+3"
    assert made.target == "/%C3%A9?a=1&b=2+3"
    assert made.auth == Auth("basic", "joe", "pw")
    assert plan(HttpRequest(url="http://[fe80::1%25eth0]/")).url == "http://[fe80::1%25eth0]/"


def test_headers_are_what_was_written_and_the_type_of_the_body() -> None:
    rows = (
        Field("x-One", " 1 "),
        Field("Off", "1", on=False),
        Field("Accept", "a/b"),
        Field("Content-Length", "2"),
    )
    request = HttpRequest("POST", URL, headers=rows, body=RequestBody("json", text="{}"))
    assert plan(request).headers == (
        ("Content-Type", "application/json"),
        ("x-One", "1"),
        ("Accept", "a/b"),
    )


def test_who_asked_is_told_unless_a_row_says_otherwise() -> None:
    sent = (("Host", "h"), ("User-Agent", "sonde/0"), ("Accept", "*/*"), ("Accept-Encoding", "br"))
    made = plan(HttpRequest(url=URL), sent=sent)
    assert made.headers == (("User-Agent", "sonde/0"), ("Accept-Encoding", "br"))
    assert made.accepts == {"br"}
    rows = (Field("user-agent", "me"), Field("Accept-Encoding", "identity;q=1, "))
    made = plan(HttpRequest(url=URL, headers=rows), sent=sent)
    assert made.headers == (("user-agent", "me"), ("Accept-Encoding", "identity;q=1,"))
    assert made.accepts == frozenset()


def test_a_header_row_wins_over_credentials() -> None:
    rows = (Field("authorization", "X y"),)
    made = plan(HttpRequest(url="http://a:b@h/", headers=rows, auth=Auth("basic", "c", "d")))
    assert made.auth == Auth()
    assert plan(HttpRequest(url=URL, auth=Auth("bearer", secret="t")), reveal=True).headers == (
        ("Authorization", "Bearer t"),
    )


def test_files_are_named_and_not_read() -> None:
    made = plan(HttpRequest("PUT", URL, body=RequestBody("file", path="/nowhere/a.png")))
    assert (made.path, made.content) == ("/nowhere/a.png", None)
    assert made.headers == (("Content-Type", "image/png"),)
    upload = Upload("up", "/nowhere/b")
    body = RequestBody("multipart", fields=(Field("a", "b"), Field("", "")), uploads=(upload,))
    rows = (Field("Content-Type", "multipart/form-data; boundary=x"),)
    made = plan(HttpRequest("POST", URL, headers=rows, body=body))
    assert (made.fields, made.uploads, made.content) == ((Field("a", "b"),), (upload,), None)
    assert made.headers == ()


@pytest.mark.parametrize(
    ("method", "kind", "content"),
    [("GET", "none", None), ("POST", "none", b""), ("GET", "text", b""), ("DELETE", "none", None)],
)
def test_an_empty_body_is_told_where_it_is_announced(
    method: str, kind: str, content: bytes | None
) -> None:
    body = RequestBody("text") if kind == "text" else RequestBody()
    assert plan(HttpRequest(method, URL, body=body)).content == content


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a/../b", True),
        ("./a", True),
        ("a/..", True),
        ("a/%2E%2e/b", True),
        ("a..b/.c?x=/../", False),
    ],
)
def test_dot_segments_are_seen(path: str, found: bool) -> None:
    assert plan(HttpRequest(url=URL + path)).has_dot_segments is found


def test_secrets_are_masked() -> None:
    request = HttpRequest(
        "POST",
        "http://hush:hush@h/?token=hush",
        headers=(Field("Cookie", "a=hush"),),
        body=RequestBody("bytes", data=Body.of(b"password=hush"), media_type="text/plain"),
    )
    made = plan(request)
    assert "hush" not in repr(replace(made, content=None))
    assert made.auth == Auth("basic", "***", "***")
    assert made.content == b"password=hush"  # no form: a body is as it is
    form = replace(request.body, media_type="application/x-www-form-urlencoded")
    assert plan(replace(request, body=form)).content == b"password=***"


def test_a_body_too_large_to_be_written_out_is_refused() -> None:
    body = RequestBody("bytes", data=Body.lost(LARGEST + 1, "0" * 64))
    with pytest.raises(BodyError):
        plan(HttpRequest("POST", URL, body=body))
    text = RequestBody("text", text="x" * (LARGEST + 1))
    with pytest.raises(BodyError, match="too many"):
        plan(HttpRequest("POST", URL, body=text))
