"""What can go wrong with the history's files, in words."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from ..errors import HistoryError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class PathError(HistoryError):
    """There is no place for a history file."""


class ForeignError(HistoryError):
    """A file that is no history of ours; it must not be touched."""

    hint = "Choose another file with --history or SONDE_HISTORY."


def check_path(path: Path) -> None:
    """Make sure that a path can name a file; raises PathError."""
    if path.parts[:1] and path.parts[0].startswith("~"):
        raise PathError("There is no home folder to keep the history in.")
    try:
        plain = b"\0" not in os.fsencode(path)
    except UnicodeError:
        plain = False
    if not plain:
        raise PathError("The history's path is no file name.")


def has_no_room(error: OSError) -> bool:
    """Tell whether a file call failed because a disk, a quota or a limit is full."""
    return error.errno in _FULL


def words(error: OSError) -> str:
    """Say why a file call failed."""
    if has_no_room(error):
        return "there is no room left"
    if error.errno in _FORBIDDEN:
        return "that is not allowed here"
    if error.errno == errno.ELOOP:
        return "it is a symbolic link, and those are not followed"
    return (error.strerror or "it failed").lower()


def unwritable(error: OSError, path: Path) -> HistoryError:
    """Turn a failed write into our error."""
    return HistoryError(f"{error.filename or path} could not be written: {words(error)}.")
