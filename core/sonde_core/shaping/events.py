"""An event stream as people read it: each event with its number, type and id, its data below.

```
#1  type message  id 42
  {"a": 1}
:a comment
#2  type "two words"  retry 3000
  plain data
```

The rules are those of the HTML Standard, section 9.2.6. A line that begins with `#` is ours, for
data is indented, a comment begins with a colon, and what no browser obeys with `?`.
"""

from __future__ import annotations

from typing import Final

from .json_place import brackets_of, depth_after, masked
from .shaper import ShapeError

# An event is held until it is whole.
LARGEST: Final = 16 << 20
# Data that takes no more than a row is shown as it came.
_ROW: Final = 100
# Longer data is indented where it is JSON, up to this size and so many levels.
_INDENTED: Final = 1 << 16
_MAX_DEPTH: Final = 32


class EventShaper:
    """Makes events readable as they come."""

    slice = 1 << 12

    def __init__(self) -> None:
        self._number = 0
        self._size = 0  # of the lines of the event that is not whole
        self._line: list[bytes] = []
        self._line_size = 0
        self._after_return = False  # a line feed may follow that ends the same line
        self._data: list[bytes] = []
        self._fields: dict[bytes, bytes] = {}

    @property
    def held(self) -> int:
        return self._size + self._line_size

    def feed(self, data: bytes) -> bytes:
        if self.held + len(data) > LARGEST:
            text = f"Event {self._number + 1:,} has more than {LARGEST >> 20} MiB."
            raise ShapeError(text, hint="The stream is shown as received.")
        made: list[bytes] = []
        *lines, rest = self._lines(data)
        for line in lines:
            if self._line:
                self._line.append(line)
                line, self._line = b"".join(self._line), []
            self._take(line, made)
        if rest:
            self._line.append(rest)
        if lines:
            self._line_size = 0
        self._line_size += len(rest)
        return b"".join(made)

    def finish(self, *, broken: bool) -> bytes:
        made: list[bytes] = []
        if self._line:
            self._take(b"".join(self._line), made)
        if self._data or self._fields:
            self._dispatch(made, b"  not finished")
        self._size = self._line_size = 0
        return b"".join(made)

    def _lines(self, data: bytes) -> list[bytes]:
        """Split at line feed, carriage return and both; the last line has not ended yet."""
        if self._after_return and data:
            data = data.removeprefix(b"\n")
        if data:
            self._after_return = data.endswith(b"\r")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data.split(b"\n")

    def _take(self, line: bytes, made: list[bytes]) -> None:
        """Take one line of the stream."""
        self._size += len(line) + 1
        if not line:
            if self._data or self._fields:
                self._dispatch(made)
            self._size = 0
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif _is_obeyed(name, value):
            self._fields[name] = value
        else:
            made.append(line + b"\n" if not name else b"? %b\n" % line)

    def _dispatch(self, made: list[bytes], remark: bytes = b"") -> None:
        """Show the event that is whole now; without data it is none."""
        fields, data = self._fields, b"\n".join(self._data)
        if self._data:
            self._number += 1
            made.append(b"#%d  type %b" % (self._number, _word(fields.get(b"event") or b"message")))
        else:
            made.append(b"no data")
            if b"event" in fields:
                made.append(b"  type %b" % _word(fields[b"event"]))
        made.extend(b"  %b %b" % (name, _word(fields[name])) for name in _OTHERS if name in fields)
        made.append(remark + b"\n")
        if self._data:
            made.append(b"  %b\n" % _indented(data).replace(b"\n", b"\n  "))
        self._data, self._fields = [], {}


_OTHERS: Final = (b"id", b"retry")


def _is_obeyed(name: bytes, value: bytes) -> bool:
    if name == b"retry":
        return value.isdigit()
    return name == b"event" or (name == b"id" and b"\0" not in value)


def _word(value: bytes) -> bytes:
    """Return a value so that it cannot be taken for several."""
    if value and b" " not in value and b'"' not in value:
        return value
    return b'"%b"' % value.replace(b"\\", rb"\\").replace(b'"', rb"\"")


def _indented(data: bytes) -> bytes:
    """Indent data where it is JSON that is worth it."""
    if data[:1] not in (b"{", b"[") or len(data) > _INDENTED:
        return data
    if len(data) <= _ROW and b"\n" not in data:
        return data
    if data.count(b"[") + data.count(b"{") > _MAX_DEPTH < _depth(data):
        return data
    import msgspec

    try:
        return msgspec.json.format(data, indent=2)
    except msgspec.DecodeError:
        return data


def _depth(data: bytes) -> int:
    return depth_after(b"", brackets_of(masked(data), inside=False))
