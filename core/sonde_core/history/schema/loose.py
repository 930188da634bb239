"""Reading what a list shows: a wrong field is left out instead of hiding the whole entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

from .values import Record

T = TypeVar("T")

# Everything up to the last @ of the authority (RFC 3986, section 3.2.1), scheme or not; the @ of an
# abstract Unix name is its own.
_USERINFO: Final = re.compile(
    r"^(?!\s*unix(?:-dgram)?:)(\s*(?:[A-Za-z][A-Za-z0-9+.-]*://)?)[^/?#]*@"
)


class Loose:
    """Takes fields out of a record one by one.

    Attributes:
        sound: False once a field had the wrong shape.
    """

    def __init__(self, plain: Record) -> None:
        self._plain = plain
        self.sound = True

    def take(self, name: str, reader: Callable[[object], T], default: T) -> T:
        """Return a field, or the default when it is absent or has the wrong shape."""
        if name not in self._plain:
            return default
        try:
            return reader(self._plain[name])
        except ValueError:
            self.sound = False
            return default


def without_userinfo(url: str) -> str:
    """Return a URL without user name and password."""
    return _USERINFO.sub(r"\1", url)
