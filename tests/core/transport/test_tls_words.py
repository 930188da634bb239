from __future__ import annotations

import ssl
from datetime import UTC, datetime

import pytest

from sonde_core.model import Certificate
from sonde_core.transport.tls_words import advice, broken, refusal, tls_hint, tls_reason

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = Certificate("CN=own", "CN=above", ("own.example",), "2025-01-01T", "2027-01-01T", "0" * 64)
OLD = Certificate("CN=above", "CN=root", (), "2015-01-01T00:00:00Z", "2016-01-01T00:00:00Z", "1")


def refused(code: int, message: str = "what OpenSSL says") -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def failed(name: str) -> ssl.SSLError:
    error = ssl.SSLError(1, name)
    error.reason = name
    return error


def test_an_issuer_that_expired_is_named() -> None:
    assert refusal(refused(10), (GOOD, OLD), "own.example", now=NOW) == (
        "CN=above in its chain expired on 2016-01-01"
    )


def test_an_issuer_that_was_not_sent_is_not_made_up() -> None:
    assert refusal(refused(10), (GOOD,), "x", now=NOW) == "one of its issuers expired"
    assert refusal(refused(10), (), "x", now=NOW) == "it expired, or one of its issuers"
    assert refusal(refused(20), (), "x", now=NOW) == "its issuer is not known here"
    assert refusal(refused(9), (GOOD,), "x", now=NOW) == "one of its issuers is not valid yet"


def test_a_certificate_without_names() -> None:
    told = refusal(refused(62), (OLD,), "own.example", now=NOW)
    assert told == "it is not valid for 'own.example': it names no host"


def test_an_unknown_issuer_above_the_chain() -> None:
    assert refusal(refused(20), (GOOD, OLD), "x", now=NOW) == (
        "CN=root, which its chain leads to, is not known here"
    )


@pytest.mark.parametrize("code", range(1, 100))
def test_every_code_has_words(code: int) -> None:
    for chain in ((), (GOOD,), (GOOD, OLD)):
        assert refusal(refused(code), chain, "x", now=NOW)
    assert isinstance(advice(refused(code)), str)


def test_what_openssl_names_is_told_with_a_hint() -> None:
    error = failed("TLSV13_ALERT_CERTIFICATE_REQUIRED")
    assert tls_reason(error) == "the peer wants a client certificate"
    assert "client certificate" in tls_hint(error)
    assert tls_reason(failed("SOME_NEW_THING")) == "some new thing"


def test_what_python_has_no_name_for_is_known_by_its_words() -> None:
    error = ssl.SSLError(1, "[SSL] tlsv1 alert no application protocol (_ssl.c:1006)")
    assert tls_reason(error) == "the peer speaks none of the protocols that we offer"
    assert "ALPN" in tls_hint(error)
    newer = ssl.SSLError(1, "[SSL] some new thing (_ssl.c:1)")
    assert tls_reason(newer) == "some new thing"
    assert "--insecure" not in tls_hint(newer)
    assert tls_hint(newer)


def test_an_alert_about_an_expired_certificate_is_no_question_of_trust() -> None:
    for name in ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "SSLV3_ALERT_CERTIFICATE_REVOKED"):
        assert "issuer must" not in tls_hint(failed(name))
        assert "must trust" not in tls_hint(failed(name))


def test_garbage_in_an_open_session_is_not_taken_for_a_plain_peer() -> None:
    assert broken(failed("WRONG_VERSION_NUMBER")) == ("what came is no TLS", "Open it again.")
