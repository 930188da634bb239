"""Notes of entries: texts of many lines, up to a limit."""

from __future__ import annotations

from typing import Final

from ..errors import RequestError

LONGEST: Final = 1 << 20  # bytes


def read(text: str) -> str:
    """Return a note as it is kept: without the spaces around it.

    Raises:
        RequestError: It is too long.
    """
    note = text.strip()
    length = len(note.encode("utf-8", "surrogatepass"))
    if length > LONGEST:
        raise RequestError(
            f"The note has {length:,} bytes, more than {LONGEST >> 20} MiB.",
            hint="Give less of it.",
        )
    return note
