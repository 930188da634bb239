"""What there is to choose from when text is to be read in another charset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sonde_core.safetext import line
from sonde_core.text.charsets import CHARSETS, Reading

from .choose import Choice, ChooseScreen

_LABEL: Final = 40
# What people call them, and labels that mean the same.
_LANGUAGES: Final = {
    "Unicode": "utf-8 utf-16le utf-16be utf-32le utf-32be",
    "Western, latin-1, ASCII": "windows-1252",
    "Western, latin-9": "iso-8859-15",
    "Western": "macintosh",
    "Central European": "iso-8859-2 windows-1250",
    "Cyrillic": "windows-1251 koi8-r koi8-u iso-8859-5 ibm866",
    "Chinese, gbk, gb2312": "gb18030",
    "Chinese": "big5",
    "Japanese": "shift_jis euc-jp iso-2022-jp",
    "Korean": "euc-kr",
    "Greek": "windows-1253 iso-8859-7",
    "Turkish": "windows-1254",
    "Hebrew": "windows-1255 iso-8859-8",
    "Arabic": "windows-1256 iso-8859-6",
    "Baltic": "windows-1257 iso-8859-13 iso-8859-4",
    "Vietnamese": "windows-1258",
    "Thai": "windows-874",
    "South European": "iso-8859-3",
    "Nordic": "iso-8859-10",
    "Celtic": "iso-8859-14",
    "Romanian": "iso-8859-16",
}
_LANGUAGE_OF: Final = {
    name: language for language, names in _LANGUAGES.items() for name in names.split()
}


def charset_screen(reading: Reading, chosen: str) -> ChooseScreen:
    """Return a list to choose a charset from; an empty value goes by header and bytes again.

    Args:
        reading: How the body is read without a choice.
        chosen: What was chosen before; empty for nothing.
    """
    return ChooseScreen("Read the text in", list(_choices(reading)), value=chosen)


def _choices(reading: Reading) -> Iterator[Choice]:
    yield Choice("", f"{reading.charset:<14}{_why(reading)}")
    for name in CHARSETS:
        yield Choice(name, f"{name:<14}{_LANGUAGE_OF.get(name, '')}")


def _why(reading: Reading) -> str:
    """Say what a body is read in without a choice."""
    if not reading.said:
        return "as the bytes look"
    if not reading.note:
        return "as the header says"
    return f"as the bytes look; the header says {line(reading.said, limit=_LABEL)}"
