"""Places that a comparison leaves out: `header:etag`, `body.items[*].id`, `/^Took .* ms$/`."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from ..errors import RequestError
from ..quoting import quoted

# A name, an index, or None for any of them.
Key: TypeAlias = str | int | None
Path: TypeAlias = tuple[Key, ...]

_WHOLE: Final = frozenset(
    {"outcome", "status", "version", "redirect", "header", "trailer", "body"}
    | {"sent", "received", "end", "kind"}
)
# What we sent, where the steps of a person ask for something else than was recorded.
SENT_BY_STEPS: Final = "sent (by steps)"
_DEFAULTS: Final = {"header:date": "the Date header, as always"}
_BY_STEPS: Final = "what was sent, as the steps were written by a person"
_STEP: Final = re.compile(
    r"""\.(?:(?P<any>\*)|(?P<name>[^\s.\[\]"'*]+)|(?P<quoted>"(?:[^"\\]|\\.)*"))"""
    r"""|\[\s*(?:(?P<index>\d{1,18})|(?P<key>"(?:[^"\\]|\\.)*")|(?P<each>\*?))\s*\]"""
)
_PATTERN: Final = re.compile(r"/(?P<text>.+)/(?P<flags>i?)", re.DOTALL)
# How a path into a body may begin: ours, JSONPath's and jq's.
_ROOTS: Final = ("body", "$", "")
_PLAIN: Final = re.compile(r"""[^\s.\[\]"'|*?&(){},:@`!<>=]+""")


@dataclass(frozen=True, slots=True)
class Places:
    """What is left out.

    Attributes:
        whole: Names of whole parts, such as `status` or `body`.
        headers: Patterns of header names in lower case; `*` stands for anything.
        trailers: The same for trailers.
        paths: Where in a JSON body.
        patterns: What is taken out of each line of a text before it is compared.
        texts: All of them, as they were read.
        built_in: Those that no rule of a person names, and how each is told.
    """

    whole: frozenset[str] = frozenset()
    headers: tuple[str, ...] = ()
    trailers: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()
    texts: tuple[str, ...] = ()
    built_in: Mapping[str, str] = field(default_factory=dict)

    @property
    def pattern_texts(self) -> tuple[str, ...]:
        """The patterns, as they were read."""
        return tuple(text for text in self.texts if _PATTERN.fullmatch(text.strip()))

    def without_patterns(self, given_up: Collection[str]) -> Places:
        """Leave out no more what some of the patterns match."""
        both = zip(self.pattern_texts, self.patterns, strict=True)
        patterns = tuple(pattern for text, pattern in both if text not in given_up)
        texts = tuple(text for text in self.texts if text not in given_up)
        return replace(self, patterns=patterns, texts=texts)

    def has(self, where: str, name: str = "") -> bool:
        """Whether a part, or one header or trailer, is left out."""
        patterns = {"header": self.headers, "trailer": self.trailers}.get(where, ())
        lowered = name.lower()
        return where in self.whole or any(fnmatchcase(lowered, each) for each in patterns)


def parse(texts: Iterable[str]) -> Places:
    """Read places.

    Raises:
        RequestError: One of them is none.
    """
    whole: set[str] = set()
    named: dict[str, list[str]] = {"header": [], "trailer": []}
    paths: list[Path] = []
    patterns: list[re.Pattern[str]] = []
    texts = tuple(texts)
    for text in texts:
        if match := _PATTERN.fullmatch(text.strip()):
            patterns.append(_pattern(match))
            continue
        where, colon, name = text.strip().partition(":")
        if text == SENT_BY_STEPS:
            whole.add("sent")
        elif text.strip() in _WHOLE:
            whole.add(text.strip())
        elif colon and name and where.lower() in named:
            named[where.lower()].append(name.strip().lower())
        else:
            paths.append(_path(text))
    headers, trailers = tuple(named["header"]), tuple(named["trailer"])
    return Places(
        frozenset(whole),
        headers,
        trailers,
        tuple(paths),
        tuple(patterns),
        texts,
        dict(_built_in(texts)),
    )


def _built_in(texts: Collection[str]) -> Iterator[tuple[str, str]]:
    yield from ((text, told) for text, told in _DEFAULTS.items() if text in texts)
    if SENT_BY_STEPS in texts and "sent" not in texts:
        yield "sent", _BY_STEPS


def _pattern(match: re.Match[str]) -> re.Pattern[str]:
    try:
        return re.compile(match["text"], re.IGNORECASE if match["flags"] else 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise RequestError(
            f"{quoted(match[0])} is no regular expression: {error}.",
            hint="Write it as /^Took .* ms$/.",
        ) from error


def _path(text: str) -> Path:
    rest = text.strip()
    path: list[Key] = []
    position = next(len(root) for root in _ROOTS if rest.startswith(root))
    while match := _STEP.match(rest, position):
        path.append(_key(match))
        position = match.end()
    if position < len(rest) or not path:
        raise RequestError(
            f"{quoted(text)} is no place that can be left out.",
            hint="Write header:etag, body.time, body.items[*].id, status, received, or /text/.",
        )
    return tuple(path)


def _key(match: re.Match[str]) -> Key:
    if match["any"] or match["each"] is not None:
        return None
    if match["index"]:
        return int(match["index"])
    quoted = match["quoted"] or match["key"]
    if quoted is None:
        return match["name"]
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        return quoted[1:-1]


def join(path: str, key: str | int) -> str:
    """Write one step more of a path, as `pick` reads it."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not _PLAIN.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key
