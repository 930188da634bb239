"""What the filtering process does: an expression on a document, or on a list that may grow."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Final, Literal

from ..errors import BodyError
from .document import Document
from .expression import Expression, Query, advice, parse
from .forms import Form
from .inbox import Message
from .records import Records, records
from .sieve import Sieve

_SLICE: Final = 1 << 17  # bytes of a list between two looks at what is asked
_EMPTY: Final = (b"[]", b"null")
_TOLD_EACH: Final = 0.05  # seconds


class Source:
    """The body, in a file that may still grow."""

    def __init__(self, message: Message) -> None:
        self.form: Form = message["form"]  # type: ignore[assignment]  # our own words
        self.codec = str(message["codec"])
        self.grow(message)

    def grow(self, message: Message) -> None:
        """Take what is known of it now."""
        self._path = Path(str(message["path"]))
        self.size = int(str(message["size"]))
        self.arriving = bool(message["arriving"])

    def read(self, start: int, size: int) -> bytes:
        """Return bytes that have come; raises BodyError."""
        size = min(size, self.size - start)
        try:
            with self._path.open("rb") as stream:
                stream.seek(start)
                data = stream.read(size)
        except OSError as error:
            raise BodyError(f"Could not read the body: {error.strerror}.") from error
        if len(data) < size:
            raise BodyError("The body is not all there any more.")
        return data

    def document(self) -> Document:
        """Return all of it, to be picked from; raises BodyError."""
        data = self.read(0, self.size)
        if self.codec != "utf-8":
            data = data.decode(self.codec, "replace").encode("utf-8", "replace")
        return Document(data)


class Result:
    """What comes of a job, in the file that was named for it."""

    def __init__(self, path: str) -> None:
        """Begin anew, whatever the file has; raises BodyError."""
        self._path = Path(path)
        self._digest = hashlib.sha256()
        self._size = 0
        self._write(b"", "wb")

    def add(self, data: bytes) -> Message:
        """Append, and return what is there now; raises BodyError."""
        self._write(data, "ab")
        self._size += len(data)
        self._digest.update(data)
        return {"size": self._size, "sha256": self._digest.hexdigest()}

    def _write(self, data: bytes, mode: Literal["wb", "ab"]) -> None:
        try:
            with self._path.open(mode) as stream:
                stream.write(data)
        except OSError as error:
            raise BodyError(
                f"Could not keep what was filtered: {error.strerror}.",
                hint="Free some space in the temporary folder.",
            ) from error


class DocumentJob:
    """An expression that is looked for in a document, once."""

    def __init__(self, message: Message) -> None:
        """Begin; raises BodyError."""
        self.number = message["job"]
        self.expression: Expression = parse(str(message["expression"]))
        self._result = Result(str(message["result"]))

    def do(self, document: Document) -> Message:
        """Return what is to be told; raises BodyError."""
        found = document.find(self.expression)
        kept = self._result.add(found.data)
        empty = isinstance(self.expression, Query) and found.data in _EMPTY
        hint = advice(self.expression.text) if empty else ""
        return {"job": self.number, "done": True, "type": found.media_type, "hint": hint, **kept}


class ListJob:
    """A list under way through a sieve."""

    def __init__(self, source: Source, message: Message) -> None:
        """Begin; raises BodyError."""
        self.number = message["job"]
        self._source = source
        self._sieve = Sieve(source.form, parse(str(message["expression"]), listed=True))
        self._records: Records = records(source.form, source.codec)
        self._result = Result(str(message["result"]))
        self._read = 0
        self._told = 0.0
        self._done = False

    @property
    def busy(self) -> bool:
        """Whether there is something to do now."""
        more = self._read < self._source.size or not self._source.arriving
        return more and not self._done

    def step(self) -> Message | None:
        """Do a slice, and return what is to be told if it is time to; raises BodyError."""
        data = self._source.read(self._read, _SLICE)
        self._read += len(data)
        caught_up = self._read >= self._source.size
        self._done = caught_up and not self._source.arriving
        kept = self._result.add(self._sieve.through(self._records.feed(data, last=self._done)))
        now = time.monotonic()
        if not caught_up and now - self._told < _TOLD_EACH:
            return None
        self._told = now
        return {
            "job": self.number,
            "done": self._done,
            "waits": caught_up,
            **self._counts(),
            **kept,
        }

    def _counts(self) -> Message:
        sieve = self._sieve
        return {
            "matched": sieve.matched,
            "seen": sieve.seen,
            "skipped": sieve.skipped,
            "selects": sieve.selects,
            "hint": "" if sieve.matched else sieve.advice(),
        }
