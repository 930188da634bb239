"""Numbers as a person types them: seconds, sizes and counts."""

from __future__ import annotations

import math
import re
from typing import Final

from .errors import RequestError

_SIZE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([KMGT]?)(I?)B?", re.IGNORECASE)
# A day: beyond it a limit is a slip of the finger, and the event loop's timers lose their meaning.
LONGEST: Final = 86_400.0
SHORTEST: Final = 0.001


def seconds(text: str, what: str) -> float:
    """Read a duration in seconds, from a millisecond up to a day.

    Raises:
        RequestError: It is none; `what` names it in the sentence.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not SHORTEST <= value <= LONGEST:
        raise RequestError(
            f"{what} is no time: {text!r}.",
            hint="Write seconds from 0.001 up to a day, like 2.5.",
        )
    return value


def size(text: str, what: str, *, least: int = 1) -> int:
    """Read a size in bytes: `1000`, `10 MB`, `1 GiB`.

    Args:
        text: As it was typed.
        what: Names it in the sentence.
        least: 1, or 0 where that means something.

    Raises:
        RequestError: It is none.
    """
    match = _SIZE.fullmatch(text.strip())
    base = 1024 if match and match[3] else 1000
    powers = "KMGT"
    value = -1
    if match:
        power = powers.find(match[2].upper()) + 1 if match[2] else 0
        value = (
            int(float(match[1]) * base**power) if "." in match[1] else int(match[1]) * base**power
        )
    if value < least:
        some = "bytes above 0" if least else "bytes from 0 on"
        raise RequestError(
            f"{what} is no size: {text!r}.", hint=f"Write {some}, like 1000, 10 MB or 1 GiB."
        )
    return value


def size_text(value: int) -> str:
    """Write a size so that `size` reads the same number back, short where that is possible."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if value >= factor and value % factor == 0:
            return f"{value // factor} {unit}"
    return str(value)


def count(text: str, what: str, *, most: int) -> int:
    """Read a whole number from zero on.

    Raises:
        RequestError: It is none, or above `most`.
    """
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise RequestError(
            f"{what} is no number: {text!r}.", hint=f"Write a whole number from 0 to {most}."
        )
    return int(text)
