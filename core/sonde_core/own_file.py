"""Small files of settings that Sonde writes, for their owner only."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .history.identity import new_id


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all; raises OSError.

    Its folder is made when it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{new_id()}")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(file, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def toml(text: str) -> str:
    """Write text as TOML: as it is between single quotes where that can be, else with escapes."""
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    # A JSON string is a TOML string, but for DEL, and for halves of characters, which TOML lacks.
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
