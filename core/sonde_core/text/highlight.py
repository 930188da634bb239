"""What the parts of a line are, of JSON, markup, events or code; how they look is not told here.

One regular expression walks one line, so only visible lines cost. A line that begins inside a
string or a comment is not known to: those parts stay plain.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from .languages import is_wanting, language_of, prepare, tokens

__all__ = ["Span", "Token", "is_wanting", "kind_of_text", "prepare", "spans"]

Token: TypeAlias = Literal[
    "key", "string", "number", "constant", "punctuation", "tag", "attribute", "comment"
]
Span: TypeAlias = tuple[int, int, str]

_JSON: Final = re.compile(
    r"""(?P<key>"(?:[^"\\]++|\\.)*+"(?=\s*:))
    |(?P<string>"(?:[^"\\]++|\\.?)*+"?)
    |(?P<number>-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)
    |(?P<constant>\b(?:true|false|null|NaN|Infinity)\b)
    |(?P<punctuation>[{}\[\]:,]++)""",
    re.VERBOSE,
)
_MARKUP: Final = re.compile(
    r"""(?P<comment><!--.*?(?:-->|$))
    |(?P<string><!\[CDATA\[.*?(?:\]\]>|$))
    |(?P<constant><[!?][^>]*+>?|&\#?\w{1,32};)
    |(?P<open></?[A-Za-z_][\w:.-]*+)
    |(?P<close>/?>)
    |(?P<attribute>[A-Za-z_:@][\w:.@-]*+(?=\s*=))
    |(?P<value>"[^"]*+"?|'[^']*+'?)""",
    re.VERBOSE,
)
_INSIDE_TAG: Final = re.compile(r"""\s+[\w:.@-]++\s*=\s*["'][^<>]*+(?:>|$)|\s*/?>\s*$""")

_CSV: Final = re.compile(
    r"""(?P<string>"(?:[^"]++|"")*+"?)
    |(?P<number>(?<![^,;\t])-?\d++(?:\.\d++)?(?![^,;\t\r]))
    |(?P<punctuation>[,;\t]++)""",
    re.VERBOSE,
)
_FORM: Final = re.compile(r"(?P<key>[^=&]++)(?==)|(?P<punctuation>[=&]++)|(?P<string>[^=&]++)")
# The line that heads an event: `#3  type message  id "two words"`.
_HEAD: Final = re.compile(
    r"""(?P<number>^\#\d++)
    |(?P<comment>^no\ data|\ \ not\ finished$)
    |(?P<attribute>(?<=\ \ )(?:type|id|retry)(?=\ ))
    |(?P<key>(?<=\ )(?:"(?:[^"\\]++|\\.)*+"?|[^\ ]++))""",
    re.VERBOSE,
)
# A line of an event as it was received.
_FIELD: Final = re.compile(r"(?:data|event|id|retry)(?::|$)")
# A line of the data of an event that looks like one of JSON.
_LIKE_JSON: Final = re.compile(r"""\s*(?:[{}\[\]"]|(?:-?\d[\d.eE+-]*|true|false|null),?\s*$)""")

_SIMPLE: Final = {"json": _JSON, "ndjson": _JSON, "csv": _CSV, "form": _FORM}
_TYPES: Final = {"text/csv": "csv", "text/tab-separated-values": "csv"}


def kind_of_text(media_type: str) -> str:
    """Return the kind for `spans` of a text that is none of JSON, markup or events.

    A language has to be prepared first, which takes a moment.
    """
    main = media_type.partition(";")[0].strip().lower()
    if main.endswith("/x-www-form-urlencoded"):
        return "form"
    return _TYPES.get(main) or language_of(media_type) or "text"


def spans(kind: str, line: str) -> list[Span]:
    """Return the parts of a line as (start, end, token), in order, without overlap.

    Args:
        kind: As `kind_of` or `kind_of_text` tell it; any other has no parts.
        line: The text as it is drawn; offsets are characters of it.
    """
    if kind in _SIMPLE:
        return _found(_SIMPLE[kind], line)
    if kind in ("xml", "html"):
        return _markup(line)
    if kind == "events":
        return _event(line)
    return tokens(kind, line)


def _found(pattern: re.Pattern[str], line: str) -> list[Span]:
    return [(m.start(), m.end(), m.lastgroup or "") for m in pattern.finditer(line)]


def _event(line: str) -> list[Span]:
    """Tell head, data and comment apart by how they begin: data is indented, always."""
    if line.startswith(("#", "no data")):
        return _found(_HEAD, line)
    if line.startswith((":", "?")):
        return [(0, len(line), "comment")]
    field = _FIELD.match(line)
    start = field.end() if field else 0
    found: list[Span] = [(0, start, "attribute")] if start else []
    if (line.startswith(" ") or start) and _LIKE_JSON.match(line, start):
        found += [(m.start(), m.end(), m.lastgroup or "") for m in _JSON.finditer(line, start)]
    return found


def _markup(line: str) -> list[Span]:
    found: list[Span] = []
    inside = _INSIDE_TAG.match(line) is not None  # attributes that go on from the line before
    for match in _MARKUP.finditer(line):
        part = match.lastgroup or ""
        if part == "open":
            inside, part = True, "tag"
        elif part == "close":
            if not inside:
                continue
            inside, part = False, "tag"
        elif part == "value":
            part = "string"
            if not inside:
                continue
        elif part == "attribute" and not inside:
            continue
        found.append((match.start(), match.end(), part))
    return found
