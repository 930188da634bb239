"""TLS contexts for both ends, from files that are looked at before OpenSSL reads them."""

from __future__ import annotations

import ssl
import stat
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from .errors import TlsError
from .quoting import quoted
from .session_request import TlsVersion
from .transport.client_chain import HearingContext
from .transport.edge import reason

_VERSIONS: Final[dict[TlsVersion, ssl.TLSVersion]] = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_HERE: Final[dict[TlsVersion, bool]] = {
    "1.0": ssl.HAS_TLSv1,
    "1.1": ssl.HAS_TLSv1_1,
    "1.2": ssl.HAS_TLSv1_2,
    "1.3": ssl.HAS_TLSv1_3,
}
_LARGEST: Final = 1 << 24  # of a file with certificates; that of all known issuers has 250 KB
_LOCKED_KEY: Final = "openssl pkey -in FILE -out PLAIN"

_MAKING: Final = threading.Lock()  # many sessions at once make each context once all the same


@dataclass(frozen=True, slots=True)
class _File:
    """A file with certificates or a key; one that has changed is another one."""

    path: str
    version: tuple[int, int, int]


def client_context(
    verify: bool = True,
    ca_file: str = "",
    *,
    certificate: str = "",
    key: str = "",
    min_tls: TlsVersion = "1.2",
) -> ssl.SSLContext:
    """Return the shared context for clients; the first call takes some 50 ms.

    What is set on it is set for all who share it: set ALPN just before each connection.

    Args:
        verify: Check the peer's certificate and name.
        ca_file: PEM file of the issuers to trust in place of the system's; empty for those.
        certificate: PEM file with our own chain, for a peer that asks for it.
        key: PEM file with its key; empty when it stands with the chain.
        min_tls: The oldest version taken. OpenSSL 3 speaks 1.0 and 1.1 only with weaker rules for
            all keys and signatures (SSL_CTX_set_security_level(3)), so they come with it.

    Raises:
        TlsError: A file cannot be used, or OpenSSL here does not have that version.
    """
    if key and not certificate:
        raise TlsError(
            "There is a key, and no certificate for it.",
            hint="Name the file of the certificate too.",
            phase="tls",
        )
    files = (_file(ca_file), _file(certificate), _file(key))
    with _MAKING:
        return _client_context(verify, *files, min_tls)


@lru_cache(maxsize=16)
def _client_context(
    verify: bool,
    issuers: _File | None,
    certificate: _File | None,
    key: _File | None,
    min_tls: TlsVersion,
) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=_checked_issuers(issuers))
    _set_minimum(context, min_tls)
    context.options |= ssl.OP_NO_RENEGOTIATION
    if not issuers and _is_empty(context):
        import certifi  # comes with httpx

        context.load_verify_locations(certifi.where())
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        _load_chain(context, certificate, key)
    return context


def server_context(
    certificate: str,
    key: str = "",
    *,
    client_ca: str = "",
    alpn: Sequence[str] = (),
    min_tls: TlsVersion = "1.2",
) -> ssl.SSLContext:
    """Return a context for servers.

    Args:
        certificate: PEM file with our chain.
        key: PEM file with its key; empty when it stands with the chain.
        client_ca: PEM file of the issuers of clients' certificates: each client must have one.
        alpn: Protocols we speak, the favourite first.
        min_tls: The oldest version taken, as of `client_context`.

    Raises:
        TlsError: A file cannot be used, a name cannot be a protocol's, or OpenSSL here does not
            speak that version.
    """
    context = HearingContext(ssl.PROTOCOL_TLS_SERVER)
    _set_minimum(context, min_tls)
    context.options |= ssl.OP_NO_RENEGOTIATION
    chain = _file(certificate)
    if chain:
        _load_chain(context, chain, _file(key))
    if client_ca:
        context.load_verify_locations(_checked_issuers(_file(client_ca)))
        context.verify_mode = ssl.CERT_REQUIRED
        context.hear()
    if alpn:
        offer(context, alpn)
    return context


def offer(context: ssl.SSLContext, alpn: Sequence[str]) -> None:
    """Set the protocols of the connections that are made from now on (RFC 7301).

    Raises:
        TlsError: One cannot be a name.
    """
    try:
        context.set_alpn_protocols(list(alpn))
    except (ssl.SSLError, UnicodeError, ValueError) as error:
        raise TlsError(
            f"These cannot be names of protocols: {quoted(', '.join(alpn))}.",
            hint="A name has 1 to 255 plain letters, such as h2 or http/1.1.",
            phase="tls",
        ) from error


