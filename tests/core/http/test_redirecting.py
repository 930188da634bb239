from __future__ import annotations

import pytest

from sonde_core.errors import HttpError
from sonde_core.http.outgoing import Outgoing, prepare
from sonde_core.http.redirecting import carries_body_away, leads_on, next_request, redirected
from sonde_core.http_request import Field, HttpOptions, HttpRequest, RequestBody
from sonde_core.model import HttpResponse


def header(outgoing: Outgoing, name: str) -> list[str]:
    return [value for key, value in outgoing.headers if key.lower() == name]


def posted() -> Outgoing:
    rows = (Field("Authorization", "secret"), Field("Cookie", "a=b"), Field("X-Api-Key", "k"))
    body = RequestBody("json", text="{}")
    return prepare(HttpRequest("POST", "http://a/x", headers=rows, body=body))


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_post_becomes_a_get_without_its_body(status: int) -> None:
    after = redirected(posted(), status, "/y")
    assert after is not None
    assert (after.method, str(after.url), after.body.size) == ("GET", "http://a/y", 0)
    assert header(after, "content-type") == header(after, "content-length") == []
    assert header(after, "authorization") == ["secret"]


@pytest.mark.parametrize("status", [307, 308])
def test_method_and_body_stay(status: int) -> None:
    after = redirected(posted(), status, "/y")
    assert after is not None
    assert (after.method, after.body.read()) == ("POST", b"{}")
    assert not carries_body_away(posted(), after)


@pytest.mark.parametrize("location", ["http://b/", "https://a/", "http://a:81/", "//b/x"])
def test_secrets_stay_with_their_origin(location: str) -> None:
    after = redirected(posted(), 307, location)
    assert after is not None
    assert carries_body_away(posted(), after)
    for name in ("authorization", "cookie", "x-api-key"):
        assert header(after, name) == []
    assert header(after, "accept") == ["*/*"]


@pytest.mark.parametrize("location", ["ftp://a/", "https://", "http://[::1", "javascript:1"])
def test_a_redirect_to_nowhere(location: str) -> None:
    assert redirected(posted(), 302, location) is None


@pytest.mark.parametrize(("location", "most"), [("ftp:" + "a" * 9999, 20), ("/" * 9999, 0)])
def test_a_long_way_to_nowhere_is_told_in_short(location: str, most: int) -> None:
    head = HttpResponse(302, headers=(("Location", location),))
    with pytest.raises(HttpError) as told:
        next_request(posted(), head, 0, HttpOptions(max_redirects=most))
    assert location[:100] in told.value.message
    assert len(told.value.message) < 250


def test_what_leads_on() -> None:
    usual = HttpOptions()
    assert leads_on(302, "/", usual)
    assert not leads_on(302, "", usual)
    assert not leads_on(300, "/", usual)
    assert not leads_on(302, "/", HttpOptions(follow_redirects=False))
