"""Which charset to read a body in: what its header says, unless the bytes show that it lies.

The mark of UTF-16 or UTF-32 decides, then the pattern of NULs that they leave in most texts. UTF-8
is told from others by its rules alone: text of another charset that follows them by accident is
rare (RFC 3629, section 1). JSON is UTF-8 where nothing else is shown (RFC 8259, section 8.1).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from ..body import Body
from ..safetext import charset_of, codec_of, is_charset
from ..words import count

# No more than so many first bytes of a body are looked at.
LOOKED_AT: Final = 1 << 16

# Names of the Encoding Standard (section 4.2), the frequent ones first.
CHARSETS: Final = (
    *("utf-8", "windows-1252", "utf-16le", "utf-16be", "iso-8859-15", "iso-8859-2"),
    *("windows-1250", "windows-1251", "koi8-r", "koi8-u", "iso-8859-5", "ibm866"),
    *("gb18030", "big5", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr"),
    *("windows-1253", "iso-8859-7", "windows-1254", "windows-1255", "iso-8859-8"),
    *("windows-1256", "iso-8859-6", "windows-1257", "iso-8859-13", "iso-8859-4"),
    *("windows-1258", "windows-874", "iso-8859-3", "iso-8859-10", "iso-8859-14"),
    *("iso-8859-16", "macintosh", "utf-32le", "utf-32be"),
)
_NAMES: Final = {codec_of(b"", name): name for name in reversed(CHARSETS)}

_MARK: Final = codecs.BOM_UTF8
_WIDE: Final = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
# More than one byte a character, and no rule that tells them from UTF-8.
_EASTERN: Final = frozenset({"gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932", "cp949"})
# What no text has, but escapes in a log.
_CONTROLS: Final = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
# High bytes of Western text, where accented letters stand alone between plain ones.
_WESTERN: Final = re.compile(rb"(?:[\x00-\x7f]|(?<![\x80-\xff])[\xa0-\xfe](?![\x80-\xff]))*+")
_ESCAPED: Final = re.compile("[\udc80-\udcff]")
_WITHIN: Final = re.compile(
    rb"""<meta\s[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})"""
    rb"""|^\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_DECLARED_WITHIN: Final = 1024
