"""What the parts of a line of JSON, XML or HTML are; how they look is not told here.

One regular expression walks one line, so only visible lines cost. A line that begins inside a
string or a comment is not known to: those parts stay plain.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

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


def spans(kind: str, line: str) -> list[Span]:
    """Return the parts of a line as (start, end, token), in order, without overlap.

    Args:
        kind: `json`, `xml` or `html`; any other has no parts.
        line: The text as it is drawn; offsets are characters of it.
    """
    if kind in ("json", "ndjson"):
        return [(m.start(), m.end(), m.lastgroup or "") for m in _JSON.finditer(line)]
    if kind in ("xml", "html"):
        return _markup(line)
    return []


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
