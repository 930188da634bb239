"""What was expected and what came, beside each other or one under the other: text, then hex."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from rich.cells import cell_len, set_cell_size

from sonde_core.payload import escape
from sonde_core.safetext import SafeText, line
from sonde_core.script.came import Sides
from sonde_core.words import count

from .answer.answer_lines import Row, said
from .rows.line_source import Part

WIDE: Final = 92  # cells from which both fit beside each other
_TAIL: Final = 4  # bytes of a character of UTF-8 at most
_MARK: Final = "▶ "
_PLAIN: Final = "  "
_HEX_OF_16: Final = 76  # cells
_BYTES: Final = 4000  # shown as text and as hex
_DOTS: Final = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in range(256))


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes of one row, with their place."""

    at: int
    data: bytes


def side_rows(sides: Sides, width: int) -> list[Row]:
    """Draw both sides for so many cells; the first difference has a mark and a colour."""
    wide = width >= WIDE
    room = (width - 3) // 2 - 2 if wide else width - 4
    first, last = _window(sides)
    wanted, got = sides.wanted[first:last], sides.got[first:last]
    at = sides.start + first
    rows = [said(told, "strong"), said("")] if (told := _told(sides)) else []
    if wide:
        rows.append(Row([_column("  expected", room + 2), (SafeText(" │ "), "muted"), _CAME], ""))
    draw = _beside if wide else _below
    rows += draw(_texts(wanted, at, room), _texts(got, at, room), sides.differs, room, _as_text)
    if wanted or got:
        rows.append(said(""))
    per_row = 16 if room >= _HEX_OF_16 else 8
    rows += draw(
        _hex(wanted, at, per_row), _hex(got, at, per_row), sides.differs, room, _as_hex(per_row)
    )
    return rows


def piece_rows(title: str, data: bytes, width: int) -> list[Row]:
    """Draw the beginning of bytes as text, then as hex."""
    cut, room = data[:_BYTES], width - 4
    more = f", of which {count(len(cut), 'byte')} are shown" if len(cut) < len(data) else ""
    rows = [said(f"{title}: {count(len(data), 'byte')}{more}", "muted")]
    per_row = 16 if room >= _HEX_OF_16 else 8
    for pieces, draw in (
        (_texts(cut, 0, room), _as_text),
        (_hex(cut, 0, per_row), _as_hex(per_row)),
    ):
        for parts in (draw(piece, None) for piece in pieces):
            rows.append(Row(parts, "".join(text for text, _ in parts)))
        rows.append(said(""))
    return rows


_CAME: Final[Part] = (SafeText("  came"), "muted")


def _window(sides: Sides) -> tuple[int, int]:
    """Return which of the bytes are shown: what is before the difference matters less."""
    place = max(0, (sides.differs or 0) - sides.start - _BYTES // 8)
    first = place - place % 16
    return first, first + _BYTES


def _told(sides: Sides) -> str:
    wanted = f"{count(sides.wanted_size, 'byte')} expected" if sides.wanted_size else ""
    got = "" if sides.got_size is None else f"{count(sides.got_size, 'byte')} came"
    parts = [", ".join(filter(None, (wanted, got)))]
    if sides.differs is not None:
        parts.append(f"they differ at byte {sides.differs:,}")
    first = sides.start + _window(sides)[0]
    end = sides.start + min(_window(sides)[1], max(len(sides.wanted), len(sides.got)))
    if first or end < max(sides.wanted_size, sides.got_size or 0):
        parts.append(f"bytes {first:,} to {end:,} are shown" if end > first else "")
    return " · ".join(filter(None, parts))


def _texts(data: bytes, at: int, room: int) -> list[_Piece]:
    """Cut bytes after line feeds, and where a row is full."""
    found: list[_Piece] = []
    place = 0
    while place < len(data):
        end = _end_of_row(data, place, room)
        found.append(_Piece(at + place, data[place:end]))
        place = end
    return found


def _end_of_row(data: bytes, place: int, room: int) -> int:
    end = data.find(b"\n", place, place + room) + 1 or min(place + room, len(data))
    while end - place > 1 and cell_len(line(escape(data[place:end]))) > room:
        end -= max(1, (end - place) // 8)
    back = end
    while back < len(data) and back - place > 1 and end - back < _TAIL and _is_tail(data[back]):
        back -= 1  # a character of UTF-8 stays whole
    return back if end - back < _TAIL else end


def _is_tail(byte: int) -> bool:
    return byte & 0xC0 == 0x80


def _hex(data: bytes, at: int, per_row: int) -> list[_Piece]:
    return [
        _Piece(at + place, data[place : place + per_row]) for place in range(0, len(data), per_row)
    ]


def _as_text(piece: _Piece, differs: int | None) -> list[Part]:
    cut = len(piece.data) if differs is None else differs - piece.at
    return [
        (line(escape(piece.data[:cut])), ""),
        (line(escape(piece.data[cut:])), "error"),
    ]


def _as_hex(per_row: int) -> Callable[[_Piece, int | None], list[Part]]:
    def draw(piece: _Piece, differs: int | None) -> list[Part]:
        cut = len(piece.data) if differs is None else differs - piece.at
        same, other = piece.data[:cut].hex(" "), piece.data[cut:].hex(" ")
        blanks = " " * (per_row * 3 - len(same) - len(other) - bool(same and other) + 1)
        text = piece.data.translate(_DOTS).decode("ascii")
        return [
            (line(f"{piece.at:08x}  "), "muted"),
            (line(same + (" " if same and other else "")), ""),
            (line(other), "error"),
            (line(f"{blanks}{text}"), ""),
        ]

    return draw


_Draw = Callable[["_Piece", "int | None"], "list[Part]"]


def _differs_in(piece: _Piece | None, differs: int | None) -> int | None:
    """Return the difference if it stands in this row."""
    inside = piece is not None and differs is not None
    if inside and piece is not None and differs is not None:
        return differs if piece.at <= differs < piece.at + len(piece.data) else None
    return None


def _beside(
    wanted: Sequence[_Piece], got: Sequence[_Piece], differs: int | None, room: int, draw: _Draw
) -> Iterator[Row]:
    for left, right in zip_longest(wanted, got):
        places = [_differs_in(piece, differs) for piece in (left, right)]
        mark = _MARK if any(place is not None for place in places) else _PLAIN
        parts: list[Part] = [(line(mark), "error")]
        parts += _filled(draw(left, places[0]) if left else [], room)
        parts += [(SafeText(" │ "), "muted"), (line(mark), "error")]
        parts += draw(right, places[1]) if right else []
        yield Row(parts, "".join(text for text, _ in parts))


def _below(
    wanted: Sequence[_Piece], got: Sequence[_Piece], differs: int | None, room: int, draw: _Draw
) -> Iterator[Row]:
    for title, pieces in (("expected", wanted), ("came", got)):
        if not pieces:
            continue
        yield said(title, "muted")
        for piece in pieces:
            place = _differs_in(piece, differs)
            mark = _PLAIN if place is None else _MARK
            parts = [(line(mark), "error"), *draw(piece, place)]
            yield Row(parts, "".join(text for text, _ in parts))


def _filled(parts: list[Part], room: int) -> list[Part]:
    width = sum(cell_len(text) for text, _ in parts)
    return [*parts, (line(" " * max(0, room - width)), "")]


def _column(text: str, room: int) -> Part:
    return line(set_cell_size(text, room)), "muted"
