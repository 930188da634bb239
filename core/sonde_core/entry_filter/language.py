"""The language of filters, told in rows for help pages."""

from __future__ import annotations

from typing import Final

from .keys import KEYS

_SHAPE: Final = (
    ("word", "in address, method, status, outcome, kind, name, note or tags; any case"),
    ('"two words"', 'as they stand, or, and, not too; \\" and \\\\ are escapes'),
    ("a b, a or b, (a or b) c", "both; one of them; parentheses"),
    ("-term, not term", "what is not so; as the first word of a command after --"),
)
_MORE: Final = (
    ("pinned", "pinned entries"),
    ("* in a value", "anything, or nothing: host:*.example.org, path:*.json"),
    ("* alone", "some value: tag:*, note:*, name:*, from:*"),
    ("= != < <= > >=", "after time, size, sent, status and port"),
)

ROWS: Final = (*_SHAPE, *((key.example, key.about) for key in KEYS.values()), *_MORE)
