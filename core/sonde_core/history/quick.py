"""The usual line of an entry, read in a fifth of the time that any line takes.

An index of 100,000 entries is made of such lines while a person types. What is written in another
order, with escapes, or by a newer version, is left to who reads any line.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from sys import intern
from typing import Final

from ..model import Outcome
from .entry import KINDS, Summary

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
_KINDS: Final = {kind.encode(): intern(kind) for kind in KINDS}
_OUTCOMES: Final = {outcome.value.encode(): outcome for outcome in Outcome}
_ROLES: Final = {b"client": "client", b"server": "server"}


def quick_summary(data: bytes, first: int = 0, last: int | None = None) -> Summary | None:
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
    identity, at, kind, outcome, role, status, sent, size, total, *more = match.groups()
    origin, pinned, method, name, tags, target, note = more
    if kind not in _KINDS or outcome not in _OUTCOMES:
        return None
    try:
        time = datetime.fromisoformat(at.decode())
    except ValueError:
        return None
    return Summary(
        identity.decode(),
        time if time.tzinfo is UTC else time.astimezone(UTC),
        _KINDS[kind],
        target.decode(),
        _OUTCOMES[outcome],
        intern(method.decode()) if method else "",
        _ROLES[role],
        int(status),
        round(float(total) / 1000, 6),
        int(sent),
        int(size),
        name.decode() if name else "",
        pinned is not None,
        _tags(tags) if tags else (),
        note.decode() if note else "",
        origin.decode() if origin else "",
    )


def _tags(quoted: bytes) -> tuple[str, ...]:
    return tuple(quoted.decode()[1:-1].split('","'))
