"""The history: everything that was ever said, newest first, in one file; see `Archive`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .deletions import Deletion, Deletions
from .expiry import Expiry
from .reading import read, read_all
from .retrying import Retrying
from .writer import Writer

if TYPE_CHECKING:
    from ..clock import Clock
    from ..errors import SondeError
    from ..model import Exchange
    from ..settings import Limits
    from .archive import Archive
    from .disk import Disk
    from .entry import Entry
    from .housekeeping import Outlook
    from .rewriting import Rewriting, Scrubbed
    from .summary import Summary
    from .together import Together

T = TypeVar("T")


class History:
    """Entries, kept in a file as they come; files are touched in threads.

    Attributes:
        on_change: Called in the event loop's thread after the summaries changed.
        expiry: Keeps the limits by itself after each entry that comes, and tells what went.
        strip: Makes of an entry what is kept of it, in the writing thread; None keeps all.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        disk: Disk | None = None,
    ) -> None:
        """Prepare; `open` opens the file.

        Args:
            path: The file.
            limits: How much is kept.
            clock: Tells the time.
            disk: Reaches the file.
        """
        self.path = Path(path)
        self.on_change: list[Callable[[], None]] = []
        self.strip: Callable[[Entry], Entry] | None = None
        self._limits = limits
        self._clock = clock
        self._disk = disk
        self._made: Archive | None = None
        self._making = threading.Lock()
        self._writer = Writer()
        self._together: Together | None = None
        self._deletions = Deletions()
        self._told = 0
        self._loading: asyncio.Task[None] | None = None
        self._retrying = Retrying(lambda: self._write(self._archive.retry), lambda: self.unsaved)
        self.expiry = Expiry(limits, lambda: self._archive.keep_limits(), self._writer, self._wrote)

    @property
    def _archive(self) -> Archive:
        """What keeps the entries; imported when first asked for: no first screen needs it."""
        with self._making:
            if self._made is None:
                from .archive import Archive

                self._made = Archive(
                    self.path, limits=self._limits, clock=self._clock, disk=self._disk
                )
            return self._made

    @property
    def archive(self) -> Archive:
        """What is behind, for those who look through all entries in a thread of their own."""
        return self._archive

    @property
    def saving(self) -> bool:
        """Whether new entries reach the file."""
        return self._archive.telling.saving

    @property
    def unsaved(self) -> int:
        """How many entries could not be written to the file so far.

        After `close`: how many never were, and are lost with this object.
        """
        return self._made.unsaved if self._made else 0

    @property
    def trouble(self) -> str:
        """Why the file cannot be written, or an entry not; empty while all is well."""
        return self._archive.telling.trouble

    @property
    def unreadable(self) -> str:
        """Why the file's entries cannot be shown; empty if they can."""
        return self._archive.telling.unreadable

    @property
    def warnings(self) -> list[str]:
        """Sentences for a person who stays, oldest first; it only grows."""
        return self._archive.telling.warnings

    @property
    def findings(self) -> list[str]:
        """Those of the warnings that are about what is in the file, not about saving to it."""
        return self._archive.telling.findings

    @property
    def version(self) -> int:
        """A number that grows with each change of the summaries."""
        return self._archive.view.version

    @property
    def complete(self) -> bool:
        """Whether `summaries` has every entry of the file."""
        return self._archive.view.complete

    @property
    def can_undo(self) -> bool:
        """Whether there is a deletion to take back."""
        return bool(self._deletions)

    def open(self, *, ahead: bool = False) -> None:
        """Open or make the file, put it right, read the newest entries; never raises.

        What went wrong is in `warnings`, and in `saving`.

        Args:
            ahead: Have a process read the rest of a large file, since all of it is to be loaded.
        """
        if ahead:
            from .ahead import begin

            self._archive.view.read_ahead(begin(self.path))
        self._archive.open()

    def summaries(self) -> Sequence[Summary]:
        """Return what is known, newest first: the newest 200 at once, all after `load`."""
        return self._archive.view.summaries()

    def find(self, reference: str) -> str:
        """Return an id from an id, a unique beginning of one, or `@N` counted from the newest.

        Raises:
            NotFoundError: None, or more than one, answers to it.
        """
        return self._archive.find(reference)

    async def load(self) -> None:
        """Read the summaries of all entries, a part at a time; who asks meanwhile waits for it."""
        if self._loading is None or self._loading.done():
            # Held here: who asked first may be cancelled, and others still wait for it.
            self._loading = asyncio.create_task(self._load())
        await asyncio.shield(self._loading)

    async def _load(self) -> None:
        while await asyncio.to_thread(self._archive.load_some):
            self._notify()
        self._notify()

    async def refresh(self) -> None:
        """See what other processes wrote."""
        await asyncio.to_thread(self._archive.refresh)
        self._notify()

    async def get(self, identity: str) -> Entry:
        """Read an entry; large bodies are read when they are looked at.

        Raises:
            NotFoundError: There is none.
            HistoryError: It cannot be read; a newer version may have written it.
            BodyError: A file that it needs cannot be read.
        """
        return await asyncio.to_thread(read, self._archive, identity)

    async def get_all(self, identities: Sequence[str]) -> list[Entry | SondeError]:
        """Read entries in one go; in the place of one that cannot be read stands why; see `get`."""
        return await asyncio.to_thread(read_all, self._archive, identities)

    async def begin(self, exchange: Exchange, identity: str, replay_of: str = "") -> None:
        """Note what is under way, and is to be added under the same id once it is over.

        If the program is killed before, this is what the history has of it.
        """
        await self.begin_all([(exchange, identity, replay_of)])

    async def begin_all(self, under_way: Iterable[tuple[Exchange, str, str]]) -> None:
        """Note several at once; each is what `begin` takes."""
        from .begun import left_behind
        from .entry import Entry

        entries = [
            Entry(identity, left_behind(exchange), replay_of=replay_of)
            for exchange, identity, replay_of in under_way
        ]
        strip = self.strip or (lambda entry: entry)
        await self._write(lambda: self._archive.begin(*map(strip, entries)))

    async def add(
        self, exchange: Exchange, *, replay_of: str = "", name: str = "", identity: str = ""
    ) -> Entry:
        """Keep an exchange; it is on the disk when this returns, unless the entry says otherwise.

        A cancelled caller loses nothing: the writing goes on. What `strip` leaves out of the file
        is still in the entry that is returned.
        """
        from .entry import Entry
        from .identity import new_id

        entry = Entry(identity or new_id(), exchange, name=name, replay_of=replay_of)
        kept = await self._queue.put(entry)
        self._wrote()
        self.expiry.look()
        return kept

    def gathering(self, enough: int) -> AbstractContextManager[None]:
        """Let entries that come meanwhile wait for each other: some 10 ms, or until `enough` wait.

        That is for where many come at once, and nobody looks at each: one append takes as long for
        fifty of them as for one.
        """
        return self._queue.gathering(enough)

    async def set(
        self,
        identities: str | Sequence[str],
        *,
        name: str | None = None,
        pinned: bool | None = None,
        tags: Iterable[str] | None = None,
        note: str | None = None,
    ) -> None:
        """Change what a person may change about one entry, or several; None leaves it.

        Raises:
            NotFoundError: One of them is not there; then none is changed.
        """
        from .entry import patch

        values = patch(
            name=name, pinned=pinned, tags=None if tags is None else tuple(tags), note=note
        )
        ids = [identities] if isinstance(identities, str) else list(identities)
        if values and ids:
            await self._write(partial(self._archive.change, ids, values))

    async def delete(self, identities: Sequence[str]) -> None:
        """Delete entries; `undo` brings them back until the history is closed.

        Raises:
            NotFoundError: One of them is not there; then none is deleted.
            HistoryError: One of them cannot be read; likewise.
        """
        if identities:
            with self._deletions.under_way() as deletion:
                await self._write(partial(self._delete, list(identities), deletion))

    def _delete(self, identities: Sequence[str], deletion: Deletion) -> None:
        """Delete entries, in the writing thread: an undo that is asked for meanwhile follows."""
        self._deletions.keep(deletion, self._archive.delete(identities))

    async def undo(self) -> list[str]:
        """Bring the last deletion back, once it is over; returns the ids, none for nothing.

        Nothing comes back when that deletion fails: the one before it was not meant.
        """
        return await self._write(partial(self._undo, self._deletions.meant()))

    def _undo(self, meant: Deletion | None) -> list[str]:
        gone = self._deletions.take(meant)
        return self._archive.restore(gone) if gone else []

    @property
    def compacted(self) -> float:
        """How much of the file a compaction or `outlook` has gone through, from 0 to 1."""
        return self._archive.compacted

    @property
    def last_compaction(self) -> Outlook:
        """What the last compaction of this process did."""
        return self._archive.last_compaction

    async def outlook(self) -> Outlook:
        """Tell what `compact` would leave of the file and the bodies; raises HistoryError."""
        return await asyncio.to_thread(self._archive.outlook)

    async def compact(self, *, everything: bool = True) -> int:
        """Rewrite the file without what was deleted; returns the bytes freed.

        Args:
            everything: Also what other processes deleted a moment ago, and could still undo.

        Raises:
            HistoryError: The file cannot be rewritten; it is as it was.
        """
        some = partial(self._archive.compact, everything=False)
        return await self._write(partial(self._compact, self._archive.tidy if everything else some))

    def _compact(self, compact: Callable[[], int]) -> int:
        freed = compact()
        self._deletions.clear()  # here: a deletion that is asked for meanwhile can be undone
        return freed

    async def scrub(self, run: Rewriting) -> list[Scrubbed]:
        """Take secrets out of entries, the file and the bodies beside; nothing can be undone then.

        Raises:
            HistoryError: The file cannot be rewritten; it is as it was.
        """
        return await self._write(partial(self._scrub, run))

    def _scrub(self, run: Rewriting) -> list[Scrubbed]:
        self._deletions.clear()  # also what was deleted while this waited
        return self._archive.scrub(run)

    async def close(self) -> None:
        """Write what waits, drop what was deleted for good, and let go of the file.

        Afterwards `unsaved` tells how many entries never reached it.
        """
        if self._together:
            self._together.hurry()
        self._retrying.stop()  # first: what it writes later would open the file anew
        await self._write(self._close)
        self._writer.stop()

    def _close(self) -> None:
        self._archive.close()
        self._deletions.clear()

    def _keep(self, entries: Sequence[Entry]) -> list[Entry]:
        """Keep entries, in the writing thread."""
        stripped = [self.strip(each) if self.strip else each for each in entries]
        return [
            each if each is now else replace(each, saved=now.saved, left_out=now.left_out)
            for each, now in zip(entries, self._archive.add_all(stripped), strict=True)
        ]

    @property
    def _queue(self) -> Together:
        """What leads to the writing thread; imported when first asked for, like the archive."""
        if self._together is None:
            from .together import Together

            self._together = Together(self._keep, self._writer.ask)
        return self._together

    async def _write(self, call: Callable[[], T]) -> T:
        """Run a call in the writing thread; a cancelled caller does not cut it short."""
        result = await asyncio.shield(self._writer.ask(call))
        self._wrote()
        return result

    def _wrote(self) -> None:
        """Tell what came of a call of the writing thread."""
        self._notify()
        self._retrying.look()

    def _notify(self) -> None:
        if self._told != self.version:
            self._told = self.version
            for tell in list(self.on_change):
                tell()
