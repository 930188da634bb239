"""Bodies compared as what they are: JSON by structure, text by lines, all else by ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ..body import Body
from ..errors import BodyError
from ..safetext import charset_of, codec_of
from ..text.kinds import kind_of
from ..words import body_cut, size
from . import apart, ranges, structure, texts
from .change import Change
from .hidden import Hidden, Shown
from .places import Places
from .ranges import View
from .report import Report

_MARK: Final = b"\xef\xbb\xbf"
_RESPELLED: Final = (
    "The JSON says the same; its bytes differ: white space, order of names, or how numbers and "
    "strings are spelled."
)
_NO_STRUCTURE: Final = (
    "The JSON is not valid, or too large or deep to be compared by structure: it was compared as "
    "text, and no path in it was left out."
)
_DIGITS: Final = 16
# Seconds for the regular expressions of a comparison, and for the others once one is given up.
_PATIENCE: Final = 3.0
_SECOND_PATIENCE: Final = 1.5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two bodies to be compared.

    Attributes:
        where: What the changes call them: `body`, `sent` or `received`.
        part: Whether they are only the first parts of what there was.
        hides: Whether secrets in them are not shown, nor what would help to guess them.
        veils: Whether secrets in them are not shown.
        shown: What is shown of them, where that is known.
    """

    before: Body
    after: Body
    where: str = "body"
    part: bool = False
    hides: bool = False
    veils: bool = False
    shown: tuple[Shown, Shown] | None = None

    @property
    def name(self) -> str:
        return "the body" if self.where == "body" else f"what was {self.where}"

    @property
    def same(self) -> bool:
        before, after = self.before, self.after
        return (before.size, before.sha256) == (after.size, after.sha256)

    @property
    def whole(self) -> bool:
        """Whether these are all bytes, and all can be read."""
        return not self.part and all(body.stored == body.size for body in (self.before, self.after))

    def views(self) -> tuple[View, View]:
        """Return what can be compared: all, or what is kept of both."""
        sizes = self.before.size, self.after.size
        if not self.whole:
            sizes = (min(self.before.stored, self.after.stored),) * 2
        shown: tuple[Shown | None, Shown | None] = self.shown or (None, None)
        if (self.hides or self.veils) and self.shown is None:
            shown = _hidden(self.before, sizes[0]), _hidden(self.after, sizes[1])
        return View(self.before, sizes[0], shown[0]), View(self.after, sizes[1], shown[1])


def _hidden(body: Body, size: int) -> Hidden:
    return Hidden(body, size, is_json=kind_of(body) == "json")


def compare(pair: Pair, report: Report, places: Places) -> None:
    """Report what differs; bodies whose bytes are gone are told apart by size and digest."""
    before, after = body_cut(pair.before), body_cut(pair.after)
    if before != after:
        change = Change("end", f"of {pair.name}", before or "whole", after or "whole")
        report.tell(f"how {pair.name} ends", change, ignored=places.has("end"))
    if not pair.same:
        _compare_contents(pair, report, places.without_patterns(report.given_up))


def _compare_contents(pair: Pair, report: Report, places: Places) -> None:
    if places.has(pair.where):
        _digests(pair, report, ignored=True)
    elif pair.shown is None and apart.is_worth(pair.before, pair.after, places):
        _apart(pair, report, places)
    else:
        compare_here(pair, report, places)


def _apart(pair: Pair, report: Report, places: Places) -> None:
    options: dict[str, object] = {
        "where": pair.where,
        "part": pair.part,
        "hides": pair.hides,
        "reveal": report.reveal,
        "places": places.texts,
    }
    last = bool(report.given_up)
    patience = _SECOND_PATIENCE if last else _PATIENCE
    both = pair.before, pair.after
    try:
        report.found.add(apart.compare(*both, report.watch, options, patience=patience))
    except apart.SlowPatternError as error:
        texts = places.pattern_texts
        for text in texts if last else (texts[error.number],):
            report.give_up(text)
        _compare_contents(pair, report, places.without_patterns(report.given_up))
    except BodyError:
        _digests(pair, report)
    except apart.NoProcessError:
        compare_here(pair, report, places)
    except apart.GivenUpError:
        report.note(f"The comparison of {pair.name} took too long or too much, and was given up.")
        _digests(pair, report, note="not compared in time")


