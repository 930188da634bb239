from __future__ import annotations

import pytest

from sonde_core.errors import SondeError
from sonde_core.listen_fields import BY_HAND, FIELDS, FORWARD, HTTP, RULES, fields_of, read_field
from sonde_core.serving.faults import Faults
from sonde_core.serving.rule import Rule
from sonde_core.steps import SendStep


def names(scheme: str, manner: str) -> list[str]:
    return [each.name for each in fields_of(scheme, manner)]


def test_only_what_fits_the_scheme_and_the_manner_is_asked_for() -> None:
    assert names("tcp", RULES)[:2] == ["rules", "framing"]
    assert "framing" not in names("udp", RULES)
    assert "certificate" not in names("udp", BY_HAND)
    assert "interface" in names("udp", BY_HAND)
    assert "subprotocols" in names("wss", BY_HAND)
    assert names("tcp", FORWARD)[:3] == ["forward", "there", "back"]
    assert "status" not in names("tcp", FORWARD)


def test_the_usual_text_of_a_field_can_be_read_unless_it_is_to_be_written() -> None:
    for each in FIELDS:
        if each.name not in ("rules", "forward"):
            read_field(each.name, each.usual)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("rules", "# none\nPING=PONG\n", (Rule("text", b"PING", (SendStep(b"PONG"),)),)),
        ("status", "503", 503),
        ("body", r"a\n", b"a\n"),
        ("body", "@a file", "a file"),
        ("there", "rate 1 KB", Faults(rate=1000)),
        ("idle", "", None),
        ("idle", " 2.5 ", 2.5),
        ("max_clients", "3", 3),
        ("fill", "no", False),
        ("alpn", "h2, http/1.1", ("h2", "http/1.1")),
        ("linger", "0", 0.0),
    ],
)
def test_a_field_is_read(name: str, text: str, value: object) -> None:
    assert read_field(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("rules", "", "no rules yet"),
        ("rules", "PING=PONG\nbroken", "Rule in line 2"),
        ("status", "99", "The status is none"),
        ("body", "@", "no file behind the @"),
        ("body", r"\q", "Unknown escape"),
        ("forward", "", "no address to forward to"),
        ("forward", "tcp://x:99999", "out of range"),
        ("back", "slow", "is no fault"),
        ("idle", "-1", "is no time"),
        ("max_clients", "0", "is none"),
        ("subprotocols", "a(b", "no subprotocol's name"),
    ],
)
def test_what_is_wrong_is_told(name: str, text: str, told: str) -> None:
    with pytest.raises(SondeError, match=told):
        read_field(name, text)


def test_http_has_a_status_and_a_body() -> None:
    assert names("tcp", HTTP)[:2] == ["status", "body"]
