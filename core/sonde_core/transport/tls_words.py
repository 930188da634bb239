"""What OpenSSL says of a handshake that failed, in plain words and with what to try."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from ..clock import unstamp
from ..model import Certificate
from ..quoting import quoted

PERHAPS_PLAIN: Final = "It may not speak TLS (try tcp://), or want another server name."
_PLAIN: Final = (
    "the peer does not speak TLS",
    "Try the same address without TLS: tcp://, or http:// for HTTP.",
)
_PLAIN_HTTP: Final = ("the peer spoke plain HTTP", "Try the same address without TLS.")
_TRUST: Final = (
    "Trust its issuer (--cacert, O in the app), or do not verify it (--insecure, `verify TLS`)."
)
PLAIN_HINTS: Final = frozenset({PERHAPS_PLAIN, _PLAIN[1]})  # for a peer that may speak no TLS
PLAIN_WEB_SOCKET: Final = "It may not speak TLS: try the same address with ws://."
_ITS_CERTIFICATE: Final = "The one who checks must trust the certificate's issuer."
_GIVE_ONE: Final = "Name a file with a client certificate and its key: --cert, or the options."
_REASONS: Final = {
    # What OpenSSL makes of plain text depends on its first bytes; an echo of what we say is a
    # handshake message that no server sends.
    "WRONG_VERSION_NUMBER": _PLAIN,
    "UNEXPECTED_MESSAGE": _PLAIN,
    "UNKNOWN_ALERT_TYPE": _PLAIN,
    "PACKET_LENGTH_TOO_LONG": _PLAIN,
    "LENGTH_MISMATCH": _PLAIN,
    "RECORD_LAYER_FAILURE": _PLAIN,
    "BAD_RECORD_TYPE": _PLAIN,
    "UNEXPECTED_RECORD": _PLAIN,
    "HTTP_REQUEST": _PLAIN_HTTP,
    "UNSUPPORTED_PROTOCOL": (
        "the peer offers no TLS version that we take",
        "Take older versions (--tls-min, or the options), or have the other side take newer ones.",
    ),
    "TLSV1_ALERT_PROTOCOL_VERSION": (
        "the peer refuses the TLS versions that we take",
        "Take older versions (--tls-min, or the options), or have the other side take newer ones.",
    ),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "the peer found no version, cipher or certificate in common",
        "It may want a client certificate, or another server name.",
    ),
    "TLSV1_UNRECOGNIZED_NAME": (
        "the peer does not know that server name",
        "Name the host as its certificate does.",
    ),
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": (
        "the peer speaks none of the protocols that we offer",
        "Offer others, or none (--alpn, or ALPN in the options).",
    ),
    "NO_SHARED_CIPHER": ("there is no cipher in common", "Allow more ciphers on one side."),
    "TLSV1_ALERT_UNKNOWN_CA": ("the peer does not trust our certificate", _ITS_CERTIFICATE),
    "SSLV3_ALERT_BAD_CERTIFICATE": ("the peer refuses our certificate", _ITS_CERTIFICATE),
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": (
        "the peer refuses our certificate: it is not meant for this use",
        "Use one that is issued for clients, or for servers.",
    ),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": (
        "the peer says our certificate expired",
        "Use one that is valid now, and check the clocks of both sides.",
    ),
    "SSLV3_ALERT_CERTIFICATE_REVOKED": (
        "the peer says our certificate was revoked",
        "Use another one, or ask its issuer.",
    ),
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": ("the peer refuses our certificate", _ITS_CERTIFICATE),
    "TLSV1_ALERT_DECRYPT_ERROR": (
        "the peer could not check a signature or key of ours",
        "The key may not belong to the certificate.",
    ),
    "TLSV1_ALERT_ACCESS_DENIED": ("the peer denies us access", "Use another client certificate."),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": ("the peer wants a client certificate", _GIVE_ONE),
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": (
        "the client gave no certificate",
        "Clients must have one here, as the listener was asked to check.",
    ),
}

_NAME_IT: Final = (
    "Ask for one of its names (--servername, O in the app), or do not verify it"
    " (--insecure, `verify TLS`)."
)

_COMPARE: Final = "Compare the versions, ciphers and certificates that both sides take."
_IN_WORDS: Final = re.compile(r"\[\w+\] ([\w ]+?)(?: \(_ssl\.c:\d+\))?")

# Codes of x509_vfy.h.
_NOT_YET: Final = 9
_EXPIRED: Final = 10
_SELF_SIGNED: Final = 18
_SELF_SIGNED_ABOVE: Final = 19
_NO_ISSUER: Final = frozenset({2, 20, 21})
_OTHER_USE: Final = 26
_OTHER_NAME: Final = frozenset({62, 64})
_OTHER_WORDS: Final = {
    23: "it was revoked",
    24: "one of its issuers may not issue certificates",
    66: "its key is too small for OpenSSL here",
    67: "the key of one of its issuers is too small for OpenSSL here",
    68: "the signature of one of its issuers is too weak for OpenSSL here",
}
_NAMED: Final = 5  # so many names are told, and how many more there are


def tls_reason(error: ssl.SSLError) -> str:
    """Say in a few plain words why TLS failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".")
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return "the peer closed the connection during the handshake"
    name = _name(error)
    if name in _REASONS:
        return _REASONS[name][0]
    words = name or error.strerror or str(error)
    return words.replace("_", " ").lower()


