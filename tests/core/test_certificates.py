from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest

from sonde_core.certificates import client_context, describe, server_context, throwaway


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


def test_client_contexts_are_shared_and_take_tls_1_2_at_least() -> None:
    context = client_context()
    assert context is client_context()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    unchecked = client_context(False, "")
    assert unchecked.verify_mode is ssl.CERT_NONE


def test_server_context_needs_chain_and_key(tmp_path: Path) -> None:
    file = throwaway()
    server_context(str(file.path))
    only = tmp_path / "only.pem"
    only.write_text(file.path.read_text().partition("-----BEGIN PRIVATE")[0])
    with pytest.raises(ssl.SSLError):
        server_context(str(only))


def test_a_key_with_a_password_never_asks_on_the_terminal(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    file = throwaway()
    text = file.path.read_bytes()
    key = serialization.load_pem_private_key(text, None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    path = tmp_path / "locked.pem"
    path.write_bytes(text.partition(b"-----BEGIN PRIVATE")[0] + locked)
    with pytest.raises((OSError, ValueError)):
        server_context(str(path))
