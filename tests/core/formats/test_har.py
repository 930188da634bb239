from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.formats.har import as_har
from sonde_core.history.entry import Entry
from sonde_core.http.call import Call
from sonde_core.http_request import Auth, Field, HttpRequest, RequestBody
from sonde_core.model import Hop, HttpResponse, Outcome, Problem, Timing

from .conftest import Web, answer, http_entry, sent, session_entry
from .test_masking import everything

# What HAR 1.2 demands of an entry, by the software that reads it: names and types.
SHAPE = {
    "startedDateTime": str,
    "time": (int, float),
    "request": {
        "method": str,
        "url": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "queryString": list,
        "headersSize": int,
        "bodySize": int,
    },
    "response": {
        "status": int,
        "statusText": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "content": {"size": int, "mimeType": str},
        "redirectURL": str,
        "headersSize": int,
        "bodySize": int,
    },
    "cache": {},
    "timings": {"send": (int, float), "wait": (int, float), "receive": (int, float)},
}


def check(value: object, shape: object) -> None:
    if isinstance(shape, dict):
        assert isinstance(value, dict)
        for name, part in shape.items():
            check(value[name], part)
    else:
        assert isinstance(value, shape)  # type: ignore[arg-type]  # a type or some


def entries(entry: Entry, *, reveal: bool = True) -> list[dict[str, dict[str, object]]]:
    text = as_har(entry, reveal=reveal)
    assert text.isascii()
    log = json.loads(text)["log"]
    assert log["version"] == "1.2"
    assert log["creator"]["name"] == "Sonde"
    for one in log["entries"]:
        check(one, SHAPE)
    found: list[dict[str, dict[str, object]]] = log["entries"]
    return found


def only(entry: Entry) -> dict[str, dict[str, object]]:
    (one,) = entries(entry)
    return one


def pairs(rows: object) -> list[tuple[str, str]]:
    assert isinstance(rows, list)
    return [(row["name"], row["value"]) for row in rows]


async def test_a_real_exchange_is_told_whole(web: Web) -> None:
    request = HttpRequest(
        "POST",
        web.url + "/p?x=1&y=%20#there",
        params=(Field("q", "a b"),),
        headers=(Field("Cookie", "a=1; b=2=3"),),
        body=RequestBody("json", text='{"é": 1}'),
    )
    entry = replace(http_entry(request), exchange=await Call(request).run())
    one = only(entry)
    asked = one["request"]
    assert asked["url"] == web.url + "/p?x=1&y=%20&q=a+b"
    assert pairs(asked["queryString"]) == [("x", "1"), ("y", " "), ("q", "a b")]
    assert pairs(asked["cookies"]) == [("a", "1"), ("b", "2=3")]
    assert ("Content-Type", "application/json") in pairs(asked["headers"])
    assert asked["postData"] == {"mimeType": "application/json", "text": '{"é": 1}'}
    assert asked["bodySize"] == 9
    head = b"".join(chunk.data for chunk in entry.exchange.chunks() if chunk.direction == ">")
    assert asked["headersSize"] == len(head) - 9
    assert one["response"]["content"] == {"size": 5, "mimeType": "", "text": "hello"}
    assert one["response"]["bodySize"] == 5
    assert one["serverIPAddress"] == "127.0.0.1"  # type: ignore[comparison-overlap]  # text


async def test_a_redirect_is_an_entry_of_its_own(web: Web) -> None:
    request = HttpRequest("POST", web.url + "/moved", body=RequestBody("text", text="x"))
    entry = replace(http_entry(request), exchange=await Call(request).run())
    first, last = entries(entry)
    assert [one["request"]["method"] for one in (first, last)] == ["POST", "GET"]
    assert [one["request"]["url"] for one in (first, last)] == [
        web.url + "/moved",
        web.url + "/there",
    ]
    assert first["response"]["redirectURL"] == "/there"
    assert "postData" in first["request"]
    assert "postData" not in last["request"]
    assert last["response"]["status"] == 200


def test_times_that_do_not_apply_are_minus_one_and_the_sum_leaves_them_out() -> None:
    entry = http_entry(HttpRequest(url="https://h/"), response=answer())
    timing = Timing(connect=0.002, tls=0.003, request=0.001, wait=0.01, receive=0.004, total=0.5)
    one = only(replace(entry, exchange=replace(entry.exchange, timing=timing)))
    assert one["timings"] == {
        "blocked": -1,
        "dns": -1,
        "connect": 5.0,
        "ssl": 3.0,
        "send": 1.0,
        "wait": 10.0,
        "receive": 4.0,
    }
    assert one["time"] == 20.0  # type: ignore[comparison-overlap]  # a number


