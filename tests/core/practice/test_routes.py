from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.practice.answer import Answer
from sonde_core.practice.asked import Asked
from sonde_core.practice.routes import ROUTES, answer

SEGMENTS = {"CODE": "200", "SECONDS": "0", "N": "3", "USER": "u", "PASS": "p"}
SEGMENTS |= {"OWNER": "requests", "NAME": "requests"}
VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30)
PATHS = [route.pattern.replace("...", "/x") for route in ROUTES]
TARGETS = st.one_of(
    VISIBLE,
    VISIBLE.map(lambda text: "/" + text),
    st.builds(lambda path, rest: path + rest, st.sampled_from(PATHS), VISIBLE),
    st.builds(
        lambda path, words, query: (
            "/".join(words.pop() if part.isupper() and words else part for part in path.split("/"))
            + query
        ),
        st.sampled_from(PATHS),
        st.lists(VISIBLE, max_size=2),
        VISIBLE.map(lambda text: "?" + text),
    ),
)
PARAMETERS = st.text(st.sampled_from("boundary*=;\"'% utf-80x\xff,/"), max_size=30)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Content-Type", "Cookie", "Authorization", "Host"]),
        PARAMETERS
        | PARAMETERS.map(lambda text: "multipart/form-data; boundary=x; " + text)
        | PARAMETERS.map(lambda text: "application/x-www-form-urlencoded;" + text),
    ),
    max_size=3,
)
BODIES = st.binary(max_size=40) | PARAMETERS.map(
    lambda text: f"--x\r\nContent-Disposition: form-data; {text}\r\n\r\nv\r\n--x--".encode()
)


@given(st.sampled_from(["GET", "POST", "BREW"]), TARGETS, HEADERS, BODIES)
@example("GET", "http://[", [], b"")
@example("GET", "http://[x]/", [], b"")
@example("GET", "*", [], b"")
@example("GET", "/basic-auth/%ff/%ed%a0%80", [("Authorization", "Basic !")], b"")
@example("POST", "/upload", [("Content-Type", "multipart/x; boundary*0*=u'")], b"")
@example("POST", "/upload", [("Content-Type", "multipart/x; boundary*=%ff''x")], b"")
def test_any_request_gets_an_answer(
    method: str, target: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    made = answer(Asked(method, target, tuple(headers), body, len(body), origin="http://a"))
    assert isinstance(made, Answer)
    assert 200 <= made.status <= 599
    for name, value in made.headers:
        assert name.isascii()
        assert value.isascii()
        assert value.isprintable()


def test_every_route_answers_as_the_index_says() -> None:
    named: dict[str, str] = json.loads(bytes(answer(Asked("GET", "/")).body))["routes"]  # type: ignore[arg-type]
    assert list(named) == [route.pattern for route in ROUTES]
    for pattern in named:
        path = "/".join(SEGMENTS.get(part, part) for part in pattern.removesuffix("...").split("/"))
        asked = Asked("GET", path)
        assert answer(asked).status in (200, 302, 401), path


@pytest.mark.parametrize("path", ["/nowhere", "//", "/status", "/status/200/x", "/users/"])
def test_what_no_route_takes_is_told(path: str) -> None:
    made = answer(Asked("GET", path))
    assert made.status in (400, 404)
    assert b"error" in bytes(made.body)  # type: ignore[arg-type]


def test_segments_are_decoded_once() -> None:
    assert Asked("GET", "/a%2Fb/%2525?x").segments == ["a/b", "%25"]
    assert Asked("GET", "http://host/p%20q?x=1").path == "/p%20q"
    assert Asked("GET", "*").path == "*"
