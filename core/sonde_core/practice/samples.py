"""Documents and pictures that the practice server hands out."""

from __future__ import annotations

import struct
import zlib
from typing import Final

HTML_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Practice</title></head>
<body><h1>Practice</h1><p>A page with <em>a little</em> of everything: ä, 日本, 🙂.</p></body>
</html>
"""
FORM_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Form</title></head>
<body>
<form method="post" action="/form" enctype="multipart/form-data">
<label>Name <input name="name"></label>
<label>File <input name="file" type="file"></label>
<button>Send</button>
</form>
</body>
</html>
"""
XML_PAGE: Final = """\
<?xml version="1.0" encoding="utf-8"?>
<practice><item id="1">one</item><item id="2">two</item></practice>
"""
# What a terminal would obey, were it drawn as it is: title, colour, clipboard, C1, bidi.
HOSTILE: Final = (
    "title \x1b]0;owned\x07 colour \x1b[31mred\x1b[0m clipboard \x1b]52;c;b3duZWQ=\x07\n"
    "C1 \x9b31m bell \x07 backspace abc\b\b\b markup [/] [@click=app.quit]quit[/]\n"
    "bidi \u202egnp.exe\u202c zero\u200bwidth nul \x00 end\n"
)
USER: Final = {
    "id": 1,
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "languages": ["en", "fr"],
    "address": {"city": "London", "zip": "W1"},
}
REPOSITORY: Final = {
    "id": 1362490,
    "full_name": "requests/requests",
    "description": "A simple, yet elegant, HTTP library.",
    "owner": {"login": "requests", "id": 2805},
    "topics": ["http", "python"],
    "archived": False,
}


def png(side: int = 64) -> bytes:
    """Return a small picture (PNG specification, section 5): a square of changing colour."""
    rows = b"".join(
        b"\0" + bytes(value for x in range(side) for value in (x * 4 & 255, y * 4 & 255, 128))
        for y in range(side)
    )
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = (_part(b"IHDR", head), _part(b"IDAT", zlib.compress(rows)), _part(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
