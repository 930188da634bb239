from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sonde_core.model import Certificate, TlsFacts
from sonde_tui.widgets.answer.answer_lines import Row
from sonde_tui.widgets.answer.tls_lines import long, tls_rows

AT = datetime(2026, 6, 1, tzinfo=UTC)
OWN = Certificate(
    "CN=x",
    "CN=y",
    ("x", "z"),
    "2026-01-01T00:00:00.000Z",
    "2027-01-01T00:00:00.000Z",
    "ab" * 32,
    "01",
    "RSA 2048",
    "sha256WithRSAEncryption",
)
ABOVE = replace(OWN, subject="CN=y", issuer="CN=root", names=(), sha256="cd" * 32)


def text(rows: Sequence[Row]) -> str:
    return "\n".join("".join(part for part, _ in row.parts) for row in rows)


def test_tls_says_what_was_settled_and_shows_the_certificate() -> None:
    facts = TlsFacts(
        "TLSv1.3", "AES", "http/1.1", verified=True, chain=(OWN,), server_name="asked.example"
    )
    told = text(tls_rows(facts, secure=True, at=AT))
    for part in (
        "TLSv1.3",
        "AES",
        "http/1.1",
        "asked.example",
        "yes",
        "CN=x",
        "x, z",
        "2027-01-01 00:00:00 UTC",
        "ab" * 16,
        "RSA 2048",
        "sha256WithRSAEncryption",
    ):
        assert part in told
    assert "EXPIRED" not in told


def test_the_whole_chain_is_shown_in_order() -> None:
    told = text(tls_rows(TlsFacts(chain=(OWN, ABOVE), more=84), secure=True, at=AT))
    assert told.index("Certificate of the peer") < told.index("Certificate 2, above it")
    assert told.index("CN=x") < told.index("CN=root")
    assert "84 more certificates" in told


def test_a_certificate_that_was_not_trusted_says_why() -> None:
    rows = tls_rows(TlsFacts(verified=False, reason="self-signed"), secure=True)
    assert "NO: self-signed" in text(rows)
    assert any(style == "error" for row in rows for _, style in row.parts)


def test_dates_are_looked_at_as_they_were_then() -> None:
    facts = TlsFacts(chain=(OWN,))
    assert "EXPIRED" in text(tls_rows(facts, secure=True, at=datetime(2028, 1, 1, tzinfo=UTC)))
    assert "NOT YET" in text(tls_rows(facts, secure=True, at=datetime(2025, 1, 1, tzinfo=UTC)))
    odd = replace(OWN, not_before="", not_after="whenever")
    assert "whenever" in text(tls_rows(TlsFacts(chain=(odd,)), secure=True, at=AT))


def test_no_tls_tells_whether_there_should_have_been_one() -> None:
    assert "plain text" in text(tls_rows(None, secure=False))
    assert "No TLS handshake was completed" in text(tls_rows(None, secure=True))


def test_a_long_value_takes_several_rows_and_is_copied_whole() -> None:
    value = "CN=" + "very long name, " * 20
    rows = list(long("subject", value))
    assert len(rows) > 5
    assert {row.copied for row in rows} == {value}
    assert " ".join(row.parts[1][0].strip() for row in rows) == value.strip()
    assert max(len("".join(part for part, _ in row.parts)) for row in rows) <= 65


def test_what_a_certificate_says_is_safe_to_draw() -> None:
    evil = replace(OWN, subject="CN=\x1b]0;owned\x07", names=("\x9b2J", "a\nb", "‮x"))
    told = text(tls_rows(TlsFacts(chain=(evil,), reason="\x1b[2J"), secure=True, at=AT))
    assert not {"\x1b", "\x07", "\x9b", "‮"} & set(told)
