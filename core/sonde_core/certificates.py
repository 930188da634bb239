"""TLS contexts, throw-away certificates, and what a certificate says."""

from __future__ import annotations

import hashlib
import ssl
import threading
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .body import PrivateFile
from .clock import stamp
from .model import Certificate

if TYPE_CHECKING:
    from cryptography import x509

LIFETIME: Final = timedelta(days=365)


_MAKING: Final = threading.Lock()  # many sessions at once make each context once all the same


def client_context(verify: bool = True, ca_file: str = "") -> ssl.SSLContext:
    """Return the shared context for clients; the first call takes some 50 ms.

    Args:
        verify: Check the peer's certificate and name.
        ca_file: PEM file of the issuers to trust in place of the system's; empty for those.

    Raises:
        OSError: The file cannot be read, or holds no certificate (`ssl.SSLError`).
    """
    with _MAKING:
        return _client_context(verify, ca_file)


@lru_cache(maxsize=16)
def _client_context(verify: bool, ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    if not ca_file and _is_empty(context):
        import certifi  # comes with httpx

        context.load_verify_locations(certifi.where())
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def server_context(pem: str) -> ssl.SSLContext:
    """Return a context for servers from a PEM file with chain and key.

    Raises:
        OSError: The file cannot be read, or holds no chain and key (`ssl.SSLError`).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    # Without a password function OpenSSL asks on the terminal, which is ours.
    context.load_cert_chain(pem, password=lambda: "")
    return context


def _is_empty(context: ssl.SSLContext) -> bool:
    """Tell whether the system has no issuers; a folder of them is read on demand only."""
    if context.cert_store_stats()["x509_ca"]:
        return False
    folder = ssl.get_default_verify_paths().capath
    return not (folder and any(Path(folder).glob("*.0")))


def throwaway(names: Sequence[str] = ("localhost", "127.0.0.1", "::1")) -> PrivateFile:
    """Make a self-signed certificate with its key in one PEM file that only we can read.

    The file lives as long as the returned object. It serves as the server's chain and key, and as
    the client's `ca_file`. Takes some 100 ms at first: call it in a thread.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    builder = _unsigned(names).public_key(key.public_key())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = PrivateFile()
    file.stream.write(certificate.public_bytes(serialization.Encoding.PEM) + secret)
    file.stream.flush()
    return file


def _unsigned(names: Sequence[str]) -> x509.CertificateBuilder:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    # A common name holds 64 characters at most (RFC 5280, appendix A.1).
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"sonde {names[0]}"[:64])])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general_name(n) for n in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
    )


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name.partition("%")[0]))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii"))


def describe(der: bytes) -> Certificate:
    """Read what a certificate says; one that cannot be read still has its digest."""
    from cryptography import x509

    digest = hashlib.sha256(der).hexdigest()
    try:
        with warnings.catch_warnings():  # the library warns of odd serials and dates; we only read
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(der)
            return Certificate(
                subject=certificate.subject.rfc4514_string(),
                issuer=certificate.issuer.rfc4514_string(),
                names=_names(certificate),
                not_before=stamp(certificate.not_valid_before_utc),
                not_after=stamp(certificate.not_valid_after_utc),
                sha256=digest,
                serial=f"{certificate.serial_number:x}",
            )
    except (ValueError, TypeError, x509.InvalidVersion):
        return Certificate("", "", (), "", "", digest)


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (
        ValueError,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ):
        return ()
    hosts = found.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(address) for address in found.get_values_for_type(x509.IPAddress)))
