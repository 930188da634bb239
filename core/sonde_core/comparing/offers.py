"""Which places could be left out for a change, so that it is not told again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..errors import RequestError
from . import places
from .change import Change
from .wording import spans

_INDEX: Final = re.compile(r"\[\d+\]")
_TIME: Final = re.compile(r" \(time \d+\)(?=$|[.\[])")
_MEMBER: Final = re.compile(r'(?:\.[^.\[]+|\["(?:[^"\\]|\\.)*"\]|\[\d+\])$')
_LINES: Final = re.compile(r"(?:step [\d,]+, )?lines? ")
_LONGEST: Final = 200


def offers(change: Change) -> tuple[str, ...]:
    """Return places as `places.parse` reads them, the narrowest first; each covers the change."""
    found = dict.fromkeys(each for each in _offers(change) if _is_place(each))
    return tuple(found)


def _offers(change: Change) -> Iterator[str]:
    where = change.where
    if where in ("header", "trailer"):
        yield f"{where}:{change.path}"
    elif where == "body" and not change.block and change.path:
        path = _TIME.sub("", change.place)
        yield path
        yield _INDEX.sub("[*]", path)
        if change.to:
            yield _MEMBER.sub("[*]", path)
    elif _LINES.match(change.path):
        yield from _pattern(change.before, change.after)
        yield where
    else:
        yield where


def _pattern(before: str | None, after: str | None) -> Iterator[str]:
    """Write a regular expression for lines like these."""
    if before is None or after is None:
        text = before if after is None else after
        if text and "\n" not in text and len(text) <= _LONGEST:
            yield f"/^{re.escape(text)}$/"
        return
    if "\n" in before + after or len(before) > _LONGEST or "…" in before:
        return
    marked, _ = spans(before, after)
    if not marked:
        return
    parts, end = [], 0
    for start, last in marked:
        parts.append(_escaped(before[end:start]))
        end = last
    parts.append(_escaped(before[end:]))
    yield f"/^{'.*'.join(parts)}$/"


def _escaped(text: str) -> str:
    """Escape what is special, and leave blanks and such as people write them."""
    return re.sub(r"[.^$*+?{}\[\]\\|()]", lambda found: f"\\{found[0]}", text)


def _is_place(text: str) -> bool:
    try:
        places.parse([text])
    except RequestError:
        return False
    return True
