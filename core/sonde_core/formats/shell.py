r"""Any text and any bytes as words of a POSIX shell.

Nothing here needs more than `sh`: no `$'…'`, and no byte that a terminal would obey when it is
pasted. What could not stand there goes through `printf`, whose octal escapes every shell knows.
"""

from __future__ import annotations

import re
import shlex
from typing import Final

from ..errors import BodyError
from ..safetext import has_controls

_CONTROLS: Final = re.compile(rb"[\x00-\x1f\x7f]")
_ESCAPED: Final = {
    0x0A: b"\\n",
    0x0D: b"\\r",
    0x09: b"\\t",
    0x5C: b"\\\\",
    0x25: b"%%",
    0x27: b"'\\''",
}


def quote(text: str) -> str:
    """Return one word that a shell reads as this text.

    Raises:
        BodyError: It holds a NUL, which no argument of a command can, or no text at all.
    """
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise BodyError(
            f"Character U+{ord(text[error.start]):04X} cannot be written as UTF-8."
        ) from error
    if b"\0" in data:
        raise BodyError(
            "A NUL cannot be handed to a command.", hint="Copy it as Python code instead."
        )
    # The shell takes line feeds off the end of what a command prints.
    if is_plain(data) or data.endswith(b"\n"):
        return shlex.quote(text)
    return f'"$({printf(data)})"'


def is_plain(data: bytes) -> bool:
    """Whether bytes can stand between quotes as they are, and be pasted."""
    if b"\r" in data or not _is_utf8(data):
        return False
    return not has_controls(data)


def printf(data: bytes) -> str:
    """Return a command that prints exactly these bytes."""
    readable = _is_utf8(data) and not has_controls(_CONTROLS.sub(b"", data))
    table = [_escaped(code, readable) for code in range(256)]
    text = b"".join(table[code] for code in data).decode("utf-8")
    if text.startswith("-"):  # it would be read as an option
        text = "\\055" + text[1:]
    return f"printf '{text}'"


def _escaped(code: int, readable: bool) -> bytes:
    if code in _ESCAPED:
        return _ESCAPED[code]
    if 0x20 <= code < 0x7F or (code >= 0x80 and readable):
        return bytes([code])
    return b"\\%03o" % code


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
