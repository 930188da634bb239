r"""Bodies of requests with stars over the values in them that give access.

The fields of a form and the members of JSON are found by their names. A mask has a length of its
own, since that of a secret helps to guess it; recorded bytes keep theirs where they are asked to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from .known_secrets import mask_known, mask_known_bytes
from .secret_lines import mask_logins
from .secrets import MASK, is_secret_name, mask_wire

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"

Kind: TypeAlias = Literal["", "form", "multipart", "json"]

# Larger JSON stays as it is: the search holds the interpreter, 30 ms for so much.
LARGEST_JSON: Final = 1 << 20

# Each name that gives access has one of them in it, or is written with an escape, or with one of
# the letters beyond ASCII that count as an i, an s or a k in any case.
_WORDS: Final = (
    *(b"key", b"token", b"secret", b"pass", b"pwd", b"jwt"),
    *(b"credential", b"sess", b"sig", b"auth", b'"sid', b"\\u"),
    *(letter.encode() for letter in "\u0130\u0131\u017f\u212a"),
)

# So many names of members are judged once only, each of so many bytes at most.
_KNOWN: Final = 1024
_LONGEST_KNOWN: Final = 64

_STARS: Final = MASK.encode("ascii")
_VISIBLE: Final = re.compile(rb"[^\r\n]")
SNIFFED: Final = 64
# A pair of a form, wherever it begins: the body, after another pair, or after the headers.
_PAIR: Final = re.compile(rb"(?:^|(?<=[&\n]))([^=&\s]{1,256}=)([^&\r\n]+)")
# What begins as a form does, whatever it is called.
_FORM: Final = re.compile(rb"[A-Za-z0-9_.%\[\]~+-]{1,64}=[^\s<>]*(?:\r?\n)?(?:&|\Z)")
# The head of a part of a multipart form that is no file (RFC 7578, section 4.2).
_PART: Final = re.compile(
    rb'content-disposition:[ \t]*form-data;[ \t]*name="([^"\r\n]*)"\r\n(?:[^\r\n]+\r\n){0,16}\r\n',
    re.IGNORECASE,
)
_PART_END: Final = b"\r\n--"
# A string (RFC 8259, section 7), closed or broken off, and the string or number that it names.
_STRING: Final = rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_MEMBER: Final = re.compile(
    rb"(" + _STRING + rb")(?:[ \t\r\n]*+:[ \t\r\n]*+(" + _STRING + rb"|-?[0-9][0-9.eE+-]*+))?",
    re.DOTALL,
)

# Of a request in a stream (RFC 9112, sections 2 and 3).
_FIRST_LINE: Final = (
    rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}+ [!-~\x80-\xff]{1,65536}+ HTTP/1\.[01]\r?\n"
)
_REQUEST_LINE: Final = re.compile(_FIRST_LINE)
_METHOD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{0,64}+(?: |\Z)")
_NEXT_LINE: Final = re.compile(rb"\n" + _FIRST_LINE)
_HEAD_END: Final = re.compile(rb"\n\r?\n")
_TYPE: Final = re.compile(rb"\ncontent-type[ \t]*:([^\r\n;]*)", re.IGNORECASE)
_SIZE: Final = re.compile(rb"\ncontent-length[ \t]*:[ \t]*([0-9]{1,15})[ \t]*\r?\n", re.IGNORECASE)
_LONGEST_HEAD: Final = 1 << 18


def kind_by(main: str, first: bytes) -> Kind:
    """Tell what a body is by its media type, bare and in lower case, and its first bytes."""
    if main in (FORM, MULTIPART):
        return "form" if main == FORM else "multipart"
    if main.endswith(("/json", "+json")):
        return "json"
    if main not in ("", "text/plain"):
        return ""
    if first.lstrip()[:1] in (b"{", b"["):
        return "json"
    return "form" if not main and _FORM.match(first) else ""


def mask_content(data: bytes, kind: Kind, *, same_length: bool = False) -> bytes:
    """Return a body with stars over the values that give access.

    Args:
        data: The body; what comes before a form is left alone.
        kind: What it is.
        same_length: As many stars as there were bytes, and the same line ends.
    """
    masked = _mask_kind(data, kind, same_length)
    return mask_known(masked) if same_length else mask_known_bytes(masked)


def _mask_kind(data: bytes, kind: Kind, same_length: bool) -> bytes:
    if kind == "form":
        return _PAIR.sub(lambda found: _mask_pair(found, same_length), data)
    if kind == "multipart":
        return _mask_parts(data, same_length)
    if kind == "json" and len(data) <= LARGEST_JSON:
        return _MEMBER.sub(lambda found: _mask_member(found, same_length), data)
    return data


def secret_members(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield where values that give access stand in JSON, without their quotes, and their names.

    The interpreter is held for one string at a time only.
    """
    last = _last_word(data)
    known: dict[bytes, str] = {}  # the names that came already; "" for one that gives no access
    for found in _MEMBER.finditer(data):
        if found.start() > last:
            return
        value = found[2]
        if value is None or value == b'""':
            continue
        written = found[1]
        name = known.get(written)
        if name is None:
            name = _member_name(written)
            name = name if _gives_access(name) else ""
            if len(known) < _KNOWN and len(written) <= _LONGEST_KNOWN:
                known[written] = name
        if name:
            start, end = found.span(2)
            quoted = value[:1] == b'"'
            closed = quoted and len(value) > 1 and value[-1:] == b'"'
            yield start + quoted, end - closed, name


