"""What came of a request ⇄ plain JSON values: response, hops, TLS, timing, problem."""

from __future__ import annotations

from ...model import Certificate, Hop, HttpResponse, Problem, Timing, TlsFacts
from .bodies import GetBody, PutBody, from_body, to_body
from .values import (
    Record,
    count,
    flag,
    from_ms,
    from_pairs,
    from_text,
    record,
    rows,
    texts,
    to_ms,
    to_pairs,
    to_text,
)


def to_response(response: HttpResponse, put: PutBody | None, inline: int) -> Record:
    """Write a response."""
    return {
        "status": response.status,
        "reason": to_text(response.reason),
        "version": to_text(response.version),
        "url": to_text(response.url),
        "headers": to_pairs(response.headers),
        "trailers": to_pairs(response.trailers),
        "body": to_body(response.body, put, inline),
    }


def from_response(value: object, get: GetBody | None) -> HttpResponse:
    """Read a response."""
    plain = record(value)
    return HttpResponse(
        count(plain.get("status")),
        from_text(plain.get("reason", "")),
        from_text(plain.get("version", "")),
        from_pairs(plain.get("headers")),
        from_pairs(plain.get("trailers")),
        from_body(plain.get("body"), get),
        from_text(plain.get("url", "")),
    )


def to_hop(hop: Hop) -> Record:
    """Write a redirect."""
    return {
        "method": to_text(hop.method),
        "url": to_text(hop.url),
        "status": hop.status,
        "reason": to_text(hop.reason),
        "headers": to_pairs(hop.headers),
        "location": to_text(hop.location),
    }


def from_hop(value: object) -> Hop:
    """Read a redirect."""
    plain = record(value)
    return Hop(
        from_text(plain.get("method")),
        from_text(plain.get("url")),
        count(plain.get("status")),
        from_text(plain.get("reason", "")),
        from_pairs(plain.get("headers")),
        from_text(plain.get("location", "")),
    )


def to_tls(tls: TlsFacts) -> Record:
    """Write what a handshake settled."""
    return {
        "version": to_text(tls.version),
        "cipher": to_text(tls.cipher),
        "alpn": to_text(tls.alpn),
        "verified": tls.verified,
        "reason": to_text(tls.reason),
        "certificate": _to_certificate(tls.certificate) if tls.certificate else None,
        "issuers": [_to_certificate(each) for each in tls.chain[1:]],
        "more": tls.more,
        "server_name": to_text(tls.server_name),
    }


def from_tls(value: object) -> TlsFacts:
    """Read what a handshake settled."""
    plain = record(value)
    verified, own = plain.get("verified"), plain.get("certificate")
    sent = [] if own is None else [own, *rows(plain.get("issuers"))]
    return TlsFacts(
        from_text(plain.get("version", "")),
        from_text(plain.get("cipher", "")),
        from_text(plain.get("alpn", "")),
        None if verified is None else flag(verified),
        from_text(plain.get("reason", "")),
        tuple(_from_certificate(record(each)) for each in sent),
        count(plain.get("more", 0)),
        from_text(plain.get("server_name", "")),
    )


def _to_certificate(certificate: Certificate) -> Record:
    return {
        "subject": to_text(certificate.subject),
        "issuer": to_text(certificate.issuer),
        "names": [to_text(name) for name in certificate.names],
        "not_before": to_text(certificate.not_before),
        "not_after": to_text(certificate.not_after),
        "sha256": to_text(certificate.sha256),
        "serial": to_text(certificate.serial),
        "key": to_text(certificate.key),
        "signature": to_text(certificate.signature),
    }


def _from_certificate(plain: Record) -> Certificate:
    return Certificate(
        from_text(plain.get("subject", "")),
        from_text(plain.get("issuer", "")),
        texts(plain.get("names")),
        from_text(plain.get("not_before", "")),
        from_text(plain.get("not_after", "")),
        from_text(plain.get("sha256", "")),
        from_text(plain.get("serial", "")),
        from_text(plain.get("key", "")),
        from_text(plain.get("signature", "")),
    )


def to_timing(timing: Timing) -> Record:
    """Write the phases that happened and the total, in milliseconds."""
    phases: Record = {name: to_ms(seconds) for name, seconds in timing.phases()}
    return phases | {"total": to_ms(timing.total)}


def from_timing(value: object) -> Timing:
    """Read the phases."""
    plain = record(value)
    phases = {name: from_ms(plain[name]) for name in Timing.PHASES if name in plain}
    return Timing(**phases, total=from_ms(plain.get("total", 0)))


def to_problem(problem: Problem) -> Record:
    """Write why an exchange did not end well."""
    return {
        "phase": to_text(problem.phase),
        "kind": to_text(problem.kind),
        "text": to_text(problem.text),
        "hint": to_text(problem.hint),
    }


def from_problem(value: object) -> Problem:
    """Read why an exchange did not end well."""
    plain = record(value)
    return Problem(
        from_text(plain.get("phase", "")),
        from_text(plain.get("kind", "")),
        from_text(plain.get("text", "")),
        from_text(plain.get("hint", "")),
    )
