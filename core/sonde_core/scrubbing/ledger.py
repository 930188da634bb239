"""The secrets of one entry: found first, then numbered, and known wherever they stand again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ..left_out import BEGINNING, STAND_IN, LeftOut, stand_in
from . import forms
from .spans import Span

# A secret of so many bytes is looked for everywhere; a shorter one, down to the second number,
# where no letter or digit touches it; one that is shorter still only where it was found.
_ANYWHERE: Final = 6
_ALONE: Final = 3
_BEGINNING: Final = BEGINNING.encode("ascii")
_PLACES: Final = 20  # that are told of one secret


@dataclass(slots=True)
class _Secret:
    name: str
    here: bool  # only where it was found
    number: int = 0
    places: dict[str, None] = field(default_factory=dict)


class Ledger:
    """Takes secrets as they are found; `seal` numbers them."""

    def __init__(self, known: Iterable[LeftOut] = ()) -> None:
        self._known = tuple(known)
        self._secrets: dict[bytes, _Secret] = {}
        self._stands: dict[bytes, tuple[int, str]] = {}  # by what is written
        self._any: re.Pattern[bytes] | None = None
        self._highest = max((each.number for each in self._known), default=0)

    def __bool__(self) -> bool:
        return bool(self._secrets)

    def look(self, data: bytes) -> None:
        """Take note of stand-ins in bytes: their numbers are taken, whoever wrote them."""
        if _BEGINNING in data:
            for found in STAND_IN.finditer(data):
                self._highest = max(self._highest, int(found[1]))

    def add(self, written: bytes, name: str, place: str, *, here: bool = False) -> None:
        """Take a secret as it is written somewhere; `here`: it is none elsewhere."""
        if not written.strip(b"*") or STAND_IN.fullmatch(written):
            return
        secret = self._secrets.setdefault(forms.plain(written), _Secret(name, here))
        secret.here = secret.here and here
        if secret.name == "secret":
            secret.name = name
        if place and len(secret.places) < _PLACES:
            secret.places[place] = None

    def seal(self) -> None:
        """Number what was found; nothing more is taken."""
        long, short = list[bytes](), list[bytes]()
        for number, (value, secret) in enumerate(self._secrets.items(), self._highest + 1):
            secret.number = number
            for form, written in forms.ways(value):
                self._stands.setdefault(written, (number, form))
                if secret.here:
                    continue
                if len(written) >= _ANYWHERE:
                    long.append(written)
                elif len(written) >= _ALONE:
                    short.append(written)
        choices = [_either(long)] if long else []
        choices += [rb"(?<![A-Za-z0-9])" + _either(short) + rb"(?![A-Za-z0-9])"] if short else []
        self._any = re.compile(b"|".join(choices)) if choices else None
        self._searched = [*long, *short]

    def stands_for(self, written: bytes, *, bare: bool = False) -> bytes | None:
        """Return what is to stand for something that was added."""
        found = self._stands.get(written)
        if found is None:
            value = forms.plain(written)
            found = self._stands.get(value)
        if found is None:
            return None
        number, form = found
        if bare:
            return b'"' + stand_in(number, forms.NUMBER).encode("ascii") + b'"'
        return stand_in(number, form).encode("ascii")

    def everywhere(self, data: bytes, place: str = "") -> Iterator[Span]:
        """Yield where secrets stand in bytes, however they are written."""
        if self._any is None or not any(each in data for each in self._searched):
            return
        for found in self._any.finditer(data):
            stands = self.stands_for(found[0])
            if stands is not None:
                if place:
                    self._note(found[0], place)
                yield Span(found.start(), found.end(), stands)

    def _note(self, written: bytes, place: str) -> None:
        number, _ = self._stands[written]
        for secret in self._secrets.values():
            if secret.number == number and len(secret.places) < _PLACES:
                secret.places[place] = None

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return what is known of the secrets without their values."""
        found = self._secrets.values()
        return (
            *self._known,
            *(LeftOut(each.number, each.name, tuple(each.places)) for each in found if each.places),
        )


def _either(values: Iterable[bytes]) -> bytes:
    """Write a pattern for any of some values, the longest first."""
    ordered = sorted(set(values), key=len, reverse=True)
    return b"(?:" + b"|".join(map(re.escape, ordered)) + b")"
