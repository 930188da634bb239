"""An entry as one JSON object, in the schema of the history file."""

from __future__ import annotations

import json

from ..history.entry import Entry, to_json
from .masking import shown


def as_json(entry: Entry, *, reveal: bool = False) -> str:
    """Write an entry as one JSON object of pure ASCII, all its bytes inside.

    A body that is not kept any more is told by size and digest.

    Raises:
        BodyError: The recorded bytes cannot be read.
    """
    value = to_json(shown(entry, reveal))
    return json.dumps(value, ensure_ascii=True, allow_nan=False, indent=2) + "\n"
