"""What a person typed or a peer wrote, as it stands in a message about it."""

from __future__ import annotations


def quoted(text: str) -> str:
    r"""Put text between quotes, with each backslash as it was typed.

    `repr` alone doubles them, and `\q` is reported as something that nobody wrote. Controls and
    halves of characters stay escapes, so that a message can be stored and drawn.
    """
    return repr(text).replace("\\\\", "\\")


def brief(text: str, most: int = 120) -> str:
    """Shorten text for a sentence, to so many characters."""
    return text if len(text) <= most else text[:most] + "…"
