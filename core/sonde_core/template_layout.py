"""Lengths and checksums: what can only be written when the rest of the message is known."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from .template_fields import NumberForm, TemplateField

ROUNDS: Final = 20
_CRC_FORM: Final = {
    "": NumberForm(256, 4, "be"),
    "be": NumberForm(256, 4, "be"),
    "le": NumberForm(256, 4, "le"),
    "hex": NumberForm(16, 8),
}


@dataclass(frozen=True, slots=True)
class Length:
    """How many bytes follow, or are in a part of the message."""

    place: TemplateField
    form: NumberForm
    part: str
    plus: int


@dataclass(frozen=True, slots=True)
class Checksum:
    """CRC-32 (ISO 3309, as in zip and Ethernet) of what stands before, or of a part."""

    place: TemplateField
    form: NumberForm
    part: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a part begins or ends; takes no room."""

    place: TemplateField
    part: str
    is_end: bool


Laid: TypeAlias = bytes | Length | Checksum | Mark


def checksum(place: TemplateField) -> Checksum:
    """Read `{{crc32}}` and its arguments: `be`, `le` or `hex`, and the name of a part."""
    order = part = ""
    for text in place.arguments:
        if text in _CRC_FORM and not order:
            order = text
        elif text and not part:
            part = text
        else:
            raise place.wrong(
                "has too many arguments", "There is be, le or hex, and a part's name."
            )
    return Checksum(place, _CRC_FORM[order], part)


def lay_out(laid: Sequence[Laid]) -> bytes:
    """Write lengths and then checksums, and join all.

    Raises:
        PayloadSyntaxError: A part that there is not, or a number that depends on itself.
    """
    return _Layout(laid).join()


class _Layout:
    def __init__(self, laid: Sequence[Laid]) -> None:
        self._laid = laid
        self._parts = _parts(laid)
        self._written = [piece if isinstance(piece, bytes) else b"" for piece in laid]

    def join(self) -> bytes:
        sums = [(at, it) for at, it in enumerate(self._laid) if isinstance(it, Checksum)]
        for at, each in sums:
            self._written[at] = each.form.write(0, each.place)  # takes its room
        self._write_lengths()
        self._write_checksums(dict(sums))
        return b"".join(self._written)

    def _write_lengths(self) -> None:
        """Write them until none changes: digits take room, and may be counted by others."""
        lengths = [(at, it) for at, it in enumerate(self._laid) if isinstance(it, Length)]
        for _ in range(ROUNDS):
            before = list(self._written)
            # From the end, for most count what follows: then two rounds are enough.
            for at, each in reversed(lengths):
                self._written[at] = each.form.write(self._size(at, each), each.place)
            if before == self._written:
                return
        raise lengths[0][1].place.wrong("does not come to an end: it counts itself")

    def _size(self, at: int, length: Length) -> int:
        first, end = self._range(length.part, length.place, (at + 1, len(self._laid)))
        return sum(map(len, self._written[first:end])) + length.plus

    def _write_checksums(self, waiting: dict[int, Checksum]) -> None:
        """Write each when all that it covers is written."""
        while waiting:
            ready = [at for at, each in waiting.items() if not self._covers(at, each, waiting)]
            if not ready:
                raise next(iter(waiting.values())).place.wrong("covers itself")
            for at in ready:
                each = waiting.pop(at)
                first, end = self._range(each.part, each.place, (0, at))
                crc = 0
                for data in self._written[first:end]:
                    crc = zlib.crc32(data, crc)
                self._written[at] = each.form.write(crc, each.place)

    def _covers(self, at: int, each: Checksum, waiting: dict[int, Checksum]) -> bool:
        first, end = self._range(each.part, each.place, (0, at))
        return any(first <= other < end for other in waiting)

    def _range(self, part: str, place: TemplateField, usual: tuple[int, int]) -> tuple[int, int]:
        if not part:
            return usual
        found = self._parts.get(part)
        if found is None:
            raise place.wrong("names a part that there is not", _MARKS.format(part))
        return found


_MARKS: Final = "Mark it with {{{{begin:{0}}}}} and, unless it goes to the end, {{{{end:{0}}}}}."


def _parts(laid: Sequence[Laid]) -> dict[str, tuple[int, int]]:
    parts: dict[str, tuple[int, int]] = {}
    ended: set[str] = set()
    for at, mark in enumerate(laid):
        if not isinstance(mark, Mark):
            continue
        if mark.is_end:
            if mark.part not in parts or mark.part in ended:
                raise mark.place.wrong("ends a part that has not begun", _MARKS.format(mark.part))
            parts[mark.part] = (parts[mark.part][0], at)
            ended.add(mark.part)
        elif mark.part in parts:
            raise mark.place.wrong("begins a part a second time")
        else:
            parts[mark.part] = (at, len(laid))
    return parts
