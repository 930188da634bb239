from __future__ import annotations

from sonde_core.known_secrets import forget, know, known, mask_known, mask_known_text
from sonde_core.secret_contents import mask_content
from sonde_core.secrets import mask_header, mask_url, mask_wire


def test_what_is_known_is_masked_wherever_it_stands() -> None:
    know([b"open/sesame", b"abc"])  # three bytes are too few
    assert known() == {b"open/sesame"}
    assert mask_known(b"x open/sesame\n abc") == b"x ***********\n abc"
    assert mask_known_text("open/sesame, open%2Fsesame \udcff") == "***, *** \udcff"
    assert mask_wire(b"x open/sesame") == b"x ***********"
    assert mask_url("http://h/open/sesame") == "http://h/***"
    assert mask_header("X-Other", "open/sesame") == "***"
    assert mask_content(b'["open/sesame"]', "json") == b'["***"]'
    assert mask_content(b"open/sesame", "form", same_length=True) == b"***********"
    forget()
    assert mask_known(b"open/sesame") == b"open/sesame"


def test_only_so_many_are_known() -> None:
    know(b"value-%d" % number for number in range(2000))
    assert len(known()) == 1000
