"""Bytes of any size: small in memory, large in a private file, always with length and digest."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias

from .errors import BodyError

IN_MEMORY: Final = 1 << 20
SLICE: Final = 1 << 16

Cut: TypeAlias = Literal["", "limit", "peer", "reset", "timeout", "cancel", "decode"]


class PrivateFile:
    """A file that only we can read (0600), removed with the last object that holds it.

    Its name tells whose it is, and it is locked while we live: see `leftovers`.
    """

    def __init__(self, *, folder: Path | None = None) -> None:
        handle, name = tempfile.mkstemp(prefix=f"sonde-{os.getpid()}-", dir=folder)
        with suppress(OSError):  # not every file system has locks
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        self.path = Path(name)
        self.stream: BinaryIO = os.fdopen(handle, "w+b")
        self._finalizer = weakref.finalize(self, _discard, self.stream, name)

    def close(self) -> None:
        """Remove the file now."""
        self._finalizer()


def _discard(stream: BinaryIO, name: str) -> None:
    stream.close()
    Path(name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Body:
    """Content of any size.

    Attributes:
        size: Bytes of the whole content that was taken.
        sha256: Hex digest of those bytes.
        wire: Bytes received for it, before content codings were removed.
        media_type: The Content-Type header as it came.
        coding: The content codings that were removed, as it came.
        complete: False when less came than was promised; None when that cannot be known.
        cut: Why it is not whole; empty when it is.
    """

    size: int = 0
    sha256: str = hashlib.sha256(b"").hexdigest()
    wire: int = 0
    media_type: str = ""
    coding: str = ""
    complete: bool | None = True
    cut: Cut = ""
    _data: bytes | None = b""
    _path: Path | None = None
    _owner: object = None
    _stored: int = -1

    @classmethod
    def of(cls, data: bytes, *, media_type: str = "") -> Body:
        """Hold bytes in memory."""
        digest = hashlib.sha256(data).hexdigest()
        return cls(len(data), digest, len(data), media_type, _data=data)

    @classmethod
    def in_file(cls, path: Path, size: int, sha256: str, *, owner: object = None) -> Body:
        """Refer to a file; `owner` is kept alive as long as the body is."""
        return cls(size, sha256, size, _data=None, _path=path, _owner=owner)

    @classmethod
    def lost(cls, size: int, sha256: str) -> Body:
        """Stand for bytes that are not kept any more: size and digest remain."""
        return cls(size, sha256, size, _data=None)

    def described(
        self,
        *,
        wire: int | None = None,
        media_type: str = "",
        coding: str = "",
        complete: bool | None = True,
        cut: Cut = "",
    ) -> Body:
        """Return the same bytes with what is known about them."""
        wire = self.wire if wire is None else wire
        return replace(
            self, wire=wire, media_type=media_type, coding=coding, complete=complete, cut=cut
        )

    def in_place_of(self, other: Body) -> Body:
        """Return the same bytes, described as others that they stand for.

        Of a body that was kept in part they are the part.
        """
        whole = other.stored == other.size
        return self.described(
            media_type=other.media_type,
            coding=other.coding,
            complete=other.complete if whole else False,
            cut=other.cut if whole else other.cut or "limit",
        )

    @property
    def kept(self) -> bool:
        """Whether the bytes can be read."""
        return self._data is not None or self._path is not None

    @property
    def stored(self) -> int:
        """How many bytes can be read, from the first on: all of them, but of a very large body."""
        if not self.kept:
            return 0
        return self.size if self._stored < 0 else self._stored

    @property
    def path(self) -> Path | None:
        """The file that holds the bytes; None while they are in memory or not kept."""
        return self._path

    @property
    def private(self) -> bool:
        """Whether its file is one that only we write, and did write to its end."""
        return isinstance(self._owner, PrivateFile) and self._owner.path == self._path

    def read(self, offset: int = 0, size: int = -1) -> bytes:
        """Return up to `size` bytes from `offset`; all of the rest with -1.

        Raises:
            BodyError: The bytes are not kept, or their file cannot be read.
        """
        if self._data is not None:
            return self._data[offset:] if size < 0 else self._data[offset : offset + size]
        if self._path is None:
            raise BodyError(
                f"The {self.size} bytes of this body are not kept any more.",
                hint="Its digest and size are; replay the entry to get it again.",
            )
        try:
            with self._path.open("rb") as stream:
                stream.seek(offset)
                return stream.read(size)
        except OSError as error:
            raise BodyError(
                f"Could not read the body in {self._path}: {error.strerror}."
            ) from error

    def slices(self, size: int = SLICE) -> Iterator[bytes]:
        """Yield all the bytes that are kept in pieces of `size`; raises BodyError like `read`."""
        if self.size and not self.kept:
            self.read()
        for offset in range(0, self.stored, size):
            yield self.read(offset, size)


EMPTY: Final = Body()


class Spool:
    """Takes bytes as they come: in memory up to a limit, then in a private file.

    Attributes:
        size: Bytes taken.
    """

    def __init__(self, in_memory: int = IN_MEMORY, *, digested: bool = True) -> None:
        """Begin with nothing.

        Args:
            in_memory: More bytes than this go to a file.
            digested: Whether a body has a digest; without, it is empty.
        """
        self._limit = in_memory
        self._parts: list[bytes] = []
        self._file: PrivateFile | None = None
        self._digest = hashlib.sha256() if digested else None
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            BodyError: The private file cannot be written.
        """
        if self._digest is not None:
            self._digest.update(data)
        self.size += len(data)
        try:
            if self._file is None and self.size <= self._limit:
                self._parts.append(data)
                return
            if self._file is None:
                self._file = PrivateFile()
                self._file.stream.writelines(self._parts)
                self._parts.clear()
            self._file.stream.write(data)
        except OSError as error:
            raise BodyError(
                f"Could not keep the body on disk: {error.strerror}.",
                hint="Free some space in the temporary folder.",
            ) from error

    def body(self) -> Body:
        """Return what came so far; more may be written afterwards."""
        digest = self._digest.hexdigest() if self._digest is not None else ""
        if self._file is None:
            self._parts = [b"".join(self._parts)]
            data = self._parts[0]
            return Body(self.size, digest, self.size, _data=data)
        self._file.stream.flush()
        return Body.in_file(self._file.path, self.size, digest, owner=self._file)
