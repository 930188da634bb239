from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.errors import EndpointSyntaxError, RequestError
from sonde_core.http.urls import Url, check, compose, follow, host_header, parse, with_params
from sonde_core.http_request import Field, HttpRequest
from tests.strategies import TEXT

VISIBLE = re.compile(r"[\x21-\x7e]+")


@pytest.mark.parametrize(
    ("text", "shown", "target"),
    [
        ("example.org", "http://example.org/", "/"),
        ("localhost:8080/x", "http://localhost:8080/x", "/x"),
        ("//example.org", "http://example.org/", "/"),
        ("HTTPS://Example.org:443/A?b=C", "https://Example.org/A?b=C", "/A?b=C"),
        ("http://a:80", "http://a/", "/"),
        ("http://a:", "http://a/", "/"),
        ("http://a?x=1", "http://a/?x=1", "/?x=1"),
        ("http://a/x#y?z", "http://a/x", "/x"),
        ("http://a#y", "http://a/", "/"),
        ("http://[::1]:8080/", "http://[::1]:8080/", "/"),
        ("http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "/"),
        ("  http://a/b c  ", "http://a/b%20c", "/b%20c"),
        ("http://a/ä?ö=€", "http://a/%C3%A4?%C3%B6=%E2%82%AC", "/%C3%A4?%C3%B6=%E2%82%AC"),
        ("http://a/%7e/.././/%zz?a=b&&=", "http://a/%7e/.././/%zz?a=b&&=", "/%7e/.././/%zz?a=b&&="),
        ("http://a/\x1b[2J\r\nX: y", "http://a/%1B[2J%0D%0AX:%20y", "/%1B[2J%0D%0AX:%20y"),
        ("http://a/\udcff", "http://a/%FF", "/%FF"),
        ("http://a\\b/", None, None),
    ],
)
def test_a_url_is_kept_as_typed_but_for_what_cannot_be_sent(
    text: str, shown: str | None, target: str | None
) -> None:
    if shown is None:
        with pytest.raises(EndpointSyntaxError):
            parse(text)
        return
    url = parse(text)
    assert (str(url), url.target) == (shown, target)


def test_userinfo_is_taken_apart_and_not_shown() -> None:
    url = parse("http://us%40er:p%3Ass:w@rd@a:81/x@y")
    assert (url.user, url.secret, url.target) == ("us@er", "p:ss:w@rd", "/x@y")
    assert str(url) == "http://a:81/x@y"
    assert parse("http://a/").user is None
    assert (parse("http://@a/").user, parse("http://@a/").secret) == ("", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("http://", "names no host"),
        ("http:///x", "names no host"),
        ("http://user:hush@/x", "names no host"),
        ("http:a", "lacks //"),
        ("http:/a", "lacks //"),
        ("ftp://a", "no scheme for an HTTP request"),
        ("tcp://a:1", "no scheme for an HTTP request"),
        ("javascript:alert(1)", "no scheme"),
        ("file:///etc/passwd", "no scheme"),
        ("http://a:0", "out of range"),
        ("http://a:65536", "out of range"),
        ("http://a:99999999999999999999", "is no port"),
        ("http://a:x", "is no port"),
        ("http://a:-1", "is no port"),
        ("http://a:8²", "is no port"),
        ("http://a b/", "no host name"),
        ("http://a\0b/", "no host name"),
        ("http://[::1", "brackets"),
        ("http://[::1]x", "brackets"),
        ("http://[x]/", "brackets"),
        ("http://1:2:3/", "too many colons"),
    ],
)
def test_what_is_no_url_is_said_with_the_value(text: str, said: str) -> None:
    with pytest.raises(EndpointSyntaxError, match=said) as caught:
        parse(text)
    assert "hush" not in str(caught.value)
    with pytest.raises(EndpointSyntaxError, match=said):
        compose(HttpRequest(url=text))


def test_half_a_character_cannot_be_sent() -> None:
    with pytest.raises(RequestError, match=r"U\+D800"):
        parse("http://a/\ud800")


HOSTILE = st.text(st.sampled_from("htp:/[]@?#%25&=.\\ \t\r\n\0\x1b\x85\u202e\ud800\udc80äß1a"))
HOSTILE |= HOSTILE.map(lambda text: "http://" + text) | HOSTILE.map(lambda text: "//a/" + text)


