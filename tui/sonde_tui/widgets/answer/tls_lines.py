"""What a TLS handshake settled, and the certificates that the peer sent, as rows of text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from textwrap import TextWrapper
from typing import Final

from sonde_core.clock import unstamp
from sonde_core.model import Certificate, TlsFacts
from sonde_core.safetext import SafeText, line
from sonde_core.words import count

from .answer_lines import Row, named, said

_LABEL: Final = 12
_ROOM: Final = 52  # so that a row fits into a dialog on 80 columns
_WRAPPER: Final = TextWrapper(
    _ROOM,
    drop_whitespace=False,
    replace_whitespace=False,
    expand_tabs=False,
    break_on_hyphens=False,
)


def tls_rows(
    facts: TlsFacts | None,
    *,
    secure: bool,
    at: datetime | None = None,
    plain: str = "all went in plain text",
) -> list[Row]:
    """Return what the handshake settled, and each certificate of the chain.

    Args:
        facts: None when there was no handshake.
        secure: Whether there should have been one.
        at: When it was, to tell what had expired then; None for now.
        plain: What there was without TLS.
    """
    if facts is None:
        told = "No TLS handshake was completed." if secure else f"No TLS: {plain}."
        return [said(told, "muted")]
    verified = {True: "yes", False: "NO", None: "not told"}[facts.verified]
    style = "" if facts.verified else "error"
    rows = [
        named("version", facts.version or "-"),
        named("cipher", facts.cipher or "-"),
        named("protocol", facts.alpn or "-"),
        named("asked for", facts.server_name or "-"),
        *long("verified", f"{verified}{': ' if facts.reason else ''}{facts.reason}", style),
    ]
    moment = at or datetime.now(UTC)
    for depth, each in enumerate(facts.chain):
        title = f"Certificate {depth + 1}, above it" if depth else "Certificate of the peer"
        rows += [said(""), said(title, "strong"), *_certificate(each, moment)]
    if facts.more:
        rows += [said(""), said(f"{count(facts.more, 'more certificate')} were sent.", "muted")]
    return rows


def long(name: str, value: str, style: str = "") -> Iterator[Row]:
    """Yield a label of ours and a value in as many rows as it takes; each copies all of it."""
    label = name
    for part in _WRAPPER.wrap(value) or [""]:
        head = SafeText(f"{label:<{_LABEL}} ")
        yield Row([(head, "muted"), (line(part.lstrip(" ")), style)], value)
        label = ""


def _certificate(found: Certificate, at: datetime) -> Iterator[Row]:
    yield from long("subject", found.subject or "-")
    yield from long("issuer", found.issuer or "-")
    yield from long("names", ", ".join(found.names) or "-")
    begins, ends = _moment(found.not_before), _moment(found.not_after)
    early, late = bool(begins and begins > at), bool(ends and ends < at)
    yield named("from", _dated(found.not_before, early, "NOT YET VALID"), "error" if early else "")
    yield named("until", _dated(found.not_after, late, "EXPIRED"), "error" if late else "")
    yield named("key", found.key or "-")
    yield named("signature", found.signature or "-")
    yield from long("serial", found.serial or "-")
    half = len(found.sha256) // 2
    for label, part in (("sha256", found.sha256[:half]), ("", found.sha256[half:])):
        yield Row([(SafeText(f"{label:<{_LABEL}} "), "muted"), (line(part), "")], found.sha256)


def _dated(text: str, wrong: bool, told: str) -> str:
    day = text.replace("T", " ").replace(".000Z", " UTC") or "-"
    return f"{day}  {told}" if wrong else day


def _moment(text: str) -> datetime | None:
    try:
        return unstamp(text)
    except ValueError:
        return None
