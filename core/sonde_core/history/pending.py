"""What is on its way into the history file: in order, and each by itself where one does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ..body import Body
from ..errors import BodyError, HistoryError
from ..settings import Limits
from .begun import mark
from .bodies import Batch, Bodies
from .compaction import folded
from .entry import Entry, to_json
from .schema.values import Record, dumps
from .snapshot import LONGEST
from .store import Store
from .troubles import check_path, has_no_room, unwritable

# Lines that are written together.
Lines: TypeAlias = tuple[Record, ...]

# Bytes that were said in an entry which is written together with others.
_SMALL: Final = 1 << 20


class _BesideError(HistoryError):
    """A body could not be written, but the file itself may take other entries."""


@dataclass(slots=True)
class _Waiting:
    """Something to write.

    Attributes:
        need: Bytes of its lines, once they were made.
        failed: A round was over and it was not in the file.
        doubtful: Writing it seemed to fail, so it may be there all the same.
    """

    item: Entry | Lines
    need: int = 0
    failed: bool = False
    written: bool = False
    doubtful: bool = False

    @property
    def is_entry(self) -> bool:
        """Whether it is more than changes of entries that are in the file."""
        return isinstance(self.item, Entry) or any("of" not in line for line in self.item)

    @property
    def subjects(self) -> set[object]:
        """The ids of the entries that it is about."""
        if isinstance(self.item, Entry):
            return {self.item.id}
        return {line.get("of", line.get("id")) for line in self.item}


@dataclass(slots=True)
class Round:
    """What came of trying to write all that waits.

    Attributes:
        last: No other follows.
        written: How much of it is in the file now.
        trouble: What first kept the file from taking something.
        blocked: The file takes nothing, and not for want of room.
        unfit: Why an entry can be written nowhere.
        left_out: Bodies could not be written: what names them is in the file, they are not.
    """

    last: bool = False
    written: int = 0
    trouble: HistoryError | None = None
    blocked: bool = False
    unfit: BodyError | None = None
    left_out: bool = False
    _too_large: int | None = None
    _stuck: set[object] = field(default_factory=set)

    def may_try(self, waiting: _Waiting) -> bool:
        """Tell whether it may still be written: nothing older about it waits, it may fit."""
        fits = self._too_large is None or waiting.need < self._too_large
        return fits and not self.blocked and not waiting.subjects & self._stuck

    def leave(self, waiting: _Waiting) -> None:
        """Take note of what was not written; what comes later about it has to wait too."""
        self._stuck |= waiting.subjects

    def fail(self, waiting: _Waiting, error: HistoryError, *, full: bool) -> None:
        """Take note of why something could not be written."""
        self.trouble = self.trouble or error
        if full:
            self._too_large = min(waiting.need, self._too_large or waiting.need)
        elif not isinstance(error, _BesideError):
            self.blocked = True


class Pending:
    """Entries and changes until they are in the file; for one thread at a time.

    Args:
        store: The file.
        bodies: The folder beside.
        limits: How much of a body is kept, and where.
        arrived: Tells whether an entry is in the file although writing it seemed to fail.
        grown: Told of the bytes of new bodies.
    """

    def __init__(
        self,
        store: Store,
        bodies: Bodies,
        limits: Limits,
        *,
        arrived: Callable[[str], bool],
        grown: Callable[[int], None],
    ) -> None:
        self._store = store
        self._bodies = bodies
        self._limits = limits
        self._arrived = arrived
        self._grown = grown
        self._items: list[_Waiting] = []

    @property
    def unsaved(self) -> int:
        """How many entries a round left here; may be asked in any thread."""
        return sum(each.failed and each.is_entry for each in list(self._items))

    def put(self, item: Entry | Lines) -> None:
        """Take something to be written by the next `write`."""
        self._items.append(_Waiting(item))

    def __contains__(self, item: Entry | Lines) -> bool:
        return any(each.item is item for each in self._items)

    def entry(self, identity: str) -> Entry | None:
        """Return an entry that waits; may be asked in any thread."""
        entries = (each.item for each in list(self._items) if isinstance(each.item, Entry))
        return next((entry for entry in entries if entry.id == identity), None)

    def replace(self, entry: Entry, other: Entry) -> None:
        """Write another entry in the place of one that waits."""
        for each in self._items:
            if each.item is entry:
                each.item, each.need = other, 0

    def drop(self, entry: Entry) -> None:
        """Forget an entry that waits."""
        self._items = [each for each in self._items if each.item is not entry]

    def write(self, *, last: bool = False) -> Round:
        """Write what waits, oldest first; what cannot be written waits on; never raises.

        Args:
            last: Leave out bodies that cannot be written for whatever reason: no try follows.
        """
        now = Round(last)
        self._write_together(now)
        for each in self._items:
            if not each.written and now.may_try(each):
                self._try(each, now)
            if not each.written:
                each.failed = True
                now.leave(each)
        self._items = [each for each in self._items if not each.written]
        return now

    def _write_together(self, now: Round) -> None:
        """Write new entries in one append; if that fails, each is still to be tried by itself."""
        fresh = [each.item for each in self._items if isinstance(each.item, Entry)]
        if len(fresh) < 2 or not all(map(_is_small, self._items)):
            return
        batch = self._bodies.batch(later=True)
        try:
            check_path(self._store.path)
            self._append(self._items, fresh, batch)
        except (BodyError, HistoryError, OSError):
            for each in self._items:
                each.doubtful = True
            return
        for each in self._items:
            each.written = True
        now.written += len(fresh)
        self._kept_beside(batch, now)

    def _kept_beside(self, batch: Batch, now: Round) -> None:
        now.left_out |= batch.lacking
        self._grown(batch.size)

    def begin(self, *entries: Entry) -> None:
        """Write records of what is under way, if that can be done now; never raises."""
        if self._items or not entries:  # while some wait, the file takes nothing
            return
        batch = self._bodies.batch(later=True)
        try:
            check_path(self._store.path)
            self._append(list(map(_Waiting, entries)), entries, batch, begun=True)
            self._grown(batch.size)
        except BodyError:  # of one of them
            for entry in entries if len(entries) > 1 else ():
                self.begin(entry)
        except (OSError, HistoryError):
            pass

    def _try(self, each: _Waiting, now: Round) -> None:
        try:
            if isinstance(each.item, Entry):
                self._write_entry(each, each.item, now)
            else:
                lines = [dumps(line) for line in each.item]
                each.need = sum(map(len, lines))
                self._store.append(lines)
        except BodyError as error:
            now.unfit = now.unfit or error
        except HistoryError as error:
            now.fail(each, error, full=False)
        except OSError as error:
            now.fail(each, unwritable(error, self._store.path), full=has_no_room(error))
        else:
            each.written = True
            now.written += 1

    def _write_entry(self, each: _Waiting, entry: Entry, now: Round) -> None:
        check_path(self._store.path)
        batch = self._bodies.batch(later=True)
        if (each.doubtful or not entry.saved) and self._arrived(entry.id):
            return
        try:
            self._append([each], [entry], batch)
        except (OSError, _BesideError) as error:
            # Bodies may take the room that the line needs.
            crowded = isinstance(error, OSError) and has_no_room(error) and batch.wrote
            if not (crowded or (now.last and isinstance(error, _BesideError))):
                raise
            if self._arrived(entry.id):
                return
            batch = self._bodies.batch(written=False)
            self._append([each], [entry], batch)
        self._kept_beside(batch, now)

    def _append(
        self,
        waiting: Sequence[_Waiting],
        entries: Sequence[Entry],
        batch: Batch,
        *,
        begun: bool = False,
    ) -> None:
        def put(body: Body) -> tuple[str, int]:
            with self._beside():
                return batch.put(body)

        def place() -> None:
            with self._beside():
                batch.place()

        try:
            lines = []
            for each, entry in zip(waiting, entries, strict=True):
                value = to_json(entry, put, inline=self._limits.body_inline)
                line = dumps(folded(value, {"begun": mark()}) if begun else value)
                each.need = len(line)
                if len(line) > LONGEST:  # it would be no entry to who reads it again
                    raise BodyError(f"{len(line)} bytes are more than a line of the history holds.")
                lines.append(line)
            with self._beside():
                batch.settle()  # here, where nobody waits for the lock
            with self._store.locked():
                try:
                    self._store.append(lines, first=place)
                except OSError:
                    # Under the lock nobody else can have named them meanwhile.
                    if not any(self._arrived(entry.id) for entry in entries):
                        batch.take_back()
                    raise
        finally:
            batch.discard()

    @contextmanager
    def _beside(self) -> Iterator[None]:
        """Tell trouble with bodies from trouble with the file."""
        try:
            yield
        except OSError as error:
            raise _BesideError(unwritable(error, self._store.path).message) from error


def _is_small(each: _Waiting) -> bool:
    """Tell whether it is an entry that is new, and small enough to stand beside others."""
    if not isinstance(each.item, Entry) or each.failed:
        return False
    return each.item.exchange.sent + each.item.exchange.received <= _SMALL
