from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.http.cookies import Cookies
from sonde_core.http.outgoing import Outgoing, prepare
from sonde_core.http_request import Field, HttpRequest

URLS = [
    "http://127.0.0.1:8/a",
    "https://[::1]/b",
    "http://[fe80::1%lo]:5/",
    "http://\u00e9.example/x?y",
    "http://xn--/",
    "http://a..b/",
    "http://0x7f.1/",
]
PIECES = [
    *(b"a", b"=", b"b", b";", b" ", b"expires=", b"Max-Age=", b"domain=", b"path=", b"port="),
    *(b"Thu, 01 Jan 0000 00:00:00 GMT", b"9" * 30, b"-1", b'"', b"\\", b"Version=1", b"secure"),
    *(b"/", b"..", b"\xe9", b"\xff"),
]


def asking(url: str, *cookies: str) -> Outgoing:
    return prepare(HttpRequest(url=url, headers=tuple(Field("cookie", each) for each in cookies)))


def carried(cookies: Cookies, url: str, *typed: str) -> list[bytes]:
    outgoing = asking(url, *typed)
    found = cookies.put(outgoing.raw_headers(), outgoing)
    return [value for name, value in found if name.lower() == b"cookie"]


def test_they_go_where_they_belong_and_stand_behind_what_was_typed() -> None:
    cookies = Cookies()
    assert carried(cookies, "http://h/a") == []
    lines = [(b"Set-Cookie", b"a=1; Path=/a"), (b"set-cookie", b"b=2; Path=/"), (b"X", b"c=3")]
    cookies.keep(asking("http://h/"), lines)
    assert carried(cookies, "http://h/a") == [b"a=1; b=2"]
    assert carried(cookies, "http://h/b", "mine=1", "mine=2") == [b"mine=1; b=2", b"mine=2"]
    assert carried(cookies, "http://other/a") == []


def test_one_that_is_over_is_dropped() -> None:
    cookies = Cookies()
    cookies.keep(asking("http://h/"), [(b"Set-Cookie", b"a=1")])
    cookies.keep(asking("http://h/"), [(b"Set-Cookie", b"a=; Max-Age=0")])
    assert carried(cookies, "http://h/") == []


@pytest.mark.parametrize("url", URLS)
def test_a_host_of_any_kind_is_told_them_again(url: str) -> None:
    cookies = Cookies()
    cookies.keep(asking(url), [(b"Set-Cookie", b"a=\xe9\xff")])
    assert carried(cookies, url) == [b"a=\xe9\xff"]


@given(st.sampled_from(URLS), st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join))
def test_whatever_a_server_sets_is_taken_or_passed_over(url: str, line: bytes) -> None:
    cookies = Cookies()
    cookies.keep(asking(url), [(b"Set-Cookie", line)])
    assert len(carried(cookies, url)) <= 1