_SHORT: Final = 64
_LABEL_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a body as text.

    Attributes:
        codec: Name for Python.
        charset: Name for people, one of `CHARSETS`.
        said: What the header names; empty when it names nothing.
        note: One sentence where the bytes are not what was said, or not all of them; may hold text
            of the peer.
    """

    codec: str
    charset: str
    said: str = ""
    note: str = ""


def reading(body: Body, chosen: str = "") -> Reading:
    """Tell how to read a body.

    Args:
        body: Its first 64 KiB are looked at.
        chosen: A charset that a person chose: it wins.

    Raises:
        BodyError: The bytes cannot be read.
    """
    said = charset_of(body.media_type)
    if chosen:
        codec = codec_of(b"", chosen)
        return Reading(codec, _NAMES[codec], said)
    first = body.read(0, LOOKED_AT) if body.kept else b""
    return told(first, body.media_type, said)


def told(first: bytes, media_type: str = "", said: str = "") -> Reading:
    """Tell how to read bytes from the first of them, their type and the charset it names."""
    known = is_charset(said)
    meant = codec_of(b"", said) if known else ""
    found = _shown(first, meant, media_type)
    codec = found or meant or "utf-8"
    name = _NAMES[codec]
    note = ""
    if said and not known:
        label = said[:_LABEL_SHOWN]
        note = f"The header names the charset {label!r}, which is not known; it is read as {name}."
    elif meant not in ("", codec) and not codec.startswith(said):  # utf-16 may be either
        note = f"The header says {said}, but the bytes are {name}."
    return Reading(codec, name, said, note or _strange(first, codec, said))


def _strange(first: bytes, codec: str, said: str) -> str:
    """Say where bytes are no UTF-8; a character broken off at the end is none of them."""
    if codec != "utf-8" or _reads(first, codec) is not None:
        return ""
    try:
        first.decode(codec)
        start = 0
    except UnicodeDecodeError as error:
        start = error.start
    text = codecs.getincrementaldecoder(codec)("surrogateescape").decode(first)
    number = len(_ESCAPED.findall(text))
    about = f" of the first {len(first):,}" if len(first) >= LOOKED_AT else ""
    word = "is" if number == 1 else "are"
    what = f"The header says {said}, but" if said else "It is read as utf-8, but"
    return (
        f"{what} {count(number, 'byte')}{about} {word} not, the first at {start:,}; "
        "C chooses another charset."
    )


def _shown(first: bytes, meant: str, media_type: str) -> str:
    """Return the codec that the bytes show; empty when they may be what was meant."""
    marked = codec_of(first, "")
    if marked != "utf-8":
        return marked
    if first.startswith(_MARK):
        return "utf-8"
    if b"\0" in first:
        return _by_nuls(first)
    text = _reads(first, "utf-8")
    follows = text is not None and not _CONTROLS.search(text)
    multibyte = (
        follows and not (text or "").isascii()
    )  # what is broken off at the end tells nothing
    if meant in _WIDE:
        return "utf-8" if follows and first else ""
    if meant not in ("", "utf-8"):
        return "utf-8" if multibyte and not (meant in _EASTERN and _reads(first, meant)) else ""
    if multibyte:
        return ""
    within = "" if meant else _within(first, media_type)
    if within or (text is not None and (meant or len(first) >= LOOKED_AT)):
        return within  # a character broken off at the end is one of UTF-8, then
    return _western(first, media_type)


def _reads(first: bytes, codec: str) -> str | None:
    """Decode strictly; None when it cannot be. A character broken off at the end is none."""
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(first)
    except UnicodeDecodeError:
        return None


def _by_nuls(first: bytes) -> str:
    """Tell UTF-16 and UTF-32 without a mark: Western letters and signs leave NULs in them."""
    whole = len(first) & ~3
    nulls = [first[start:whole:4].count(0) for start in range(4)]
    each = whole // 4
    if not each:
        return ""
    if nulls[3] == each and nulls[2] > each * 0.9 and nulls[0] < each * 0.1:
        return _plausible(first, "utf-32-le")
    if nulls[0] == each and nulls[1] > each * 0.9 and nulls[3] < each * 0.1:
        return _plausible(first, "utf-32-be")
    even, odd = nulls[0] + nulls[2], nulls[1] + nulls[3]
    if max(even, odd) < each * 0.2 or min(even, odd) > max(even, odd) * 0.1:
        return ""
    little = odd > even
    if first[little] and whole < _SHORT:  # too little to go by, unless it begins as JSON does
        return ""
    return _plausible(first, "utf-16-le" if little else "utf-16-be")


def _plausible(first: bytes, codec: str) -> str:
    text = _reads(first, codec)
    return codec if text is not None and not _CONTROLS.search(text) else ""


def _within(first: bytes, media_type: str) -> str:
    """Return what HTML or XML says of itself (HTML Standard, section 13.2.3.2)."""
    found = _WITHIN.search(first[:_DECLARED_WITHIN]) if "json" not in media_type else None
    if not found:
        return ""
    codec = codec_of(b"", (found[1] or found[2]).decode())
    return "" if codec in _WIDE else codec  # it could be read so far: it is nothing of two bytes


def _western(first: bytes, media_type: str) -> str:
    """Return Western where bytes are no UTF-8 and look like it; JSON has no other charset."""
    if "json" in media_type or first.lstrip()[:1] in (b"{", b"["):
        return ""
    if first.isascii() or not _WESTERN.fullmatch(first):
        return ""
    return "cp1252" if not _CONTROLS.search(first.decode("cp1252", "replace")) else ""
