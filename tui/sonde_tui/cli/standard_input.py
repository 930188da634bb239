"""Standard input: what it has, unless it is closed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from sonde_core.errors import RequestError

from . import output

SLICE: Final = 1 << 16


def slices(size: int = SLICE) -> Iterator[bytes]:
    """Yield what comes, to its end; nothing where it is closed.

    Raises:
        RequestError: It cannot be read.
    """
    while output.is_open(0):
        try:
            data = os.read(0, size)
        except OSError as error:
            raise RequestError(
                f"Standard input could not be read: {error.strerror}.",
                hint="Give it a file, or a pipe.",
            ) from error
        if not data:
            return
        yield data


def take(most: int, what: str) -> bytes:
    """Return all of it.

    Args:
        most: Bytes.
        what: Begins the sentence about more: `The note`.

    Raises:
        RequestError: There is more, or it cannot be read.
    """
    data = bytearray()
    for piece in slices():
        data += piece
        if len(data) > most:
            raise RequestError(f"{what} is longer than {most >> 20} MiB.", hint="Give less of it.")
    return bytes(data)
