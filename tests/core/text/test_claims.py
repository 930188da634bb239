from __future__ import annotations

import pytest

from sonde_core.body import Body
from sonde_core.model import HttpResponse
from sonde_core.text.claims import LARGEST, doubt


def answer(data: bytes, kind: str = "application/json", coding: str = "") -> HttpResponse:
    headers = (("Content-Encoding", coding),) if coding else ()
    return HttpResponse(200, headers=headers, body=Body.of(data, media_type=kind))


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": [1, 2.5e300, null, "\\ud800"]}',
        b"[" + b"1" * 5_000 + b"]",
        b"\xef\xbb\xbf[]",
        '{"é": 1}'.encode("utf-16"),
        b"",
    ],
)
def test_json_raises_no_doubt(data: bytes) -> None:
    assert doubt(answer(data)) is None


def test_latin_1_raises_none_where_it_is_stated() -> None:
    assert doubt(answer(b'"\xe9"', "application/json; charset=latin-1")) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>", "line 1, column 1 (byte 0) has <"),
        (b"[1, 2", "ends at line 1"),
        (b"[NaN]", "has NaN"),
        (b"[" * 100_000, "more than 200 levels deep"),
        (b"[" * 100_000 + b"]" * 100_000, "more than 200 levels deep"),
        ("{'é': 1}".encode("utf-16"), "double quotes"),
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "Application/Problem+JSON; charset=utf-8"])
def test_what_is_none_is_told_with_a_hint(data: bytes, words: str, kind: str) -> None:
    found = doubt(answer(data, kind))
    assert found is not None
    assert words in found.text
    assert found.hint


def test_what_claims_nothing_or_cannot_be_judged_raises_none() -> None:
    assert doubt(answer(b"<html>", "text/html")) is None
    assert doubt(answer(b"{}{}", "application/x-ndjson")) is None
    assert doubt(answer(b"<html>", coding="rot13")) is None
    assert doubt(answer(b" " * LARGEST + b"x")) is None
    cut = answer(b"[1").body.described(media_type="application/json", complete=False, cut="peer")
    assert doubt(HttpResponse(200, body=cut)) is None
    gone = Body.lost(9, "0" * 64).described(media_type="application/json")
    assert doubt(HttpResponse(200, body=gone)) is None
