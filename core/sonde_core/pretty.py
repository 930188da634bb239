"""Bodies as people read them: JSON indented, and nothing in it changed.

Numbers, escapes, repeated names and their order stay as received; only white space between tokens
is made anew. What cannot be indented is shown as received, with a sentence that says why.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from .body import Body
from .errors import BodyError
from .json_check import Fault, check, depth, reindent
from .kinds import MARK
from .kinds import kind_of as kind_of
from .safetext import charset_of, codec_of, utf8_type

# Above this a body is formatted in a process of its own: the library holds the interpreter.
INLINE: Final = 1 << 20
MAX_DEPTH: Final = 200
# Indenting may make a small body huge: 1 MB of numbers, 200 levels deep, becomes 200 MB.
MAX_TEXT: Final = 64 << 20
# The place of a fault is looked for token by token up to this size.
CHECKED: Final = 8 << 20

_RAW: Final = "It is shown as received."


@dataclass(frozen=True, slots=True)
class Pretty:
    """A body to be read.

    Attributes:
        body: What to show, in UTF-8; the body itself when nothing is better.
        note: One sentence when it is not what was asked for; may hold text of the body.
        hint: What to do about it; may be empty.
    """

    body: Body
    note: str = ""
    hint: str = ""

    @property
    def text(self) -> bytes:
        """All bytes to show."""
        return self.body.read()


@dataclass(frozen=True, slots=True)
class Rendered:
    """What formatting gave; no text means that the bytes are shown as they are."""

    text: bytes | None = None
    note: str = ""
    hint: str = ""


def pretty(body: Body) -> Pretty:
    """Format a body here and now; up to 20 ms for 1 MB.

    Raises:
        BodyError: The bytes cannot be read.
    """
    if not wanted(body):
        return Pretty(body)
    found = render(body.read(), body.media_type)
    if found.text is not None:
        body = Body.of(found.text, media_type=utf8_type(body.media_type))
    return Pretty(body, found.note, found.hint)


async def prettify(body: Body) -> Pretty:
    """Format a body without holding the event loop: in a thread, or a process when it is large.

    Raises:
        BodyError: The bytes cannot be read.
    """
    if body.size > INLINE and wanted(body):
        from .offload import offload

        try:
            done = await offload("pretty", body)
        except BodyError as error:
            return Pretty(body, error.message, error.advice or _RAW)
        return Pretty(done.body or body, done.note, done.hint)
    return await asyncio.to_thread(pretty, body)


def wanted(body: Body) -> bool:
    """Whether formatting gives something else than what was received; raises BodyError."""
    return body.size > 0 and (kind_of(body) == "json" or _other_charset(body))


def _other_charset(body: Body) -> bool:
    if kind_of(body) in ("binary", "image"):
        return False
    return codec_of(body.read(0, 4), charset_of(body.media_type)) != "utf-8"


def render(data: bytes, media_type: str, *, measured: bool = True) -> Rendered:
    """Format bytes; pure, for a thread or a process.

    Args:
        data: All bytes of a body.
        media_type: Its Content-Type.
        measured: Tell first how large the result may be; a process with a limit on its memory
            does without.
    """
    body = Body(len(data), media_type=media_type, _data=data)
    codec = codec_of(data, charset_of(media_type))
    note, text = "", None
    if codec.startswith(("utf-16", "utf-32")) or (codec != "utf-8" and not data.isascii()):
        data = text = data.decode(codec, "replace").encode("utf-8", "replace")
        note = f"The body is in {codec}; it is shown as UTF-8."
    if kind_of(body) != "json" or "jsonl" in media_type or "ndjson" in media_type:
        return Rendered(text, note)
    if data.startswith(MARK):
        data = data.removeprefix(MARK)
        note = note or "A byte order mark stands before the JSON; it is not shown here."
    found = _json(data, measured=measured)
    if found.text is not None:
        return Rendered(found.text, note)
    claimed = "json" in media_type.lower()
    return Rendered(text, found.note, found.hint) if claimed else Rendered(text, note)


def _json(data: bytes, *, measured: bool) -> Rendered:
    import msgspec

    if measured and (refused := _too_large(data)):
        return refused
    try:
        return Rendered(msgspec.json.format(data, indent=2))
    except msgspec.DecodeError as error:
        return _refused(data, str(error))
    except RecursionError:
        return _too_deep(data, depth(data))
    except MemoryError:
        return _too_long()


def _too_large(data: bytes) -> Rendered | None:
    opened = data.count(b"[") + data.count(b"{")
    breaks = 2 * (data.count(b",") + 2 * opened)
    if opened <= MAX_DEPTH and breaks * opened <= MAX_TEXT:
        return None
    levels = depth(data)
    if levels > MAX_DEPTH:
        return _too_deep(data, levels)
    return _too_long() if breaks * levels > MAX_TEXT else None


def _too_deep(data: bytes, levels: int) -> Rendered:
    fault = check(data) if len(data) <= CHECKED else None
    if fault is not None:
        return Rendered(note=fault.sentence(data), hint=fault.hint or _RAW)
    note = f"The JSON is nested {levels:,} levels deep; up to {MAX_DEPTH} are indented."
    return Rendered(note=note, hint=_RAW)


def _too_long() -> Rendered:
    return Rendered(note="The JSON would be too large when indented.", hint=_RAW)


def _refused(data: bytes, message: str) -> Rendered:
    """Explain what the library refused, or indent what it refused without need."""
    if len(data) > CHECKED:
        return _refused_large(data, message)
    fault = check(data)
    if fault is None:
        # Valid by the grammar: a lone surrogate as an escape, for one.
        return Rendered(reindent(data))
    return Rendered(note=fault.sentence(data), hint=fault.hint or _RAW)


def _refused_large(data: bytes, message: str) -> Rendered:
    found = re.fullmatch(r"JSON is malformed: (.*) \(byte (\d+)\)", message)
    if found is None:
        return Rendered(note="Not valid JSON: it ends too early.", hint=_RAW)
    fault = Fault(int(found[2]), f"{{place}} has an error: {found[1]}")
    return Rendered(note=fault.sentence(data), hint=_RAW)
