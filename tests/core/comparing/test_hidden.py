from __future__ import annotations

import pytest

from sonde_core.body import Body
from sonde_core.comparing import hidden
from sonde_core.comparing.bodies import Pair, compare_here
from sonde_core.comparing.hidden import Hidden, cut
from sonde_core.comparing.places import parse
from sonde_core.comparing.report import Report

SECRET = b"GET /?token=hush HTTP/1.1\r\nX-Api-Key: hush\r\n\r\n"
STARS = SECRET.replace(b"hush", b"****")


def test_what_is_shown_has_stars_where_secrets_are() -> None:
    shown = Hidden(Body.of(SECRET), len(SECRET))
    assert shown.read(0, len(SECRET)) == STARS
    assert shown.read(10, 20) == STARS[10:20]
    assert shown.read(40, 900) == STARS[40:]


def test_of_much_a_part_is_masked_with_what_is_before_it() -> None:
    data = b"x" * (hidden._WHOLE) + b"\n" + SECRET
    shown = Hidden(Body.of(data), len(data))
    end = len(data)
    assert shown.read(end - 12, end) == STARS[-12:]
    assert shown.read(5, 9) == b"xxxx"


def test_pieces_do_not_tell_how_long_a_secret_is() -> None:
    pieces = [SECRET[:12], SECRET[12:30], SECRET[30:]]
    assert b"".join(cut(STARS, pieces)).count(b"***") == 2
    assert b"****" not in b"".join(cut(STARS, pieces))
    assert cut(SECRET, pieces) == pieces


def large_json(secret: bytes) -> bytes:
    """Return JSON of more than 1 MiB that breaks off, so that it has no structure."""
    rows = b",".join(b'"%d \\" {"' % number for number in range(100_000))
    return b'{"rows":[%b],"password":"%b","more":[1,' % (rows, secret)


def test_large_json_without_structure_is_shown_without_its_secrets() -> None:
    before, after = large_json(b"hush-one"), large_json(b"hush-two")
    report = Report()
    kind = "application/json"
    pair = Pair(
        Body.of(before).described(media_type=kind), Body.of(after).described(media_type=kind)
    )
    compare_here(pair, report, parse(()))
    text = str(report.found)
    assert report.changes
    assert "password" in text
    assert "hush" not in text
    assert b"hush".hex(" ") not in text
    report = Report(reveal=True)
    compare_here(pair, report, parse(()))
    assert "hush-" in str(report.found)


def test_of_json_that_is_too_large_to_be_looked_through_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hidden, "_LARGEST_JSON", 2 << 20)
    data = large_json(b"hush") + b"\n2" * (1 << 19)
    shown = Hidden(Body.of(data), len(data), is_json=True)
    assert set(shown.read(0, len(data))) == set(b"*\n")
    assert len(shown.read(7, 99)) == 92
