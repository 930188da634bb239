"""What is secret in a request or an answer, and stars in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from .known_secrets import MASK as MASK
from .known_secrets import mask_known, mask_known_text
from .model import Header

# The patterns are compiled, and kept by `re`, when they are first used: not every start needs them.
_ANY_CASE: Final = re.IGNORECASE

_GIVES_ACCESS: Final = (
    r"(?:[a-z0-9]+[-_.]){0,16}"  # a bound: each round takes memory until the match is decided
    r"(?:(?:api|access|subscription|private|secret|auth)[-_]?key|(?:api|access|auth|refresh|id"
    r"|csrf|xsrf|session|security|bearer|client)?[-_]?token|(?:client)?[-_]?secret|passw(?:or)?d"
    r"|pwd|passphrase|session[-_]?id|jwt|credentials?)"
)
_HEADER_NAME: Final = rf"(?:(?:proxy-)?authorization|set-cookie2?|cookie2?|{_GIVES_ACCESS})"
_PARAM_NAME: Final = (
    rf"(?:{_GIVES_ACCESS}|sig|signature|auth|authorization|sid"
    r"|x-amz-(?:signature|credential)|x-goog-(?:signature|credential))"
)
_COOKIES: Final = frozenset({"cookie", "cookie2", "set-cookie", "set-cookie2"})
_URL_HEADERS: Final = frozenset({"location", "content-location", "referer", "refresh", "link"})
_SCHEME: Final = r"([A-Za-z][A-Za-z0-9_-]*[ \t]+)\S"

# A parameter named `key` is secret only when its value looks like one.
_PARAM: Final = rf"(?<=[?&;#])(?:{_PARAM_NAME}=|key=(?=[^&;#\s]{{20}}))"
_USERINFO: Final = r"(?<=://)[^\s/?#@]*(?:@[^\s/?#@]*)*(?=@)"
_URL_SECRET: Final = rf"({_USERINFO})|({_PARAM})([^&;#\s]+)"
# On the wire each begins with the line feed before it, which is found fast: bodies are large. The
# value goes to the end of its line and over folded ones (RFC 9112, section 5.2).
_WIRE_HEADER: Final = rf"\n({_HEADER_NAME}[ \t]*:[ \t]*)([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)".encode()
_WIRE_TARGET: Final = rb"\n[!-~]{1,32} ([!-~\x80-\xff]+) HTTP/\d"
_WIRE_URL_HEADER: Final = rb"\n(?:(?:content-)?location|referer|refresh|link)[ \t]*:([^\r\n]*)"
_WIRE_SECRET: Final = _URL_SECRET.encode()


def is_secret_header(name: str) -> bool:
    """Whether a header's value gives access: Authorization, cookies, API keys, tokens."""
    return re.fullmatch(_HEADER_NAME, name.strip(), _ANY_CASE) is not None


def is_secret_name(name: str) -> bool:
    """Whether a parameter, form field or variable of this name gives access."""
    return re.fullmatch(_PARAM_NAME, name.strip(), _ANY_CASE) is not None


def mask_header(name: str, value: str) -> str:
    """Return a header's value with what is secret in it replaced.

    The scheme of an Authorization and the names of cookies stay.
    """
    lowered = name.strip().lower()
    if lowered in _URL_HEADERS:
        return mask_url(value)
    if not is_secret_header(name):
        return mask_known_text(value)
    if lowered in _COOKIES:
        return _mask_cookies(value, every=lowered.startswith("cookie"))
    scheme = re.match(_SCHEME, value) if lowered.endswith("authorization") else None
    return scheme[1] + MASK if scheme else MASK


def _mask_cookies(value: str, *, every: bool) -> str:
    first, *others = value.split(";")
    pairs = [first, *others] if every else [first]
    masked = [f"{name}={MASK}" if equals else MASK for name, equals, _ in map(_parts, pairs)]
    return ";".join(masked if every else masked + others)


def _parts(pair: str) -> tuple[str, str, str]:
    return pair.partition("=")


def mask_headers(headers: Iterable[Header], reveal: bool = False) -> tuple[Header, ...]:
    """Return headers with secret values replaced, or as they are when revealed."""
    if reveal:
        return tuple(headers)
    return tuple((name, mask_header(name, value)) for name, value in headers)


def mask_url(url: str) -> str:
    """Return a URL with its userinfo and the values of token-like parameters replaced."""
    masked = re.sub(_URL_SECRET, lambda found: (found[2] or "") + MASK, url, flags=_ANY_CASE)
    return mask_known_text(masked)


def url_secrets(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where `mask_url` puts its stars."""
    for found in re.finditer(_WIRE_SECRET, text, _ANY_CASE):
        place = found.span(1) if found[1] is not None else found.span(3)
        if place[0] < place[1]:
            yield place


def origin_of(target: str) -> str:
    """Return scheme, host and port of a URL or address, without userinfo."""
    found = re.match(r"\s*([A-Za-z][A-Za-z0-9+.-]*:(?://)?)?(?:[^/?#]*@)?([^/?#]*)", target)
    return f"{found[1] or ''}{found[2]}" if found and found[2] else target


def mask_facts(facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of an event without secrets; those of a handshake hold header lines."""
    return {name: _mask_fact(name, fact) for name, fact in facts.items()}


def _mask_fact(name: str, fact: str) -> str:
    if name != "headers":
        return mask_url(fact)
    pairs = (line.partition(": ") for line in fact.split("\n"))
    return "\n".join(f"{key}{sign}{mask_header(key, value)}" for key, sign, value in pairs)


def mask_wire(data: bytes) -> bytes:
    """Return HTTP bytes of the same length with stars over secret header values and URL parts.

    A header that is spread over two chunks is found only when they are joined. Bodies stay: see
    `secret_contents`.
    """
    has_headers, has_targets = b":" in data, b" HTTP/" in data  # a view asks of each chunk
    if not (has_headers or has_targets):
        return mask_known(data)
    data = b"\n" + data
    if has_headers:
        data = re.sub(_WIRE_HEADER, _mask_header, data, flags=_ANY_CASE)
        data = re.sub(_WIRE_URL_HEADER, _mask_target, data, flags=_ANY_CASE)
    if has_targets:
        data = re.sub(_WIRE_TARGET, _mask_target, data)
    return mask_known(data[1:])


def _mask_header(found: re.Match[bytes]) -> bytes:
    return b"\n" + found[1] + _stars(found[2])


def _mask_target(found: re.Match[bytes]) -> bytes:
    whole, start = found[0], found.start(1) - found.start()
    end = start + len(found[1])
    return whole[:start] + re.sub(_WIRE_SECRET, _mask_part, found[1], flags=_ANY_CASE) + whole[end:]


def _mask_part(found: re.Match[bytes]) -> bytes:
    return _stars(found[1]) if found[1] is not None else found[2] + _stars(found[3])


def _stars(value: bytes) -> bytes:
    return re.sub(rb"[^\r\n]", b"*", value)
