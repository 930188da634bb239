"""Reading entries for those who show them: what is secret in them is known from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import SondeError

if TYPE_CHECKING:
    from .archive import Archive
    from .entry import Entry


def read(archive: Archive, identity: str, line: bytes = b"") -> Entry:
    """Read an entry, from its line where that was read a moment ago; raises like `Archive.get`."""
    entry = archive.get(identity, line)
    if entry.hidden:
        from ..scrubbing.marking import learn  # most entries hide nothing

        learn(entry)
    return entry


def read_all(archive: Archive, identities: Sequence[str]) -> list[Entry | SondeError]:
    """Read entries in one go; in the place of one that cannot be read stands why."""
    lines = archive.lines(identities)
    return [_read_or_why(archive, each, lines.get(each, b"")) for each in identities]


def _read_or_why(archive: Archive, identity: str, line: bytes) -> Entry | SondeError:
    try:
        return read(archive, identity, line)
    except SondeError as error:
        return error
