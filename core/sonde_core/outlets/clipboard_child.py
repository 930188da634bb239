"""Copies stdin to the clipboard and reads it back; run with `python -m`, told by its exit status.

It runs apart because a clipboard's helper may hang for ever, or write to the screen it stands on:
whoever starts it gives it no output and a time limit.
"""

from __future__ import annotations

import sys
from typing import Final

VERIFIED: Final = 0
UNVERIFIED: Final = 3  # it said that it worked, and something else is there
NO_CLIPBOARD: Final = 4


def main() -> int:
    """Copy and compare."""
    import pyperclip

    text = sys.stdin.buffer.read().decode()
    try:
        pyperclip.copy(text)
        found = pyperclip.paste()
    except pyperclip.PyperclipException:
        return NO_CLIPBOARD
    except (OSError, UnicodeError):
        return UNVERIFIED
    return VERIFIED if found == text else UNVERIFIED


if __name__ == "__main__":
    sys.exit(main())
