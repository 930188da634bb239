"""What may be meant by the word that is being typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..model import Outcome
from .keys import FLAGS, KEYS
from .known import Known
from .printing import quote
from .tokens import is_bare

_WORD: Final = re.compile(r'(?:^|(?<=[\s(-]))([A-Za-z]*)(?:(:)("?)((?:(?!(?<!\\)").)*))?$')
_MOST: Final = 50
_USUAL: Final = {
    "status": ("2xx", "3xx", "4xx", "5xx", "none"),
    "outcome": tuple(outcome.value.replace(" ", "-") for outcome in Outcome),
    "method": ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"),
    "since": ("1h", "2h", "today", "yesterday", "7d"),
    "until": ("today", "yesterday", "7d"),
    "from": ("*",),
    "note": ("*",),
    "name": ("*",),
    "header": ("content-type=", "authorization", "cookie", "set-cookie", "location", "server"),
}
# These are compared more often than they are named.
_COMPARED: Final = frozenset({"time", "size", "sent"})


@dataclass(frozen=True, slots=True)
class Completion:
    """Texts that may take the place of a part of a filter.

    Attributes:
        start: Where the part begins; it ends at the cursor.
        texts: The likeliest first; none when there is nothing to offer.
    """

    start: int
    texts: Sequence[str] = ()


def complete(text: str, cursor: int, known: Known) -> Completion:
    """Offer keys for the start of one, and known values behind a key."""
    match = _WORD.search(text[:cursor])
    if match is None:
        return Completion(cursor)
    name, colon, mark, typed = match.groups()
    if colon is None:
        return Completion(match.start(1), _keys(name.lower()))
    key = KEYS.get(name.lower())
    if key is None:
        return Completion(cursor)
    start = match.start(3)
    values = dict.fromkeys((*known.values(key.name), *_USUAL.get(key.name, ())))
    near = [value for value in values if value.casefold().startswith(typed.casefold())]
    texts = [_written(value) for value in near if value != typed or mark]
    return Completion(start, texts[:_MOST])


def _keys(start: str) -> list[str]:
    if not start:
        return []
    names = [f"{name}{'>' if name in _COMPARED else ':'}" for name in KEYS] + [*FLAGS]
    return [name for name in names if name.startswith(start) and name != start]


def _written(value: str) -> str:
    return value if is_bare(value) else quote(value)
