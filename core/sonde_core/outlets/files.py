"""Files that a person names: read in slices, written without following links."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ..body import SLICE
from ..errors import BodyError, RequestError
from ..quoting import quoted

MOST: Final = 256 << 20  # bytes of a file that is sent as one message or step
ENDLESS: Final = 1 << 30  # bytes of what is no file, from which on it may have no end
DATAGRAM: Final = 65_535  # bytes; what fits depends on the network and is told when it is sent

# O_NONBLOCK: a pipe that nobody reads is refused instead of waited for.
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def check_readable(path: str) -> None:
    """Make sure that a file can be read, before anything is sent.

    Raises:
        RequestError: It is missing, a folder, or not ours to read.
    """
    try:
        if stat.S_ISFIFO(Path(path).stat().st_mode):
            # To open it would wait for a writer, whose pipe closing it would break.
            if not os.access(path, os.R_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        with Path(path).open("rb") as stream:
            stream.read(0)
    except (OSError, ValueError) as error:
        raise RequestError(
            f"Could not read {quoted(path)}: {_words(error)}.",
            hint="Check the file's name and rights.",
        ) from error


def read_slices(path: str, length: int = SLICE) -> Iterator[bytes]:
    """Yield a file's bytes in pieces of up to `length`.

    Raises:
        RequestError: It cannot be read.
    """
    try:
        with Path(path).open("rb") as stream:
            while data := stream.read(length):
                yield data
    except (OSError, ValueError) as error:
        raise RequestError(
            f"Could not read {quoted(path)}: {_words(error)}.",
            hint="Check the file's name and rights.",
        ) from error


def read_bounded(path: str, most: int = MOST) -> bytes:
    """Return all bytes of a file that has to be in memory.

    Raises:
        RequestError: It cannot be read, or has more than `most` bytes, or no end.
    """
    data = bytearray()
    for piece in read_slices(path):
        data += piece
        if len(data) > most:
            raise RequestError(
                f"{quoted(path)} is larger than {most >> 20} MiB.",
                hint="It has to be in memory as a whole: send less at once.",
            )
    return bytes(data)


def read_body(path: str) -> Iterator[bytes]:
    """Yield a file's bytes to be put aside on the disk; what is no file must end in time.

    Raises:
        RequestError: It cannot be read, or is a pipe or device of which more than 1 GiB came.
    """
    came = 0
    for piece in read_slices(path):
        came += len(piece)
        if came > ENDLESS and not Path(path).is_file():
            raise RequestError(
                f"{quoted(path)} has no end: more than {ENDLESS >> 30} GiB came of it.",
                hint="Write it into a file first.",
            )
        yield piece


def check_regular(path: str) -> int:
    """Make sure that a path names a file that ends: reading a pipe or a device may not.

    Returns:
        Its size in bytes.

    Raises:
        RequestError: It does not, or cannot be looked at.
    """
    try:
        found = Path(path).stat()
    except (OSError, ValueError) as error:
        raise RequestError(
            f"Could not read {quoted(path)}: {_words(error)}.",
            hint="Check the file's name and rights.",
        ) from error
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "no regular file"
        raise RequestError(f"{quoted(path)} is {what}.", hint="Name a file with bytes to send.")
    return found.st_size


def take(slices: Iterator[bytes], *, whole: bool = False) -> bytes:
    """Return the next piece to send, or all at once for a datagram; empty at the end.

    Raises:
        RequestError: The file cannot be read, or does not fit into a datagram.
    """
    if not whole:
        return next(slices, b"")
    data = bytearray()
    for piece in slices:
        data += piece
        if len(data) > DATAGRAM:
            raise RequestError(
                "The file is larger than one datagram can be.",
                hint="One datagram carries 65,507 bytes at most over IPv4.",
            )
    return bytes(data)


def check_writable(path: str) -> None:
    """Make sure that a file can probably be written, before anything is sent.

    Raises:
        RequestError: It is a folder or a link, or its folder is missing or not ours to write.
    """
    try:
        kind = Path(path).lstat().st_mode
    except FileNotFoundError:
        folder = Path(path).parent
        if not folder.is_dir():
            raise RequestError(
                f"Could not write {quoted(path)}: there is no folder {quoted(str(folder))}.",
                hint="Make the folder first.",
            ) from None
        allowed = os.access(folder, os.W_OK)
    except (OSError, ValueError) as error:
        raise RequestError(f"Could not write {quoted(path)}: {_words(error)}.") from error
    else:
        if stat.S_ISLNK(kind):
            raise RequestError(
                f"{quoted(path)} is a symbolic link, and those are not followed.",
                hint="Name the file that it points to.",
            )
        if stat.S_ISDIR(kind):
            raise RequestError(f"{quoted(path)} is a folder.", hint="Name a file in it.")
        allowed = os.access(path, os.W_OK)
    if not allowed:
        raise RequestError(
            f"Could not write {quoted(path)}: permission denied.", hint="Choose another file."
        )


def write(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file from its start; one that is there is overwritten, a link is not followed.

    Raises:
        BodyError: It cannot be written, or a piece cannot be read.
    """
    try:
        handle = os.open(path, _FLAGS, 0o666)
        with os.fdopen(handle, "wb") as stream:
            os.set_blocking(handle, True)
            if stat.S_ISREG(os.fstat(handle).st_mode):
                stream.truncate()
            stream.writelines(pieces)
    except (OSError, ValueError) as error:
        raise BodyError(
            f"Could not write {quoted(path)}: {_words(error)}.",
            hint="What was received is in the history; see `sonde history`.",
        ) from error


def fill_standard_streams() -> None:
    """Put the null device where a standard stream is closed, so that no socket takes its number."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(handle, True)
    os.close(handle)


def _words(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "that is no file name"
    if error.errno == errno.ELOOP:
        return "it is a symbolic link, and those are not followed"
    return (error.strerror or "it failed").lower()
