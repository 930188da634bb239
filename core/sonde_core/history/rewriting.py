"""Entries written anew without their secrets: prepared beside, put in place by a compaction.

The old file and its bodies stay as they are until the new file takes the name; what only the old
one named is removed under the same lock.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from ..body import Spool
from ..errors import HistoryError, SondeError
from ..left_out import LeftOut
from ..scrubbing.patterns import SlowPatternError
from ..scrubbing.scrubber import Scrubber
from ..words import count
from .bodies import Batch, Bodies
from .compaction import plan, remaining
from .entry import Entry, from_json, to_json
from .housekeeping import Through
from .index import glance_shown
from .lines import whole_record
from .schema.bodies import INLINE, GetBody
from .schema.values import Record, dumps, from_text
from .snapshot import LONGEST
from .store import Store
from .troubles import words

# The start of a line as we write it. In one that others wrote, the id may stand anywhere.
_USUAL: Final = re.compile(rb'\{"v":\d+,"id":"([ !#-\[\]-~]+)"').match


class Compact(Protocol):
    """Rewrites the file; all lines go through something on their way."""

    def __call__(self, *, through: Through | None = None) -> int: ...


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What came of scrubbing one entry.

    Attributes:
        secrets: What was taken out of it now.
        trouble: Why it is as it was; empty if it could be read.
    """

    id: str
    secrets: tuple[LeftOut, ...] = ()
    trouble: str = ""

    @property
    def changed(self) -> bool:
        """Whether it is another than before."""
        return bool(self.secrets)


