from __future__ import annotations

from sonde_core.body import Body
from sonde_core.comparing import hidden
from sonde_core.comparing.hidden import Hidden, cut

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
