"""The usual line of an entry, taken apart in a tenth of the time in which any line is read.

An index of 100,000 entries is made of such lines while a person types. What is written in another
order, with escapes, or by a newer version, is left to who reads any line.
"""

from __future__ import annotations

import re
from sys import intern
from typing import Final, TypeAlias

from .lines import has_later

# What a list shows of an entry, as plain values in the order of a `Summary`; the time and the
# outcome are text, and the last tells whether it is readable.
Parts: TypeAlias = tuple[
    str,
    str,
    str,
    str,
    str,
    str,
    str,
    int,
    float,
    int,
    int,
    str,
    bool,
    tuple[str, ...],
    str,
    str,
    bool,
]
# What a `set` or `del` line says: of which entry, the values, when and in which format.
ChangeParts: TypeAlias = tuple[str, dict[str, object], str, object]
# One line of a file: where it begins, its size, and what it says; None if that is to be read.
Told: TypeAlias = tuple[int, int, Parts | ChangeParts | None]

_NUMBER: Final = rb"(?:0|[1-9]\d{0,17})"
_TEXT: Final = rb"[ !#-\[\]-~]*"
_FIRST: Final = (
    rb'\{"v":1,"id":"(<text>)","t":"([0-9T:.-]+Z)","kind":"([a-z-]+)","outcome":"([a-z ]+)"'
    rb',"role":"(client|server)","status":(<number>),"sent":(<number>),"received":<number>'
    rb',"size":(<number>),"ms":\{(?:"[a-z]+":<number>(?:\.\d+)?,)*"total":(<number>(?:\.\d+)?)\}'
    rb'(?:,"from":"(<text>)")?(,"pin":true)?(?:,"method":"(<text>)")?(?:,"name":"(<text>)")?'
    rb'(?:,"tags":\[("<text>"(?:,"<text>")*)\])?,"target":"(<text>)"(?:,"note":"(<text>)")?,"req":'
)
_MATCH: Final = re.compile(_FIRST.replace(b"<number>", _NUMBER).replace(b"<text>", _TEXT)).match


def usual_parts(data: bytes, first: int = 0, last: int | None = None) -> Parts | None:
    """Read what a list shows; None for a line that is not just as it is usually written.

    Args:
        data: Bytes that hold the line.
        first: Where it begins.
        last: Where it ends; None for the end of the bytes.
    """
    end = len(data) if last is None else last
    match = _MATCH(data, first, end)
    if match is None or not match[1] or data[end - 1 : end] != b"}":
        return None
    if has_later(data, match.end(), end):
        return None
    identity, at, kind, outcome, role, status, sent, size, total, *more = match.groups()
    origin, pinned, method, name, tags, target, note = more
    return (
        identity.decode(),
        at.decode(),
        intern(kind.decode()),
        target.decode(),
        intern(outcome.decode()),
        intern(method.decode()) if method else "",
        intern(role.decode()),
        int(status),
        round(float(total) / 1000, 6),
        int(sent),
        int(size),
        name.decode() if name else "",
        pinned is not None,
        tuple(tags.decode()[1:-1].split('","')) if tags else (),
        note.decode() if note else "",
        origin.decode() if origin else "",
        True,
    )
