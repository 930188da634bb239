from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from sonde_core.certificates import throwaway
from sonde_core.errors import TlsError
from sonde_core.tls_contexts import client_context, offer, server_context


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """Make a file with a certificate and its key."""
    path = tmp_path / "own.pem"
    path.write_bytes(made())
    return path


def made() -> bytes:
    file = throwaway()  # it is gone with its owner
    return file.path.read_bytes()


def parts(pem: bytes) -> tuple[str, str]:
    certificate, begin, key = pem.decode().partition("-----BEGIN PRIVATE")
    return certificate, begin + key


def test_client_contexts_are_shared_and_take_tls_1_2_at_least() -> None:
    context = client_context()
    assert context is client_context()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    unchecked = client_context(False, "")
    assert unchecked.verify_mode is ssl.CERT_NONE


def test_each_set_of_options_has_a_context_of_its_own(pem: Path) -> None:
    contexts = {
        client_context(),
        client_context(False),
        client_context(ca_file=str(pem)),
        client_context(certificate=str(pem)),
        client_context(min_tls="1.3"),
    }
    assert len(contexts) == 5


def test_a_file_that_changed_is_read_again(pem: Path) -> None:
    before = client_context(ca_file=str(pem))
    assert client_context(ca_file=str(pem)) is before
    pem.write_bytes(made() + b"\n")
    assert client_context(ca_file=str(pem)) is not before


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_the_oldest_version_is_set(version: str) -> None:
    context = client_context(min_tls=version)  # type: ignore[arg-type]
    names = {"1.0": "TLSv1", "1.1": "TLSv1_1", "1.2": "TLSv1_2", "1.3": "TLSv1_3"}
    assert context.minimum_version.name == names[version]


def test_a_server_needs_chain_and_key(pem: Path) -> None:
    server_context(str(pem))
    pem.write_text(parts(pem.read_bytes())[0])
    with pytest.raises(TlsError, match="no private key") as caught:
        server_context(str(pem))
    assert "own.pem" in caught.value.message


def test_the_key_may_stand_apart(pem: Path, tmp_path: Path) -> None:
    certificate, key = parts(pem.read_bytes())
    chain, secret = tmp_path / "chain.pem", tmp_path / "secret.pem"
    chain.write_text(certificate)
    secret.write_text(key)
    server_context(str(chain), str(secret))
    client_context(certificate=str(chain), key=str(secret))


def test_a_key_with_a_password_never_asks_on_the_terminal(pem: Path) -> None:
    certificate, _ = parts(pem.read_bytes())
    locked = serialization.load_pem_private_key(pem.read_bytes(), None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    pem.write_bytes(certificate.encode() + locked)
    for use in (server_context, lambda path: client_context(certificate=path)):
        with pytest.raises(TlsError, match="locked with a password") as caught:
            use(str(pem))
        assert "openssl pkey" in caught.value.advice


def test_a_key_of_another_certificate(pem: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text(parts(made())[1])
    with pytest.raises(TlsError, match="does not belong to"):
        client_context(certificate=str(pem), key=str(other))


def test_a_key_without_a_certificate(pem: Path) -> None:
    with pytest.raises(TlsError, match="no certificate for it"):
        client_context(key=str(pem))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"garbage", "no certificate"),
        (b"", "no certificate"),
        (b"\x30\x82\x01\x0a", "no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged"),
    ],
    ids=["text", "empty", "der", "damaged"],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "bad.pem"
    path.write_bytes(content)
    with pytest.raises(TlsError, match=told) as caught:
        client_context(ca_file=str(path))
    assert "bad.pem" in caught.value.message
    path.write_bytes(content + b"\n-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(TlsError, match=told):
        server_context(str(path))


def test_der_is_known_as_such(tmp_path: Path) -> None:
    path = tmp_path / "own.der"
    path.write_bytes(ssl.PEM_cert_to_DER_cert(parts(made())[0]))
    with pytest.raises(TlsError) as caught:
        client_context(ca_file=str(path))
    assert "-inform der" in caught.value.advice


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/zero")):
        with pytest.raises(TlsError, match="no plain file"):
            client_context(ca_file=str(path))
    with pytest.raises(TlsError, match="no such path"):
        client_context(ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(TlsError, match="none"):
        client_context(ca_file="none\0.pem")


@pytest.mark.parametrize("names", [("",), ("x" * 256,), ("bücher",)])
def test_what_cannot_be_the_name_of_a_protocol(names: tuple[str, ...]) -> None:
    with pytest.raises(TlsError, match="names of protocols"):
        offer(client_context(), names)