class Rewriting:
    """One run over some entries.

    Args:
        chosen: Ids of the entries.
        scrubber: Takes secrets out of them.
        written: Whether it is more than a look at what would be done.
        inline: Bytes of a body that stand in its entry.
        tell: Told how many entries were looked through, in another thread.
    """

    def __init__(
        self,
        chosen: Collection[str],
        scrubber: Scrubber,
        *,
        written: bool = True,
        inline: int = INLINE,
        tell: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._chosen = frozenset(chosen)
        self._scrubber = scrubber
        self._written = written
        self._inline = inline
        self._tell = tell
        self._get: GetBody
        self._batch: Batch
        self._spool = Spool(digested=False)
        self._prepared: dict[bytes, tuple[int, int]] = {}  # by the digest of the old line
        self._done: dict[str, Scrubbed] = {}
        self._stopped = self._placing = False
        self._deciding = threading.Lock()

    def stop(self) -> bool:
        """End it before anything is taken out; False when it is too late; for any thread."""
        with self._deciding:
            self._stopped = not self._placing
            return self._stopped

    def perform(
        self, store: Store, bodies: Bodies, compact: Compact, find: Callable[[str], None]
    ) -> list[Scrubbed]:
        """Do it, and return what came of each entry.

        Args:
            store: The file.
            bodies: The folder beside.
            compact: Rewrites the file.
            find: Told what a person should know.

        Raises:
            HistoryError: The file cannot be rewritten, or it was stopped; it is as it was.
            SlowPatternError: A pattern takes too long; likewise.
        """
        self._get, self._batch = bodies.get, bodies.batch(written=self._written)
        try:
            if not self._written or self._scrubber.may_be_slow:
                self._look(store)
            if self._written:
                self._write(store, compact, find)
        except OSError as error:
            raise HistoryError(f"{store.path} was not scrubbed: {words(error)}.") from error
        finally:
            self._batch.discard()
        return list(self._done.values())

    def _look(self, store: Store) -> None:
        """See what would be done, with changes folded in as a compaction does it."""
        snapshot = store.snapshot()
        written, self._written = self._written, False
        try:
            decided = plan(snapshot.forwards(), lambda _: True)
            for line in remaining(snapshot.forwards(), decided, snapshot.read, lambda _: None):
                if self._is_chosen(line):
                    self._change(line)
                    self._tell(len(self._done))
        finally:
            self._written = written
            snapshot.close()

    def _write(self, store: Store, compact: Compact, find: Callable[[str], None]) -> None:
        self._done.clear()
        compact()  # so that lines are as they are found once more
        self._prepare(store)
        with self._deciding:
            self._check()
            self._placing = True
        if self._prepared:
            compact(through=self._through)
        lines = _purge(store)
        if lines is not None:
            what = f", with {count(lines, 'damaged line')}" if lines else ""
            name = f"{store.path.name}.torn"
            find(f"{name} was removed{what}, as secrets may have been in it.")

    def _check(self) -> None:
        if self._stopped:
            raise HistoryError("Stopped: nothing was taken out.", hint="Run it again to do it.")

    def _prepare(self, store: Store) -> None:
        """Write new lines and bodies aside, without holding up other processes."""
        snapshot = store.snapshot()
        try:
            for line in snapshot.forwards():
                if not self._is_chosen(line.data):
                    continue
                changed = self._change(line.data)
                self._tell(len(self._done))
                if changed is not None:
                    place = self._spool.size
                    self._spool.write(changed)
                    self._prepared[hashlib.sha256(line.data).digest()] = place, len(changed)
        finally:
            snapshot.close()

    def _through(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """Put new lines in place of old ones; needs the lock."""
        self._place()
        kept = self._spool.body()
        for line in lines:
            if not self._is_chosen(line):
                yield line
                continue
            found = self._prepared.get(hashlib.sha256(line).digest())
            if found:
                yield kept.read(*found)
            else:  # somebody changed it meanwhile
                changed = self._change(line)
                self._place()
                yield line if changed is None else changed

    def _place(self) -> None:
        self._batch.place()
        if self._batch.lacking:
            self._batch.take_back()
        self._check_room()

    def _check_room(self) -> None:
        if self._batch.lacking:
            raise HistoryError(
                "There is no room for bodies without their secrets: nothing was changed.",
                hint="Free some space and scrub again.",
            )

    def _is_chosen(self, line: bytes) -> bool:
        usual = _USUAL(line)
        try:
            identity = usual[1].decode() if usual else from_text(glance_shown(line).get("id"))
        except ValueError:
            return False
        return identity in self._chosen

    def _change(self, line: bytes) -> bytes | None:
        """Return another line for an entry; None when it has no secrets, or cannot be read."""
        self._check()
        identity = ""
        try:
            value = whole_record(line)
            if "of" in value:
                return None
            identity = from_text(value.get("id"))
            before = from_json(value, self._get)
            after = self._scrubber.scrub(before)
        except SlowPatternError as error:
            message = f"{error.message} Nothing was changed."
            raise SlowPatternError(message, hint=error.advice) from error
        except (ValueError, SondeError) as error:
            why = error.message if isinstance(error, SondeError) else f"It is unreadable: {error}."
            self._done[identity] = Scrubbed(identity, trouble=why)
            return None
        known = len(before.left_out)
        self._done[identity] = Scrubbed(identity, after.left_out[known:])
        return self._line(value, after) if self._written and after is not before else None

    def _line(self, value: Record, after: Entry) -> bytes:
        written = to_json(replace(after, saved=True), self._batch.put, inline=self._inline)
        # What may be gone now; all else that is not written is not of this version.
        more = {
            name: item for name, item in value.items() if name not in {*written, "tape", "hidden"}
        }
        line = dumps(written | more)
        self._check_room()
        if len(line) > LONGEST:
            raise HistoryError(f"{len(line)} bytes are more than a line of the history holds.")
        return line


def _purge(store: Store) -> int | None:
    """Remove what recovery had cut off, as a secret may be in it; tells how many lines there were.

    Raises:
        HistoryError: Another process does not let go of the file.
        OSError: It cannot be removed.
    """
    torn = store.path.with_name(store.path.name + ".torn")
    with store.locked():
        lines = _lines(torn)
        store.disk.unlink(torn)
    return lines


def _lines(path: Path) -> int | None:
    """Count the lines of a file; None where there is none."""
    try:
        with path.open("rb") as file:
            return sum(1 for line in file if line.strip())
    except FileNotFoundError:
        return None
    except OSError:
        return 0