@given(HOSTILE | TEXT)
@example("http://[::1%25" + "\ud800]/")
@example("http://ä\ud800/")
def test_nothing_but_our_errors_is_raised_and_targets_are_visible_ascii(text: str) -> None:
    try:
        url = parse(text)
    except (EndpointSyntaxError, RequestError):
        return
    assert VISIBLE.fullmatch(url.target)
    assert url.target.startswith("/")
    assert "#" not in url.target
    assert 1 <= url.endpoint.port <= 65535
    assert parse(str(url)) == Url(url.endpoint, url.target)
    assert check(text).startswith(("http://", "https://"))


ROWS = st.lists(st.builds(Field, TEXT, TEXT, st.booleans()), max_size=4)


@given(st.sampled_from(["http://a", "http://a/x?", "http://a?b=c", "a?b&", "a#f?"]), ROWS)
def test_params_that_are_on_reach_the_query_as_they_are(url: str, rows: list[Field]) -> None:
    from urllib.parse import parse_qsl, urlsplit

    request = HttpRequest(url=url, params=tuple(rows))
    try:
        composed = compose(request)
    except RequestError:
        assert any(
            "\ud800" <= letter <= "\udfff" for row in rows for letter in row.name + row.value
        )
        return
    target = parse(composed).target
    assert VISIBLE.fullmatch(target)
    on = [(row.name, row.value) for row in rows if row.on and (row.name or row.value)]
    own = parse_qsl(urlsplit(check(url)).query, keep_blank_values=True)
    query = target.partition("?")[2]
    found = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    assert found == own + on


def test_params_stand_before_the_fragment() -> None:
    rows = [Field("a b", "c&d=e"), Field("off", "x", on=False), Field("", "")]
    assert with_params("http://a/x#frag", rows) == "http://a/x?a+b=c%26d%3De#frag"
    assert with_params("http://a/x?#frag", rows[1:]) == "http://a/x?#frag"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "http://a:81/b"),
        ("b?c", "http://a:81/x/b?c"),
        ("?q", "http://a:81/x/y?q"),
        ("//b/c", "http://b/c"),
        ("https://b", "https://b/"),
        ("HTTP://B/ä b", "http://B/%C3%A4%20b"),
        ("../../../z", "http://a:81/z"),
        ("", "http://a:81/x/y"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("tcp://a:1", None),
        ("http://", None),
        ("http://[::1", None),
        ("http://a:99999", None),
        ("//\ud800/", None),
        ("\ud800", None),
    ],
)
def test_a_location_is_followed_to_http_only(location: str, target: str | None) -> None:
    found = follow(parse("http://a:81/x/y"), location)
    assert (str(found) if found else None) == target


@given(HOSTILE | TEXT)
@example("//[")
@example("http://[v1.x]/")
@example("http://a\u2100b/")
def test_a_hostile_location_raises_nothing(location: str) -> None:
    found = follow(parse("http://a/x"), location)
    assert found is None or VISIBLE.fullmatch(found.target)


def test_a_location_may_bring_its_own_userinfo() -> None:
    found = follow(parse("http://me:hush@a/"), "http://you@a/")
    assert found
    assert (found.user, found.secret) == ("you", "")
    other = follow(parse("http://me:hush@a/"), "/x")
    assert other
    assert other.user is None


@pytest.mark.parametrize(
    ("host", "port", "written"),
    [
        ("a", 80, "a"),
        ("a", 81, "a:81"),
        ("::1", 80, "[::1]"),
        ("::1", 81, "[::1]:81"),
        ("fe80::1%eth0", 80, "[fe80::1]"),
    ],
)
def test_the_host_header_has_no_default_port_and_no_zone(
    host: str, port: int, written: str
) -> None:
    assert host_header("http", host, port) == written


def test_an_origin_is_scheme_host_and_port() -> None:
    base = parse("http://A.org/x").origin
    assert parse("http://a.org.:80/y").origin == base
    for other in ("https://a.org/", "http://a.org:81/", "http://b.a.org/"):
        assert parse(other).origin != base