def tls_hint(error: ssl.SSLError) -> str:
    """Say what to try after a handshake that failed."""
    if isinstance(error, ssl.SSLEOFError):
        return PERHAPS_PLAIN
    return _REASONS.get(_name(error), ("", _COMPARE))[1]


def says_plain(error: BaseException) -> bool:
    """Whether OpenSSL found no TLS in what came."""
    return isinstance(error, ssl.SSLError) and _REASONS.get(_name(error)) in (_PLAIN, _PLAIN_HTTP)


def broken(error: ssl.SSLError) -> tuple[str, str]:
    """Say why TLS broke after the handshake, and what to try."""
    if _REASONS.get(_name(error)) is _PLAIN:
        return "what came is no TLS", "Open it again."
    return tls_reason(error), _REASONS.get(_name(error), ("", "Open it again."))[1]


def _name(error: ssl.SSLError) -> str:
    """Return OpenSSL's name of the error; of some that are newer than it Python has only words."""
    if name := getattr(error, "reason", None):  # only OpenSSL itself sets the attribute
        return str(name)
    words = _IN_WORDS.fullmatch(error.strerror or "")
    return words[1].upper().replace(" ", "_") if words else ""


def refusal(
    error: ssl.SSLCertVerificationError,
    chain: Sequence[Certificate],
    name: str,
    *,
    now: datetime | None = None,
) -> str:
    """Say why a certificate was not taken, as words about it: `it expired on …`.

    Args:
        error: As OpenSSL tells it.
        chain: What the peer sent.
        name: Whom it should be for.
        now: For tests; the wall time if None.
    """
    code = error.verify_code
    moment = now or datetime.now(UTC)
    if code == _EXPIRED:
        return _expired(chain, moment)
    if code == _NOT_YET:
        return _not_yet(chain, moment)
    if code in _OTHER_NAME:
        return _of_name(chain, name)
    if code == _SELF_SIGNED:
        return "it is self-signed, and not one that is trusted here"
    if code == _SELF_SIGNED_ABOVE:
        end = _issuer(chain) if chain else "a certificate"
        return f"its chain ends with {end}, which is not trusted here"
    if code in _NO_ISSUER:
        return _of_issuer(chain)
    if code == _OTHER_USE:
        return "it is not issued for this use"
    return _OTHER_WORDS.get(code) or f"OpenSSL says: {error.verify_message.rstrip('.')}"


def advice(error: ssl.SSLCertVerificationError) -> str:
    """Say what to try about a certificate that was not taken; empty for the usual."""
    code = error.verify_code
    if code in _OTHER_NAME:
        return _NAME_IT
    if code in _NO_ISSUER or code in (_SELF_SIGNED, _SELF_SIGNED_ABOVE):
        return _TRUST
    return ""


def _issuer(chain: Sequence[Certificate]) -> str:
    return chain[-1].issuer or "an issuer without a name"


def _of_issuer(chain: Sequence[Certificate]) -> str:
    if not chain:
        return "its issuer is not known here"
    if len(chain) == 1:
        return f"its issuer, {_issuer(chain)}, is not known here, and the peer did not send it"
    return f"{_issuer(chain)}, which its chain leads to, is not known here"


def _of_name(chain: Sequence[Certificate], name: str) -> str:
    names = chain[0].names if chain else ()
    told = f"it is not valid for {quoted(name)}"
    if not names:
        return f"{told}: it names no host"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{told}, only for {', '.join(names[:_NAMED])}{more}"


def _expired(chain: Sequence[Certificate], now: datetime) -> str:
    for depth, each in enumerate(chain):
        end = _moment(each.not_after)
        if end and end < now:
            return f"{_who(each, depth)} expired on {_day(each.not_after)}"
    return "one of its issuers expired" if chain else "it expired, or one of its issuers"


def _not_yet(chain: Sequence[Certificate], now: datetime) -> str:
    for depth, each in enumerate(chain):
        begin = _moment(each.not_before)
        if begin and begin > now:
            return f"{_who(each, depth)} is not valid before {_day(each.not_before)}"
    return f"{'' if chain else 'it or '}one of its issuers is not valid yet"


def _who(certificate: Certificate, depth: int) -> str:
    return f"{certificate.subject or 'a certificate'} in its chain" if depth else "it"


def _day(text: str) -> str:
    return text.partition("T")[0]


def _moment(text: str) -> datetime | None:
    try:
        return unstamp(text)
    except ValueError:
        return None
