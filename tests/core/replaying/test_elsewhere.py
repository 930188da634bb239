from __future__ import annotations

import pytest

from sonde_core.errors import EndpointSyntaxError, RequestError
from sonde_core.http_request import Auth, Field, HttpRequest
from sonde_core.replaying.elsewhere import move_request, move_session, read_base
from sonde_core.session_request import SessionOptions

USUAL = SessionOptions()


@pytest.mark.parametrize(
    ("url", "base", "moved"),
    [
        ("http://a/items?x=1#top", "http://b:8000", "http://b:8000/items?x=1#top"),
        ("https://a:444/items", "http://b/v2/", "http://b:80/v2/items"),
        ("http://a", "http://b/v2", "http://b:80/v2"),
        ("a/items", "https://b", "https://b:443/items"),
        ("http://a?x=1", "http://b", "http://b:80/?x=1"),
        ("http://a/1", "http://user:pw@b", "http://user:pw@b:80/1"),
    ],
)
def test_scheme_host_and_port_are_another_ones_and_the_path_stands_behind(
    url: str, base: str, moved: str
) -> None:
    request, _ = move_request(HttpRequest(url=url), read_base(base))
    assert request.url == moved


def asked() -> HttpRequest:
    return HttpRequest(
        url="http://me:secret@a/items?token=abc&page=2",
        headers=(
            Field("Accept", "*/*"),
            Field("authorization", "Bearer x"),
            Field("Cookie", "a=b"),
            Field("X-Api-Key", "k"),
            Field("Cookie", "off", on=False),
        ),
        params=(Field("access_token", "t"), Field("q", "lamp")),
        auth=Auth("basic", "me", "secret"),
    )


def test_credentials_stay_at_home_when_the_origin_changes() -> None:
    request, withheld = move_request(asked(), read_base("http://b"))
    assert request.url == "http://b:80/items?page=2"
    assert [row.name for row in request.headers] == ["Accept"]
    assert [row.name for row in request.params] == ["q"]
    assert request.auth == Auth()
    assert withheld == (
        "authorization",
        "Cookie",
        "X-Api-Key",
        "Authorization",
        "token",
        "access_token",
    )


@pytest.mark.parametrize("base", ["https://a", "http://a:81", "http://a.example"])
def test_another_scheme_or_port_is_another_origin(base: str) -> None:
    request, withheld = move_request(asked(), read_base(base))
    assert withheld
    assert request.auth == Auth()


def test_credentials_go_along_where_a_person_says_so_or_the_origin_is_the_same() -> None:
    before = asked()
    for base, credentials in (("http://b", True), ("http://A:80/v2", False)):
        request, withheld = move_request(before, read_base(base), credentials=credentials)
        assert withheld == ()
        assert (request.headers, request.params) == (before.headers, before.params)
        assert request.auth == before.auth
        assert "token=abc" in request.url


def test_a_host_that_only_says_where_it_went_is_left_out() -> None:
    rows = (Field("Host", "A"), Field("Accept", "*/*"))
    moved, _ = move_request(HttpRequest(url="http://a/", headers=rows), read_base("http://b"))
    assert [row.name for row in moved.headers] == ["Accept"]
    virtual = (Field("Host", "virtual.example"),)
    moved, _ = move_request(HttpRequest(url="http://a/", headers=virtual), read_base("http://b"))
    assert moved.headers == virtual


@pytest.mark.parametrize(
    ("address", "base", "there"),
    [
        ("tcp://a:1", "tcp://b:2", "tcp://b:2"),
        ("tls://a:1", "unix:/tmp/s", "unix:/tmp/s"),
        ("ws://a/chat?x=1", "http://b/v2", "ws://b:80/v2/chat?x=1"),
        ("ws://a/chat", "https://b", "wss://b:443/chat"),
        ("ws://a/chat", "wss://b", "wss://b:443/chat"),
        ("ws://a/chat", "ws://b/other", "ws://b:80/other"),
    ],
)
def test_a_session_goes_to_another_endpoint(address: str, base: str, there: str) -> None:
    assert move_session(address, USUAL, read_base(base))[0] == there


def test_secret_headers_of_a_handshake_stay_at_home() -> None:
    options = SessionOptions(headers=(("Cookie", "a=b"), ("X-Trace", "1")))
    base = read_base("ws://b")
    _, kept, withheld = move_session("ws://a/", options, base)
    assert (kept.headers, withheld) == ((("X-Trace", "1"),), ("Cookie",))
    _, kept, withheld = move_session("ws://a/", options, base, credentials=True)
    assert (kept, withheld) == (options, ())


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(RequestError, match="has a query"):
        read_base("http://b/?a=1")
    with pytest.raises(EndpointSyntaxError):
        read_base("gopher://b")
    with pytest.raises(RequestError, match="no HTTP endpoint"):
        move_request(HttpRequest(url="http://a/"), read_base("tcp://b:1"))
    with pytest.raises(RequestError, match="is an HTTP server"):
        move_session("tcp://a:1", USUAL, read_base("http://b"))
