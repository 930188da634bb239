"""A body as rows: text, hex, or facts with hex below them."""

from __future__ import annotations

from .byte_rows import ByteRows
from .hex_rows import FactRows, HexRows
from .text_rows import TextRows

__all__ = ["ByteRows", "FactRows", "HexRows", "TextRows"]