def compare_here(pair: Pair, report: Report, places: Places) -> None:
    """Report what differs of two bodies that differ, in this process.

    Of JSON in an answer the members that give access are not shown, as of a request.
    """
    try:
        if not report.reveal and "json" in map(kind_of, (pair.before, pair.after)):
            pair = replace(pair, veils=True)
        if pair.whole:
            _contents(pair, report, places)
        else:
            _kept(pair, report, places)
    except BodyError:  # a file went away meanwhile
        _digests(pair, report)


def _contents(pair: Pair, report: Report, places: Places) -> None:
    kinds = {kind_of(body) for body in (pair.before, pair.after) if body.size}
    raw = bool(kinds & {"binary", "image"})
    if len(kinds) > 1:
        how = "bytes" if raw else "text"
        one, other = sorted(kinds)
        report.note(f"One is {one}, the other {other}: they were compared as {how}.")
    if raw:
        _bytes(pair, report)
        return
    readable = replace(pair, before=_utf8(pair.before), after=_utf8(pair.after))
    if pair.where == "body" and kinds == {"json"}:
        if _structure(readable, report, places):
            return
        report.note(_NO_STRUCTURE)
    if readable.same or not _lines(readable, report, places):
        _bytes(pair, report)


def _structure(pair: Pair, report: Report, places: Places) -> bool:
    if max(pair.before.size, pair.after.size) > structure.MOST:
        return False  # not even read
    known = len(report.changes), report.found.left_out
    before, after = (body.read().removeprefix(_MARK) for body in (pair.before, pair.after))
    if not structure.compare(before, after, report, places):
        return False
    if (len(report.changes), report.found.left_out) == known:
        report.note(_RESPELLED)
    return True


def _utf8(body: Body) -> Body:
    """Return text in UTF-8; a large one in another charset stays as it is."""
    codec = codec_of(body.read(0, 4), charset_of(body.media_type))
    if codec == "utf-8" or body.size > texts.MOST:
        return body
    text = body.read().decode(codec, "replace")
    return Body.of(text.encode("utf-8", "replace"))


def _kept(pair: Pair, report: Report, places: Places) -> None:
    """Compare what is kept of both; where that is the same, the rest tells them apart."""
    before, after = pair.views()
    if ranges.start_of(before, after) == before.size:
        if not pair.part:
            _digests(pair, report)
        return
    report.note(
        f"Only the first {size(before.size)} of {pair.name} were compared: more is not kept."
    )
    kinds = {kind_of(pair.before), kind_of(pair.after)}
    if kinds & {"binary", "image"} or not _lines(pair, report, places):
        _bytes(pair, report)


def _lines(pair: Pair, report: Report, places: Places) -> bool:
    noun = f"place in the text of {pair.name}"
    return texts.compare(*pair.views(), report, pair.where, noun, places.patterns)


def _bytes(pair: Pair, report: Report) -> None:
    noun = f"range of bytes in {pair.name}"
    ranges.compare(*pair.views(), report, pair.where, noun)


def _digests(pair: Pair, report: Report, *, ignored: bool = False, note: str = "") -> None:
    before, after = (_in_short(body, hides=pair.hides) for body in (pair.before, pair.after))
    if not ignored:
        note = note or "the bytes are not kept any more"
    report.tell(pair.name, Change(pair.where, "", before, after, note), ignored=ignored)


def _in_short(body: Body, *, hides: bool) -> str:
    """Tell size and digest; from the digest of little text one could find out a secret in it."""
    return size(body.size) if hides else f"{size(body.size)}, sha256 {body.sha256[:_DIGITS]}…"
