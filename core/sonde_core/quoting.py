"""What a person typed, as it stands in a message about it."""

from __future__ import annotations


def quoted(text: str) -> str:
    r"""Put text between quotes, with each backslash as it was typed.

    `repr` alone doubles them, and `\q` is reported as something that nobody wrote. Controls and
    halves of characters stay escapes, so that a message can be stored and drawn.
    """
    return repr(text).replace("\\\\", "\\")
