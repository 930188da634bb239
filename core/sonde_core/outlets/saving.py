"""Something received as a file of the person's own: whole under its name, or not there at all.

It is written beside its place under a passing name, and takes its name only at the end. What has
that name by then is left alone, unless the person said that it may go.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..body import SLICE
from ..errors import SaveError, TakenError
from ..history.identity import new_id
from ..history.troubles import words
from ..quoting import quoted

Slices = Callable[[], Iterator[bytes]]

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Where a file system has no links, or another machine keeps it and says so in its own way.
_NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
)


@dataclass(frozen=True, slots=True)
class Content:
    """Something that can be written to a file, or given to a command.

    Attributes:
        title: What it is: `body as received`.
        slices: Gives its bytes from the start, each time it is called; raises BodyError.
        name: Suggested for a file; safe.
        size: Bytes, where that is known before.
        note: What a person should know of it: that it is not whole.
    """

    title: str
    slices: Slices
    name: str
    size: int | None = None
    note: str = ""


def pieces_of(data: bytes) -> Slices:
    """Give bytes that are in memory in slices."""
    return lambda: (data[place : place + SLICE] for place in range(0, len(data), SLICE))


def target(typed: str, folder: Path, name: str) -> Path:
    """Return which file a person means by what they typed.

    Args:
        typed: A path, from `folder` on or from anywhere; `~` is the home folder. A folder means
            the file of that `name` in it.
        folder: Where one is.
        name: Safe.

    Raises:
        SaveError: It names no file, or a folder that is missing.
    """
    try:
        path = folder / Path(typed).expanduser()
        if not typed or typed.endswith("/") or path.is_dir():
            path = path / name
        missing = not path.parent.is_dir()
        kind = None if missing else _kind(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise SaveError(
            f"{quoted(typed)} names no file: {_words(error)}.", hint="Type another name."
        ) from error
    if missing:
        raise SaveError(
            f"There is no folder {quoted(str(path.parent))}.",
            hint="Make the folder first, or choose another.",
        )
    if kind is not None and not stat.S_ISREG(kind):
        raise SaveError(f"{quoted(str(path))} is {_what(kind)}.", hint="Type another name.")
    return path


def _kind(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _what(kind: int) -> str:
    if stat.S_ISLNK(kind):
        return "a symbolic link, and those are not followed"
    return "a folder" if stat.S_ISDIR(kind) else "no regular file"


async def save(
    content: Content,
    path: Path,
    *,
    overwrite: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Write a file in a thread; a caller that is cancelled leaves nothing behind.

    Args:
        content: What to write.
        path: See `target`.
        overwrite: What has that name may go.
        progress: Is told, from the thread, how many bytes are written.

    Returns:
        The bytes written.

    Raises:
        TakenError: Something has that name, and may not go.
        SaveError: It cannot be written; what was there is as it was.
        BodyError: It cannot be read; the same.
    """
    stop = threading.Event()
    writing = asyncio.ensure_future(
        asyncio.to_thread(
            write, content.slices, path, overwrite=overwrite, progress=progress, stop=stop
        )
    )
    try:
        return await asyncio.shield(writing)
    except asyncio.CancelledError:
        stop.set()
        with contextlib.suppress(SaveError):
            await writing
        raise


def write(
    slices: Slices,
    path: Path,
    *,
    overwrite: bool = False,
    progress: Callable[[int], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> int:
    """Do what `save` does, in this thread, until `stop` is set."""
    beside = path.with_name(f".{path.name[:40]}.{new_id()}.part")
    try:
        mode = _mode(path, overwrite=overwrite)
        handle = os.open(beside, _NEW, 0o666)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    try:
        size = _fill(handle, slices, mode, progress, stop or threading.Event())
        _name(beside, path, overwrite=overwrite)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return size


def _mode(path: Path, *, overwrite: bool) -> int | None:
    """Return the rights of the file that is there, which the new one is to have too."""
    kind = _kind(path)
    if kind is None:
        return None
    if not overwrite:
        raise TakenError(f"{quoted(str(path))} exists{_protected(path, kind)}.")
    if not stat.S_ISREG(kind):
        raise SaveError(f"{quoted(str(path))} is {_what(kind)}.", hint="Type another name.")
    return stat.S_IMODE(kind) & 0o777


def _protected(path: Path, kind: int) -> str:
    """Say of a file that it is not to be written; the folder's rights let it go all the same."""
    writable = kind & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) and os.access(path, os.W_OK)
    return "" if writable else " and is read-only"


def _fill(
    handle: int,
    slices: Slices,
    mode: int | None,
    progress: Callable[[int], None],
    stop: threading.Event,
) -> int:
    size = 0
    with os.fdopen(handle, "wb", buffering=0) as stream:
        if mode is not None:
            os.fchmod(handle, mode)
        for piece in slices():
            if stop.is_set():
                raise SaveError("Saving was cancelled; nothing was written.")
            view = memoryview(piece)
            while view:
                view = view[stream.write(view) or 0 :]
            size += len(piece)
            progress(size)
    if stop.is_set():
        raise SaveError("Saving was cancelled; nothing was written.")
    return size


def _name(beside: Path, path: Path, *, overwrite: bool) -> None:
    """Give a file its name; without `overwrite` only while nothing has it."""
    if overwrite:
        os.replace(beside, path)
        return
    try:
        os.link(beside, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # The name is taken first, with nothing in it, by us and nobody else.
        os.close(os.open(path, _NEW, 0o666))
        os.replace(beside, path)


def _unwritable(path: Path, error: OSError | ValueError) -> SaveError:
    if isinstance(error, FileExistsError):
        return TakenError(f"{quoted(str(path))} exists.")
    return SaveError(f"Could not write {quoted(str(path))}: {_words(error)}.", hint=_hint(error))


def _hint(error: OSError | ValueError) -> str:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    rest = "nothing was left behind."
    return (
        f"Free some space there, or choose another folder; {rest}"
        if full
        else (f"Choose another name or folder; {rest}")
    )


def _words(error: OSError | ValueError | RuntimeError) -> str:
    if isinstance(error, OSError):
        return words(error)
    return "there is no such home folder" if isinstance(error, RuntimeError) else "it cannot be one"
