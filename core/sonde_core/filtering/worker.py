"""The process that filters: it keeps a body, and answers one expression after the other.

It is run with `python -m`, reads what `Filtering` asks as lines of JSON from stdin and tells of
the newest job on stdout. A signal ends a search for an older one; the end of stdin ends it all.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
from typing import Final

from .. import memory
from ..errors import SondeError
from ..words import size as size_in_words
from .document import Document
from .expression import Path
from .inbox import SUPERSEDE, Inbox, Message
from .jobs import DocumentJob, ListJob, Source

# A document as objects takes up to 30 times its size; then a result may take a few times its size.
_COPIES: Final = 40
_RESULT: Final = 4
_HINT: Final = "A plain path such as a.b[0].c takes the least."


class Superseded(BaseException):
    """A newer expression is wanted."""


class Worker:
    """Does the newest job."""

    def __init__(self) -> None:
        self._inbox = Inbox(sys.stdin.fileno())
        self._source: Source | None = None
        self._document: Document | None = None
        self._asked: Message | None = None
        self._list: ListJob | None = None
        self._number: object = 0
        self._searching = False
        self._parsed = False
        self._limit = 0

    def run(self) -> None:
        """Work until nobody is there to ask."""
        signal.signal(SUPERSEDE, self._supersede)
        while True:
            for message in self._inbox.take(wait=not self._busy):
                self._obey(message)
            if self._source is not None and self._busy:
                self._work(self._source)

    @property
    def _busy(self) -> bool:
        return self._asked is not None or (self._list is not None and self._list.busy)

    def _obey(self, message: Message) -> None:
        if "job" in message:
            self._asked, self._list = message, None
        elif self._source is not None:
            self._source.grow(message)
        else:
            self._source = Source(message)
            self._limit = memory.limit(memory.LEAST + _COPIES * self._source.size)

    def _work(self, source: Source) -> None:
        """Go on with the newest job, and tell what came of it."""
        try:
            told = self._step(source)
        except Superseded:
            return
        except SondeError as error:
            told = self._refused(error.message, error.advice)
        except MemoryError:
            words = f"Filtering takes more than {size_in_words(self._limit)} of memory, the limit."
            told = self._refused(words, _HINT)
        except RecursionError:
            told = self._refused("The expression is nested too deeply.", _HINT)
        if told is not None:
            ready = self._parsed or source.form != "document"
            sys.stdout.write(json.dumps({**told, "ready": ready}) + "\n")
            sys.stdout.flush()

    def _refused(self, message: str, hint: str) -> Message:
        self._list = None
        return {"job": self._number, "error": message, "hint": hint}

    def _step(self, source: Source) -> Message | None:
        asked, self._asked = self._asked, None
        if asked is None:
            return self._list.step() if self._list is not None else None
        self._number = asked["job"]
        if source.form == "document":
            return self._search(source, DocumentJob(asked))
        self._list = ListJob(source, asked)
        return self._list.step()

    def _search(self, source: Source, job: DocumentJob) -> Message:
        if self._document is None:
            self._document = source.document()
        if not self._parsed and not isinstance(job.expression, Path):
            self._parse(self._document, source.size)
        self._searching = True
        try:
            return job.do(self._document)
        finally:
            self._searching = False

    def _parse(self, document: Document, size: int) -> None:
        """Make the values for JMESPath, which stay; what may be taken besides is less from then."""
        _ = document.value
        gc.freeze()
        if taken := memory.taken():
            self._limit = memory.limit(taken + memory.LEAST + _RESULT * size)
        self._parsed = True

    def _supersede(self, number: int, frame: object) -> None:
        """Leave a search for an older expression, unless the newer one is this one."""
        if self._searching and self._inbox.waiting():
            raise Superseded


def main() -> None:
    """Work, in a process of its own."""
    gc.disable()  # millions of objects that all are wanted
    try:
        Worker().run()
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