def test_bytes_are_base64() -> None:
    data = bytes(range(256))
    request = HttpRequest("POST", "http://h/", body=RequestBody("bytes", data=Body.of(data)))
    one = only(http_entry(request, response=answer(data, media_type="image/png")))
    told = {"text": base64.b64encode(data).decode(), "encoding": "base64"}
    assert one["response"]["content"] == {"size": 256, "mimeType": "image/png"} | told
    posted = one["request"]["postData"]
    assert isinstance(posted, dict)
    assert (posted["text"], posted["_encoding"]) == (told["text"], "base64")


def test_text_of_another_charset_keeps_its_bytes() -> None:
    response = answer(b"plain", media_type="text/plain; charset=utf-16")
    content = only(http_entry(HttpRequest(url="http://h/"), response=response))["response"][
        "content"
    ]
    assert isinstance(content, dict)
    assert content["encoding"] == "base64"


def test_a_compressed_body_tells_both_sizes() -> None:
    body = Body.of(b"x" * 1000).described(wire=40, coding="gzip", media_type="text/plain")
    entry = http_entry(HttpRequest(url="http://h/"), response=replace(answer(), body=body))
    response = only(entry)["response"]
    content = response["content"]
    assert isinstance(content, dict)
    assert (content["size"], content["compression"], response["bodySize"]) == (1000, 960, 40)


def test_a_form_is_told_by_its_fields() -> None:
    data = Body.of(b"a=1+2&b=&a=%C3%A9")
    body = RequestBody("form", data=data)
    head = b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
    entry = http_entry(HttpRequest("POST", "http://h/", body=body), sent(head), sent(data.read()))
    posted = only(entry)["request"]["postData"]
    assert isinstance(posted, dict)
    assert pairs(posted["params"]) == [("a", "1 2"), ("b", ""), ("a", "é")]
    assert "text" not in posted


def test_cookies_that_were_set_are_read() -> None:
    cookie = "a=1=2; Path=/p; HttpOnly; secure; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Domain=h"
    response = answer(b"", ("Set-Cookie", cookie), ("set-cookie", "b; Expires=never"))
    found = only(http_entry(HttpRequest(url="http://h/"), response=response))["response"]["cookies"]
    assert found == [
        {
            "name": "a",
            "value": "1=2",
            "httpOnly": True,
            "secure": True,
            "path": "/p",
            "expires": "2027-06-09T10:18:14+00:00",
            "domain": "h",
        },
        {"name": "b", "value": "", "httpOnly": False, "secure": False},
    ]


def test_a_failure_is_an_entry_without_an_answer() -> None:
    entry = http_entry(HttpRequest(url="http://h/", params=(Field("a", "b"),)))
    problem = Problem("connect", "connect", "Could not reach h.", "Try again.")
    exchange = replace(entry.exchange, problem=problem, outcome=Outcome.FAILED)
    one = only(replace(entry, exchange=exchange))
    assert one["request"]["url"] == "http://h/?a=b"
    assert one["request"]["headersSize"] == -1
    assert one["response"]["status"] == 0
    assert one["comment"] == "Could not reach h. Try again."  # type: ignore[comparison-overlap]  # text


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b?c=1#d", "http://h/b?c=1"),
        ("http://us\u2100er@other:1/", "http://other:1/"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_where_a_redirect_led_is_told_without_an_answer(location: str, url: str) -> None:
    hop = Hop("GET", "http://h/a", 302, "Found", (("Location", location),), location)
    first, last = entries(http_entry(HttpRequest(url="http://h/a"), hops=(hop,)))
    assert first["response"]["redirectURL"] == location
    assert last["request"]["url"] == url


def test_a_url_that_is_none_is_told_as_it_is() -> None:
    assert only(http_entry(HttpRequest(url="http://")))["request"]["url"] == "http://"


def test_no_secret_is_left() -> None:
    assert "hush" not in json.dumps(entries(everything(), reveal=False))
    assert "hush" in json.dumps(entries(everything()))
    request = HttpRequest(url="http://h/", auth=Auth("basic", "a", "hush"))
    entry = http_entry(
        request,
        sent(b"GET / HTTP/1.1\r\nCookie: a=hush; b=hush\r\nAuthorization: Basic aHVzaA==\r\n\r\n"),
    )
    asked = entries(entry, reveal=False)[0]["request"]
    assert pairs(asked["headers"]) == [("Cookie", "a=***; b=***"), ("Authorization", "Basic ***")]
    assert pairs(asked["cookies"]) == [("a", "***"), ("b", "***")]


def test_what_cannot_be_written_is_explained() -> None:
    with pytest.raises(BodyError):
        as_har(session_entry("tcp://h:1"))
    response = HttpResponse(200, "OK", body=Body.lost(5, "0" * 64))
    with pytest.raises(BodyError, match="not kept any more"):
        as_har(http_entry(HttpRequest(url="http://h/"), response=response))
