"""Names for files, made of what a stranger says: one plain name, never a path.

A server names its file in Content-Disposition (RFC 6266), where `filename*` (RFC 8187) wins. What
it says may climb out of a folder, hide itself, look like an option, or turn its own end around.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from ..safetext import line

# Bytes, as file systems count; most take 255, and a name beside it is made while it is written.
LONGEST: Final = 160
_LONGEST_SUFFIX: Final = 16
# So much of what a stranger says is looked at.
_LOOKED_AT: Final = 2000
_FALLBACK: Final = "body"

# What other systems do not allow, or a shell would take up.
_FORBIDDEN: Final = re.compile(r"""[<>:"|?*`$!;&'\\/]+""")
# Names of devices, with any suffix, where the file may be carried to.
_DEVICE: Final = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)")
# What ends like this has a suffix; the end of a version number is none.
_SUFFIX: Final = re.compile(r"\.(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{1,10}$")
_DOUBLE: Final = re.compile(r"\.tar\.[A-Za-z0-9]{1,4}$|\.[A-Za-z0-9]{1,10}$")
_NUMBERED: Final = 1000

# A parameter: its name, then a token, a quoted string, or, where neither was written, all to the
# next semicolon.
_PARAMETER: Final = re.compile(
    r""";\s*(?P<name>[\w!#$%&'*+.^`|~-]++)\s*=\s*
    (?:"(?P<quoted>(?:[^"\\]|\\.)*+)"?|(?P<token>[^;]*+))""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
# What `surrogateescape` makes of a byte that is no UTF-8.
_BYTES: Final = re.compile("[\udc80-\udcff]")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)

_SUFFIXES: Final = {
    "application/json": ".json",
    "application/x-ndjson": ".ndjson",
    "application/jsonl": ".jsonl",
    "application/xml": ".xml",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/gzip": ".gz",
    "application/x-tar": ".tar",
    "application/javascript": ".js",
    "application/yaml": ".yaml",
    "application/x-yaml": ".yaml",
    "application/toml": ".toml",
    "application/graphql": ".graphql",
    "application/sql": ".sql",
    "application/wasm": ".wasm",
    "application/x-sh": ".sh",
    "application/x-www-form-urlencoded": ".txt",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "font/woff2": ".woff2",
    "image/avif": ".avif",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/vnd.microsoft.icon": ".ico",
    "image/webp": ".webp",
    "image/x-icon": ".ico",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/event-stream": ".txt",
    "text/html": ".html",
    "text/javascript": ".js",
    "text/markdown": ".md",
    "text/xml": ".xml",
    "text/yaml": ".yaml",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
}


def suffix_of(media_type: str) -> str:
    """Return a suffix with its dot that fits a Content-Type; `.bin` for one that tells nothing."""
    main = media_type.partition(";")[0].strip().lower()
    if main in _SUFFIXES:
        return _SUFFIXES[main]
    if main.endswith(("+json", "/json")):
        return ".json"
    if main.endswith(("+xml", "/xml")):
        return ".xml"
    return ".txt" if main.startswith("text/") else ".bin"


def suggested(*, disposition: str = "", url: str = "", suffix: str = "") -> str:
    """Return a name for what was received; it is plain, and fit for any folder.

    Args:
        disposition: The Content-Disposition header; what it names comes first.
        url: Its last segment comes next, then its host.
        suffix: With its dot, for a name that has none.
    """
    name = safe_name(named(disposition)) or _of_path(url)
    if not name:
        return _fitted((_of_host(url) or _FALLBACK) + suffix)
    return name if _SUFFIX.search(name) else _fitted(name + suffix)


def stem_of(name: str) -> str:
    """Return a name without its suffix: an address has none."""
    return _SUFFIX.sub("", name) or name


def named(disposition: str) -> str:
    """Return the name that a Content-Disposition gives, as it was meant; empty for none."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(disposition[:_LOOKED_AT]):
        quoted = match["quoted"]
        value = match["token"].strip() if quoted is None else _ESCAPED.sub(r"\1", quoted)
        found.setdefault(match["name"].lower(), value)
    return _extended(found.get("filename*", "")) or _plain(found.get("filename", ""))


def _plain(value: str) -> str:
    """Read bytes that are no UTF-8 as what they were when headers had a charset (RFC 2616)."""
    return _BYTES.sub(lambda found: chr(ord(found[0]) - 0xDC00), value)


def _extended(value: str) -> str:
    """Read `charset'language'percent-encoded`; empty where it is not that."""
    charset, quote, rest = value.partition("'")
    _, second, text = rest.partition("'")
    if not (quote and second) or charset.lower() not in ("utf-8", "iso-8859-1"):
        return ""
    return unquote_to_bytes(text).decode(charset, "replace")


def safe_name(text: str) -> str:
    """Make one plain file name of a text; empty when nothing is left of it."""
    text = re.split(r"[/\\]", text[:_LOOKED_AT])[-1]
    text = unicodedata.normalize("NFC", text)
    text = "".join(char for char in text if _is_plain(char))
    text = _FORBIDDEN.sub("_", " ".join(text.split()))
    text = text.lstrip(".-~ ").rstrip(". ")
    if _DEVICE.match(text):
        text = f"_{text}"
    return _fitted(text)


def _is_plain(char: str) -> bool:
    """Leave out what is not seen, or turns around what is: controls, formats, bidi, selectors."""
    return char == " " or (line(char) == char and char.isprintable()) or char.isspace()


def _fitted(name: str) -> str:
    """Shorten a name before its suffix, at a whole character."""
    if len(name.encode("utf-8", "replace")) <= LONGEST:
        return name
    found = _SUFFIX.search(name)
    suffix = found[0][:_LONGEST_SUFFIX] if found else ""
    stem = name.removesuffix(suffix).encode("utf-8", "replace")[: LONGEST - len(suffix)]
    return stem.decode("utf-8", "ignore").rstrip(". ") + suffix


def _of_path(url: str) -> str:
    path = re.sub(r"^[A-Za-z][\w+.-]*://[^/?#]*", "", url).partition("#")[0].partition("?")[0]
    return safe_name(unquote(path.rstrip("/").rpartition("/")[2]))


def _of_host(url: str) -> str:
    found = re.match(r"(?:[A-Za-z][\w+.-]*://)?(?:[^/?#]*@)?([^/?#]*)", url)
    return safe_name(re.sub(r"[\[\]]", "", found[1])) if found else ""


def free_beside(path: Path) -> Path:
    """Return a name like this one that no file has: `a-2.json` beside `a.json`."""
    found = _DOUBLE.search(path.name)
    suffix = found[0] if found and found.start() else ""
    stem = path.name.removesuffix(suffix)
    for number in range(2, _NUMBERED):
        other = path.with_name(f"{stem}-{number}{suffix}")
        if not other.exists() and not other.is_symlink():
            return other
    return path
