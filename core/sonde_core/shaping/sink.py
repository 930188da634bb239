"""Where shaped text goes: in memory while it is small, then into a private file."""

from __future__ import annotations

from ..body import IN_MEMORY, Body, PrivateFile
from ..errors import BodyError


class Sink:
    """Takes text as it is made; no digest is made of it, for nobody asks for one.

    Attributes:
        size: Bytes taken.
    """

    def __init__(self, media_type: str = "", in_memory: int = IN_MEMORY) -> None:
        self.size = 0
        self._media_type = media_type
        self._limit = in_memory
        self._parts: list[bytes] = []
        self._file: PrivateFile | None = None

    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            BodyError: The private file cannot be written.
        """
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
            self._file.stream.flush()
        except OSError as error:
            raise BodyError(
                f"Could not keep the shaped body on disk: {error.strerror}.",
                hint="Free some space in the temporary folder.",
            ) from error

    def body(self) -> Body:
        """Return what came so far; more may be written afterwards."""
        if self._file is not None:
            made = Body.in_file(self._file.path, self.size, "", owner=self._file)
        else:
            self._parts = [b"".join(self._parts)]
            made = Body(self.size, "", self.size, _data=self._parts[0])
        return made.described(media_type=self._media_type)
