"""Where secrets stand in text and bytes, told as masks tell it: what is starred there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..secret_contents import SNIFFED, Kind, kind_by, mask_content, secret_members
from ..secrets import is_secret_header, is_secret_name, url_secrets
from .spans import hidden

# More bytes of JSON are not looked through by names; patterns and known secrets count in any.
LARGEST: Final = 64 << 20

_NAME_BEFORE: Final = re.compile(
    rb"(?:name=\")?([A-Za-z0-9_.%\[\]+-]{1,64})(?:\"\r\n(?:[^\r\n]+\r\n){0,8}\r\n"
    rb"|[\"']?[ \t]*[=:][ \t\r\n]*[\"']?)$"
)
_COMMAND_BEFORE: Final = re.compile(
    rb"(?:^|[\r\n])(?:[A-Za-z0-9.]+ )?([A-Za-z]{4,12})(?: [^\r\n]*)?$"
)
_AROUND: Final = 400
_TOKEN: Final = 16  # bytes
_SCHEME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9_-]*[ \t]+(?=\S)")
_PARTLY: Final = ("authorization", "cookie", "cookie2")
_PAIR: Final = re.compile(rb"([^;=]*)=([^;\r\n]*)")
_NUMBER: Final = re.compile(rb"-?[0-9][0-9.eE+-]*")
_MEMBER_BEFORE: Final = re.compile(rb"\"[ \t\r\n]*:[ \t\r\n]*$")


class Found(NamedTuple):
    """A secret in some bytes.

    Attributes:
        name: What it is called there.
        bare: It is a number of JSON, without quotes.
        here: It is no secret at other places.
    """

    start: int
    end: int
    name: str
    bare: bool = False
    here: bool = False


def in_masked(raw: bytes, masked: bytes) -> Iterator[Found]:
    """Yield the secrets that are starred in a copy of the same length."""
    for start, end in hidden(raw, masked):
        before = raw[max(0, start - _AROUND) : start]
        name = _name(before)
        if before.endswith(b"://"):
            yield from _in_userinfo(raw[start:end], start)
        elif name.lower().endswith(_PARTLY):
            yield from _in_value(raw[start:end], start, name)
        else:
            number = _NUMBER.fullmatch(raw[start:end]) is not None
            yield Found(start, end, name, number and _MEMBER_BEFORE.search(before) is not None)


def in_header(name: str, value: bytes) -> Iterator[Found]:
    """Yield the secrets in the value of a header, or in that of a parameter or field."""
    if is_secret_header(name):
        yield from _in_value(value, 0, name)
    elif value and is_secret_name(name):
        yield Found(0, len(value), name)
    else:
        yield from in_url(value)


def in_url(text: bytes) -> Iterator[Found]:
    """Yield the secrets in a URL, or in text that holds some."""
    for start, end in url_secrets(text):
        if text[start - 3 : start] == b"://":
            yield from _in_userinfo(text[start:end], start)
        else:
            yield Found(start, end, _name(text[max(0, start - _AROUND) : start]))


def _in_userinfo(text: bytes, start: int) -> Iterator[Found]:
    """A user may be a token, too, but most are plain names, which stand elsewhere as well."""
    user, _, password = text.partition(b":")
    if user:
        here = len(user) < _TOKEN
        yield Found(start, start + len(user), "user of the URL", here=here)
    if password:
        end = start + len(text)
        yield Found(end - len(password), end, "password of the URL")


def in_content(data: bytes, media_type: str) -> Iterator[Found]:
    """Yield the secrets in a body, by its Content-Type or its first bytes."""
    main = media_type.partition(";")[0].strip().lower()
    yield from in_kind(data, kind_by(main, data[:SNIFFED]))


def in_kind(data: bytes, kind: Kind) -> Iterator[Found]:
    """Yield the secrets in a body of a kind that is known."""
    if kind == "json":
        if len(data) <= LARGEST:
            for start, end, name in secret_members(data):
                yield Found(start, end, name, data[start - 1 : start] != b'"')
    elif kind:
        yield from in_masked(data, mask_content(data, kind, same_length=True))


def _name(before: bytes) -> str:
    found = _NAME_BEFORE.search(before) or _COMMAND_BEFORE.search(before)
    return found[1].decode("ascii") if found else "secret"


def _in_value(value: bytes, start: int, name: str) -> Iterator[Found]:
    """Leave the scheme of credentials and the names of cookies out."""
    lowered = name.strip().lower()
    if "cookie" in lowered:
        yield from _in_cookies(value, start, name, every=lowered.startswith("cookie"))
        return
    scheme = _SCHEME.match(value) if lowered.endswith("authorization") else None
    first = scheme.end() if scheme else 0
    if first < len(value):
        yield Found(start + first, start + len(value), name)


def _in_cookies(value: bytes, start: int, name: str, *, every: bool) -> Iterator[Found]:
    if b"=" not in value.partition(b";")[0]:
        yield Found(start, start + len(value), name)
        return
    for pair in _PAIR.finditer(value):
        if pair[2]:
            cookie = pair[1].strip().decode("utf-8", "replace")
            yield Found(start + pair.start(2), start + pair.end(2), f"{name} {cookie}")
        if not every:
            return