def _set_minimum(context: ssl.SSLContext, version: TlsVersion) -> None:
    if not _HERE[version]:
        raise TlsError(
            f"OpenSSL on this machine does not speak TLS {version}.",
            hint="Choose a newer minimum.",
            phase="tls",
        )
    with warnings.catch_warnings():  # that it is old is known, and was asked for
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = _VERSIONS[version]
    if version in ("1.0", "1.1"):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")


def _is_empty(context: ssl.SSLContext) -> bool:
    """Tell whether the system has no issuers; a folder of them is read on demand only."""
    if context.cert_store_stats()["x509_ca"]:
        return False
    folder = ssl.get_default_verify_paths().capath
    return not (folder and any(Path(folder).glob("*.0")))


# files


def _file(path: str) -> _File | None:
    """Look at a file; None for an empty path."""
    if not path:
        return None
    try:
        full = Path(path).expanduser()
        found = full.stat()
    except (OSError, ValueError, RuntimeError) as error:
        raise _unreadable(path, reason(error)) from error
    if not stat.S_ISREG(found.st_mode):
        raise _unreadable(path, "that is no plain file")
    if found.st_size > _LARGEST:
        raise _unreadable(path, "it is too large for certificates")
    return _File(str(full), (found.st_mtime_ns, found.st_size, found.st_ino))


def _unreadable(path: str, words: str) -> TlsError:
    return TlsError(
        f"Could not read the certificates in {quoted(path)}: {words}.",
        hint="Give a PEM file.",
        phase="tls",
    )


def _content(file: _File) -> bytes:
    try:
        return Path(file.path).read_bytes()
    except OSError as error:
        raise _unreadable(file.path, reason(error)) from error


def _checked_issuers(file: _File | None) -> str | None:
    """Return the path of a file that OpenSSL will take, or None for none."""
    if file is None:
        return None
    _check_certificate(file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file.path)
    except ssl.SSLError as error:
        raise _unreadable(file.path, "a certificate in it is damaged") from error
    return file.path


def _check_certificate(file: _File) -> None:
    data = _content(file)
    if b"CERTIFICATE-----" in data:
        return
    hint = "A PEM file has a line -----BEGIN CERTIFICATE-----."
    if data[:1] == b"\x30":  # how DER begins (X.690)
        hint = "It may be DER: `openssl x509 -inform der -in FILE` makes PEM of it."
    raise TlsError(f"There is no certificate in {quoted(file.path)}.", hint=hint, phase="tls")


def _load_chain(context: ssl.SSLContext, certificate: _File, key: _File | None) -> None:
    holder = key or certificate
    _check_certificate(certificate)
    if b"PRIVATE KEY-----" not in _content(holder):
        raise TlsError(
            f"There is no private key in {quoted(holder.path)}.",
            hint="Name the file that holds it, or put it into the file of the certificate.",
            phase="tls",
        )
    try:
        # Without a password function OpenSSL asks on the terminal, which is ours.
        context.load_cert_chain(certificate.path, holder.path, password=_no_password)
    except _LockedError as error:
        raise TlsError(
            f"The key in {quoted(holder.path)} is locked with a password.",
            hint=f"Make one without: {_LOCKED_KEY}.",
            phase="tls",
        ) from error
    except OSError as error:
        raise _unusable(error, certificate, holder) from error


class _LockedError(Exception):
    """OpenSSL wants a password."""


def _no_password() -> str:
    raise _LockedError


def _unusable(error: OSError, certificate: _File, holder: _File) -> TlsError:
    name = getattr(error, "reason", None) or ""
    if name in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"):
        return TlsError(
            f"The key in {quoted(holder.path)} does not belong to the certificate in "
            f"{quoted(certificate.path)}.",
            hint="The first certificate in the file must be the key's own.",
            phase="tls",
        )
    words = {
        "EE_KEY_TOO_SMALL": "its key is too small for OpenSSL here",
        "CA_MD_TOO_WEAK": "its signature is too weak for OpenSSL here",
    }.get(name, "the certificate or the key is damaged")
    return TlsError(
        f"Could not use the certificate in {quoted(certificate.path)}: {words}.",
        hint="Give a PEM file with chain and key.",
        phase="tls",
    )
