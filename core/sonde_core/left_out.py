"""What stands in an entry for a secret that was left out of it.

A stand-in has a number, and a word where the secret has to be written in another way at its place:
`***secret-1***`, `***secret-1-url***`. Its length tells nothing of that of the secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# What every stand-in begins with.
BEGINNING: Final = "***secret-"
STAND_IN: Final = re.compile(rb"\*\*\*secret-([0-9]{1,6})(?:-([a-z]{1,8}))?\*\*\*")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A secret that is not in an entry; neither its value nor a digest of it is kept.

    Attributes:
        number: Of its stand-ins.
        name: What it was called where it stood: a header, a parameter, a variable.
        places: Where it stood, such as `request headers`, `sent`, `answer body`.
    """

    number: int
    name: str
    places: tuple[str, ...] = ()


def stand_in(number: int, form: str = "") -> str:
    """Return what stands for a secret, written in a form; see `scrubbing.forms`."""
    return f"{BEGINNING}{number}{form and f'-{form}'}***"
