"""Bodies that the benchmark sends: JSON of a size, and bytes that are no text."""

from __future__ import annotations

import hashlib
import json
from typing import Final

FIRST: Final = "answer 000000"  # the server puts the number of the answer here
LAST: Final = "the very last record"
_KB: Final = 1000
MB: Final = 1_000_000
GB: Final = 1_000_000_000
SIZES: Final = {"10k": 10 * _KB, "1m": MB, "50m": 50 * MB, "100m": 100 * MB}


def json_array(size: int, *, indent: int | None) -> bytes:
    """Return about so many bytes: records, of which the first and the last can be told."""
    block = [_record(number, f"record {number}", indent) for number in range(1, 200)]
    count = size * len(block) // sum(map(len, block))
    parts = [block[number % len(block)] for number in range(count)]
    parts[0], parts[-1] = _record(0, FIRST, indent), _record(-1, LAST, indent)
    comma, end = (",\n", "\n") if indent else (",", "")
    return f"[{end}{comma.join(parts)}{end}]".encode()


def _record(number: int, name: str, indent: int | None) -> str:
    record = {
        "id": number,
        "name": name,
        "value": number * 1.5,
        "tags": ["alpha", "beta", "gamma"],
        "nested": {"escaped": 'quote " and \\ and é', "flag": number % 2 == 0, "none": None},
    }
    if indent is None:
        return json.dumps(record, separators=(",", ":"))
    text = json.dumps(record, indent=indent, ensure_ascii=False)
    return "\n".join(" " * indent + line for line in text.split("\n"))


def noise(size: int) -> bytes:
    """Return so many bytes that are no text and the same each time."""
    return b"\x00\xff" + hashlib.shake_128(b"sonde").digest(size - 2)


def made(name: str) -> tuple[str, bytes]:
    """Return the media type and the bytes of a body by its name, such as `1m-minified`."""
    size, _, form = name.partition("-")
    return "application/json", json_array(SIZES[size], indent=None if form == "minified" else 4)
