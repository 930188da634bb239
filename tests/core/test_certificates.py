from __future__ import annotations

import ssl
import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from sonde_core.certificates import describe, throwaway


def der_of(path: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(path.read_text().partition("-----BEGIN PRIVATE")[0])


def test_throwaway_is_private_described_and_gone_with_its_owner() -> None:
    file = throwaway(("localhost", "127.0.0.1", "::1", "bücher.example"))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    facts = describe(der_of(file.path))
    assert facts.names == ("localhost", "xn--bcher-kva.example", "127.0.0.1", "::1")
    assert facts.subject == facts.issuer == "CN=sonde localhost"
    assert facts.not_before < facts.not_after
    assert len(facts.sha256) == 64
    path = file.path
    file.close()
    assert not path.exists()


def test_long_names_fit_the_common_name() -> None:
    file = throwaway(("a" * 63 + ".example",))
    assert describe(der_of(file.path)).names == ("a" * 63 + ".example",)


def test_what_is_no_certificate_still_has_a_digest() -> None:
    facts = describe(b"nonsense")
    assert facts.subject == ""
    assert len(facts.sha256) == 64


def test_key_and_signature_are_named() -> None:
    file = throwaway()
    facts = describe(der_of(file.path))
    assert facts.key == "EC secp256r1"
    assert facts.signature == "ecdsa-with-SHA256"


@pytest.mark.parametrize(
    ("key", "named", "signed"),
    [
        (rsa.generate_private_key(65537, 2048), "RSA 2048", "sha256WithRSAEncryption"),
        (ec.generate_private_key(ec.SECP384R1()), "EC secp384r1", "ecdsa-with-SHA256"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519", "Ed25519"),
    ],
    ids=["rsa", "ec", "ed25519"],
)
def test_every_kind_of_key_has_a_name(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    named: str,
    signed: str,
) -> None:
    facts = describe(self_signed(key).public_bytes(serialization.Encoding.DER))
    assert facts.key == named
    assert facts.signature == signed


def test_endless_names_are_cut_short() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    names = [f"{'n' * 60}{number}.example" for number in range(500)]
    units = ["u" * 60 for _ in range(40)]
    facts = describe(self_signed(key, names, units).public_bytes(serialization.Encoding.DER))
    assert len(facts.names) == 100
    assert len(facts.subject) == 1001
    assert facts.subject.endswith("…")


def self_signed(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    names: Sequence[str] = (),
    units: Sequence[str] = ("one",),
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
    )
    if names:
        listed = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        builder = builder.add_extension(listed, critical=False)
    plain = isinstance(key, ed25519.Ed25519PrivateKey)
    return builder.sign(key, None if plain else hashes.SHA256())