def mask_bodies(data: bytes) -> bytes:
    """Mask the bodies of the HTTP requests in a stream, by what their heads say; same length."""
    parts: list[bytes] = []
    done = 0
    while (found := _head(data, done)) is not None:
        line, start = found
        end = _body_end(data, line, start)
        kind = _kind_in(data[line:start], data[start : start + SNIFFED])
        parts += data[done:start], mask_content(data[start:end], kind, same_length=True)
        done = end
    return b"".join((*parts, data[done:])) if parts else data


def begins_request(data: bytes) -> bool | None:
    """Tell whether a stream begins with a request of HTTP; None if that is not known yet."""
    if _REQUEST_LINE.match(data):
        return True
    may_be = b"\n" not in data and _METHOD.match(data) and len(data) < _LONGEST_HEAD
    return None if may_be else False


def mask_said(data: bytes) -> bytes:
    """Mask what one side said, heads and bodies of requests in it; same length, same line ends."""
    return mask_talk(mask_wire(data))


def mask_talk(data: bytes) -> bytes:
    """Mask bodies of requests, passwords of line protocols, and what begins as JSON; same length.

    JSON that stands further back in a stream stays, as answers of HTTP do.
    """
    data = mask_logins(data)
    if b" HTTP/" in data:
        return mask_bodies(data)
    if data.lstrip(b" \t\r\n")[:1] in (b"{", b"[") and _last_word(data) >= 0:
        return mask_content(data, "json", same_length=True)
    return data


def _last_word(data: bytes) -> int:
    """Return, soon, behind where no member of JSON can give access any more; -1 for everywhere."""
    lowered = data.lower()
    return max((lowered.rfind(word) for word in _WORDS if word in lowered), default=-1)


def _head(data: bytes, start: int) -> tuple[int, int] | None:
    """Return where the next head of a request begins and ends."""
    while (line := _request_line(data, start)) >= 0:
        if found := _HEAD_END.search(data, line, line + _LONGEST_HEAD):
            return line, found.end()
        start = line + _LONGEST_HEAD  # so that no byte is looked at again and again
    return None


def _request_line(data: bytes, start: int) -> int:
    if _REQUEST_LINE.match(data, start):
        return start
    found = _NEXT_LINE.search(data, start)
    return found.start() + 1 if found else -1


def _body_end(data: bytes, line: int, start: int) -> int:
    """Return where a body ends: as it is announced if that may be, else before what follows."""
    size = _SIZE.search(data, line, start)
    end = start + int(size[1]) if size else start
    if size and (end >= len(data) or _REQUEST_LINE.match(data, end)):
        return min(end, len(data))
    following = _request_line(data, start)
    return following if following >= 0 else len(data)


def _kind_in(head: bytes, first: bytes) -> Kind:
    named = _TYPE.search(head)
    main = named[1].strip().lower().decode("latin-1") if named else ""
    return kind_by(main, first)


def _mask_pair(found: re.Match[bytes], same_length: bool) -> bytes:
    name = unquote_to_bytes(found[1][:-1].replace(b"+", b" "))
    if not _gives_access(name.decode("utf-8", "replace")):
        return found[0]
    return found[1] + _stars(found[2], same_length)


def _mask_parts(data: bytes, same_length: bool) -> bytes:
    parts = []
    done = 0
    while found := _PART.search(data, done):
        start = found.end()
        parts.append(data[done:start])
        done = start
        if _gives_access(found[1].decode("utf-8", "replace")):
            end = data.find(_PART_END, start)
            done = end if end >= 0 else len(data)
            parts.append(_stars(data[start:done], same_length))
    return b"".join((*parts, data[done:]))


def _mask_member(found: re.Match[bytes], same_length: bool) -> bytes:
    value = found[2]
    if value is None or value == b'""' or not _gives_access(_member_name(found[1])):
        return found[0]
    before = found[0][: -len(value)]
    if same_length and len(value) == 1:
        return before + b"0"  # a digit is too short for quotes
    if not same_length:
        return before + b'"' + _STARS + b'"'
    end = value[-1:] if value[-1:] in b"\r\n" else b'"'  # it may be broken off
    return before + b'"' + _VISIBLE.sub(b"*", value[1:-1]) + end


def _member_name(quoted: bytes) -> str:
    if b"\\" in quoted:
        try:
            name = json.loads(quoted)
        except ValueError:
            return ""
        return name if isinstance(name, str) else ""
    return quoted[1:-1].decode("utf-8", "replace")


def _gives_access(name: str) -> bool:
    return is_secret_name(name)


def _stars(value: bytes, same_length: bool) -> bytes:
    return _VISIBLE.sub(b"*", value) if same_length or not value else _STARS
