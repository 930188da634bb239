"""Which picture some bytes begin as, told from their signature alone."""

from __future__ import annotations

import re
from typing import Final

# So many first bytes tell.
LOOKED_AT: Final = 32
# Where two letters alone would be the begin of many a text, more of the head is looked at.
_SIGNATURES: Final = (
    ("PNG", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("GIF", re.compile(rb"GIF8[79]a")),
    ("WEBP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("AVIF", re.compile(rb"\0\0..ftypavi[fs]", re.DOTALL)),
    ("BMP", re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL)),
    ("ICO", re.compile(rb"\0\0\x01\0[^\0]\0.{3}\0", re.DOTALL)),
)


def format_of(first: bytes) -> str:
    """Name the format of a picture, such as `PNG`; empty for none that is known here."""
    return next((name for name, signature in _SIGNATURES if signature.match(first)), "")
