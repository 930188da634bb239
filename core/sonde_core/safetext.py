"""Anything remote → text that is safe to draw, a type of its own.

A terminal obeys control characters wherever they come from, and Unicode has more that turn a line
around or hide in it. All of them become visible stand-ins here: `␛` for a control character,
`‹9B›` for a C1 control or a byte that is no UTF-8, `‹U+202E›` for the rest. This runs after
decoding and after joining, because each of them can make a control character out of harmless parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final


class SafeText(str):
    """Text that may be drawn as it is; made of what is remote by `safe`, `line` and `join` only."""

    __slots__ = ()


ELLIPSIS: Final = "…"

# Inclusive ranges: format characters (Cf) but the visible Arabic and Kaithi number signs, default
# ignorable code points (UAX 44), line and paragraph separators, and lone surrogates.
_HIDDEN: Final = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
    (0x200B, 0x200F),  # zero width, left-to-right and right-to-left marks
    (0x2028, 0x202E),  # separators, bidi embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, bidi isolates
    (0x3164, 0x3164),  # Hangul filler
    (0xD800, 0xDFFF),  # surrogates
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark, zero width no-break space
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xFFF0, 0xFFFB),  # interlinear annotations
    (0x13430, 0x1343F),  # Egyptian hieroglyph format controls
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D173, 0x1D17A),  # musical format controls
    (0xE0000, 0xE0FFF),  # tags and the second block of variation selectors
)
_CONTROLS: Final = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
_CLASS: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f" + "".join(
    f"{chr(first)}-{chr(last)}" for first, last in _HIDDEN
)
# So many marks may lie over one cell: no script needs more, and thousands stop a terminal.
MARKS: Final = 8
# Later parts of Hangul, and skin tones.
_LAID: Final = "\u1160-\u11ff\ud7b0-\ud7fb\U0001f3fb-\U0001f3ff"
# Stand-ins and what is part of a word are none: the less is looked at one by one, the better.
_FLOOD: Final = re.compile(
    rf"(?:[{_LAID}]|[^\x00-\u02ff\u2010-\u206f\u2400-\u2421\w]){{{MARKS + 1},}}+"
)
_UNSAFE: Final = re.compile(f"[{_CLASS}]++")
_UNSAFE_IN_LINE: Final = re.compile(f"[\t\n{_CLASS}]++")
# What `surrogateescape` makes of a byte that is no UTF-8, and half a character of UTF-16 becomes.
_FIRST_BYTE, _LAST_BYTE = 0xDC00, 0xDCFF


def safe(text: str | bytes, *, limit: int | None = None) -> SafeText:
    """Make text safe to draw; line feeds and tabs stay.

    Args:
        text: Bytes are read as UTF-8; what is none of it stays visible.
        limit: The result has at most so many characters, the last one an ellipsis when cut.
    """
    return _clean(text, _UNSAFE, limit)


def line(text: str | bytes, *, limit: int | None = None) -> SafeText:
    """Make text safe for a place of one line: line feeds and tabs become visible too."""
    return _clean(text, _UNSAFE_IN_LINE, limit)


def join(parts: Iterable[SafeText], separator: str = "") -> SafeText:
    """Join safe parts; the separator is ours, not remote."""
    return SafeText(separator.join(parts))


def has_controls(data: bytes) -> bool:
    """Whether text to be pasted holds what a terminal would obey or hide."""
    return _UNSAFE.search(data.decode("utf-8", "replace").replace("\r\n", "\n")) is not None


def _clean(text: str | bytes, unsafe: re.Pattern[str], limit: int | None) -> SafeText:
    if isinstance(text, bytes):
        # One character takes 4 bytes at most: no more than needed is decoded of a long one.
        part = text if limit is None else text[: limit * 4 + 4]
        text = part.decode("utf-8", "surrogateescape")
    if limit is not None:
        text = text[: limit + 1]
    if not (text.isascii() and text.isprintable()):
        text = unsafe.sub(_stand_ins, text)
        if not text.isascii():
            text = _FLOOD.sub(_bounded, text)
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)] + ELLIPSIS[:limit]
    return SafeText(text)


def _stand_ins(found: re.Match[str]) -> str:
    """Show a run of characters, of which there may be thousands, as their stand-ins."""
    chars = found[0]
    return _STAND_INS[chars] if len(chars) == 1 else "".join(map(_STAND_INS.__getitem__, chars))


def is_mark(char: str) -> bool:
    """Whether a character is drawn over the one before it and takes no cell."""
    code = ord(char)
    if 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FB or 0x1F3FB <= code <= 0x1F3FF:
        return True
    return code >= 0x300 and unicodedata.category(char) in ("Mn", "Me", "Mc")


def _bounded(found: re.Match[str]) -> str:
    """Show the marks that are too many for one cell as stand-ins."""
    parts, marks = [], 0
    for char in found[0]:
        marks = marks + 1 if is_mark(char) else 0
        parts.append(char if marks <= MARKS else f"‹U+{ord(char):04X}›")
    return "".join(parts)


class _StandIns(dict[str, str]):
    """Stand-ins by character, made when first met."""

    def __missing__(self, char: str) -> str:
        code = ord(char)
        if code in _CONTROLS:
            text = _CONTROLS[code]
        elif _FIRST_BYTE <= code <= _LAST_BYTE:
            text = f"‹{code - 0xDC00:02X}›"
        else:
            text = f"‹{code:02X}›" if code <= 0x9F else f"‹U+{code:04X}›"
        self[char] = text
        return text


_STAND_INS: Final = _StandIns()

# Labels of the Encoding Standard (section 4.2) → Python codecs for text. Only these are looked
# up: `rot13`, `hex`, `idna` or `unicode_escape` would raise, or make escapes out of harmless text.
_CHARSETS: Final = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8",
    "cp1252": "windows-1252 cp1252 iso-8859-1 iso8859-1 latin1 latin-1 l1 us-ascii ascii",
    "iso8859-2": "iso-8859-2 latin2",
    "iso8859-3": "iso-8859-3 latin3",
    "iso8859-4": "iso-8859-4 latin4",
    "iso8859-5": "iso-8859-5 cyrillic",
    "iso8859-6": "iso-8859-6 arabic",
    "iso8859-7": "iso-8859-7 greek",
    "iso8859-8": "iso-8859-8 hebrew iso-8859-8-i",
    "iso8859-10": "iso-8859-10 latin6",
    "iso8859-13": "iso-8859-13",
    "iso8859-14": "iso-8859-14",
    "iso8859-15": "iso-8859-15 latin9",
    "iso8859-16": "iso-8859-16",
    "cp866": "ibm866 cp866",
    "koi8_r": "koi8-r koi8",
    "koi8_u": "koi8-u",
    "mac_roman": "macintosh x-mac-roman",
    "cp874": "windows-874 tis-620 iso-8859-11",
    "cp1250": "windows-1250 cp1250",
    "cp1251": "windows-1251 cp1251",
    "cp1253": "windows-1253 cp1253",
    "cp1254": "windows-1254 cp1254 iso-8859-9 latin5",
    "cp1255": "windows-1255 cp1255",
    "cp1256": "windows-1256 cp1256",
    "cp1257": "windows-1257 cp1257",
    "cp1258": "windows-1258 cp1258",
    "gb18030": "gbk gb2312 gb18030 chinese x-gbk",
    "big5hkscs": "big5 big5-hkscs",
    "euc_jp": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "cp932": "shift_jis shift-jis sjis windows-31j ms932",
    "cp949": "euc-kr korean ks_c_5601-1987 windows-949",
    "utf-16-le": "utf-16 utf-16le",
    "utf-16-be": "utf-16be",
    "utf-32-le": "utf-32 utf-32le",
    "utf-32-be": "utf-32be",
}
_CODECS: Final = {label: codec for codec, labels in _CHARSETS.items() for label in labels.split()}
# Longest first: the mark of UTF-32 begins like the one of UTF-16.
_MARKS: Final = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def charset_of(media_type: str) -> str:
    """Return the charset that a Content-Type names, in lower case, or an empty text."""
    if "charset" not in media_type.lower():
        return ""
    from email.message import Message  # slow to import, and few types name a charset

    message = Message()
    message["content-type"] = media_type.translate({10: " ", 13: " "})
    return message.get_content_charset("") or ""


def utf8_type(media_type: str) -> str:
    """Return a Content-Type for the same text in UTF-8."""
    main = media_type.partition(";")[0].strip()
    return f"{main}; charset=utf-8" if main else ""


def codec_of(data: bytes, charset: str) -> str:
    """Return the Python codec to read text with: the mark of UTF-16 or 32 wins, UTF-8 is last."""
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), "")
    return marked or _CODECS.get(_label(charset), "utf-8")


def is_charset(label: str) -> bool:
    """Whether a label names a charset of the list."""
    return _label(label) in _CODECS


def _label(charset: str) -> str:
    return charset.strip().strip("\"'").lower()


def decode(data: bytes, charset: str = "") -> str:
    """Read text in a charset of the list, UTF-8 for any other; never raises.

    What cannot be read becomes U+FFFD. The result is not safe to draw yet.
    """
    return data.decode(codec_of(data, charset), "replace")
