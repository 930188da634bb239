"""Throw-away certificates, and what a certificate says."""

from __future__ import annotations

import hashlib
import itertools
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from .body import PrivateFile
from .clock import stamp
from .model import Certificate
from .quoting import brief

if TYPE_CHECKING:
    from cryptography import x509

LIFETIME: Final = timedelta(days=365)
_LONGEST: Final = 1000  # characters of a name
_MOST_NAMES: Final = 100
_SIGNATURES: Final = {  # as RFC 8017, RFC 5758 and RFC 8410 name them
    "RSA_WITH_MD5": "md5WithRSAEncryption",
    "RSA_WITH_SHA1": "sha1WithRSAEncryption",
    "RSA_WITH_SHA224": "sha224WithRSAEncryption",
    "RSA_WITH_SHA256": "sha256WithRSAEncryption",
    "RSA_WITH_SHA384": "sha384WithRSAEncryption",
    "RSA_WITH_SHA512": "sha512WithRSAEncryption",
    "RSASSA_PSS": "RSASSA-PSS",
    "ECDSA_WITH_SHA1": "ecdsa-with-SHA1",
    "ECDSA_WITH_SHA224": "ecdsa-with-SHA224",
    "ECDSA_WITH_SHA256": "ecdsa-with-SHA256",
    "ECDSA_WITH_SHA384": "ecdsa-with-SHA384",
    "ECDSA_WITH_SHA512": "ecdsa-with-SHA512",
    "ED25519": "Ed25519",
    "ED448": "Ed448",
}


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
    """Read what a certificate says; one that cannot be read still has its digest.

    Its text is the peer's, and may be very long: some of it is kept.
    """
    from cryptography import x509

    digest = hashlib.sha256(der).hexdigest()
    try:
        with warnings.catch_warnings():  # the library warns of odd serials and dates; we only read
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(der)
            return Certificate(
                subject=brief(certificate.subject.rfc4514_string(), _LONGEST),
                issuer=brief(certificate.issuer.rfc4514_string(), _LONGEST),
                names=_names(certificate),
                not_before=stamp(certificate.not_valid_before_utc),
                not_after=stamp(certificate.not_valid_after_utc),
                sha256=digest,
                serial=brief(f"{certificate.serial_number:x}", _LONGEST),
                key=_key(certificate),
                signature=_signature(certificate),
            )
    except (ValueError, TypeError, x509.InvalidVersion):
        return Certificate("", "", (), "", "", digest)


def _key(certificate: x509.Certificate) -> str:
    """Name kind and size of the public key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return certificate.public_key_algorithm_oid.dotted_string
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
        case dsa.DSAPublicKey():
            return f"DSA {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"EC {key.curve.name}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case ed448.Ed448PublicKey():
            return "Ed448"
    return certificate.public_key_algorithm_oid.dotted_string


def _signature(certificate: x509.Certificate) -> str:
    """Name how it is signed; a way that has no name here as its number."""
    from cryptography.x509.oid import SignatureAlgorithmOID

    oid = certificate.signature_algorithm_oid
    named = {getattr(SignatureAlgorithmOID, each): name for each, name in _SIGNATURES.items()}
    return named.get(oid, oid.dotted_string)


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
    addresses = (str(address) for address in found.get_values_for_type(x509.IPAddress))
    names = itertools.islice(itertools.chain(hosts, addresses), _MOST_NAMES)
    return tuple(brief(name, _LONGEST) for name in names)
